"""A second run that finds nothing new: at most 15 s."""

from __future__ import annotations

import sys

from benchmarks.harness import Bench, Figure, currency, expect, main, timed

NAME, LIMIT = "second run, nothing new", 15.0


def measure(bench: Bench) -> Figure:
    """`currency refresh --sample` again: every agency is asked, nothing is built."""
    bench.released()
    run = expect(currency("refresh", "--sample", "--json", environment=bench.environment), "nothing_new")
    return timed(NAME, LIMIT, run, {"phases": run.report()["seconds"]})


if __name__ == "__main__":
    main(sys.modules[__name__])
