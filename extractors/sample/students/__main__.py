"""`python -m extractors.sample.students --out DIR [--students N]`: write the students of the sample state, or many."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from extractors.sample.students.world import STUDENTS
from extractors.sample.students.write import write_students


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m extractors.sample.students",
        description="Write the files of the students of the fictional state of Alder (SAMPLE): districts', vendors'.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder; not inside a data root")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives byte-identical files (default 1)")
    parser.add_argument("--students", type=int, default=STUDENTS, help=f"up to a million (default {STUDENTS})")
    parser.add_argument("--outside-rate", type=float, default=0.0, help="0.06: about three sittings per student")
    parser.add_argument("--no-truth", action="store_true", help="files alone, as for a million students")
    given = parser.parse_args(argv)
    started = time.monotonic()
    manifest = write_students(
        given.seed, given.out, given.students, outside_rate=given.outside_rate, with_truth=not given.no_truth
    )
    rows = sum(entry.rows or 0 for entry in manifest.datasets)
    print(f"{len(manifest.datasets)} files, {rows:,} rows in {time.monotonic() - started:.1f} s in {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
