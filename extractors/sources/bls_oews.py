"""BLS OEWS: employment and wages by area, industry and occupation, one May at a time.

Manners of the agency:

* `/oes/special-requests/oesm{yy}{nat|st|ma|all}.zip` on www.bls.gov, which wants a contact in the User-Agent. **A
  file that is not published is 200 with an HTML page**, so the content type and the first bytes `PK` are checked.
  Cloud addresses are refused at times: the zip, the workbook in it, or a CSV that Excel saved from it can be imported
  instead.
* Members are found by pattern: `national_M2025_dl.xlsx`, `state_M2025_dl.xlsx`, `MSA_M2025_dl.xlsx` and
  `BOS_M2025_dl.xlsx` (the balance of the states: both belong to `oews_metro`), `all_data_M_2024.xlsx`; also
  `natsector_M2024_dl.xlsx` (NAICS sectors).
* 32 upper-case columns since May 2021; 30 lower-case ones in 2019-20 (hybrid SOC); older state and metro files have
  25 with `LOC QUOTIENT`, `OCC_GROUP`, `AREA_NAME`, older national ones no area at all: see `maps/bls_oews_*.csv`.
* Cells hold numbers or marks: `*` wage and `**` employment not available, `#` at or above the top code (censored, not
  missing), `~` below 0.5 %. The top code stands in the sheet "Field Descriptions"; a CSV has none. National
  `JOBS_1000` is empty. A code that ends in 0 is not necessarily an aggregate: keep OCC_CODE and O_GROUP as they come
  (I15, I16).
* The year is in no column: it comes from the file's name, the notes ("May 2024 OEWS Estimates") or the declared
  vintage.

Serves I22, I15, I16.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.http import conditional_of
from extractors.model import Capture, DatasetSpec, FetchedFile, NotModified, ParsedTable, split_dataset
from extractors.raw_tables import BLS_OEWS
from extractors.release_calendar import load_calendar, vintage_order
from extractors.sources._fetching import Client, fetched, host_of, is_not_published

KINDS = {"oews_national": "nat", "oews_state": "st", "oews_metro": "ma", "oews_all": "all"}
MEMBERS: dict[str, tuple[str, ...]] = {
    "oews_national": ("nat*_m*_dl*.xls*",),
    "oews_state": ("state_m*_dl*.xls*",),
    "oews_metro": ("*msa_m*_dl*.xls*", "bos_m*_dl*.xls*"),
    "oews_all": ("all_data_m*.xls*",),
}
MAPS = ("bls_oews_2021", "bls_oews_2019", "bls_oews_2016_area", "bls_oews_2016_national")
O_GROUPS = ("total", "major", "minor", "broad", "detailed")
_TERRITORIES = frozenset({"60", "66", "69", "72", "78"})
_TOPCODE = re.compile(
    r"equal to or greater than \$([\d,]+(?:\.\d+)?) per hour or \$([\d,]+(?:\.\d+)?) per year", re.IGNORECASE
)
_NAME_YEAR = re.compile(r"(?:^|[^a-z])M_?((?:19|20)\d{2})(?!\d)", re.IGNORECASE)
_ZIP_YEAR = re.compile(r"oes[a-z]?m?(\d{2})(?:nat|st|ma|all|in4)", re.IGNORECASE)
_NOTES_YEAR = re.compile(r"\bMay ((?:19|20)\d{2})\b")
_LOOK_AHEAD = dt.timedelta(days=120)  # a release may come before the day on which the calendar counts on it


# --------------------------------------------------------------------------------------------------------------- fetch


def fetch(
    spec: DatasetSpec,
    dataset: str,
    *,
    client: Client,
    workdir: Path,
    states: Sequence[str] | None = None,
    last: Capture | None = None,
    vintage: str | None = None,
    today: dt.date | None = None,
) -> list[FetchedFile] | NotModified:
    """The zip of the newest May that is published.

    Args:
        states: not used, a zip holds all areas.
        last: the last accepted capture: nothing older is tried, and its ETag and Last-Modified are sent.
        vintage: exactly this May ("2024-05") instead of the newest.
        today: for the choice of years; by default the current day.

    Raises:
        PermanentFailure: no candidate year is published, the host refuses (403), or what came is no zip.
    """
    del states
    kind = KINDS[dataset.partition("@")[0]]
    tried = []
    for year in _candidate_years(dataset, vintage, last, today or dt.datetime.now(dt.UTC).date()):
        name = f"oesm{year % 100:02d}{kind}.zip"
        url = f"{host_of(spec)}/oes/special-requests/{name}"
        try:
            response = client.get(url, stream_to=workdir / name, conditional=conditional_of(last, name))
        except PermanentFailure as failure:
            if not is_not_published(failure):
                raise
            tried.append(url)
            continue
        if response.not_modified:
            return NotModified(f"304 for {name}")
        file = fetched(response, workdir / name)
        if _is_html(file):
            file.path.unlink()
            tried.append(url)
            continue
        _require_zip(file)
        return [file]
    raise PermanentFailure(
        "not published: the host answers with a page instead of a zip",
        where=", ".join(tried),
        expected="a zip of one of these years",
        remedy="look at https://www.bls.gov/oes/tables.htm; download the zip in a browser and run "
        f"`currency archive import {dataset} <zip>`",
    )


def _candidate_years(dataset: str, vintage: str | None, last: Capture | None, today: dt.date) -> list[int]:
    """Years to try, newest first: those that the calendar has out or nearly out, none older than the last accepted."""
    if vintage is not None:
        return [int(vintage[:4])]
    releases = [r.vintage for r in load_calendar().releases(dataset, today) if r.due <= today + _LOOK_AHEAD]
    newest_first = sorted(releases, key=vintage_order, reverse=True)[:3]
    floor = vintage_order(last.vintage) if last else (0,)
    years = [int(v[:4]) for v in newest_first if vintage_order(v) >= floor]
    return years or ([int(last.vintage[:4])] if last else [])


def _is_html(file: FetchedFile) -> bool:
    if (file.content_type or "").lower().startswith("text/html"):
        return True
    with file.path.open("rb") as stream:
        return b"<html" in stream.read(1024).lower()


def _require_zip(file: FetchedFile) -> None:
    with file.path.open("rb") as stream:
        head = stream.read(4)
    if head != b"PK\x03\x04":
        raise PermanentFailure(
            f"the file begins with {head!r}, its content type is {file.content_type}",
            where=file.url or file.name,
            expected="a zip (signature PK)",
            remedy="open the address in a browser, download the zip and import it",
        )


# --------------------------------------------------------------------------------------------------- workbooks and CSV


@dataclass(frozen=True)
class _Table:
    """One data sheet with what the notes around it say."""

    sheet: schema.Sheet
    year: int | None
    topcode_hourly: float | None
    topcode_annual: float | None


def _read(name: str, path: Path, base: str) -> list[_Table]:
    content = path.read_bytes()
    schema.reject_empty_or_html(content, name)
    if content[:4] == b"PK\x03\x04" and not name.lower().endswith((".xlsx", ".xlsm")):
        return _read_zip(name, content, base)
    return [_table(name, content, None)]


def _read_zip(name: str, content: bytes, base: str) -> list[_Table]:
    """The data workbooks of a zip, one or more for each pattern of the dataset."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = [m for m in archive.namelist() if not m.endswith("/") and "__macosx" not in m.lower()]
    except zipfile.BadZipFile as error:
        raise _damaged(name, error) from error
    patterns = MEMBERS.get(base, tuple(p for ps in MEMBERS.values() for p in ps))
    notes = next((m for m in members if re.search(r"(field|file)_?desc", m.lower())), None)
    tables = []
    for pattern in patterns:
        found = sorted(m for m in members if fnmatch.fnmatch(PurePosixPath(m).name.lower(), pattern))
        if not found:
            raise PermanentFailure(
                f"no member like {pattern}; it holds: {', '.join(sorted(members)[:12]) or 'nothing'}",
                where=name,
                expected=f"members {', '.join(patterns)} for dataset {base}",
                remedy="check that this zip belongs to the dataset (nat, st, ma, all); if BLS renamed the member, "
                "unpack it and import the workbook",
            )
        extra = _member(archive, notes, name) if notes else None
        tables += [_table(f"{name}/{member}", _member(archive, member, name), extra) for member in found]
    return tables


