"""Projections Central: state and national occupational projections, long and short term.

Manners of the service (GET JSON, no key):

* `/Projections/LongTermRestJson` and `ShortTermRestJson`, all areas or named ones: unpadded FIPS joined by `+`
  (`/32+6`); 0 is the nation.
* `page` counts from 0. `items_per_page` may be 10, 25, 50, 100 or 1000; any other size gives **404 "No results
  found."**, and so does an area without data. So a 404 is asked again once with 100 before it counts as "no data".
* Every value is a string; `Area` of the nation has a leading blank; numbers are rounded to tens and `PercentChange`
  is not.
* Only the newest cycle is served, and states are filled in over months. Loop on `pager.total_pages`; a repeated page
  or a number of rows other than `pager.total_items` is an error.
* The bulk CSV arrives by import: the layout of 2020-30 (`stfips,areaname,code,...`) and the older one (`State
  FIPS,Area Name,...`).

Horizon years are read from the data, never assumed (K1). Serves I4, I5, I7.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from extractors import schema
from extractors.failures import PermanentFailure, TransientFailure
from extractors.model import Capture, DatasetSpec, FetchedFile, NotModified, ParsedTable, split_dataset
from extractors.raw_tables import PROJECTIONS_CENTRAL
from extractors.sources._fetching import Client, Response, fetched, host_of, read_json

ENDPOINTS = {"projections_long": "LongTermRestJson", "projections_short": "ShortTermRestJson"}
HORIZONS = {"projections_long": "long", "projections_short": "short"}
PAGE_SIZE, FALLBACK_PAGE_SIZE = 1000, 100
WITHOUT_DATA = "states-without-data.json"

# State FIPS by postal code (ANSI INCITS 38), with the territories that Projections Central serves. US is its own "0".
FIPS = {
    "US": "0", "AL": "1", "AK": "2", "AZ": "4", "AR": "5", "CA": "6", "CO": "8", "CT": "9", "DE": "10", "DC": "11",
    "FL": "12", "GA": "13", "HI": "15", "ID": "16", "IL": "17", "IN": "18", "IA": "19", "KS": "20", "KY": "21",
    "LA": "22", "ME": "23", "MD": "24", "MA": "25", "MI": "26", "MN": "27", "MS": "28", "MO": "29", "MT": "30",
    "NE": "31", "NV": "32", "NH": "33", "NJ": "34", "NM": "35", "NY": "36", "NC": "37", "ND": "38", "OH": "39",
    "OK": "40", "OR": "41", "PA": "42", "RI": "44", "SC": "45", "SD": "46", "TN": "47", "TX": "48", "UT": "49",
    "VT": "50", "VA": "51", "WA": "53", "WV": "54", "WI": "55", "WY": "56", "GU": "66", "PR": "72", "VI": "78",
}  # fmt: skip


def fetch(
    spec: DatasetSpec,
    dataset: str,
    *,
    client: Client,
    workdir: Path,
    states: Sequence[str] | None = None,
    last: Capture | None = None,
) -> list[FetchedFile] | NotModified:
    """Every page of the long or short term service as `page-0000.json`, `page-0001.json` ...

    Args:
        states: postal codes or FIPS codes; None or empty asks for all areas.
        last: not used; the service sends no validators.

    Returns:
        The pages in order; with several states asked, also `states-without-data.json`, which names those the
        service has nothing for (a finding, not a failure).

    Raises:
        PermanentFailure: unknown state, no data for any state asked, repeated page, wrong number of rows, not JSON.
        TransientFailure: the number of rows changed while paging (the agency is publishing).
    """
    del last
    asked = sorted({fips_of(s) for s in states or ()}, key=int)
    url = f"{host_of(spec)}/Projections/{ENDPOINTS[dataset.partition('@')[0]]}" + (
        f"/{'+'.join(asked)}" if asked else ""
    )
    files, records = _all_pages(client, url, workdir, asked)
    served = {_unpadded(str(r.get("STFIPS", ""))) for r in records if isinstance(r, Mapping)}
    missing = [s for s in asked if s not in served]
    if missing:
        note = workdir / WITHOUT_DATA
        note.write_text(json.dumps({"asked": asked, "without_data": missing}, indent=1) + "\n", encoding="utf-8")
        files.append(FetchedFile(WITHOUT_DATA, note, url=url, params={"without_data": "+".join(missing)}))
    return files


def states_without_data(folder: Path) -> list[str]:
    """Unpadded FIPS codes that were asked for and that the service had no rows for, as the fetch noted them."""
    note = folder / WITHOUT_DATA
    return [str(s) for s in json.loads(note.read_text(encoding="utf-8"))["without_data"]] if note.is_file() else []


def fips_of(state: str) -> str:
    """Unpadded FIPS of a postal code or FIPS code. Raises PermanentFailure for anything else."""
    value = state.strip().upper()
    if value.isdigit():
        return str(int(value))
    if value not in FIPS:
        raise PermanentFailure(
            f"unknown state '{state}'",
            where="states",
            expected="postal codes (NY, PR, US for the nation) or FIPS codes",
            remedy="correct the list of states",
        )
    return FIPS[value]


def _all_pages(client: Client, url: str, workdir: Path, asked: Sequence[str]) -> tuple[list[FetchedFile], list[Any]]:
    files: list[FetchedFile] = []
    records: list[Any] = []
    digests: dict[str, int] = {}
    size, page, total_pages, total_items = PAGE_SIZE, 0, 1, None
    while page < total_pages:
        path = workdir / f"page-{page:04d}.json"
        params = {"items_per_page": str(size), "page": str(page)}
        response = _page(client, url, params, path)
        file = fetched(response, path, params)
        if response.status == 404:
            _require_no_results(path, f"{url} page {page}")
            if page == 0 and size == PAGE_SIZE:
                size = FALLBACK_PAGE_SIZE
                continue
            raise _no_data(url, asked, page)
        rows, pager = _body(path, f"{url} page {page}")
        if total_items is not None and pager["total_items"] != total_items:
            raise TransientFailure(
                f"the number of rows changed from {total_items} to {pager['total_items']} while paging",
                where=f"{url} page {page}",
                expected="one number on all pages",
                remedy="the agency is publishing: fetch again later",
            )
        digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
        if digest in digests or pager["current_page"] != page:
            same = (
                f"repeats page {digests[digest]}"
                if digest in digests
                else f"says that it is page {pager['current_page']}"
            )
            raise PermanentFailure(
                f"the page {same}",
                where=f"{url} page {page}",
                expected=f"page {page} of {total_pages} with other rows",
                remedy="the service's paging is broken: fetch again later, or import the bulk CSV",
            )
        digests[digest] = page
        files.append(file)
        records.extend(rows)
        total_pages, total_items = pager["total_pages"], pager["total_items"]
        page += 1
    if not records:
        raise _no_data(url, asked, 0)
    if len(records) != total_items:
        raise PermanentFailure(
            f"{len(records)} rows came, the service counts {total_items}",
            where=url,
            expected="as many rows as pager.total_items",
            remedy="the service's paging is broken: fetch again later, or import the bulk CSV",
        )
    return files, records


def _page(client: Client, url: str, params: Mapping[str, str], path: Path) -> Response:
    return client.get(
        url, params, {"Accept": "application/json"}, stream_to=path, timeout_profile="slow", allow_status={404}
    )


def _require_no_results(path: Path, where: str) -> None:
    """A 404 of the service itself reads "No results found."; any other one means that the address is wrong."""
    body = path.read_bytes()[:500].decode("utf-8", "replace").strip()
    path.unlink()
    if "no results" not in body.lower():
        raise PermanentFailure(
            f"404, saying {body[:80]!r}",
            where=where,
            expected="an answer, or the service's own 'No results found.'",
            remedy="the service moved: check the address (CURRENCY_PROJECTIONS_CENTRAL_URL) in a browser",
        )


def _body(path: Path, where: str) -> tuple[list[Any], dict[str, int]]:
    """Rows and pager of a page, checked for their shape."""
    body = read_json(path, where)
    pager = body.get("pager") if isinstance(body, dict) else None
    rows = body.get("rows") if isinstance(body, dict) else None
    wanted = ("current_page", "total_items", "total_pages")
    if (
        not isinstance(rows, list)
        or not isinstance(pager, dict)
        or not all(isinstance(pager.get(k), int) for k in wanted)
    ):
        seen = ", ".join(sorted(body)) if isinstance(body, dict) else type(body).__name__
        raise PermanentFailure(
            f"the answer holds {seen or 'nothing'}",
            where=where,
            expected="rows (a list) and pager with current_page, total_items, total_pages (integers)",
            remedy="the service changed its answer: compare it with the documentation and adapt this source",
        )
    return rows, pager


def _no_data(url: str, asked: Sequence[str], page: int) -> PermanentFailure:
    if page:
        return PermanentFailure(
            "404 No results found",
            where=f"{url} page {page}",
            expected="the page that the pager promised",
            remedy="the service's paging is broken: fetch again later, or import the bulk CSV",
        )
    who = f"FIPS {', '.join(asked)}" if asked else "any area"
    return PermanentFailure(
        f"no data for {who}: 404 'No results found.' with {PAGE_SIZE} and with {FALLBACK_PAGE_SIZE} rows a page",
        where=url,
        expected="rows, once the state has published its cycle",
        remedy="check the FIPS code; if it is right, the state has not published yet: fetch again later or import its "
        "own file",
    )


def _unpadded(value: str) -> str:
    """'01' -> '1', '00' -> '0'; anything that is no number stays."""
    value = value.strip()
    return str(int(value)) if value.isdigit() else value


def _maps() -> list[schema.ColumnMap]:
    return schema.shipped_maps(
        PROJECTIONS_CENTRAL, "projections_central_csv_2020", "projections_central_csv_older", "projections_central_rest"
    )


def _parts(files: Sequence[tuple[str, Path]], maps: Sequence[schema.ColumnMap]) -> list[schema.Part]:
    rest = schema.shipped_maps(PROJECTIONS_CENTRAL, "projections_central_rest")[0]
    parts = []
    for name, path in files:
        if name == WITHOUT_DATA:
            continue
        if name.endswith(".json"):
            schema.reject_empty_or_html(path.read_bytes(), name)
            rows, _ = _body(path, name)
            if rows:
                parts.append(schema.part_from_records(name, rows, rest))
        else:
            parts.append(schema.read_part(schema.read_sheets(path), maps))
    if not parts:
        raise PermanentFailure(
            "no page holds a row",
            where=", ".join(n for n, _ in files),
            expected="rows",
            remedy="fetch again, or import the bulk CSV",
        )
    return parts


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """`<base>-<projected>` of the newest cycle in the files, e.g. 2024-2034."""
    del dataset
    cycles: set[tuple[int, int]] = set()
    data = [(f.name, f.path) for f in files if f.name not in schema.NOT_DATA]
    for part in _parts(data, schema.maps_of(schema.own_map_among(files), PROJECTIONS_CENTRAL, _maps())):
        ends, bases = part.whole_numbers("proj_year"), part.whole_numbers("base_year")
        cycles.update((e, b) for e, b in zip(ends, bases, strict=True) if e is not None and b is not None)
    if not cycles:
        raise schema.declare_vintage([f.name for f in files], "base and projected year in every row")
    end, base = max(cycles)
    return f"{base}-{end}"


def parse(capture: Capture) -> list[ParsedTable]:
    """Pages or bulk CSV -> `projections_central__projections`. `horizon` comes from the dataset's name."""
    maps = schema.maps_of(schema.own_map(capture), PROJECTIONS_CENTRAL, _maps())
    files = [(n, capture.path(n)) for n in schema.data_files(capture)]
    horizon = HORIZONS.get(split_dataset(capture.dataset)[0])
    rules = schema.Rules(
        defaults={"horizon": horizon} if horizon else {},
        choices={"horizon": ("long", "short")},
        fixes={"stfips": _fix_fips},
    )
    return [schema.build_table(PROJECTIONS_CENTRAL, _parts(files, maps), capture, rules)]


def _fix_fips(cell: Any) -> Any:
    value = schema.text(cell)
    if value is None:
        return None
    return _unpadded(value) if re.fullmatch(r"\d{1,3}", value) else schema.Bad("not a FIPS code")
