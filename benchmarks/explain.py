"""Why an occupation is on a list, or is not: at most 1 s."""

from __future__ import annotations

import sys

from benchmarks.harness import SAMPLE_STATE, Bench, Figure, currency, main, timed

NAME, LIMIT, TIMES = "explain", 1.0, 5


def measure(bench: Bench) -> Figure:
    """`currency explain 29-1141 --state XA`; the median of five runs."""
    bench.released()
    command = ("explain", "29-1141", "--state", SAMPLE_STATE)
    runs = sorted((currency(*command, environment=bench.environment) for _ in range(TIMES)), key=lambda r: r.seconds)
    return timed(NAME, LIMIT, runs[TIMES // 2], {"all runs": [round(r.seconds, 2) for r in runs]})


if __name__ == "__main__":
    main(sys.modules[__name__])
