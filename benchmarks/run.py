"""Every figure that we claim, one after the other, and a table at the end. `--json` for a program."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import (
    all_areas,
    attainment_million,
    credential_reading,
    disclosure,
    explain,
    nothing_new,
    occupation_coding,
    peak_memory,
    person_linkage,
    policy_edit,
    posting_duplicates,
    postings_million,
    sample_from_nothing,
    whatif,
)
from benchmarks.harness import Figure, main

POSTINGS = (postings_million.PARQUET, postings_million.CSV)


def _peak(figures: Sequence[Figure]) -> Figure:
    """The postings, the linkage and three million sittings have a limit of memory of their own."""
    apart = {p.NAME for p in (*POSTINGS, person_linkage, attainment_million)}
    return peak_memory.of([f for f in figures if f.name not in apart])


REFRESHING = (sample_from_nothing, nothing_new, whatif, explain, policy_edit, all_areas)
READING = (posting_duplicates, occupation_coding, credential_reading)
PEOPLE = (person_linkage, disclosure, attainment_million)

if __name__ == "__main__":
    main(*REFRESHING, *READING, *PEOPLE, *POSTINGS, summary=_peak)
