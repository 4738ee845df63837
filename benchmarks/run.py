"""Every figure that we claim, one after the other, and a table at the end. `--json` for a program."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import (
    all_areas,
    explain,
    nothing_new,
    peak_memory,
    policy_edit,
    postings_million,
    sample_from_nothing,
    whatif,
)
from benchmarks.harness import Figure, main

POSTINGS = (postings_million.PARQUET, postings_million.CSV)


def _peak(figures: Sequence[Figure]) -> Figure:
    """The postings have a limit of memory of their own."""
    return peak_memory.of([f for f in figures if f.name not in {p.NAME for p in POSTINGS}])


if __name__ == "__main__":
    main(sample_from_nothing, nothing_new, whatif, explain, policy_edit, all_areas, *POSTINGS, summary=_peak)
