"""SOC structures and crosswalks: SOC 2018, 2010 to 2018, the OEWS hybrid of May 2019-20, O*NET-SOC 2019 to SOC 2018.

Manners of the files (all `.xlsx`; the O*NET one also `.csv`):

* The header stands below a preamble of up to eight rows (copies often have it stripped): it is found by its names.
* The structure has one code per row in one of four columns (major, minor, broad, detailed) and an unnamed title
  column.
* The 2010-2018 crosswalk is many to many (900 rows, 840 to 867 codes); titles carry marks such as `(##)` and stay as
  they are.
* The hybrid has one row per combination of OEWS, SOC 2018 and SOC 2010 code and may repeat itself: its key is the
  row.

Whether the counts are those of the standard (23 / 98 / 459 / 867) is the landing gate's business, not the parser's.
Serves I13, I14, I15, X3.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.http import conditional_of
from extractors.model import Capture, DatasetSpec, FetchedFile, NotModified, ParsedTable, RawTable, split_dataset
from extractors.raw_tables import SOC_2010_2018, SOC_OEWS_HYBRID, SOC_ONET, SOC_STRUCTURE
from extractors.sources._fetching import Client, fetched, host_of

PATHS = {
    "soc_structure": "/soc/2018/soc_structure_2018.xlsx",
    "soc_2010_2018": "/soc/2018/soc_2010_to_2018_crosswalk.xlsx",
    "soc_oews_hybrid": "/oes/oes_2019_hybrid_structure.xlsx",
    "soc_onet": "/taxonomy/2019/soc/2019_to_SOC_Crosswalk.xlsx",
}
PARAMS = {"soc_onet": {"fmt": "xlsx"}}
VINTAGES = {"soc_structure": "2018", "soc_2010_2018": "2018", "soc_oews_hybrid": "2019", "soc_onet": "2019"}
CROSSWALKS: dict[str, tuple[RawTable, str]] = {
    "soc_2010_2018": (SOC_2010_2018, "soc_crosswalk_2010_2018"),
    "soc_oews_hybrid": (SOC_OEWS_HYBRID, "soc_oews_hybrid"),
    "soc_onet": (SOC_ONET, "soc_onet_to_soc"),
}
LEVELS = ("major", "minor", "broad", "detailed")


def fetch(
    spec: DatasetSpec,
    dataset: str,
    *,
    client: Client,
    workdir: Path,
    states: Sequence[str] | None = None,
    last: Capture | None = None,
) -> list[FetchedFile] | NotModified:
    """The one workbook of the dataset. A web page or 404 in its place is a PermanentFailure; `states` is not used."""
    del states
    name = Path(PATHS[dataset]).name
    response = client.get(
        f"{host_of(spec)}{PATHS[dataset]}",
        PARAMS.get(dataset),
        stream_to=workdir / name,
        conditional=conditional_of(last, name),
    )
    if response.not_modified:
        return NotModified(f"304 for {name}")
    file = fetched(response, workdir / name, PARAMS.get(dataset))
    content = file.path.read_bytes()
    schema.reject_empty_or_html(content, file.url or name)
    if content[:4] != b"PK\x03\x04":
        raise PermanentFailure(
            f"the file begins with {content[:4]!r}",
            where=file.url or name,
            expected="an Excel workbook (signature PK)",
            remedy="open the address in a browser, download the workbook and import it",
        )
    return [file]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The year of the standard: 2018 for structure and 2010-2018 crosswalk, 2019 for the hybrid and O*NET-SOC."""
    base = dataset.partition("@")[0]
    if base in VINTAGES:
        return VINTAGES[base]
    names = " ".join(f.name.lower() for f in files)
    if "hybrid" in names or "2019_to_soc" in names:
        return "2019"
    if "structure" in names or "2010_to_2018" in names:
        return "2018"
    raise schema.declare_vintage([f.name for f in files], "2018 or 2019")


def parse(capture: Capture) -> list[ParsedTable]:
    """The file -> one of `soc__structure|crosswalk_2010_2018|oews_hybrid|onet_to_soc`, by dataset."""
    base = split_dataset(capture.dataset)[0]
    if base == "soc_structure":
        return [_structure(capture)]
    table, layout = CROSSWALKS[base]
    return [schema.parse_files(capture, table, schema.shipped_maps(table, layout))]


def _structure(capture: Capture) -> ParsedTable:
    layout = schema.load_column_map(schema.maps_folder() / "soc_structure.csv", (*LEVELS, "soc_title"))
    parts = []
    for name in schema.data_files(capture):
        part = schema.read_part(schema.read_sheets(capture.path(name)), [layout])
        _one_code_per_row(part)
        parts.append(part)
    return schema.build_table(SOC_STRUCTURE, parts, capture)


def _one_code_per_row(part: schema.Part) -> None:
    """Four level columns become code and level; a row with codes on several levels is quarantined."""
    codes: list[Any] = []
    levels: list[Any] = []
    wrong: list[int] = []
    for position, row in enumerate(zip(*(part.cells[level] for level in LEVELS), strict=True)):
        filled = [(cell, level) for cell, level in zip(row, LEVELS, strict=True) if schema.text(cell) is not None]
        code, level = filled[0] if filled else (None, "detailed")
        codes.append(code)
        levels.append(level)
        if len(filled) > 1:
            wrong.append(position)
            column = part.headers[filled[1][1]]
            number = part.row_numbers[position]
            part.quarantined.append(
                schema.quarantine_entry(part.file, number, column, filled[1][0], "codes on several levels in one row")
            )
    part.cells = {"soc_code": codes, "soc_level": levels, "soc_title": part.cells["soc_title"]}
    part.headers["soc_code"] = "Major Group, Minor Group, Broad Group, Detailed Occupation"
    part.drop(wrong)
