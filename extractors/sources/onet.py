"""O*NET: occupations, Job Zones, required education, titles and tasks.

Two ways in:

* **Web Services v2** with a key in `ONET_API_KEY` (header `X-API-Key`; address in `CURRENCY_ONET_API_URL`). The
  tables are discovered from `/database`, then read from `/database/rows/{table}?start=&end=` in windows of 1,000
  (10,000 gave 422) until `total`. 422 means a bad parameter or no data and is permanent; 401 and 429 may have no JSON
  body. Numbers may be "" or null, `job_zone` may be null.
* **The bulk zip** without a key: `/dl_files/database/db_{MAJ}_{MIN}_{csv|text}.zip`. `text` is tab-separated with
  names like `Job Zones.txt` and no Title column in the child tables; `csv` (from 30.3 on) is comma-separated with a
  BOM and names like `job_zones.csv`.

Tables were renamed in 30.3: Alternate Titles became Job Titles; Education, Training, and Experience became Education
plus Training and Experience. Both names are known, in zips, loose files and the service. Job Zones are 2-5 since 31.0
(zone 1 was merged), so no number of zones is assumed (K6). Of education only element 2.D.1 on scale RL is kept; other
rows are excluded as 'other element'. `n/a` is null.

Licence CC BY 4.0 with attribution. Serves I17, I18.
"""

from __future__ import annotations

import datetime as dt
import difflib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from extractors import schema
from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import conditional_of
from extractors.model import Capture, DatasetSpec, FetchedFile, NotModified, ParsedTable, RawTable
from extractors.raw_tables import (
    ONET_EDUCATION,
    ONET_JOB_ZONE_REFERENCE,
    ONET_JOB_ZONES,
    ONET_OCCUPATIONS,
    ONET_TASKS,
    ONET_TITLES,
)
from extractors.release_calendar import load_calendar, vintage_order
from extractors.sources._fetching import Client, fetched, host_of, is_not_published, read_json

API_VARIABLE, API_DEFAULT, KEY_VARIABLE = "CURRENCY_ONET_API_URL", "https://api-v2.onetcenter.org", "ONET_API_KEY"
WINDOW = 1000
CSV_SINCE = (30, 3)
CANDIDATES = 6
INDEX, INFO = "database.json", "info-occupation_data.json"
_LOOK_AHEAD = dt.timedelta(days=45)  # a release may come before the day on which the calendar counts on it


@dataclass(frozen=True)
class _Topic:
    """One O*NET table that we read: its names over time (normalised), its column map, what it feeds."""

    names: tuple[str, ...]
    layout: str
    raw_table: RawTable
    required: bool = True
    title_kind: str | None = None


TOPICS = (
    _Topic(("occupation_data",), "onet_occupations", ONET_OCCUPATIONS),
    _Topic(("job_zones",), "onet_job_zones", ONET_JOB_ZONES),
    _Topic(("job_zone_reference",), "onet_job_zone_reference", ONET_JOB_ZONE_REFERENCE),
    _Topic(("education", "education_training_and_experience"), "onet_education", ONET_EDUCATION),
    _Topic(("job_titles", "alternate_titles"), "onet_alternate_titles", ONET_TITLES, title_kind="alternate"),
    _Topic(("sample_of_reported_titles",), "onet_reported_titles", ONET_TITLES, required=False, title_kind="reported"),
    _Topic(("task_statements",), "onet_tasks", ONET_TASKS),
)
TABLES = (ONET_OCCUPATIONS, ONET_JOB_ZONES, ONET_JOB_ZONE_REFERENCE, ONET_EDUCATION, ONET_TITLES, ONET_TASKS)


