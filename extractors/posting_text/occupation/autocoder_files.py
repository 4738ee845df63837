"""The O*NET-SOC AutoCoder (R.M. Wilson Consulting) by a round trip of files: its web service is not documented.

Belongs here: the file that goes out and the file that comes back. Does not belong here: any network call.

Out: `id,title,description`. Back: `id,code,title,score` with a score of 0-100, the vendor's own and not a calibrated
probability: an answer is kept below the accept band and goes to review (J7). Posting texts belong to whoever licensed
them to the state: descriptions go out only when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extractors.failures import PermanentFailure
from extractors.posting_text.occupation.calibration import ACCEPT
from extractors.posting_text.occupation.coders import Answer
from extractors.posting_text.occupation.normalise import normalise, title_key
from extractors.posting_text.occupation.review import Rejected
from extractors.posting_text.occupation.source_codes import Crosswalks
from extractors.posting_text.occupation.spreadsheet import read_rows, write_rows

COLUMNS = ("id", "title", "description")
TEXT_WARNING = (
    "posting texts leave this house with the file: check that the licence of each feed allows it, and delete the file "
    "when the codes are back"
)
_NEEDED = ("id", "code", "score")
_BELOW_ACCEPT = ACCEPT - 0.01


def export(path: Path, titles: Sequence[str], texts: Sequence[str | None] | None = None) -> int:
    """Write the outgoing file; returns its rows.

    Without texts one row per distinct normalised title, its id the title key; with texts one row per posting, its id
    the position (from 1) in the given order.
    """
    if texts is not None:
        rows = [
            {"id": number, "title": title, "description": text}
            for number, (title, text) in enumerate(zip(titles, texts, strict=True), start=1)
        ]
    else:
        distinct = {title_key(title): title for title in reversed(titles) if normalise(title)}
        rows = [{"id": title_id(distinct[key]), "title": distinct[key]} for key in sorted(distinct)]
    write_rows(path, COLUMNS, rows)
    return len(rows)


def read_answers(path: Path, crosswalks: Crosswalks) -> tuple[dict[str, list[Answer]], list[Rejected]]:
    """id -> answers, best first, and the rows that cannot be used. Raises PermanentFailure on a missing column."""
    rows = read_rows(path)
    missing = [column for column in _NEEDED if rows and column not in rows[0]]
    if missing:
        raise PermanentFailure(
            f"there is no column {', '.join(missing)}",
            where=str(path),
            expected="the AutoCoder's result with the columns id, code, title, score",
            remedy="rename the columns of the result so, and import it again",
        )
    found: dict[str, list[Answer]] = {}
    rejected = []
    for number, row in enumerate(rows, start=2):
        source = crosswalks.read(row["code"], None)
        score = _score(row["score"])
        if len(source.candidates) != 1:
            rejected.append(Rejected(number, "code", source.reason))
        elif score is None:
            rejected.append(Rejected(number, "score", "not a number from 0 to 100"))
        elif not row["id"]:
            rejected.append(Rejected(number, "id", "no id"))
        else:
            found.setdefault(row["id"], []).append(Answer(source.candidates[0], min(score, _BELOW_ACCEPT)))
    return {one: sorted(answers, key=lambda answer: -answer.score) for one, answers in found.items()}, rejected


def title_id(title: str) -> str:
    """The id of a title in a file without texts."""
    return f"t{title_key(title) & 0xFFFFFFFFFFFFFFFF:016x}"


def _score(text: str) -> float | None:
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        return None
    return value / 100 if 0 <= value <= 100 else None
