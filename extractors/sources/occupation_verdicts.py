"""Verdicts of reviewers on titles whose occupation the coder was unsure of: the review file, filled in (J7).

The file is what `currency occupation review import` stores: checked verdicts, in the columns of the raw table.
`state_postal` comes from the dataset's `@XX`.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables_postings import OCCUPATION_VERDICTS


def _layouts() -> list[schema.ColumnMap]:
    return [schema.identity_map(OCCUPATION_VERDICTS, ("state_postal",))]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest year in `review_date`."""
    del dataset
    year = schema.newest_year(files, OCCUPATION_VERDICTS, _layouts(), "review_date")
    if year is None:
        raise schema.declare_vintage([f.name for f in files], "the year of the newest verdict, e.g. 2026")
    return year


def parse(capture: Capture) -> list[ParsedTable]:
    """The review file -> `occupation_verdicts__verdicts`."""
    postal = schema.state_of(capture)
    rules = schema.Rules(defaults={"state_postal": postal}, fixes={"state_postal": schema.own_state_only(postal)})
    return [schema.parse_files(capture, OCCUPATION_VERDICTS, _layouts(), rules)]