def _member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _damaged(f"{name}/{member}", error) from error


def _damaged(where: str, error: Exception) -> PermanentFailure:
    return PermanentFailure(
        f"the zip is damaged or cut short ({error})",
        where=where,
        expected="a whole zip",
        remedy="download it again and compare its size with the one that the agency states",
    )


def _table(label: str, content: bytes, notes: bytes | None) -> _Table:
    sheets = schema.sheets_from_bytes(content, label)
    described = sheets[1:] + (schema.sheets_from_bytes(notes, f"notes of {label}") if notes else [])
    words = "\n".join(c for s in described for r in s.rows for c in r if isinstance(c, str))
    top = _TOPCODE.search(words)
    return _Table(
        sheets[0],
        _year_in_name(label) or _first_year(_NOTES_YEAR, words),
        float(top.group(1).replace(",", "")) if top else None,
        float(top.group(2).replace(",", "")) if top else None,
    )


def _year_in_name(label: str) -> int | None:
    """The May of a path like `oesm24ma.zip/oesm24ma/MSA_M2024_dl.xlsx`, innermost name first."""
    for part in reversed(PurePosixPath(label).parts):
        year = _first_year(_NAME_YEAR, part)
        if year is None and (match := _ZIP_YEAR.search(part)):
            year = 2000 + int(match.group(1)) if int(match.group(1)) < 90 else 1900 + int(match.group(1))
        if year is not None:
            return year
    return None


