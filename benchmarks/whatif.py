"""Which occupations enter and leave under another threshold: at most 3 s."""

from __future__ import annotations

import sys

from benchmarks.harness import SAMPLE_STATE, Bench, Figure, currency, main, timed

NAME, LIMIT, TIMES = "what-if", 3.0, 3


def measure(bench: Bench) -> Figure:
    """`currency whatif --state XA --set demand.min_openings=400`; the median of three runs."""
    bench.released()
    command = ("whatif", "--state", SAMPLE_STATE, "--set", "demand.min_openings=400")
    runs = sorted((currency(*command, environment=bench.environment) for _ in range(TIMES)), key=lambda r: r.seconds)
    return timed(NAME, LIMIT, runs[TIMES // 2], {"all runs": [round(r.seconds, 2) for r in runs]})


if __name__ == "__main__":
    main(sys.modules[__name__])
