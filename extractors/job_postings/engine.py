"""A batch of source columns -> the fields of a posting: typed, cleaned, masked; faulty rows named.

Belongs here: the order of conversion, what a layout adds of its own, which rows cannot be used. Does not belong here:
how one cell is read (`values`, `dates`, `places`), ids and repeats (`stream`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from extractors.job_postings import cells, dates, fields, places, values
from extractors.job_postings.cleaning import clean
from extractors.job_postings.descriptions import coalesce, null_where, text_of, with_texts
from extractors.job_postings.fields import KINDS, Rule
from extractors.job_postings.layouts import LIGHTCAST, NLX, Layout
from extractors.job_postings.masking import mask_emails
from extractors.job_postings.naming import hidden_id
from extractors.job_postings.quarantine import CELL_TOO_LARGE, NO_DATE, NO_TITLE, Accounts
from extractors.job_postings.reading.base import CELL_LIMIT, Batch, gathered
from extractors.job_postings.transforms import argument_of, text_step
from extractors.schema import normalise

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_FLAG_WORDS = frozenset(("true", "false", "yes", "no", "y", "n", "1", "0", "required", "preferred"))
_REMOTE = r"(?i)^\s*(?:remote\b|(?:100% |fully )remote)|\((?:fully )?remote\)"
_ANNUALISED = {"hour": 500.0, "day": 3_000.0, "week": 10_000.0, "month": 30_000.0}  # above: the amount is a year's


@dataclass
class Mapped:
    """Usable rows of a batch.

    Attributes:
        columns: field -> array[n]; every field of the contract but the derived keys.
        row_numbers: int64[n], records of the file.
        emails, phones: int32[n] masked in title, employer and description.
        markup: bool[n], the description held tags or entities.
    """

    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    emails: np.ndarray
    phones: np.ndarray
    markup: np.ndarray


@dataclass
class Engine:
    """Conversion of one file's batches under one layout.

    Args:
        layout: what feeds what.
        header: the file's columns.
        own_state: postal code of the dataset's state, also where it is a fictional one.
        latest: the last day on which a posting can have been posted.
        source_type: for rows whose layout says nothing.
    """

    layout: Layout
    header: list[str]
    file: str
    accounts: Accounts
    own_state: str
    latest: dt.date
    source_type: str = "aggregator"
    _days: dict[str, dict[str, Any]] = field(default_factory=dict)
    _cells: dict[str, dict[str, Any]] = field(default_factory=dict)  # target -> cell -> what was made of it
    _names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        if self.layout.flatten is not None:
            self._names = {normalise(s): s for r in self.layout.rules for s in r.sources}
        else:
            self._names = self.layout.wanted(self.header)
        self._rules = {r.target: r for r in self.layout.rules}

    @property
    def wanted(self) -> list[str]:
        """The file's columns that are read."""
        return list(self._names.values())

    def prepared(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The reader's batches as `apply` takes them at least cost: descriptions made, small ones put together."""
        return gathered(with_texts(batches, self.layout, self._names, CELL_LIMIT))

    def apply(self, batch: Batch) -> Mapped:
        """Convert a batch. Rows without title or usable date, or with a cell beyond the limit, are set aside."""
        import numpy as np
        import pyarrow as pa

        size = len(batch.row_numbers)
        self._size, self._batch, self._text = size, batch.columns, batch.text
        self._pieces = batch.pieces or [size]
        self._known: dict[str, tuple[pa.Array, int]] = {}
        self._emails, self._phones = np.zeros(size, np.int32), np.zeros(size, np.int32)
        self._markup = np.zeros(size, np.bool_)
        too_large = self._too_large(size)
        columns: dict[str, pa.Array] = {}
        reasons: pa.Array = pa.nulls(size, pa.string())
        for target, kind in KINDS.items():
            rule = self._rules.get(target)
            if rule is None:
                columns[target] = pa.nulls(size, _type(kind))
            elif kind == fields.DAY:
                columns[target], why = self._day(rule)
                if target == fields.DATE:
                    reasons = why
            else:
                columns[target] = self._field(rule, kind)
        self._adjust(columns)
        self._derive(columns)
        mapped = Mapped(columns, batch.row_numbers, self._emails, self._phones, self._markup)
        return self._without_faulty(mapped, reasons, too_large)

    # ------------------------------------------------------------------------------------------------ one field

    def _sources(self, rule: Rule) -> list[tuple[str, pa.Array]]:
        """The rule's columns that are in the batch; one without a single cell only where steps may make something."""
        found = []
        for source in rule.sources:
            name = self._names.get(normalise(source))
            if name is not None and name in self._batch and (rule.steps or not cells.is_blank(self._batch[name])):
                found.append((name, self._batch[name]))
        return found

    def _texts(self, rule: Rule) -> list[tuple[str, pa.Array]]:
        """The rule's columns as text through its text steps."""
        import pyarrow as pa

        if rule.constant is not None:
            return [("", pa.repeat(pa.scalar(rule.constant), self._size))]
        texts = [(n, cells.as_text(a, self.accounts.notes)) for n, a in self._sources(rule)]
        step = text_step(rule.steps)
        return texts if step is None else [(n, cells.by_distinct(t, step, pa.string())) for n, t in texts]

    def _field(self, rule: Rule, kind: str) -> pa.Array:
        import pyarrow as pa

        if kind == fields.LONG:
            return self._description(rule)
        if kind in (fields.NUMBER, fields.YEARS, fields.WHOLE) and not rule.steps:
            arrays = [self._number(a, kind, rule.target) for _, a in self._sources(rule)]
        else:
            arrays = [self._converted(t, rule, kind, name) for name, t in self._texts(rule)]
        return coalesce(arrays, self._size, _type(kind)) if arrays else pa.nulls(self._size, _type(kind))

    def _number(self, array: pa.Array, kind: str, target: str) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        convert = values.years if kind == fields.YEARS else values.number
        found = cells.to_floats(array, lambda text: self._counted(text, convert, target, pa.float64())[0])
        if kind != fields.WHOLE:
            return found
        return pc.if_else(pc.is_finite(found), pc.floor(found), None).cast(pa.int64(), safe=False)

    def _converted(self, text: pa.Array, rule: Rule, kind: str, name: str) -> pa.Array:
        if kind == fields.WORDS:
            return self._words(text, rule.target)
        if kind == fields.LIST:
            return self._list(text, rule)
        if kind in (fields.CODE, fields.URL):
            return self._code(text, kind)
        convert: Callable[[str], Any] = {
            fields.STATE: lambda v: places.state_postal(v, self.own_state),
            fields.COUNTY: places.county_fips,
            fields.ZIP: places.zip_code,
            fields.COUNTRY: places.country,
            fields.SOC: values.soc,
            fields.NAICS: values.naics,
            fields.UNIT: values.unit,
            fields.FLAG: values.flag,
            fields.NUMBER: values.number,
            fields.WHOLE: values.whole,
            fields.YEARS: values.years,
            fields.CURRENCY: values.currency,
            fields.CHOICE: lambda v: _choice(v, rule.target),
        }[kind]
        found, silent = self._counted(text, convert, rule.target, _type(kind))
        if kind == fields.SOC:
            self._known[name] = found, silent
        return found

    def _counted(
        self, text: pa.Array, convert: Callable[[str], Any], target: str, type_: pa.DataType
    ) -> tuple[pa.Array, int]:
        """(the texts through the function, empty words first; the distinct cells that it cannot read, piece by piece).

        The latter are counted under the field.
        """
        import pyarrow as pa

        coded = text.dictionary_encode()
        found: list[Any] = []
        silent = []
        known = self._known_cells(target)
        for position, cell in enumerate(coded.dictionary.to_pylist()):
            if cell not in known:
                value = cell.replace("\x00", "").strip()
                is_empty = value.lower() in values.EMPTY_WORDS
                known[cell] = None if is_empty else convert(value), is_empty
            value, is_empty = known[cell]
            found.append(value)
            if value is None and not is_empty:
                silent.append(position)
        count = self._distinct_by_piece(coded.indices, silent) if silent else 0
        self._count_silent(target, count)
        return pa.array(found, type_).take(coded.indices), count

    def _known_cells(self, target: str) -> dict[str, Any]:
        """What was made of cells of this field before: the batches of a file repeat each other."""
        known = self._cells.setdefault(target, {})
        if len(known) > _CELLS_KEPT:
            known.clear()
        return known

    def _count_silent(self, target: str, count: int) -> None:
        if count:
            self.accounts.unread[f"{target}: distinct cells that say nothing usable"] += count

    def _distinct_by_piece(self, indices: pa.Array, which: list[int]) -> int:
        """How many of the given codes each piece of the batch holds, added up."""
        import numpy as np

        codes = indices.fill_null(-1).to_numpy(zero_copy_only=False)
        ends = np.cumsum(self._pieces)
        return sum(
            np.intersect1d(codes[end - rows : end], which).size for end, rows in zip(ends, self._pieces, strict=True)
        )

    def _words(self, text: pa.Array, target: str) -> pa.Array:
        """Short text: cleaned and masked once per distinct cell."""
        import numpy as np

        coded = text.dictionary_encode()
        cleaned = clean(coded.dictionary)
        found = _without_empty_words(cleaned.values)
        if target in fields.MASKED_COUNTS and (cleaned.emails.any() or cleaned.phones.any()):
            where = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
            there = coded.indices.is_valid().to_numpy(zero_copy_only=False)
            self._emails += np.where(there, cleaned.emails[where], 0).astype(np.int32)
            self._phones += np.where(there, cleaned.phones[where], 0).astype(np.int32)
        return found.take(coded.indices)

    def _list(self, text: pa.Array, rule: Rule) -> pa.Array:
        import pyarrow as pa

        separator = argument_of(rule.steps, "split")
        names_only = rule.target.startswith("credentials")

        def names(cell: str) -> str | None:
            if cell.strip().lower() in values.EMPTY_WORDS or (names_only and cell.strip().lower() in _FLAG_WORDS):
                return None
            return values.joined_list(cell, separator)

        coded = text.dictionary_encode()
        joined = pa.array([names(c) for c in coded.dictionary.to_pylist()], pa.string())
        return clean(joined).values.take(coded.indices)

    def _code(self, text: pa.Array, kind: str) -> pa.Array:
        """Ids and addresses: trimmed, digits untouched; an e-mail address in them does not stay readable."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = _without_empty_words(clean(text, masked=False).values)
        if pc.any(pc.match_substring(found, "@")).as_py():
            hide = mask_emails if kind == fields.URL else (lambda v: hidden_id(v) if mask_emails(v) != v else v)
            found = cells.by_distinct(found, hide, pa.string())
        return found

    def _description(self, rule: Rule) -> pa.Array | pa.ChunkedArray:
        text = self._text or text_of(rule, self._names, self._batch, self._size)
        self.accounts.notes.update(text.notes)
        self._emails += text.emails
        self._phones += text.phones
        self._markup |= text.markup
        return text.values

    def _day(self, rule: Rule) -> tuple[pa.Array, pa.Array]:
        """(days, why a filled cell is none) of the first column that has a day."""
        import pyarrow as pa
        import pyarrow.compute as pc

        order = argument_of(rule.steps, "date") or "mdy"
        step = text_step(rule.steps)
        arrays = self._sources(rule) if step is None and rule.constant is None else self._texts(rule)
        days, whys = pa.nulls(self._size, pa.date32()), pa.nulls(self._size, pa.string())
        for _, array in arrays:
            found, why = cells.to_days(array, order.strip(), self._days.setdefault(rule.target, {}))
            days, whys = pc.coalesce(days, found), pc.coalesce(whys, why)
        if rule.target != fields.DATE:
            odd = len(whys) - whys.null_count
            if odd:
                self.accounts.unread[f"{rule.target}: cells that are no day"] += odd
        return days, whys

    # ------------------------------------------------------------------------------------------------ whole rows

    def _adjust(self, columns: dict[str, pa.Array]) -> None:
        """What a layout adds of its own: code taxonomies by column, annual amounts, names that mean nobody."""
        import pyarrow as pa
        import pyarrow.compute as pc

        code = columns["source_soc_code"]
        rule = self._rules.get("source_soc_code")
        if self.layout.adjust in (LIGHTCAST, NLX) and rule is not None:
            columns["source_soc_taxonomy"] = self._taxonomy(rule)
        known = columns["source_soc_taxonomy"]
        unknown = pc.if_else(pc.is_valid(code), pa.scalar("unknown"), pa.scalar(None, pa.string()))
        columns["source_soc_taxonomy"] = pc.if_else(pc.is_valid(code), pc.coalesce(known, unknown), unknown)
        if self.layout.adjust == LIGHTCAST:
            employer = columns["employer"]
            if pc.any(pc.equal(pc.utf8_length(employer), len(_NOBODY))).as_py():
                columns["employer"] = null_where(employer, pc.equal(pc.utf8_lower(employer), _NOBODY))
            self._annual(columns)

    def _taxonomy(self, rule: Rule) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pa.nulls(self._size, pa.string())
        for source in rule.sources:
            name = self._names.get(normalise(source))
            if name is None or name not in self._batch:
                continue
            if cells.is_blank(self._batch[name]) and not rule.steps:
                continue
            if rule.steps or name not in self._known:
                text = cells.as_text(self._batch[name], self.accounts.notes)
                code = self._converted(text, rule, fields.SOC, name)
            else:
                code, silent = self._known[name]
                self._count_silent(rule.target, silent)
            is_onet = pc.match_substring(code, ".")
            onet, bare = _TAXONOMY.get(normalise(source), ("unknown", "unknown"))
            found = pc.coalesce(found, pc.if_else(is_onet, pa.scalar(onet), pa.scalar(bare)))
        return found

    def _annual(self, columns: dict[str, pa.Array]) -> None:
        """Lightcast may state a year's pay beside the period of the ad: an amount that no period pays is a year's."""
        import pyarrow as pa
        import pyarrow.compute as pc

        amount = pc.coalesce(columns["salary_max"], columns["salary_min"])
        unit = columns["salary_unit"]
        by_year = pc.greater_equal(amount, float(values.YEARLY_FROM))
        is_annual = pc.and_(pc.is_null(unit), by_year)
        for period, above in _ANNUALISED.items():
            is_annual = pc.or_kleene(is_annual, pc.and_kleene(pc.equal(unit, period), pc.greater(amount, above)))
        columns["salary_unit"] = pc.if_else(pc.fill_null(is_annual, False), pa.scalar("year"), unit)
        stated = pc.or_(pc.is_valid(columns["salary_min"]), pc.is_valid(columns["salary_max"]))
        columns["salary_unit"] = pc.if_else(stated, columns["salary_unit"], pa.scalar(None, pa.string()))
        columns["salary_currency"] = pc.if_else(stated, pa.scalar("USD"), pa.scalar(None, pa.string()))

    def _derive(self, columns: dict[str, pa.Array]) -> None:
        """What follows from other fields: place from "Town, ST 12345", pay from words, country of a US state."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if columns["source_type"].null_count:
            columns["source_type"] = pc.fill_null(columns["source_type"], self.source_type)
        place = columns["location_text"]
        if place.null_count < self._size:
            coded = place.dictionary_encode()
            known = self._known_cells("location_text")
            split = []
            for cell in coded.dictionary.to_pylist():
                if cell not in known:
                    known[cell] = places.split_place(cell, self.own_state) or (None, None, None)
                split.append(known[cell])
            for part, target in enumerate(("city", "state_postal", "zip_code")):
                found = pa.array([s[part] for s in split], pa.string())
                if found.null_count < len(found):
                    columns[target] = pc.coalesce(columns[target], found.take(coded.indices))
            remote = pc.match_substring_regex(coded.dictionary, _REMOTE)
            if pc.any(remote).as_py():
                is_remote = pc.if_else(remote, pa.scalar(True), pa.scalar(None, pa.bool_())).take(coded.indices)
                columns["is_remote"] = pc.coalesce(columns["is_remote"], is_remote)
        country = columns["country"]
        foreign = pc.fill_null(pc.not_equal(country, "US"), False)
        columns["state_postal"] = null_where(columns["state_postal"], foreign)
        columns["zip_code"] = null_where(columns["zip_code"], foreign)
        home = pc.and_(pc.is_null(country), pc.is_valid(columns["state_postal"]))
        columns["country"] = pc.if_else(home, pa.scalar("US"), country)
        self._pay(columns)

    def _pay(self, columns: dict[str, pa.Array]) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        words = columns["salary_text"]
        if words.null_count < self._size:
            kind = pa.struct(
                [("low", pa.float64()), ("high", pa.float64()), ("unit", pa.string()), ("currency", pa.string())]
            )
            keys = ("low", "high", "unit", "currency")
            read = cells.by_distinct(words, lambda v: dict(zip(keys, values.pay(v), strict=True)), kind)
            silent = pc.and_(pc.is_null(columns["salary_min"]), pc.is_null(columns["salary_max"]))
            for target, part in (("salary_min", "low"), ("salary_max", "high")):
                columns[target] = pc.if_else(silent, pc.struct_field(read, part), columns[target])
            for target, part in (("salary_unit", "unit"), ("salary_currency", "currency")):
                columns[target] = pc.coalesce(columns[target], pc.struct_field(read, part))
        for target in ("salary_min", "salary_max"):
            useless = pc.fill_null(pc.less_equal(columns[target], 0.0), False)
            columns[target] = null_where(columns[target], useless)

    def _too_large(self, size: int) -> np.ndarray:
        """bool[n]: rows with a cell beyond the limit; such cells are emptied at once."""
        import numpy as np
        import pyarrow.compute as pc
        import pyarrow.types as types

        found = np.zeros(size, np.bool_)
        for name, array in self._batch.items():
            kind = array.type
            if (types.is_binary(kind) or types.is_string(kind) or types.is_large_string(kind)) and (
                array.nbytes > CELL_LIMIT
            ):
                large = pc.fill_null(pc.greater(pc.binary_length(array), CELL_LIMIT), False)
                if pc.any(large).as_py():
                    found |= np.asarray(large)
                    self._batch[name] = null_where(array, large)
        return found

    def _without_faulty(self, mapped: Mapped, reasons: pa.Array, too_large: np.ndarray) -> Mapped:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = mapped.columns
        day = columns[fields.DATE]
        odd = pc.or_(pc.greater(day, pa.scalar(self.latest)), pc.less(day, pa.scalar(dates.FIRST_DAY)))
        bad = pc.or_(pc.is_null(columns[fields.TITLE]), pc.fill_null(odd, True))
        faulty = np.asarray(bad) | too_large
        if not faulty.any():
            return mapped
        date_source = next((s for s in self._rules[fields.DATE].sources if normalise(s) in self._names), fields.DATE)
        cell_array = self._batch.get(self._names.get(normalise(date_source), ""))
        for i in np.flatnonzero(faulty).tolist():
            number = int(mapped.row_numbers[i])
            if too_large[i]:
                self.accounts.quarantine(self.file, number, "(row)", None, CELL_TOO_LARGE)
            elif not columns[fields.TITLE][i].is_valid:
                self.accounts.quarantine(self.file, number, fields.TITLE, None, NO_TITLE)
            else:
                value = day[i].as_py()
                cell = None if cell_array is None else cell_array[i].as_py()
                shown = (
                    cell.decode("utf-8", "replace") if isinstance(cell, bytes) else None if cell is None else str(cell)
                )
                why = reasons[i].as_py() or NO_DATE if value is None else dates.judge(value, self.latest)
                self.accounts.quarantine(self.file, number, date_source, shown, why or NO_DATE)
        return select(mapped, np.flatnonzero(~faulty))


def select(mapped: Mapped, rows: np.ndarray) -> Mapped:
    """The given rows of a mapped batch."""
    import pyarrow as pa

    index = pa.array(rows)
    return Mapped(
        {k: v.take(index) for k, v in mapped.columns.items()},
        mapped.row_numbers[rows],
        mapped.emails[rows],
        mapped.phones[rows],
        mapped.markup[rows],
    )


_TAXONOMY: Mapping[str, tuple[str, str]] = {  # column -> taxonomy of a code with and without ".NN"
    "onet_2019": ("onet_soc_2019", "soc_2018"),
    "classifications_onet_code_25": ("onet_soc_2019", "soc_2018"),
    "classifications_onet_code": ("onet_soc_2010", "soc_2010"),
}
_NOBODY = "unclassified"
_CELLS_KEPT = 100_000  # of one field, before they are forgotten
_LONGEST_EMPTY = max(map(len, values.EMPTY_WORDS))  # characters
_TYPES = {
    fields.NUMBER: "float64",
    fields.YEARS: "float64",
    fields.WHOLE: "int64",
    fields.FLAG: "bool_",
    fields.DAY: "date32",
}


def _type(kind: str) -> pa.DataType:
    import pyarrow as pa

    return getattr(pa, _TYPES.get(kind, "string"))()


def _choice(cell: str, target: str) -> str | None:
    value = cell.strip().lower()
    return value if value in fields.CHOICES[target] else None


def _without_empty_words(array: pa.Array) -> pa.Array:
    """Short texts such as "N/A" or "None" as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.less_equal(pc.utf8_length(array), _LONGEST_EMPTY)).as_py():
        return array
    words = pa.array(sorted(values.EMPTY_WORDS))
    return null_where(array, pc.is_in(pc.utf8_lower(array), words))
