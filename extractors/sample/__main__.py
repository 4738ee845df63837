"""`python -m extractors.sample --out DIR [--seed 1] [--scale 1] [--serve]`: write the sample, and serve it if asked."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

from extractors.failures import CurrencyFailure
from extractors.sample import SampleServices, generate


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m extractors.sample",
        description="Write the files of the fictional state of Alder (SAMPLE): every source in its real format.",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the files; created if missing"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives byte-identical files (default 1)")
    parser.add_argument("--scale", type=int, default=1, help="4 x SCALE regions, SCALE - 1 further states (default 1)")
    parser.add_argument("--serve", action="store_true", help="play the agencies' services on loopback until Ctrl-C")
    arguments = parser.parse_args(argv)
    started = time.monotonic()
    try:
        manifest = generate(arguments.seed, arguments.scale, arguments.out)
    except CurrencyFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in arguments.out.rglob("*") if path.is_file())
    seconds = time.monotonic() - started
    print(f"{len(manifest.datasets)} captures, {len(manifest.sha256)} files, {size / 1e6:.1f} MB in {seconds:.2f} s")
    print(f"in {arguments.out}; what must come out of them: truth.json")
    if arguments.serve:
        _serve(manifest.folder)
    return 0


def _serve(folder: Path) -> None:
    with SampleServices(folder) as services:
        print("Playing the services. In another shell:")
        for name, value in services.environment().items():
            print(f'  export {name}="{value}"')
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    sys.exit(main())
