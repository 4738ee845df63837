"""One work unit: some row groups of raw files, read once, all due stages of them.

Runs in a worker process. Lexicon, coder and title codes are loaded once per process and kept. Months of small captures
share a unit: they are read together, and written each into its own folders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.posting_text.garbage import uncollected

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from extractors.posting_text.deduplicate.text_sketch import Sketches
    from extractors.posting_text.lines import Cut
    from extractors.posting_text.occupation import OccupationCoder
    from extractors.posting_text.requirements import Lexicon, RequirementReader

TOP = 3
DIGITS = 5
TEXT_BELOW = 0.70
"""A title that is coded with less certainty is read together with its text (J7: accepted from .70)."""
NAMED = ("credentials_required", "credentials_preferred", "credentials_unspecified")
_SIGNED = (
    "posting_key", "feed", "posting_id", "requisition_id", "title", "employer", "location_text", "city", "county_fips",
    "zip_code", "state_postal", "posted_date", "description",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Row groups of one raw file, and where to put what is read from them.

    Attributes:
        folders: stage -> folder to write into; the same stages in all parts of a unit.
        number: of the files to write.
    """

    file: Path
    row_groups: tuple[int, ...]
    folders: Mapping[str, str]
    number: int


@dataclass(frozen=True)
class Unit:
    """What to read, and with what.

    Attributes:
        lexicon: credential CSV, form CSV, and the states' own credentials as JSON.
        lexicon_print: changes with the content of these, and with the code that reads.
        vocabulary: where it is kept ready for that print.
        title_cache: folder of the codes of the distinct titles.
        titles_print: changes with its content.
    """

    parts: tuple[Part, ...]
    lexicon: tuple[Path, Path, str]
    lexicon_print: str
    vocabulary: Path
    coder: Path
    title_cache: Path
    titles_print: str


# What was loaded is kept under a print of its content: a process may live longer than a lexicon.
@lru_cache(maxsize=1)
def _reader(lexicon: tuple[Path, Path, str], lexicon_print: str, vocabulary: Path) -> _Reading:
    from extractors.posting_text.requirements import Lexicon, RequirementReader
    from extractors.posting_text.requirements.vocabulary import build
    from extractors.posting_text.requirements.vocabulary_file import kept

    del lexicon_print
    with uncollected():
        known = kept(vocabulary, lambda: build(_lexicon(lexicon)))
    return _Reading(RequirementReader(Lexicon(known.credentials, ()), vocabulary=known))


def _lexicon(lexicon: tuple[Path, Path, str]) -> Lexicon:
    from extractors.posting_text.requirements import Credential, Form, Lexicon

    own = [
        (Credential(row["code"], row["name"], row["type"] or "certification"), [Form(row["name"], row["code"])])
        for row in json.loads(lexicon[2])
    ]
    return Lexicon.load(lexicon[0], lexicon[1], extra=own)


def prepare_vocabulary(lexicon: tuple[Path, Path, str], vocabulary: Path) -> None:
    """Build the vocabulary of a lexicon where it is not kept yet, so that no two workers do."""
    from extractors.posting_text.requirements.vocabulary import build
    from extractors.posting_text.requirements.vocabulary_file import is_whole, save

    if not is_whole(vocabulary):
        with uncollected():
            save(build(_lexicon(lexicon)), vocabulary)


@lru_cache(maxsize=1)
def _coder(path: Path) -> OccupationCoder:
    import extractors.compiled  # noqa: F401 - first: the coder's kernels would let numba load scipy
    from extractors.posting_text.occupation import OccupationCoder

    return OccupationCoder.load(path)


