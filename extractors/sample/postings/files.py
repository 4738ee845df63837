"""The sample's three exports with their bad rows, and how many rows of each kind lie in them.

Bad rows say nothing that counts: no code, no credential, a title that nobody can code. So the truth about openings
holds whichever way a reader treats them; how many there are of each kind is itself part of the truth.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample import state
from extractors.sample.packing import csv_bytes
from extractors.sample.postings import draws, layouts
from extractors.sample.postings.design import designed
from extractors.sample.postings.jobs import FEEDS

DELIVERY = "2026-10"
FOLDER = f"state/{state.POSTAL}/postings"
FILES = {
    "lightcast": f"{FOLDER}/lightcast_us_postings_{DELIVERY}.csv",
    "nlx": f"{FOLDER}/nlx_job_report_{DELIVERY}.csv",
    "boards": f"{FOLDER}/alder_boards_jobposting_{DELIVERY}.jsonl",
}
LABELS = {
    "lightcast": "Lightcast US postings, CSV",
    "nlx": "NLx Research Hub job report, CSV",
    "boards": "schema.org JobPosting, JSON lines",
}
_BROKEN_DATES = ("2026-02-30", "soon", "")
_EMPTY_TITLES = 2
_REPEATED = (7, 77, 177, 277)  # places of the rows that come twice
_TWO_TEXTS = (33, 133)  # places of the rows whose id comes again with another text
_OTHER_TEXT = f"{state.MARK}: the listing was replaced. Details on request."
_MAIL, _PHONE = r"\S+@\S+\.example", r"\(200\) 555-01\d\d"


@dataclass(frozen=True)
class Export:
    """One file of postings.

    Attributes:
        feed: name of the feed. content: the file.
        counts: rows of each kind; `records` is their sum as a reader counts them.
    """

    feed: str
    content: bytes
    counts: dict[str, int]

    @property
    def name(self) -> str:
        """Path inside the sample folder."""
        return FILES[self.feed]


@cache
def good_rows(seed: int) -> pa.Table:
    """Every good row of the three exports with its truth, in the order of feed, day and chance."""
    plan = designed(seed)
    chance = draws.share(seed, "order", plan.jobs.job[plan.rows.of] * 8 + plan.rows.copy)
    rows = plan.rows.take(np.lexsort((chance, plan.rows.day, plan.rows.feed)))
    return pa.Table.from_batches([plan.renderer.batch(plan.jobs, rows)])


@cache
def exports(seed: int) -> tuple[Export, ...]:
    """The three files."""
    return tuple(_export(seed, feed) for feed in FEEDS)


def _export(seed: int, feed: str) -> Export:
    table = good_rows(seed)
    batch = table.filter(pc.equal(table["feed"], feed)).combine_chunks().to_batches()[0]
    counts = {"good": batch.num_rows, **_contacts(batch)}
    if feed == "boards":
        lines = layouts.jobposting_lines(batch).to_pylist()
        objects = _with_bad_rows(seed, feed, [json.loads(line) for line in lines], _set_json, counts)
        text = [*lines, *(json.dumps(o, ensure_ascii=False, separators=(",", ":")) for o in objects)]
        text.insert(len(text) // 2, '{"@context":"https://schema.org/","@type":"JobPosting","title":"Team Mem')
        counts["broken_record"] = 1
        content = ("\n".join(text) + "\n").encode()
    else:
        form = layouts.lightcast(batch) if feed == "lightcast" else layouts.nlx(batch)
        rows = [dict(row) for row in form.to_pylist()]
        rows += _with_bad_rows(seed, feed, rows, _set_lightcast if feed == "lightcast" else _set_nlx, counts)
        content = csv_bytes([form.column_names, *([*row.values()] for row in rows)])
    kinds = ("good", "repeated_row", "id_with_two_texts", "broken_date", "empty_title", "broken_record")
    counts["records"] = sum(counts.get(kind, 0) for kind in kinds)
    return Export(feed, content, counts)


Record = dict[str, Any]
Setter = Callable[[Record, dict[str, str]], None]


def _with_bad_rows(seed: int, feed: str, rows: list[Record], put: Setter, counts: dict[str, int]) -> list[Record]:
    """The rows that go at the end of the file, each kind counted."""
    bad: list[Record] = [rows[place] for place in _REPEATED]
    counts["repeated_row"] = len(bad)

    def one(place: int, **cells: str) -> None:
        row: Record = json.loads(json.dumps(rows[place]))
        put(row, {"text": _OTHER_TEXT, **cells})
        bad.append(row)

    for place in _TWO_TEXTS:
        one(place)
    counts["id_with_two_texts"] = len(_TWO_TEXTS)
    numbers = draws.raw(seed, f"bad {feed}", np.arange(16)).tolist()
    for n, day in enumerate(_BROKEN_DATES):
        one(40 + n, id=f"{numbers[n]:016x}", title="Team Member", date=day, code="")
    counts["broken_date"] = len(_BROKEN_DATES)
    for n in range(_EMPTY_TITLES):
        one(60 + n, id=f"{numbers[8 + n]:016x}", title="", code="")
    counts["empty_title"] = _EMPTY_TITLES
    return bad


def _set_lightcast(row: Record, cells: dict[str, str]) -> None:
    names = {"text": ("BODY",), "id": ("ID",), "title": ("TITLE_RAW", "TITLE_NAME"), "date": ("POSTED",),
             "code": ("ONET", "ONET_2019", "SOC_2021_5")}  # fmt: skip
    _set(row, cells, names)
    row["CERTIFICATIONS_NAME"] = "[]"


def _set_nlx(row: Record, cells: dict[str, str]) -> None:
    names = {"text": ("description",), "id": ("system_job_id",), "title": ("title",),
             "date": ("created_date", "date_compiled", "last_updated_date", "date_acquired"),
             "code": ("classifications_onet_code", "classifications_onet_code_25")}  # fmt: skip
    _set(row, cells, names)
    if "id" in cells:
        row["job_id"] = None
        row["link"] = f"https://nlx.example/{cells['id']}"


def _set_json(row: Record, cells: dict[str, str]) -> None:
    names = {"text": ("description",), "title": ("title",), "date": ("datePosted",)}
    _set(row, cells, names)
    if "id" in cells:
        row["@id"] = cells["id"]
        row["url"] = f"https://boards.example/{cells['id']}"
        row.pop("occupationalCategory", None)


def _set(row: Record, cells: dict[str, str], names: Mapping[str, tuple[str, ...]]) -> None:
    for cell, value in cells.items():
        for name in names.get(cell, ()):
            row[name] = value


def _contacts(batch: pa.RecordBatch) -> dict[str, int]:
    """Good rows with an address or a telephone number to mask."""
    texts = batch["description"]
    return {
        "email_rows": pc.sum(pc.match_substring_regex(texts, _MAIL)).as_py(),
        "phone_rows": pc.sum(pc.match_substring_regex(texts, _PHONE)).as_py(),
    }


def truth_csv(seed: int) -> bytes:
    """Every good row with its truth, for tests of duplicates, codes and mentions: what no export says."""
    columns = (
        "feed", "posting_id", "job_id", "content_id", "copy_kind", "is_sibling", "posted_date", "true_employer", "city",
        "true_region", "true_soc_code", "true_positions", "true_education", "true_experience_years", "source_soc_code",
        "source_soc_taxonomy", "true_credential_codes", "true_credential_classes", "true_or_groups",
    )  # fmt: skip
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*(name.removeprefix("true_") for name in columns), "mark"])
    for row in good_rows(seed).select(list(columns)).to_pylist():
        cells = []
        for name in columns:
            value = row[name]
            if isinstance(value, list):
                value = "|".join("" if v is None else str(v) for v in value)
            elif isinstance(value, bool):
                value = str(value).lower()
            cells.append(value)
        writer.writerow([*cells, state.MARK])
    return stream.getvalue().encode()
