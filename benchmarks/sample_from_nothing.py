"""The sample state from an empty data root to a served release: at most 110 s, with postings and student records."""

from __future__ import annotations

import sys

from benchmarks.harness import Bench, Figure, main, timed

NAME, LIMIT = "sample state, from nothing to released", 110.0


def measure(bench: Bench) -> Figure:
    """`currency refresh --sample` on an empty data root."""
    run = bench.released()
    return timed(NAME, LIMIT, run, {"phases": run.report()["seconds"]})


if __name__ == "__main__":
    main(sys.modules[__name__])
