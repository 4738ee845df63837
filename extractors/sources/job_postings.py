"""Job postings: exports of products and sites, imported per state, feed and delivery; NLx reports can be fetched.

    job_postings@XA+lightcast+2026-q1      an export that somebody downloaded
    job_postings@XA+nlx+2026-03            fetched from the NLx Research Hub: the delivery names the days to ask for

Belongs here: what the registry asks of every source. Reading, layouts and cleaning are in `extractors.job_postings`.

Postings are streamed: `parse_streamed` takes the place of `parse`, since an export may be larger than memory and its
raw table is a set of files by month. Serves J3; layouts and manners of the service: docs/postings.md.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.job_postings import nlx_api
from extractors.job_postings.naming import parse_dataset
from extractors.job_postings.stream import StreamedPostings, parse_streamed
from extractors.model import Capture, DatasetSpec, FetchedFile, ParsedTable

if TYPE_CHECKING:
    from extractors.http import HttpClient

__all__ = ["StreamedPostings", "fetch", "fingerprint_files", "parse", "parse_streamed", "vintage_of"]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "", *, layout: str | None = None) -> str:
    """The newest posting month, YYYY-MM: only the date columns are read and converted, in bounded memory.

    Args:
        layout: as declared at the import, where the layout is not told by the file.

    Raises:
        PermanentFailure: a layout that does not fit; no usable posting date anywhere.
    """
    from extractors.job_postings.months import newest_month

    del dataset
    latest = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    data = [f for f in files if f.name not in schema.NOT_DATA]
    with tempfile.TemporaryDirectory(prefix="postings-") as scratch:
        month = newest_month(
            [(f.name, f.path) for f in data], schema.own_map_among(files), layout, latest, Path(scratch)
        )
    if month is None:
        raise schema.declare_vintage([f.name for f in files], "the newest posting month, e.g. 2026-03")
    return month


def parse(capture: Capture) -> list[ParsedTable]:
    """Not for postings: their raw table is written as a stream, see `parse_streamed`."""
    raise PermanentFailure(
        "postings are parsed as a stream",
        where=f"{capture.dataset} {capture.capture_id}",
        expected="a caller that uses parse_streamed(capture, folder)",
        remedy="this is a mistake in the caller: report it",
    )


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