@lru_cache(maxsize=1)
def _codes(cache: Path, titles_print: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    del titles_print
    return pa.concat_tables(pq.read_table(f, partitioning=None) for f in sorted(cache.glob("*.parquet")))


def forget() -> None:
    """Let go of what was loaded, and of all lines that were met: some hundred MB that a long process would keep."""
    for kept in (_reader, _coder, _codes, _lines):
        kept.cache_clear()


def coded_titles(coder: Path, titles: list[str]) -> pa.Table:
    """The three best codes of each title: title, title_key, soc_code_1, score_1 … score_3."""
    import pyarrow as pa

    from extractors.posting_text.occupation import title_keys

    answers = _coder(coder).code_titles(titles)
    columns = {"title": pa.array(titles, pa.string()), "title_key": pa.array(title_keys(titles), pa.int64())}
    return pa.table({**columns, **_top(_coder(coder), answers)})


def _top(coder: OccupationCoder, answers: Any) -> dict[str, pa.Array]:
    """soc_code_1, score_1 … of the coder's index and score arrays [n, k]; fewer than three answers leave nulls."""
    import numpy as np
    import pyarrow as pa

    codes = pa.array(coder.soc_codes, pa.string())
    columns: dict[str, pa.Array] = {}
    width = answers.index.shape[1]
    for rank in range(TOP):
        there = rank < width
        index = answers.index[:, rank] if there else np.full(len(answers.index), -1)
        empty = index < 0
        columns[f"soc_code_{rank + 1}"] = codes.take(pa.array(np.where(empty, 0, index), mask=empty))
        score = answers.score[:, rank] if there else np.zeros(len(answers.index))
        # The last digits of a product of matrices depend on how many rows it had, that is on what else was read.
        columns[f"score_{rank + 1}"] = pa.array(score.astype("float64").round(DIGITS), mask=empty)
    return columns


def read_unit(unit: Unit) -> int:
    """Read the unit; returns how many postings it held."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = sorted({*_SIGNED, *NAMED})
    tables = [pq.ParquetFile(p.file).read_row_groups(list(p.row_groups), columns=names) for p in unit.parts]
    bounds = [0, *accumulate(t.num_rows for t in tables)]
    table = pa.concat_tables(tables).combine_chunks()
    distinct = _distinct(table)
    stages = unit.parts[0].folders
    if stages.keys() & {"signature", "requirement"}:
        reading = _reader(unit.lexicon, unit.lexicon_print, unit.vocabulary) if "requirement" in stages else _lines()
        cut = reading.cut(distinct.of_column(table, "description"))
        if "signature" in stages:
            _write_rows(unit, bounds, "signature", _signatures(table, reading.words.sketches(cut), distinct))
        if isinstance(reading, _Reading):
            _write_found(unit, bounds, _requirements(reading, table, distinct, cut))
    if "occupation" in stages:
        _write_rows(unit, bounds, "occupation", _occupations(unit, table, distinct))
    return table.num_rows


def _write(part: Part, stage: str, name: str, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    from extractors.posting_text import deduplicate

    options = deduplicate.WRITE_OPTIONS if name == "signature" else {"compression": "zstd"}
    pq.write_table(table, Path(part.folders[stage]) / f"{name}-{part.number:05d}.parquet", **options)


def _write_rows(unit: Unit, bounds: Sequence[int], name: str, table: pa.Table) -> None:
    """A table with a row for each posting of the unit, in its order: to each part its rows."""
    for part, (start, stop) in zip(unit.parts, pairwise(bounds), strict=True):
        _write(part, name, name, table.slice(start, stop - start))


def _write_found(unit: Unit, bounds: Sequence[int], found: _Found) -> None:
    """What was found to the part of its posting, sentences to every part that refers to them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for part, (start, stop) in zip(unit.parts, pairwise(bounds), strict=True):
        mentions, unlisted, requirements = (
            _between(rows, start, stop) for rows in (found.mentions, found.unlisted, found.requirements)
        )
        sentences = found.sentences
        if len(unit.parts) > 1:
            tables = (mentions, unlisted, requirements)
            chunks = [chunk for rows in tables for chunk in rows.column("sentence_hash").chunks]
            used = pa.chunked_array(chunks, pa.int64()).combine_chunks()
            sentences = sentences.filter(pc.is_in(sentences.column("sentence_hash"), value_set=used))
        # "No CDL needed" names no credential; its sentence stays for review.
        mentions = mentions.filter(pc.invert(mentions.column("is_negated")))
        for name, rows in (("mention", mentions), ("unlisted", unlisted), ("requirement", requirements)):
            _write(part, "requirement", name, _typed(rows, name))
        _write(part, "requirement", "sentence", sentences)


def _between(rows: pa.Table, start: int, stop: int) -> pa.Table:
    """The rows of the postings [start, stop); they are in the order of the postings."""
    import numpy as np

    number = rows.column("posting").to_numpy()
    first, last = np.searchsorted(number, [start, stop])
    return rows.slice(first, last - first)


class _CutOnly:
    """Lines that nothing is read in."""

    def __init__(self) -> None:
        from extractors.posting_text.deduplicate.line_words import LineWords
        from extractors.posting_text.lines import Lines

        self._lines, self.words = Lines(), LineWords()

    def cut(self, texts: pa.Array) -> Cut:
        """The lines of the texts."""
        from extractors.posting_text.lines import MOST, Lines

        if self._lines.count > MOST:
            self._lines = Lines()
        return self._lines.cut(texts)


@lru_cache(maxsize=1)
def _lines() -> _CutOnly:
    return _CutOnly()


def _signatures(table: pa.Table, sketches: Sketches, distinct: _Distinct) -> pa.Table:
    import pyarrow as pa

    from extractors.posting_text import deduplicate

    batches = table.select(list(_SIGNED)).to_batches()
    starts = accumulate((batch.num_rows for batch in batches), initial=0)
    return pa.concat_tables(
        deduplicate.signatures(batch, sketches.spread(distinct.of[start : start + batch.num_rows]))
        for batch, start in zip(batches, starts, strict=False)
    )


# ------------------------------------------------------------------------------------------------------- distinct texts


@dataclass(frozen=True)
class _Distinct:
    """Postings with the same title and text, which are read once.

    Attributes:
        first: [distinct] row of the first posting of each.
        of: [rows] number of the distinct title and text of each posting.
    """

    first: NDArray[np.int64]
    of: NDArray[np.int64]

    def of_column(self, table: pa.Table, name: str) -> pa.Array:
        """The values of a column for the distinct titles and texts, as large_string, "" where there is nothing."""
        import pyarrow as pa

        from extractors.posting_text.lines import plain

        values = _whole(table.column(name))
        return plain(values if len(self.first) == len(values) else values.take(pa.array(self.first)))

    def spread(self, found: pa.Table) -> pa.Table:
        """What was found in a distinct text (`row`), for every posting that has it, in the order of the postings."""
        import numpy as np
        import pyarrow as pa

        row = found.column("row").to_numpy().astype(np.int64)
        order = np.argsort(row, kind="stable")
        counts = np.bincount(row, minlength=len(self.first))
        starts = np.cumsum(counts) - counts
        size = counts[self.of]
        posting = np.repeat(np.arange(len(self.of)), size)
        within = np.arange(len(posting)) - np.repeat(np.cumsum(size) - size, size)
        take = order[starts[self.of[posting]] + within]
        return found.drop_columns(["row"]).take(pa.array(take)).append_column("posting", pa.array(posting))


def _distinct(table: pa.Table) -> _Distinct:
    """By the bytes themselves, and only where title and length are equal: a dictionary of Arrow copies every text."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    texts, titles = _whole(table.column("description")), _whole(table.column("title"))
    length = pc.fill_null(pc.binary_length(texts), -1).to_numpy().astype(np.int64)
    title = titles.dictionary_encode("encode").indices.to_numpy().astype(np.int64)
    likely, where, counts = np.unique(title << 32 | (length + 1), return_inverse=True, return_counts=True)
    of = np.arange(table.num_rows)
    seen: dict[tuple[int, bytes], int] = {}
    rows = np.flatnonzero(counts[where] > 1)
    values = texts.take(pa.array(rows)).cast(pa.large_binary())
    _, offsets, data = values.buffers()
    content = memoryview(data or b"")
    ends = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1].tolist()
    keys = likely[where[rows]].tolist()
    for row, key, start, stop in zip(rows.tolist(), keys, ends, ends[1:], strict=False):
        of[row] = seen.setdefault((key, bytes(content[start:stop])), row)
    first = np.unique(of)
    return _Distinct(first, np.searchsorted(first, of))


# --------------------------------------------------------------------------------------------------------- requirements


@dataclass(frozen=True)
class _Found:
    """What the postings of a unit ask for; `posting` is the row in the unit, and the order."""

    mentions: pa.Table
    requirements: pa.Table
    sentences: pa.Table
    unlisted: pa.Table


class _Reading:
    """A reader, the words of the lines that it has met, and the credentials of the names that sources gave so far."""

    def __init__(self, reader: RequirementReader) -> None:
        from extractors.posting_text.deduplicate.line_words import LineWords

        self.reader, self.cut, self.words = reader, reader.cut, LineWords()
        self._known = {credential.name.casefold(): [credential.code] for credential in reader.lexicon.credentials}

    def codes_of(self, cells: Sequence[str]) -> list[list[str]]:
        """The credentials that each cell ("A|B") names: by the lexicon's name, else read as a line of requirements."""
        given = {name for cell in cells for name in cell.split("|") if name.strip()}
        names = sorted(name for name in given if name.casefold() not in self._known)
        for name in names:
            self._known[name.casefold()] = []
        found = self.reader.read([""] * len(names), [f"Required certification: {name}" for name in names]).mentions
        for row, code in zip(found.column("row").to_pylist(), found.column("credential_code").to_pylist(), strict=True):
            self._known[names[row].casefold()].append(code)
        return [
            sorted({code for name in cell.split("|") for code in self._known.get(name.casefold(), ())})
            for cell in cells
        ]


def _requirements(reading: _Reading, table: pa.Table, distinct: _Distinct, cut: Cut) -> _Found:
    """Mentions, requirements, unlisted names and deciding sentences; equal postings are read once."""
    import pyarrow as pa

    found = reading.reader.read(distinct.of_column(table, "title"), cut)
    keys = table.column("posting_key")
    mentions = distinct.spread(found.mentions)
    mentions = mentions.append_column("posting_key", keys.take(mentions.column("posting")))
    named = _named(reading, table)
    together = pa.concat_tables([mentions, named.select(mentions.column_names)], promote_options="permissive")
    requirements = distinct.spread(found.requirements)
    requirements = requirements.append_column("posting_key", keys.take(requirements.column("posting")))
    unlisted = distinct.spread(found.unlisted.rename_columns({"name": "credential_name"}))
    unlisted = unlisted.append_column("posting_key", keys.take(unlisted.column("posting")))
    together = together.sort_by("posting") if named.num_rows else together
    return _Found(together, requirements, found.sentences, unlisted)


def _named(reading: _Reading, table: pa.Table) -> pa.Table:
    """Credentials that the source lists for a posting: `required` and `preferred` where it says so, else `named`."""
    import numpy as np
    import pyarrow as pa

    postings, codes, said = [], [], []
    for column, requirement in zip(NAMED, ("required", "preferred", "named"), strict=True):
        cells = _whole(table.column(column)).dictionary_encode()
        known = reading.codes_of(cells.dictionary.to_pylist())
        for posting, index in enumerate(cells.indices.to_pylist()):
            if index is not None:
                postings += [posting] * len(known[index])
                codes += known[index]
                said += [requirement] * len(known[index])
    count = len(postings)
    where = pa.array(np.array(postings, np.int64))
    nothing = {n: pa.nulls(count, pa.int64()) for n in ("or_group", "span_start", "span_end", "sentence_hash")}
    return pa.table(
        {
            "posting": where,
            "posting_key": table.column("posting_key").take(where),
            "credential_code": pa.array(codes, pa.string()),
            "requirement": pa.array(said, pa.string()),
            "form": pa.nulls(count, pa.string()),
            "cue": pa.array(["source"] * count, pa.string()),
            "section": pa.array(["source"] * count, pa.string()),
            "is_negated": pa.repeat(False, count),
            **nothing,
        }
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _typed(table: pa.Table, name: str) -> pa.Table:
    """In the columns and types of the contract."""
    import pyarrow as pa

    from extractors.posting_text.tables import ENRICHED_TABLES

    types = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}
    columns = ENRICHED_TABLES[f"posting_text__{name}"].columns
    return table.select([c.name for c in columns]).cast(pa.schema([(c.name, types[c.type]) for c in columns]))


# ---------------------------------------------------------------------------------------------------------- occupations


def _occupations(unit: Unit, table: pa.Table, distinct: _Distinct) -> pa.Table:
    """Codes by title; where the title alone does not decide, by title and text, each different pair once."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = _codes(unit.title_cache, unit.titles_print)
    coder = _coder(unit.coder)
    titles, texts = _whole(table.column("title")), _whole(table.column("description"))
    place = pc.index_in(titles.take(pa.array(distinct.first)), value_set=_whole(codes.column("title")))
    rows = codes.take(place).drop_columns(["title"])
    unsure = pc.less(pc.fill_null(rows.column("score_1"), 0.0), TEXT_BELOW)
    readable = pc.greater(pc.fill_null(pc.binary_length(texts), 0), 0).take(pa.array(distinct.first))
    which = np.flatnonzero(_whole(pc.and_(unsure, readable)).to_numpy(zero_copy_only=False))
    basis = np.full(len(distinct.first), "title", dtype=object)
    if len(which):
        asked = pa.array(distinct.first[which])
        answers = coder.code_texts(pc.fill_null(titles.take(asked), "").to_pylist(), texts.take(asked).to_pylist())
        position = np.arange(rows.num_rows)
        position[which] = rows.num_rows + np.arange(len(which))
        better = _top(coder, answers)
        stacked = {
            name: pa.chunked_array([*rows.column(name).chunks, column]).take(pa.array(position))
            for name, column in better.items()
        }
        basis[which] = "title_text"
        rows = pa.table({"title_key": rows.column("title_key"), **stacked})
    rows = rows.append_column("basis", pa.array(basis, pa.string())).take(pa.array(distinct.of))
    rows = rows.append_column("posting_key", table.column("posting_key"))
    return _typed(rows.append_column("coder", pa.repeat(coder.name, table.num_rows)), "occupation")
