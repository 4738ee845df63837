"""Peak memory of a whole refresh and of the screening of all areas: at most 2 GiB."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

from benchmarks import all_areas, sample_from_nothing
from benchmarks.harness import GIB, Bench, Figure, Skipped, main

NAME, LIMIT = "peak memory of any of these", 2.0


def of(figures: Sequence[Figure]) -> Figure:
    """The highest peak of runs that were measured already."""
    highest = max(figures, key=lambda figure: figure.peak_bytes)
    detail = {"in": highest.name, "counted as": "resident memory of the process and all its children together"}
    return Figure(NAME, LIMIT, highest.peak_bytes / GIB, unit="GiB", detail=detail, peak_bytes=highest.peak_bytes)


def measure(bench: Bench) -> Figure:
    """The sample state from nothing, and all areas where the real files are at hand."""
    figures = [sample_from_nothing.measure(bench)]
    with suppress(Skipped):
        figures.append(all_areas.measure(bench))
    return of(figures)


if __name__ == "__main__":
    main(sys.modules[__name__])
