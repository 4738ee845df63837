"""The crosswalk between CIP 2020 and SOC 2018 of NCES and BLS, by import (I26).

Two layouts with the same four columns, recognised by their names in any order:

    SOC2018Code,SOC2018Title,CIP2020Code,CIP2020Title
    29-1141,Registered Nurses,51.3801,Registered Nursing/Registered Nurse.

* CSV, as it is passed around;
* the publishers' workbook `CIP2020_SOC2018_Crosswalk.xlsx`: a sheet about the file, then `CIP-SOC` with the pairs
  (6,097) and further sheets that say the same the other way round. The first sheet with these columns is read.

A pair may say that there is no partner: SOC 99-9999 or CIP 99.9999 with the title `NO MATCH`. Code and title of that
side are null then; a row without a partner on either side is excluded. A CIP code that lost its leading zero (or its
trailing ones) in a spreadsheet gets it back; `restored_zeros` counts those. A pair that occurs twice is excluded as
"repeated pair".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables_credentials import CIP_SOC

NOT_CIP = "not a CIP code (NN.NNNN)"
REPEATED_PAIR, NO_PAIR = "repeated pair", "no match on either side"
_NO_SOC, _NO_CIP, _NO_MATCH = "99-9999", "99.9999", "no match"


def _layouts() -> list[schema.ColumnMap]:
    columns = (
        schema.MappedColumn(c.name, (c.source_column or c.name, c.name), "", c.name.endswith("_code"))
        for c in CIP_SOC.columns
    )
    return [schema.ColumnMap("the layout of NCES and BLS", tuple(columns))]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """2020, the year of the CIP: the columns are named after it, another crosswalk is refused by `parse`."""
    del files, dataset
    return "2020"


def parse(capture: Capture) -> list[ParsedTable]:
    """The file -> `cip_soc_crosswalk__pairs`."""
    seen: set[tuple[Any, Any]] = set()

    def adjust(part: schema.Part) -> None:
        _void_no_match(part)
        _exclude_repeats(part, seen)

    return [schema.parse_files(capture, CIP_SOC, _layouts(), schema.Rules(fixes={"cip_code": to_cip}), adjust)]


def to_cip(cell: schema.Cell) -> Any:
    """A CIP code NN.NNNN from text or a number; zeros that a spreadsheet took away are given back.

    `10904` and `1.0904` lost the leading zero, `51.081` the trailing one, and the number 9.01 both. Text such as
    `11.09` is a family of programmes and no code of one.
    """
    if isinstance(cell, float) and 1 <= cell < 100 and round(cell, 4) == cell:
        return f"{cell:07.4f}"
    value = schema.text(cell)
    if value is None:
        return None
    value = value.removeprefix("=").strip("\"' ")  # ="01.0904" keeps Excel from making a number of it
    if re.fullmatch(r"\d{5,6}", value):
        return f"{value.zfill(6)[:2]}.{value[-4:]}"
    if match := re.fullmatch(r"(\d{1,2})\.(\d{3,4})", value):
        return f"{match.group(1).zfill(2)}.{match.group(2):0<4}"
    if match := re.fullmatch(r"(\d)\.(\d{2})", value):
        return f"0{match.group(1)}.{match.group(2)}00"
    return schema.Bad(NOT_CIP)


def restored_zeros(cells: Iterable[schema.Cell]) -> int:
    """How many of the cells are CIP codes that lost their leading zero."""
    count = 0
    for cell in cells:
        code, given = to_cip(cell), re.sub(r"[^\d.]", "", schema.text(cell) or "")
        count += isinstance(code, str) and code[0] == "0" and not given.startswith("0")
    return count


def _void_no_match(part: schema.Part) -> None:
    """Null on the side that has no partner; rows without any are excluded."""
    size = len(part.row_numbers)
    for side, none in (("soc", _NO_SOC), ("cip", _NO_CIP)):
        codes = part.cells[f"{side}_code"]
        titles = part.cells.get(f"{side}_title", [None] * size)
        void = [_is_void(c, t, none) for c, t in zip(codes, titles, strict=True)]
        part.cells[f"{side}_code"] = [None if v else c for v, c in zip(void, codes, strict=True)]
        part.cells[f"{side}_title"] = [None if v else t for v, t in zip(void, titles, strict=True)]
    pairs = zip(part.cells["soc_code"], part.cells["cip_code"], strict=True)
    part.keep([schema.text(s) is not None or schema.text(c) is not None for s, c in pairs], NO_PAIR)


def _is_void(code: schema.Cell, title: schema.Cell, none: str) -> bool:
    value = schema.text(code) or ""
    return value in (none, none.replace(".", "")) or _NO_MATCH in (value.lower(), (schema.text(title) or "").lower())


def _exclude_repeats(part: schema.Part, seen: set[tuple[Any, Any]]) -> None:
    """A pair that was there before is excluded; what is no code is left for the quarantine."""
    wanted = []
    for soc, cip in zip(part.cells["soc_code"], part.cells["cip_code"], strict=True):
        pair = (schema.text(soc), to_cip(cip))
        wanted.append(pair not in seen or isinstance(pair[1], schema.Bad))
        seen.add(pair)
    part.keep(wanted, REPEATED_PAIR)
