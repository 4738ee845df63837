"""One work unit: some row groups of one raw file, read once, all due stages of it.

Runs in a worker process. Lexicon, coder and title codes are loaded once per process and kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from extractors.posting_text.occupation import OccupationCoder
    from extractors.posting_text.requirements import RequirementReader

TOP = 3
TEXT_BELOW = 0.70
"""A title that is coded with less certainty is read together with its text (J7: accepted from .70)."""
NAMED = ("credentials_required", "credentials_preferred", "credentials_unspecified")
_SIGNED = (
    "posting_key", "feed", "posting_id", "requisition_id", "title", "employer", "location_text", "city", "county_fips",
    "zip_code", "state_postal", "posted_date", "description",
)  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """What to read and where to put it.

    Attributes:
        folders: stage -> folder to write into.
        lexicon: credential CSV, form CSV, and the states' own credentials as JSON.
    """

    file: Path
    row_groups: tuple[int, ...]
    number: int
    folders: Mapping[str, str]
    lexicon: tuple[Path, Path, str]
    coder: Path
    title_cache: Path


@lru_cache(maxsize=1)
def _reader(lexicon: tuple[Path, Path, str]) -> RequirementReader:
    from extractors.posting_text.requirements import Credential, Form, Lexicon, RequirementReader

    own = [
        (Credential(row["code"], row["name"], row["type"] or "certification"), [Form(row["name"], row["code"])])
        for row in json.loads(lexicon[2])
    ]
    return RequirementReader(Lexicon.load(lexicon[0], lexicon[1], extra=own))


@lru_cache(maxsize=1)
def _coder(path: Path) -> OccupationCoder:
    from extractors.posting_text.occupation import OccupationCoder

    return OccupationCoder.load(path)


@lru_cache(maxsize=1)
def _codes(cache: Path) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(cache)


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
        columns[f"score_{rank + 1}"] = pa.array(score.astype("float64"), mask=empty)
    return columns


def read_unit(unit: Unit) -> int:
    """Read the unit; returns how many postings it held."""
    import pyarrow.parquet as pq

    names = sorted({*_SIGNED, *NAMED})
    table = pq.ParquetFile(unit.file).read_row_groups(list(unit.row_groups), columns=names).combine_chunks()
    if "signature" in unit.folders:
        _write(unit, "signature", "signature", _signatures(table))
    if "requirement" in unit.folders:
        for name, rows in _requirements(unit, table).items():
            _write(unit, "requirement", name, rows)
    if "occupation" in unit.folders:
        _write(unit, "occupation", "occupation", _occupations(unit, table))
    return table.num_rows


def _write(unit: Unit, stage: str, name: str, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, Path(unit.folders[stage]) / f"{name}-{unit.number:05d}.parquet", compression="zstd")


def _signatures(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    from extractors.posting_text import deduplicate

    batches = [deduplicate.signatures(batch) for batch in table.select(list(_SIGNED)).to_batches()]
    return pa.concat_tables(batches)


# ----------------------------------------------------------------------------------------------------------- requirements


def _requirements(unit: Unit, table: pa.Table) -> dict[str, pa.Table]:
    """Mentions, requirements and deciding sentences; equal postings are read once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reader = _reader(unit.lexicon)
    texts = pc.fill_null(table.column("description"), "")
    titles = pc.fill_null(table.column("title"), "")
    both = pc.binary_join_element_wise(titles, texts, "\x1f").combine_chunks().dictionary_encode()
    distinct = [value.partition("\x1f") for value in both.dictionary.to_pylist()]
    found = reader.read([title for title, _, _ in distinct], [text for _, _, text in distinct])
    postings = pa.table({"row": both.indices.cast(pa.int32()), "posting_key": table.column("posting_key")})
    mentions = _spread(found.mentions, postings)
    named = _named(reader, table)
    wanted = ["posting_key", "credential_code", "requirement", "or_group", "form", "cue", "section"]
    wanted += ["span_start", "span_end", "sentence_hash"]
    return {
        "mention": _typed(
            pa.concat_tables([mentions.select(wanted), named.select(wanted)], promote_options="permissive"), "mention"
        ),
        "requirement": _typed(_spread(found.requirements, postings), "requirement"),
        "sentence": found.sentences,
    }


def _spread(found: pa.Table, postings: pa.Table) -> pa.Table:
    """What was found in a distinct text, for every posting that has it."""
    if "is_negated" in found.column_names:
        import pyarrow.compute as pc

        found = found.filter(pc.invert(found.column("is_negated")))
    return found.join(postings, keys="row", join_type="inner").drop_columns(["row"])