def table_name(name: str) -> str:
    """`Education, Training, and Experience.txt`, `education_training_and_experience.csv` -> one normalised name."""
    stem = re.sub(r"\.(txt|csv|tsv|xlsx?)$", "", PurePosixPath(name.replace("\\", "/")).name, flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")


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
    """The tables from Web Services when `ONET_API_KEY` is set, else the newest bulk zip.

    Args:
        states: not used.
        last: the last accepted capture: no older release is tried, its validators are sent for the zip.
        vintage: exactly this release ("30.1") of the bulk zip.
        today: for the choice of releases; by default the current day.
    """
    del states, dataset
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if key and vintage is None:
        return _fetch_api(host_of(spec, API_VARIABLE, API_DEFAULT), key, client, workdir)
    return _fetch_zip(spec, client, workdir, last, vintage, today or dt.datetime.now(dt.UTC).date())


def _fetch_zip(
    spec: DatasetSpec, client: Client, workdir: Path, last: Capture | None, vintage: str | None, today: dt.date
) -> list[FetchedFile] | NotModified:
    tried = []
    for release in [vintage] if vintage else _candidate_releases(last, today):
        for flavour in ("csv", "text") if vintage_order(release) >= CSV_SINCE else ("text",):
            name = f"db_{release.replace('.', '_')}_{flavour}.zip"
            url = f"{host_of(spec)}/dl_files/database/{name}"
            try:
                response = client.get(url, stream_to=workdir / name, conditional=conditional_of(last, name))
            except PermanentFailure as failure:
                if not is_not_published(failure):
                    raise
                tried.append(name)
                continue
            if response.not_modified:
                return NotModified(f"304 for {name}")
            file = fetched(response, workdir / name)
            schema.reject_empty_or_html(file.path.read_bytes()[:4096], url)
            return [file]
    raise PermanentFailure(
        f"none of these releases is there: {', '.join(tried)}",
        where=f"{host_of(spec)}/dl_files/database/",
        expected="the zip of the current release",
        remedy="see which release is current at https://www.onetcenter.org/database.html, download it and run "
        "`currency archive import onet <zip>`",
    )


def _candidate_releases(last: Capture | None, today: dt.date) -> list[str]:
    """Releases to try, newest first: what the calendar has out or nearly out, none older than the last accepted."""
    due = [r.vintage for r in load_calendar().releases("onet", today) if r.due <= today + _LOOK_AHEAD]
    floor = vintage_order(last.vintage) if last else (0,)
    newest_first = sorted((v for v in due if vintage_order(v) >= floor), key=vintage_order, reverse=True)[:CANDIDATES]
    return newest_first or ([last.vintage] if last else [])


def _fetch_api(host: str, key: str, client: Client, workdir: Path) -> list[FetchedFile]:
    """Index, info of one table (it names the release) and every window of every table that we read."""

    def get(path: str, name: str, params: Mapping[str, str] | None = None) -> FetchedFile:
        headers = {"X-API-Key": key, "Accept": "application/json"}
        response = client.get(f"{host}{path}", params, headers, secret_headers=("X-API-Key",), stream_to=workdir / name)
        return fetched(response, workdir / name, params)

    index = get("/database", INDEX)
    ids = _table_ids(read_json(index.path, f"{host}/database"), f"{host}/database")
    files = [index, get(f"/database/info/{ids[TOPICS[0]]}", INFO)]
    for table_id in ids.values():
        start, total = 1, 1
        first_rows: set[str] = set()
        while start <= total:
            name = f"rows-{table_id}-{start:07d}.json"
            file = get(f"/database/rows/{table_id}", name, {"start": str(start), "end": str(start + WINDOW - 1)})
            where = f"{host}/database/rows/{table_id} from {start}"
            rows, seen_total = _rows(read_json(file.path, where), where)
            if start > 1 and seen_total != total:
                raise TransientFailure(
                    f"the number of rows changed from {total} to {seen_total} while paging",
                    where=where,
                    expected="one number in all windows",
                    remedy="a release is being published: fetch again later",
                )
            _check_window(rows, start, seen_total, first_rows, where)
            files.append(file)
            start, total = start + len(rows), seen_total
    return files


def _check_window(rows: Sequence[Any], start: int, total: int, first_rows: set[str], where: str) -> None:
    first = json.dumps(rows[:3], sort_keys=True)
    if rows and first not in first_rows and start + len(rows) - 1 <= total:
        first_rows.add(first)
        return
    found = "no rows" if not rows else "the same rows as an earlier one" if first in first_rows else f"{len(rows)} rows"
    raise PermanentFailure(
        f"the window holds {found}",
        where=where,
        expected=f"new rows, {total} in all",
        remedy="the service's paging is broken: fetch again later, or unset ONET_API_KEY to take the bulk zip",
    )


def _table_ids(index: Any, where: str) -> dict[_Topic, str]:
    """The service's table id of each topic, matched by id or title, old or new name."""
    if not isinstance(index, list) or not all(isinstance(t, dict) and "table_id" in t for t in index):
        raise _unexpected(index, where, "a list of tables with table_id and title")
    known = {table_name(str(t.get(k) or "")): str(t["table_id"]) for t in index for k in ("title", "table_id")}
    ids = {topic: known[name] for topic in TOPICS for name in reversed(topic.names) if name in known}
    _require_topics(set(ids), known, where)
    return ids


def _require_topics(found: set[_Topic], known: Mapping[str, Any], where: str) -> None:
    missing = [t.names for t in TOPICS if t.required and t not in found]
    if not missing:
        return
    hints = []
    for names in missing:
        close = difflib.get_close_matches(names[0], list(known), n=2, cutoff=0.6)
        hints.append(" or ".join(names) + (f" (close: {', '.join(close)})" if close else ""))
    raise PermanentFailure(
        f"missing tables: {'; '.join(hints)}",
        where=where,
        expected=", ".join(" or ".join(t.names) for t in TOPICS if t.required),
        remedy="if O*NET renamed a table, add its new name to TOPICS of this source; if a file was left out, add it",
    )


def _rows(body: Any, where: str) -> tuple[list[Any], int]:
    if isinstance(body, dict) and "error" in body:
        raise PermanentFailure(
            f"the service answers: {body['error']}",
            where=where,
            expected="rows",
            remedy="check the key and the table; unset ONET_API_KEY to take the bulk zip",
        )
    if not isinstance(body, dict) or not isinstance(body.get("row"), list) or not isinstance(body.get("total"), int):
        raise _unexpected(body, where, "start, end, total and row (a list)")
    return body["row"], body["total"]


def _unexpected(body: Any, where: str, expected: str) -> PermanentFailure:
    seen = ", ".join(sorted(body)) if isinstance(body, dict) else type(body).__name__
    return PermanentFailure(
        f"the answer holds {seen}",
        where=where,
        expected=expected,
        remedy="the service changed its answer: compare it with its documentation, or unset ONET_API_KEY to take the "
        "bulk zip",
    )


# ------------------------------------------------------------------------------------------------------------- vintage


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The release: from `db_30_1_text...`, the Read Me ("O*NET 30.1 Database") or the service's dictionary link."""
    del dataset
    for file in files:
        if match := re.search(r"db_(\d{2})_(\d)", file.name):
            return f"{match.group(1)}.{match.group(2)}"
    for file in files:
        for name, content in _peek(file):
            release = _release_in(name, content)
            if release:
                return release
    raise schema.declare_vintage(
        [f.name for f in files], "a zip named db_31_0_csv.zip, a Read Me, or a declared release such as 31.0"
    )


def _peek(file: FetchedFile) -> Iterator[tuple[str, bytes]]:
    """(name, content) of what may tell the release: the read-me inside or beside, the service's info answer."""
    if re.search(r"read.?me", file.name, re.IGNORECASE) or file.name == INFO:
        yield file.name, file.path.read_bytes()
    elif zipfile.is_zipfile(file.path):
        with zipfile.ZipFile(file.path) as archive:
            for member in archive.namelist():
                wanted = re.search(r"read.?me", member, re.IGNORECASE)
                yield member, archive.read(member) if wanted else b""


def _release_in(name: str, content: bytes) -> str | None:
    if match := re.search(r"db_(\d{2})_(\d)", name):
        return f"{match.group(1)}.{match.group(2)}"
    words = content.decode("utf-8", "replace")
    match = re.search(r"O\*NET[^\n\d]{0,20}(\d{2}\.\d)\b", words) or re.search(r"/dictionary/(\d{2}\.\d)/", words)
    return match.group(1) if match else None


# --------------------------------------------------------------------------------------------------------------- parse


def parse(capture: Capture) -> list[ParsedTable]:
    """Zip, loose files or service pages -> the six `onet__*` tables. Tables that we do not read are left alone.

    Raises:
        PermanentFailure: a table is missing, a layout does not fit, a file is damaged.
    """
    parts: dict[_Topic, list[schema.Part]] = {}
    seen: dict[str, str] = {}
    for topic, part in _topic_parts(capture, seen):
        if topic.title_kind:
            part.cells["title_kind"] = [topic.title_kind] * len(part.row_numbers)
        if topic.raw_table is ONET_EDUCATION:
            _keep_required_level(part)
        parts.setdefault(topic, []).append(part)
    _require_topics(set(parts), seen, f"{capture.dataset} {capture.capture_id}")
    rules = schema.Rules(null_words=("n/a",))
    by_table = {t: [p for topic in TOPICS if topic.raw_table is t for p in parts.get(topic, [])] for t in TABLES}
    return [schema.build_table(t, ps, capture, rules) for t, ps in by_table.items()]


def _keep_required_level(part: schema.Part) -> None:
    """Only element 2.D.1 on scale RL: the required level of education."""
    pairs = zip(part.cells["element_id"], part.cells["scale_id"], strict=True)
    part.keep([schema.text(e) == "2.D.1" and schema.text(s) == "RL" for e, s in pairs], "other element")


def _topic_parts(capture: Capture, seen: dict[str, str]) -> Iterator[tuple[_Topic, schema.Part]]:
    """Parts in reading order; `seen` collects the normalised names of all tables that the capture holds."""
    by_name = {name: topic for topic in TOPICS for name in topic.names}
    for name in schema.data_files(capture):
        path = capture.path(name)
        if name.endswith(".json"):
            match = re.fullmatch(r"rows-(.+)-\d{7}\.json", Path(name).name)
            topic = by_name.get(table_name(match.group(1))) if match else None
            seen[table_name(match.group(1) if match else name)] = name
            if topic is not None:
                rows, _ = _rows(read_json(path, name), name)
                yield topic, schema.part_from_records(name, rows, _layout(topic))
            continue
        for label, content in _members(name, path):
            topic = by_name.get(table_name(label))
            seen[table_name(label)] = label
            if topic is not None:
                yield topic, schema.read_part(schema.sheets_from_bytes(content(), label), [_layout(topic)])


def _members(name: str, path: Path) -> Iterator[tuple[str, Any]]:
    """(label, function giving the bytes) of every table in a zip, or of the loose file itself."""
    content = path.read_bytes()
    if not name.lower().endswith(".zip") and not (content[:4] == b"PK\x03\x04" and not name.lower().endswith(".xlsx")):
        yield name, lambda: content
        return
    schema.reject_empty_or_html(content[:4096], name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise _damaged(name, error) from error
    for member in archive.namelist():
        if member.lower().endswith((".txt", ".csv", ".xlsx")) and "__macosx" not in member.lower():
            yield f"{name}/{member}", lambda member=member: _member(archive, member, name)


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


def _layout(topic: _Topic) -> schema.ColumnMap:
    return schema.shipped_maps(topic.raw_table, topic.layout)[0]
