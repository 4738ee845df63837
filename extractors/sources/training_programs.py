"""Programmes of study and training of a state, by import: CIP code, and the credential or licence that they name (I26).

The documented layout (header = column names of the raw table), shortest form:

    program_id,program_name,provider_name,cip_code,credential_name,licence_name,leads_to_credential
    P01,Registered Nursing,Example Community College,51.3801,,Registered Nurse,true

`state_postal` comes from the dataset's `@XX`. `has_flag_conflict` is always found here: the programme says that it
leads to an industry credential and names none, or names one and says that it leads to none. A CIP code that lost its
leading zero in a spreadsheet gets it back (`cip_soc_crosswalk.to_cip`).

Shipped: New Jersey's list of eligible providers (`maps/new_jersey_etpl.csv`), recognised by three of its columns.
It has some eighty, contact persons among them; only the mapped ones are read. Texts come in a second pair of quotes,
which are taken off. A county of "Select One" is none.

CSV, workbooks, and either of them compressed with gzip (`.gz`).
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables_credentials import TRAINING_PROGRAMS
from extractors.sources.cip_soc_crosswalk import to_cip

NEW_JERSEY = "new_jersey_etpl"
_NEW_JERSEY_HAS = {"programid", "officialname", "leadtoindustrycredential"}
_HEADER_ROWS = 60
_MAX_BYTES = 1 << 30
_NULL_WORDS = ("Select One",)


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest year in which a programme of New Jersey's list was released or submitted; else it is declared."""
    del dataset
    own = schema.own_map_among(files)
    years: set[str] = set()
    for file in files:
        if file.name not in schema.NOT_DATA:
            cells = _read(file.path, own).cells.get("submitted_on", [])
            years.update(y for c in cells for y in re.findall(r"\b(?:19|20)\d{2}\b", schema.text(c) or ""))
    if not years:
        raise schema.declare_vintage([f.name for f in files], "the year of the list, e.g. 2026")
    return max(years)


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's files -> `training_programs__programs`."""
    postal, own = schema.state_of(capture), schema.own_map(capture)
    parts = []
    for name in schema.data_files(capture):
        part = _read(capture.path(name), own)
        if part.map_name == f"{NEW_JERSEY}.csv":
            part.cells = {t: [_unquoted(c) for c in cells] for t, cells in part.cells.items()}
        _find_conflicts(part)
        parts.append(part)
    rules = schema.Rules(
        defaults={"state_postal": postal},
        fixes={"state_postal": schema.own_state_only(postal), "cip_code": to_cip},
        null_words=_NULL_WORDS,
    )
    return [schema.build_table(TRAINING_PROGRAMS, parts, capture, rules)]


def _read(path: Path, own: Path | None) -> schema.Part:
    """The data rows of one file through the importer's map, New Jersey's, or the documented layout."""
    sheets = _sheets(path)
    new_jersey = any(
        {schema.normalise(c) for c in row} >= _NEW_JERSEY_HAS for s in sheets for row in s.rows[:_HEADER_ROWS]
    )
    if new_jersey and not (own and own.is_file()):
        return schema.read_part(sheets, [_new_jersey()], allow_extra=True)
    return schema.read_part(sheets, schema.maps_of(own, TRAINING_PROGRAMS, [_documented()]))


def _documented() -> schema.ColumnMap:
    layout = schema.identity_map(TRAINING_PROGRAMS, ("state_postal",))
    ours = schema.MappedColumn(None, ("has_flag_conflict",), "", False)
    return schema.ColumnMap(layout.name, tuple(ours if c.target == "has_flag_conflict" else c for c in layout.columns))


def _new_jersey() -> schema.ColumnMap:
    targets = [*(c.name for c in TRAINING_PROGRAMS.columns), "submitted_on"]
    return schema.load_column_map(schema.maps_folder() / f"{NEW_JERSEY}.csv", targets)


def _sheets(path: Path) -> list[schema.Sheet]:
    with path.open("rb") as head:
        if head.read(2) != b"\x1f\x8b":
            return schema.read_sheets(path)
    try:
        with gzip.open(path) as packed:
            content = packed.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise PermanentFailure(
            f"the compressed file is damaged or cut short ({error})",
            where=path.name,
            expected="a whole .gz file",
            remedy="ask for it again and compare its size with the sender's",
        ) from error
    if len(content) > _MAX_BYTES:
        raise PermanentFailure(
            "the file unpacks to more than 1 GiB",
            where=path.name,
            expected="a list of programmes",
            remedy="check that it is the right file",
        )
    return schema.sheets_from_bytes(content, path.name.removesuffix(".gz"))


def _unquoted(cell: schema.Cell) -> schema.Cell:
    if isinstance(cell, str) and len(bare := cell.strip()) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1].replace('""', '"')
    return cell


def _find_conflicts(part: schema.Part) -> None:
    size = len(part.row_numbers)
    transform = part.transforms.get("leads_to_credential", lambda c: c)
    flags = [schema.to_bool(transform(c)) for c in part.cells.get("leads_to_credential", [None] * size)]
    named = [schema.text(c) is not None for c in part.cells.get("credential_name", [None] * size)]
    part.cells["has_flag_conflict"] = [isinstance(f, bool) and f != n for f, n in zip(flags, named, strict=True)]
    part.transforms.pop("has_flag_conflict", None)
