"""What earlier releases published of a school year, and what that leaves us free to publish now (B23).

Belongs here: the same counts then and now, compared; which of them stay as they were, which must not be shown any more.
Does not belong here: where the record of earlier releases lies (`warehouse.published_record`), the decision itself
(`protect.py`).

Readers keep what they have. A number that is printed anew beside an old one tells their difference, and a difference of
a few is a count of a few. So:

- a year of which every count differs from the last publication by less than the policy's least revision stays as it was
  published: corrections wait until one of them is large enough;
- in any other year a count that was printed is shown anew where it is the same, or differs by the least revision or
  more; otherwise it is hidden;
- a count that was hidden stays hidden, unless it has changed by the least revision or more since;
- codes of a numerator that has not changed stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

SHOWN = "shown"
_ORDER, _SETTINGS, _TRUE = "publication_number", "settings", "true_value"
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Before:
    """What earlier releases mean for the counts of one year; lists are in the order of its rows.

    Attributes:
        known: printed before with the same value.
        hidden: hidden before, and not much changed.
        revised: printed before with a value that differs too little.
        told: row -> denominators whose codes were printed, for numerators that have not changed since the last release.
    """

    known: list[bool]
    hidden: list[bool]
    revised: list[bool]
    told: dict[int, frozenset[str]]


def unchanged(cells: pa.Table, record: pa.Table, keys: Sequence[str], settings: str, least: int) -> pa.Table | None:
    """The rows of the last publication where they may stand as they are; None where the year must be protected anew.

    Args:
        cells: `keys` and `value`, the true counts of a year.
        record: of that year: `keys`, publication_number, settings, true_value (at the time; null where it is not known
            any more) and what was published.
        settings: of disclosure control; others ask for a new protection.
        least: the least revision in students, credentials or sittings.
    """
    if not record.num_rows:
        return None
    last = record.filter(pc.equal(record[_ORDER], pc.max(record[_ORDER])))
    if last[_SETTINGS].unique().to_pylist() != [settings]:
        return None
    if last[_TRUE].null_count:
        return None
    now, then = _values(cells, keys, "value"), _values(last, keys, _TRUE)
    if any(abs(now.get(key, 0) - then.get(key, 0)) >= least for key in now.keys() | then.keys()):
        return None
    return last.sort_by([(name, "ascending") for name in keys])


def before(cells: pa.Table, record: pa.Table, keys: Sequence[str], least: int) -> Before:
    """How far earlier releases bind the counts of a year; arguments as of `unchanged`."""
    rows = list(_values(cells, keys, "value").items())
    place = {key: at for at, (key, _) in enumerate(rows)}
    known, hidden, revised = ([False] * len(rows) for _ in range(3))
    told: dict[int, frozenset[str]] = {}
    last = pc.max(record[_ORDER]).as_py()
    for entry in record.to_pylist():
        at = place.get(tuple(entry[name] for name in keys))
        if at is None:
            continue
        now = rows[at][1]
        if entry["publication"] == SHOWN:
            known[at] |= entry["value"] == now
            revised[at] |= 0 < abs(entry["value"] - now) < least
        else:
            hidden[at] |= entry[_TRUE] is None or abs(entry[_TRUE] - now) < least
        if entry[_ORDER] == last and entry[_TRUE] == now:
            told[at] = frozenset(code["denominator"] for code in entry["codes"] or ())
    return Before(known, hidden, [r and not k for r, k in zip(revised, known, strict=True)], told)


def _values(table: pa.Table, keys: Sequence[str], column: str) -> dict[Key, int]:
    """Key -> value; in the order of the rows."""
    names = zip(*(table[name].to_pylist() for name in keys), strict=True)
    return dict(zip(names, table[column].to_pylist(), strict=True))
