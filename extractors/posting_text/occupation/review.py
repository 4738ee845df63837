"""Titles for people to judge, and their verdicts back (J7: review band, J8: manual).

Belongs here: the review file and the state's file of verdicts. Does not belong here: what a verdict overrules
(`int_posting_coded` of the dbt project).

The review file has one row per title: postings with it, the coder's three best codes, and empty columns for a verdict:

    verdict        a SOC 2018 detailed code ("29-1141"), a number 1-3 for the coder's first to third code, or "none"
                   where no occupation can be told; empty rows are left out
    posting_feed, posting_id   only where the verdict is about one posting and not about the title
    reviewer_role  who decided, as an office ("labor market analyst"), never a person's name
    review_date    YYYY-MM-DD

The same file, filled in, becomes the state's file of verdicts (dataset `occupation_verdicts`). Titles alone leave the
house: no text, no employer.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.failures import PermanentFailure
from extractors.posting_text.occupation.coders import Answer
from extractors.posting_text.occupation.normalise import title_key
from extractors.posting_text.occupation.spreadsheet import Row, read_rows, write_rows

if TYPE_CHECKING:
    import pyarrow as pa

TOP = 3
_ANSWERS = tuple(f"{name}_{place}" for place in range(1, TOP + 1) for name in ("soc_code", "soc_title", "score"))
NO_OCCUPATION = "none"  # a verdict: no occupation can be told
_VERDICT = ("verdict", "posting_feed", "posting_id", "reviewer_role", "review_date", "note")
COLUMNS = ("title", "posting_count", *_ANSWERS, *_VERDICT)
STORED = ("title", "verdict", "posting_feed", "posting_id", "reviewer_role", "review_date", "note")
_CONTACT = re.compile(r"@|\d{3}[-. )]*\d{4}")
_NEEDED = ("title", "verdict", "reviewer_role", "review_date")


@dataclass(frozen=True)
class Title:
    """A title to be judged: as posted, how many postings have it, the coder's answers."""

    title: str
    posting_count: int
    answers: Sequence[Answer]


@dataclass(frozen=True)
class Rejected:
    """A row of a verdict file that cannot be used: its number (header = 1), the column, why."""

    row_number: int
    column: str
    reason: str


def export(path: Path, titles: Sequence[Title], names: Mapping[str, str]) -> int:
    """Write the review file, most posted titles first; returns its rows. `names`: SOC code -> title."""
    ordered = sorted(titles, key=lambda one: (-one.posting_count, one.title))
    write_rows(path, COLUMNS, [_row(one, names) for one in ordered])
    return len(ordered)


def read_verdicts(path: Path, soc_codes: frozenset[str]) -> tuple[pa.Table, list[Rejected]]:
    """Verdicts of a filled review file, and the rows that cannot be used.

    Returns a table of title_key (int64), title, posting_feed, posting_id (null: the verdict is about the title),
    soc_code (null where no occupation can be told), reviewer_role, review_date, note. Of two verdicts on one title or
    posting the later one holds; two different ones of the same day are both rejected.

    Raises PermanentFailure when a needed column is missing.
    """
    rows = read_rows(path)
    missing = [column for column in _NEEDED if rows and column not in rows[0]]
    if missing:
        raise PermanentFailure(
            f"there is no column {', '.join(missing)}",
            where=str(path),
            expected=f"the columns of a review file: {', '.join(COLUMNS)}",
            remedy="write one with `currency occupation review export` and fill its empty columns",
        )
    rejected: list[Rejected] = []
    found: dict[tuple[int, str, str], list[tuple[int, dict[str, object]]]] = {}
    for number, row in enumerate(rows, start=2):
        if not row.get("verdict"):
            continue
        verdict = _verdict(number, row, soc_codes)
        if isinstance(verdict, Rejected):
            rejected.append(verdict)
            continue
        posting = (str(verdict["posting_feed"] or ""), str(verdict["posting_id"] or ""))
        about = (0, *posting) if posting[1] else (title_key(row["title"]), "", "")
        found.setdefault(about, []).append((number, verdict))
    kept = []
    for about in sorted(found):
        last = max(str(verdict["review_date"]) for _, verdict in found[about])
        latest = [(number, verdict) for number, verdict in found[about] if str(verdict["review_date"]) == last]
        if len({verdict["soc_code"] for _, verdict in latest}) > 1:
            rejected += [Rejected(n, "verdict", "another verdict of the same day on the same title") for n, _ in latest]
        else:
            kept.append(latest[-1][1])
    return _table(kept), sorted(rejected, key=lambda one: one.row_number)


def write_verdicts(path: Path, verdicts: pa.Table) -> None:
    """Verdicts as `read_verdicts` gives them -> the file that the state's dataset takes in."""
    rows = [{**row, "verdict": row["soc_code"] or NO_OCCUPATION} for row in verdicts.to_pylist()]
    write_rows(path, STORED, rows)


def _row(one: Title, names: Mapping[str, str]) -> Row:
    row: dict[str, object] = {"title": one.title, "posting_count": one.posting_count}
    for place, answer in enumerate(one.answers[:TOP], start=1):
        row[f"soc_code_{place}"] = answer.soc_code
        row[f"soc_title_{place}"] = names.get(answer.soc_code, "")
        row[f"score_{place}"] = round(answer.score, 2)
    return row


def _verdict(number: int, row: Mapping[str, str], soc_codes: frozenset[str]) -> dict[str, object] | Rejected:
    word = row["verdict"].strip()
    if word in ("1", "2", "3"):
        word = row.get(f"soc_code_{word}", "")
    code = None if word.lower() == NO_OCCUPATION else word[:7]
    if code is not None and (code not in soc_codes or word[7:] not in ("", ".00")):
        return Rejected(number, "verdict", "not a SOC 2018 detailed code, a number 1-3 of a code in the row, or none")
    if not row.get("title"):
        return Rejected(number, "title", "no title")
    role = row.get("reviewer_role", "")
    if not role or _CONTACT.search(role):
        return Rejected(number, "reviewer_role", "no office named (an e-mail address or a number is none)")
    try:
        date = dt.date.fromisoformat(row.get("review_date", ""))
    except ValueError:
        return Rejected(number, "review_date", "no date YYYY-MM-DD")
    if bool(row.get("posting_id")) != bool(row.get("posting_feed")):
        return Rejected(number, "posting_id", "a verdict on one posting needs both posting_feed and posting_id")
    return {
        "title_key": title_key(row["title"]),
        "title": row["title"],
        "posting_feed": row.get("posting_feed") or None,
        "posting_id": row.get("posting_id") or None,
        "soc_code": code,
        "reviewer_role": role,
        "review_date": date,
        "note": row.get("note") or None,
    }


def _table(verdicts: Sequence[Mapping[str, object]]) -> pa.Table:
    import pyarrow as pa

    text = pa.string()
    fields = {
        "title_key": pa.int64(), "title": text, "posting_feed": text, "posting_id": text, "soc_code": text,
        "reviewer_role": text, "review_date": pa.date32(), "note": text,
    }  # fmt: skip
    return pa.Table.from_pylist([dict(verdict) for verdict in verdicts], schema=pa.schema(list(fields.items())))
