"""Job postings: exports of products and sites, imported per state, feed and delivery; NLx reports can be fetched.

    job_postings@XA+lightcast+2026-q1      an export that somebody downloaded
    job_postings@XA+nlx+2026-03            fetched from the NLx Research Hub: the delivery names the days to ask for

Belongs here: what the registry asks of every source. Reading, layouts and cleaning are in `extractors.job_postings`.

Postings are streamed: `parse_streamed` takes the place of `parse`, since an export may be larger than memory and its
raw table is a set of files by month (`extractors.model.StreamedRows`). Serves J3; layouts and manners of the service:
docs/postings.md.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.job_postings import nlx_api
from extractors.job_postings.naming import parse_dataset
from extractors.model import Capture, DatasetSpec, FetchedFile, ParsedTable, StreamedRows
from extractors.raw_tables_postings import JOB_POSTINGS, MONTH_PROFILE

if TYPE_CHECKING:
    from extractors.http import HttpClient, Progress


EXAMPLES = 100  # quarantined rows that travel with the result; all of them lie beside the rows


def vintage_of(files: Sequence[FetchedFile], dataset: str = "", *, layout: str | None = None) -> str:
    """The newest posting month, YYYY-MM: only the date columns are read and converted, in bounded memory.

    Args:
        layout: as declared at the import, where the layout is not told by the file.

    Raises:
        PermanentFailure: a layout that does not fit; no usable posting date anywhere.
    """
    from extractors.job_postings.months import newest_month

    del dataset
    is_sample = os.environ.get("CURRENCY_SAMPLE", "").lower() in ("1", "true", "yes")  # a sample's days are fictional
    latest = dt.date.max if is_sample else dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    data = [f for f in files if f.name not in schema.NOT_DATA]
    with tempfile.TemporaryDirectory(prefix="postings-") as scratch:
        month = newest_month(
            [(f.name, f.path) for f in data], schema.own_map_among(files), layout, latest, Path(scratch)
        )
    if month is None:
        raise schema.declare_vintage([f.name for f in files], "the newest posting month, e.g. 2026-03")
    return month


def parse_streamed(capture: Capture, folder: Path, progress: Progress | None = None) -> list[ParsedTable]:
    """Stream a capture into `folder` -> `job_postings__postings` (rows on disk, a sample here) and its month profile.

    The sample holds at most 50,000 rows without the text. Notes of the run (layouts, repaired encodings, cells that
    said nothing usable) are in `folder/landing/report.json`; `extractors.job_postings.stream` returns them too.

    Raises:
        PermanentFailure: a file that is no data, a layout that does not fit, no record at all.
    """
    from extractors.job_postings import stream

    landed = stream.parse_streamed(capture, folder / "landing", progress)
    rows = StreamedRows(landed.folder / stream.POSTINGS, landed.used, landed.quarantined_reasons)
    postings = ParsedTable(
        JOB_POSTINGS, landed.sample, landed.rows_in, landed.excluded, landed.quarantined[:EXAMPLES], rows
    )
    return [postings, ParsedTable(MONTH_PROFILE, landed.profile, landed.profile.num_rows)]


def fetch(
    spec: DatasetSpec,
    dataset: str,
    *,
    client: HttpClient,
    workdir: Path,
    states: Sequence[str] | None = None,
    last: Capture | None = None,
    **options: Any,
) -> list[FetchedFile]:
    """The NLx reports for the days that the delivery names; every other feed only comes by import.

    Raises:
        PermanentFailure: another feed than nlx; no key in CURRENCY_NLX_API_KEY; a delivery that names no days.
    """
    del states, last, options
    named = parse_dataset(dataset)
    if named.feed != nlx_api.FEED:
        raise PermanentFailure(
            f"there is no service to ask for the feed {named.feed}",
            where=dataset,
            expected=f"the feed {nlx_api.FEED}",
            remedy=f"`currency archive import job_postings FILE --state {named.state} --feed {named.feed} --delivery "
            f"{named.delivery}`",
        )
    return nlx_api.fetch(spec, named, client, workdir)


def fingerprint_files() -> list[Path]:
    """The files that decide what `parse_streamed` makes of a capture, for the fingerprint of the raw Parquet."""
    here = Path(__file__).parent.parent
    package = sorted((here / "job_postings").rglob("*.py"))
    return [Path(__file__), here / "raw_tables_postings.py", here / "schema.py", *package]