def _first_year(pattern: re.Pattern[str], words: str) -> int | None:
    match = pattern.search(words)
    return int(match.group(1)) if match else None


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """`<year>-05` from the names of the files or, for a bare workbook, from its notes."""
    base = dataset.partition("@")[0]
    years: set[int] = set()
    for file in files:
        if file.name in schema.NOT_DATA:
            continue
        named = _year_in_name(file.name)
        years.update([named] if named else [t.year for t in _read(file.name, file.path, base) if t.year])
    if len(years) > 1:
        raise PermanentFailure(
            f"the files are of several years: {', '.join(map(str, sorted(years)))}",
            where=", ".join(f.name for f in files),
            expected="files of one May",
            remedy="import each May on its own",
        )
    if not years:
        raise schema.declare_vintage(
            [f.name for f in files], "a name such as state_M2024_dl.xlsx, or a declared vintage such as 2024-05"
        )
    return f"{years.pop()}-05"


# --------------------------------------------------------------------------------------------------------------- parse


def parse(capture: Capture) -> list[ParsedTable]:
    """Zip, workbooks or CSV -> `bls_oews__wages`, several files in order of their names (zip: MSA before BOS).

    Raises:
        PermanentFailure: unknown layout, damaged file, missing member, a file of another year than the capture.
    """
    base = split_dataset(capture.dataset)[0]
    maps = schema.maps_of(schema.own_map(capture), BLS_OEWS, schema.shipped_maps(BLS_OEWS, *MAPS))
    with schema.collector_paused():
        return [_parse(capture, base, maps)]


def _parse(capture: Capture, base: str, maps: Sequence[schema.ColumnMap]) -> ParsedTable:
    parts = []
    for name in schema.data_files(capture):
        for table in _read(name, capture.path(name), base):
            part = schema.read_part([table.sheet], maps)
            _complete(part, table, _reference_year(table, capture))
            parts.append(part)
    rules = schema.Rules(
        defaults={"own_code": "1235", "naics": "000000", "naics_title": "Cross-industry", "i_group": "cross-industry"},
        choices={"o_group": O_GROUPS},
        fixes={"naics": _fix_naics},
    )
    return schema.build_table(BLS_OEWS, parts, capture, rules)


def _reference_year(table: _Table, capture: Capture) -> int:
    declared = int(capture.vintage[:4]) if re.match(r"\d{4}", capture.vintage) else None
    if table.year and declared and table.year != declared:
        raise PermanentFailure(
            f"the file is of May {table.year}, the capture was declared as {capture.vintage}",
            where=table.sheet.file,
            expected="one year",
            remedy=f"import it again with --vintage {table.year}-05",
        )
    year = table.year or declared
    if year is None:
        raise schema.declare_vintage([table.sheet.file], "a vintage such as 2024-05")
    return year


def _complete(part: schema.Part, table: _Table, year: int) -> None:
    """Add what the layout leaves out: year, top code, and in older layouts area, its type and the primary state."""
    size = len(part.row_numbers)
    if "area" not in part.cells:  # older national files
        part.cells.update(area=["99"] * size, area_title=["U.S."] * size, prim_state=["US"] * size)
    if "area_type" not in part.cells:
        part.cells["area_type"] = [_area_type(c) for c in part.cells["area"]]
    pairs = list(zip(part.cells["area"], part.cells["area_type"], strict=True))
    padded = {p: _area(*p) for p in set(pairs)}
    part.cells["area"] = [padded[p] for p in pairs]
    part.cells["reference_year"] = [year] * size
    part.cells["topcode_hourly_usd"] = [table.topcode_hourly] * size
    part.cells["topcode_annual_usd"] = [table.topcode_annual] * size


def _area_type(cell: Any) -> str | None:
    """The area type from the code: 99 nation, two digits state or territory, five MSA, seven nonmetropolitan."""
    code = schema.text(cell)
    if code is None:
        return None
    if len(code) <= 2:
        return "1" if code == "99" else "3" if code.zfill(2) in _TERRITORIES else "2"
    return "4" if len(code) == 5 else "6"


def _area(cell: Any, area_type: Any) -> Any:
    """The area code with the leading zeros that a spreadsheet took away."""
    code = schema.text(cell)
    width = {"2": 2, "3": 2, "4": 5, "6": 7}.get(schema.text(area_type) or "")
    return code.zfill(width) if code and code.isdigit() and width else code


def _fix_naics(cell: Any) -> Any:
    code = schema.text(cell)
    return "000000" if code == "0" else code