def _named(reader: RequirementReader, table: pa.Table) -> pa.Table:
    """Credentials that the source itself lists for a posting: `required` and `preferred` where it says so, else `named`."""
    import pyarrow as pa

    keys, codes, said = [], [], []
    posting_keys = table.column("posting_key").to_pylist()
    for column, requirement in zip(NAMED, ("required", "preferred", "named"), strict=True):
        cells = table.column(column).combine_chunks().dictionary_encode()
        known = _codes_of(reader, cells.dictionary.to_pylist())
        for key, index in zip(posting_keys, cells.indices.to_pylist(), strict=True):
            if index is not None:
                keys += [key] * len(known[index])
                codes += known[index]
                said += [requirement] * len(known[index])
    count = len(keys)
    nothing = {n: pa.nulls(count, pa.int64()) for n in ("or_group", "span_start", "span_end", "sentence_hash")}
    return pa.table(
        {
            "posting_key": pa.array(keys, pa.int64()),
            "credential_code": pa.array(codes, pa.string()),
            "requirement": pa.array(said, pa.string()),
            "form": pa.nulls(count, pa.string()),
            "cue": pa.array(["source"] * count, pa.string()),
            "section": pa.array(["source"] * count, pa.string()),
            **nothing,
        }
    )


def _codes_of(reader: RequirementReader, cells: list[str]) -> list[list[str]]:
    """The credentials that each cell ("A|B") names: by the lexicon's own name, else read like a line of requirements."""
    known = {credential.name.casefold(): credential.code for credential in reader.lexicon.credentials}
    given = {name for cell in cells for name in cell.split("|") if name.strip()}
    codes = {name: {known[name.casefold()]} for name in given if name.casefold() in known}
    names = sorted(given - codes.keys())
    codes |= {name: set() for name in names}
    found = reader.read([""] * len(names), [f"Required certification: {name}" for name in names]).mentions
    for row, code in zip(found.column("row").to_pylist(), found.column("credential_code").to_pylist(), strict=True):
        codes[names[row]].add(code)
    return [sorted(set().union(*(codes.get(name, set()) for name in cell.split("|")))) for cell in cells]


def _typed(table: pa.Table, name: str) -> pa.Table:
    """In the columns and types of the contract."""
    import pyarrow as pa

    from extractors.posting_text.tables import ENRICHED_TABLES

    types = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}
    columns = ENRICHED_TABLES[f"posting_text__{name}"].columns
    return table.select([c.name for c in columns]).cast(pa.schema([(c.name, types[c.type]) for c in columns]))


# ------------------------------------------------------------------------------------------------------------ occupations


def _occupations(unit: Unit, table: pa.Table) -> pa.Table:
    """Codes by title; where the title alone does not decide, by title and text."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = _codes(unit.title_cache)
    place = pc.index_in(table.column("title"), value_set=codes.column("title").combine_chunks())
    rows = codes.take(place.combine_chunks()).drop_columns(["title"])
    coder = _coder(unit.coder)
    unsure = pc.less(pc.fill_null(rows.column("score_1"), 0.0), TEXT_BELOW)
    readable = pc.greater(pc.fill_null(pc.utf8_length(table.column("description")), 0), 0)
    which = np.flatnonzero(pc.and_(unsure, readable).combine_chunks().to_numpy(zero_copy_only=False))
    basis = np.full(table.num_rows, "title", dtype=object)
    if len(which):
        rows, basis = _refined(coder, table, rows, which, basis)
    columns: dict[str, Sequence[Any] | pa.Array | pa.ChunkedArray] = {
        "posting_key": table.column("posting_key"),
        "coder": pa.array([coder.name] * table.num_rows, pa.string()),
        "basis": pa.array(basis, pa.string()),
    }
    columns |= {name: rows.column(name) for name in rows.column_names}
    return _typed(pa.table(columns), "occupation")


def _refined(coder: OccupationCoder, table: pa.Table, rows: pa.Table, which: Any, basis: Any) -> tuple[pa.Table, Any]:
    import numpy as np
    import pyarrow as pa

    some = table.take(pa.array(which))
    pairs = dict.fromkeys(zip(some.column("title").to_pylist(), some.column("description").to_pylist(), strict=True))
    number = {pair: n for n, pair in enumerate(pairs)}
    answers = coder.code_texts([title or "" for title, _ in pairs], [text for _, text in pairs])
    better = pa.table(_top(coder, answers))
    position = np.arange(table.num_rows)
    asked = zip(some.column("title").to_pylist(), some.column("description").to_pylist(), strict=True)
    position[which] = [table.num_rows + number[pair] for pair in asked]
    stacked = {
        name: pa.chunked_array([*rows.column(name).chunks, *better.column(name).chunks]).take(pa.array(position))
        for name in better.column_names
    }
    basis[which] = "title_text"
    return pa.table({"title_key": rows.column("title_key"), **stacked}), basis
