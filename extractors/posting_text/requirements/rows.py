"""Rows of mentions and requirements as arrays: written once, and laid out for every posting that has them (J10).

Belongs here: strings as numbers, the layout of the tables. Does not belong here: what a row says (`posting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from extractors.posting_text.requirements.posting import ABOVE, MentionRow, RequirementRow

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

NO_GROUP, OWN_GROUP, GROUP_ABOVE = 0, 1, 2
_MENTION = np.dtype(
    [
        ("code", "i4"), ("says", "i4"), ("kind", "i4"), ("group", "i4"), ("form", "i4"), ("start", "i4"), ("end", "i4"),
        ("rule", "i4"), ("section", "i4"), ("negated", "?"), ("sentence", "i8"),
    ]
)  # fmt: skip
"""group: counted from the posting's groups before the line where kind is OWN_GROUP."""
_REQUIREMENT = np.dtype([("kind", "i4"), ("says", "i4"), ("value", "i4"), ("years", "f8"), ("sentence", "i8")])
"""value -1, years NaN: none."""


class _Growing:
    """An array that rows are added to."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        self._rows = np.empty(1024, kind)
        self._count = 0
        self._new: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return self._count + len(self._new)

    def add(self, rows: list[tuple[Any, ...]]) -> tuple[int, int]:
        """(where they begin, how many)."""
        first = len(self)
        self._new += rows
        return first, len(rows)

    def array(self) -> NDArray[Any]:
        """All rows."""
        count = len(self)
        if self._new:
            if count > len(self._rows):
                self._rows = np.concatenate([self._rows[: self._count], np.empty(count, self._rows.dtype)])
            self._rows[self._count : count] = np.array(self._new, self._rows.dtype)
            self._new, self._count = [], count
        return self._rows[:count]


class Strings:
    """Strings as numbers."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._made: pa.Array | None = None

    def __getitem__(self, text: str) -> int:
        return self._number.setdefault(text, len(self._number))

    def array(self, numbers: NDArray[np.int32]) -> pa.Array:
        """The strings of the numbers; -1 is null."""
        import pyarrow as pa

        if self._made is None or len(self._made) != len(self._number):
            self._made = pa.array(list(self._number), pa.string())
        return self._made.take(pa.array(numbers, mask=numbers < 0))

    def of(self, texts: Any) -> NDArray[np.int32]:
        """Numbers of strings."""
        return np.array([self[text] for text in texts], np.int32)


class RowStore:
    """Rows of lines and of whole postings."""

    def __init__(self) -> None:
        self.strings = Strings()
        self._mentions, self._requirements = _Growing(_MENTION), _Growing(_REQUIREMENT)

    def __len__(self) -> int:
        return len(self._mentions) + len(self._requirements)

    def add_mentions(self, rows: Sequence[MentionRow]) -> tuple[int, int]:
        """(where they begin, how many)."""
        text = self.strings
        found = []
        for code, says, group, form, start, end, rule, section, negated, sentence in rows:
            kind = NO_GROUP if group is None else GROUP_ABOVE if group < ABOVE // 2 else OWN_GROUP
            numbers = (text[code], text[says], kind, group or 0, text[form], start, end, text[rule], text[section])
            found.append((*numbers, negated, sentence))
        return self._mentions.add(found)

    def add_requirements(self, rows: Sequence[RequirementRow]) -> tuple[int, int]:
        """(where they begin, how many)."""
        text = self.strings
        return self._requirements.add(
            [
                (
                    text[kind],
                    text[says],
                    -1 if value is None else text[value],
                    np.nan if years is None else years,
                    hash_,
                )
                for kind, says, value, years, hash_ in rows
            ]
        )

    def mentions(self, at: Places) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Posting and row of each mention, in the order of the places; places and groups are the posting's."""
        place, rows = at.rows(self._mentions.array())
        begin = at.begin[place]
        rows["start"] += begin
        rows["end"] += begin
        own, above = rows["kind"] == OWN_GROUP, rows["kind"] == GROUP_ABOVE
        rows["group"] = np.where(own, rows["group"] + at.group[place], rows["group"])
        rows["group"] = np.where(above, at.open_group[place] - 1, rows["group"])
        return at.posting[place], rows

    def requirements(self, at: Places) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Posting and row of each requirement, in the order of the places."""
        place, rows = at.rows(self._requirements.array())
        return at.posting[place], rows

    def mention_table(self, posting: NDArray[np.int64], rows: NDArray[Any]) -> pa.Table:
        """Mentions in the columns of `Readings`."""
        import pyarrow as pa

        text = self.strings.array
        return pa.table(
            {
                "row": pa.array(posting.astype(np.int32)),
                "credential_code": text(rows["code"]),
                "requirement": text(rows["says"]),
                "or_group": pa.array(np.ascontiguousarray(rows["group"]), mask=rows["kind"] == NO_GROUP),
                "form": text(rows["form"]),
                "span_start": pa.array(np.ascontiguousarray(rows["start"])),
                "span_end": pa.array(np.ascontiguousarray(rows["end"])),
                "cue": text(rows["rule"]),
                "section": text(rows["section"]),
                "is_negated": pa.array(np.ascontiguousarray(rows["negated"])),
                "sentence_hash": pa.array(np.ascontiguousarray(rows["sentence"])),
            }
        )

    def unlisted_table(self, posting: NDArray[np.int64], rows: NDArray[Any]) -> pa.Table:
        """Names that the lexicon lacks, in the columns of `Readings`."""
        import pyarrow as pa

        text = self.strings.array
        return pa.table(
            {
                "row": pa.array(posting.astype(np.int32)),
                "name": text(rows["form"]),
                "requirement": text(rows["says"]),
                "span_start": pa.array(np.ascontiguousarray(rows["start"])),
                "span_end": pa.array(np.ascontiguousarray(rows["end"])),
                "cue": text(rows["rule"]),
                "section": text(rows["section"]),
                "sentence_hash": pa.array(np.ascontiguousarray(rows["sentence"])),
            }
        )

    def requirement_table(self, posting: NDArray[np.int64], rows: NDArray[Any]) -> pa.Table:
        """Requirements in the columns of `Readings`."""
        import pyarrow as pa

        text = self.strings.array
        years = np.ascontiguousarray(rows["years"])
        return pa.table(
            {
                "row": pa.array(posting.astype(np.int32)),
                "kind": text(rows["kind"]),
                "requirement": text(rows["says"]),
                "value": text(rows["value"]),
                "years": pa.array(years, mask=np.isnan(years)),
                "sentence_hash": pa.array(np.ascontiguousarray(rows["sentence"])),
            }
        )


@dataclass(frozen=True)
class Places:
    """Where rows of a store stand; [n], in the order of the postings.

    Attributes:
        posting: number of the posting.
        begin: first character of the line that the rows count from.
        first, count: the rows in the store.
        group, open_group: OR-groups of the posting before the line, and the open one.
    """

    posting: NDArray[np.int64]
    begin: NDArray[np.int32]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    group: NDArray[np.int32]
    open_group: NDArray[np.int32]

    def rows(self, store: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Which place each row belongs to, and a copy of the row."""
        place = np.repeat(np.arange(len(self.posting)), self.count)
        within = np.arange(len(place)) - np.repeat(np.cumsum(self.count) - self.count, self.count)
        return place, store[self.first[place] + within]


def together(parts: Sequence[Places]) -> Places:
    """Places of several kinds, by posting."""
    columns: Mapping[str, NDArray[Any]] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in Places.__dataclass_fields__
    }
    order = np.argsort(columns["posting"], kind="stable")
    return Places(**{name: column[order] for name, column in columns.items()})
