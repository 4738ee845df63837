"""The one way in: fetch or import -> draft -> raw Parquet -> acceptance -> lock. No Dagster, no gates.

Belongs here: the order of the steps and what each leaves on disk. Does not belong here: an agency's manners
(`sources/`), the checks (`acceptance.py`), storing (`archive.py`), what a column may hold (landing gates, called by
the orchestration between parse and accept).

    raw/<source>/<table>/dataset=<d>/capture_id=<c>/part.parquet         typed rows (zstd)
                                                    quarantine.parquet   rows set aside, where there are any
                                                    report.json          the row accounting, which must close
    raw/_parsed/<dataset>/<capture_id>.json                              which parser made which tables of a capture

A table that need not fit into memory (job postings) is written by its parser instead, as `*/*.parquet` of the same
folder: see `StreamedRows`.

Parsing is pure and keyed by capture and parser fingerprint: what is there under the same fingerprint is read, not
parsed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from extractors import acceptance, atomic
from extractors.acceptance import Finding
from extractors.archive import UNKNOWN_VINTAGE, Archive, Lock, spec_of
from extractors.failures import CurrencyFailure, PermanentFailure, TransientFailure
from extractors.model import Capture, DatasetSpec, FetchedFile, NotModified, ParsedTable, StreamedRows
from extractors.release_calendar import load_calendar
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import pyarrow as pa

    from extractors.http import HttpClient, Progress

PART, QUARANTINE, REPORT, SAMPLE = "part.parquet", "quarantine.parquet", "report.json", "sample.parquet"
EXAMPLES = 100  # quarantined rows of a streamed table that are read back for messages
COLUMN_MAP = "column_map.csv"
_TYPES = {"string": "string", "int64": "int64", "float64": "double", "bool": "bool", "date": "date32[day]"}
_QUARANTINE_FIELDS = ("file", "row_number", "column", "value", "reason")


@dataclass(frozen=True)
class IngestResult:
    """What a fetch or an import came to.

    Attributes:
        capture: the draft ("new"), the accepted capture ("unchanged"), the refused draft or None ("failed").
        outcome: "new" | "unchanged" | "failed".
        findings: file and vintage findings before parsing; errors make the outcome "failed".
        seconds: wall time.
    """

    dataset: str
    capture: Capture | None
    outcome: str
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    def raise_if_failed(self) -> IngestResult:
        """Itself, or the PermanentFailure that its findings amount to."""
        if self.outcome == "failed":
            raise acceptance.refuse(
                self.dataset, self.findings, str(self.capture.folder) if self.capture else "nowhere"
            )
        return self


# ---------------------------------------------------------------------------------------------- fetch and import


def fetch_dataset(
    root: DataRoot,
    dataset: str,
    *,
    states: Sequence[str] | None = None,
    client: HttpClient | None = None,
    force: bool = False,
    progress: Progress | None = None,
    is_sample: bool | None = None,
    today: date | None = None,
    source: ModuleType | None = None,
) -> IngestResult:
    """Ask the agency and store what it serves as a draft, unless it is what we have.

    Args:
        states: postal codes; None asks for everything the source serves.
        force: download again even if the agency says that nothing changed.
        is_sample: marks the capture as sample data; None reads `CURRENCY_SAMPLE` (1/true).
        source: replaces the module of the registry, for tests.

    Raises:
        PermanentFailure, TransientFailure: the fetch itself failed; noted in `_checks.json`, the accepted
            capture keeps serving.
    """
    spec, begun = spec_of(dataset), time.monotonic()
    if not spec.fetchable:
        raise PermanentFailure(
            f"{dataset} has no service to ask: the state supplies it",
            expected="a file",
            remedy=f"`currency archive import {spec.name} FILE --state {dataset.partition('@')[2] or 'NY'}`",
        )
    module, archive = source or source_module(spec), Archive(root)
    try:
        with _workdir(root, dataset) as workdir:
            files = _fetch(module, spec, dataset, archive, workdir, states, client, force, progress, today)
            if isinstance(files, NotModified):
                result = IngestResult(dataset, archive.current(dataset), "unchanged", [], time.monotonic() - begun)
            else:
                notes = {"states": sorted(states) if states else None, "forced": force}
                result = _to_draft(
                    archive, module, spec, dataset, files, None, "fetch", notes, _sample(is_sample), today, begun
                )
    except CurrencyFailure as failure:
        _note_failure(archive, dataset, failure)
        raise
    archive.record_check(
        dataset,
        result.outcome,
        capture_id=result.capture.capture_id if result.capture else None,
        failure="; ".join(f.message for f in acceptance.errors(result.findings)) or None,
    )
    return result


def import_file(
    root: DataRoot,
    dataset: str,
    paths: Sequence[Path],
    *,
    state: str | None = None,
    feed: str | None = None,
    delivery: str | None = None,
    vintage: str | None = None,
    column_map: Path | None = None,
    notes: Mapping[str, Any] | None = None,
    is_sample: bool | None = None,
    today: date | None = None,
    source: ModuleType | None = None,
) -> IngestResult:
    """Store files that a person downloaded as a draft; the same checks as for a fetch.

    Args:
        dataset: dataset name, with or without "@STATE".
        paths: files, or one folder whose files are taken (O*NET's text release unpacked).
        state: postal code for datasets that a state supplies.
        feed: who delivers, e.g. nlx, for datasets with deliveries.
        delivery: name of the delivery, by default that of the first file. The same name again replaces it.
        vintage: needed where the files do not show it; for an agency's own layout it must agree with them.
        column_map: copied into the capture as column_map.csv.
        notes: kept in the datapackage (who sent the file, where it was downloaded).
    """
    begun = time.monotonic()
    name = f"{dataset}@{state.upper()}" if state and "@" not in dataset else dataset
    if feed and "+" not in name:
        name += f"+{feed}+{delivery or _slug(paths)}"
    spec = spec_of(name)
    files = [FetchedFile(p.name, p) for p in _files_of(paths)]
    if column_map is not None:
        files = [*(f for f in files if f.name != COLUMN_MAP), FetchedFile(COLUMN_MAP, _files_of([column_map])[0])]
    said = {"imported_from": [f.name for f in files], **(notes or {})}
    result = _to_draft(
        Archive(root),
        source or source_module(spec),
        spec,
        name,
        files,
        vintage,
        "import",
        said,
        _sample(is_sample),
        today,
        begun,
    )
    if result.outcome != "failed":
        Archive(root).record_import(name)
    return result


def _slug(paths: Sequence[Path]) -> str:
    """`lightcast-2026-q1` for `Lightcast 2026 Q1.csv.gz`."""
    stem = paths[0].name.split(".")[0] if paths else ""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "delivery"


def fetch_many(
    root: DataRoot, datasets: Sequence[str], on_result: Callable[[IngestResult], None] | None = None, **options: Any
) -> list[IngestResult]:
    """`fetch_dataset` for each; one source that is down never stops the others: it becomes a "failed" result."""
    results = []
    for dataset in datasets:
        begun = time.monotonic()
        try:
            result = fetch_dataset(root, dataset, **options)
        except CurrencyFailure as failure:
            code = "transient" if isinstance(failure, TransientFailure) else "permanent"
            findings = [Finding("error", code, failure.found, failure.where, failure.remedy)]
            result = IngestResult(dataset, None, "failed", findings, time.monotonic() - begun)
        results.append(result)
        if on_result:
            on_result(result)
    return results


def source_module(spec: DatasetSpec) -> ModuleType:
    """The module under extractors/sources that knows this dataset."""
    from extractors.sources import REGISTRY

    return REGISTRY[spec.source]


def _sample(is_sample: bool | None) -> bool:
    return os.environ.get("CURRENCY_SAMPLE", "").lower() in ("1", "true", "yes") if is_sample is None else is_sample


@contextlib.contextmanager
def _workdir(root: DataRoot, dataset: str) -> Iterator[Path]:
    """A folder for the downloads of one dataset; one fetch of a dataset at a time, leftovers of killed ones swept."""
    from filelock import FileLock, Timeout

    home = root.archive / dataset
    with atomic.explain_os_errors(home):
        downloads = home / "_fetch"
        downloads.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "_fetch.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise TransientFailure(
            f"another command is fetching {dataset}",
            where=str(home),
            expected="one fetch at a time",
            remedy="wait for it to end, then run again",
        ) from None
    try:
        atomic.sweep(downloads)
        with atomic.scratch_folder(downloads) as workdir:
            yield workdir
    finally:
        lock.release()


def _fetch(
    module: ModuleType,
    spec: DatasetSpec,
    dataset: str,
    archive: Archive,
    workdir: Path,
    states: Sequence[str] | None,
    client: HttpClient | None,
    force: bool,
    progress: Progress | None,
    today: date | None,
) -> list[FetchedFile] | NotModified:
    from extractors.http import HttpClient

    own = client is None
    client = client or HttpClient(progress=progress)
    try:
        last = None if force else archive.current(dataset)
        # Sources that publish one file per vintage choose by the day which one to ask for.
        day = {"today": today} if today and "today" in inspect.signature(module.fetch).parameters else {}
        answer = module.fetch(spec, dataset, client=client, workdir=workdir, states=states, last=last, **day)
    finally:
        if own:
            client.close()
    if isinstance(answer, NotModified) and last is None:
        raise PermanentFailure(
            f"the source module {module.__name__} says that nothing changed, but there is no accepted capture",
            where=dataset,
            remedy="this is a mistake in the source module: report it",
        )
    return answer if isinstance(answer, NotModified) else list(answer)


def _note_failure(archive: Archive, dataset: str, failure: CurrencyFailure) -> None:
    with contextlib.suppress(CurrencyFailure, OSError):  # a full disk must not hide the failure itself
        archive.record_check(dataset, "failed", failure=f"{type(failure).__name__}: {failure.found}")


def _files_of(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        elif path.is_file():
            found.append(path)
        else:
            raise PermanentFailure(
                "there is no such file",
                where=str(path),
                expected="a file or a folder of files",
                remedy="check the path",
            )
    if not found:
        raise PermanentFailure(
            "there is no file to import",
            where=", ".join(map(str, paths)),
            expected="at least one file",
            remedy="name the downloaded file",
        )
    return found


def _to_draft(
    archive: Archive,
    module: ModuleType,
    spec: DatasetSpec,
    dataset: str,
    files: Sequence[FetchedFile],
    vintage: str | None,
    mode: str,
    notes: dict[str, Any],
    is_sample: bool,
    today: date | None,
    begun: float,
) -> IngestResult:
    """Check the bytes, learn the vintage, store. What is broken is stored too, as a draft with findings.json."""

    def store(as_vintage: str) -> Capture:
        return archive.store(spec, dataset, as_vintage, files, mode=mode, notes=notes, is_sample=is_sample)

    data = {f.name: f.path for f in files if f.name != COLUMN_MAP}
    findings = acceptance.check_files(data)
    if acceptance.errors(findings):
        capture = store(UNKNOWN_VINTAGE)
        archive.write_findings(capture, [f.as_dict() for f in findings])
        return IngestResult(dataset, capture, "failed", findings, time.monotonic() - begun)
    try:
        found = _vintage(module, spec, dataset, files, vintage, notes.get("layout"))
    except PermanentFailure as failure:
        draft = store(UNKNOWN_VINTAGE)
        archive.write_findings(
            draft, [Finding("error", "unreadable", failure.found, failure.where, failure.remedy).as_dict()]
        )
        raise
    capture, last = store(found), archive.current(dataset)
    if last is not None and capture.capture_id == last.capture_id:
        return IngestResult(dataset, last, "unchanged", [], time.monotonic() - begun)
    findings = acceptance.check(
        capture,
        last,
        spec,
        None,
        today or datetime.now(UTC).date(),
        load_calendar(),
        expected_files=_expected_files(module, dataset),
    )
    blocking = [f for f in acceptance.errors(findings) if f.code not in acceptance.OVERRIDABLE]
    if blocking:
        archive.write_findings(capture, [f.as_dict() for f in findings])
    return IngestResult(dataset, capture, "failed" if blocking else "new", findings, time.monotonic() - begun)


def _vintage(
    module: ModuleType,
    spec: DatasetSpec,
    dataset: str,
    files: Sequence[FetchedFile],
    declared: str | None,
    layout: str | None = None,
) -> str:
    """The declared vintage of a state's file, else what the files show; for agencies' layouts both must agree."""
    if declared and spec.per_state:
        return declared
    try:
        shown: str = module.vintage_of(list(files), dataset, **({"layout": layout} if layout else {}))
    except PermanentFailure:
        if declared:
            return declared
        raise
    if declared and declared != shown:
        raise PermanentFailure(
            f"the files show vintage {shown}, but {declared} was declared",
            where=", ".join(f.name for f in files[:3]),
            expected="the same vintage in both",
            remedy=f"leave --vintage out, or import the files of {declared}",
        )
    return shown


def _expected_files(module: ModuleType, dataset: str) -> Sequence[str]:
    """Glob patterns from the source module's optional `EXPECTED_FILES` {dataset: patterns}."""
    patterns: Mapping[str, Sequence[str]] = getattr(module, "EXPECTED_FILES", {})
    return patterns.get(dataset.partition("@")[0], ())


# ---------------------------------------------------------------------------------------------- raw Parquet


def raw_folder(root: DataRoot, raw_table_full_name: str, dataset: str, capture_id: str) -> Path:
    """`raw/<source>/<table>/dataset=<d>/capture_id=<c>`."""
    source, _, table = raw_table_full_name.partition("__")
    return root.raw / source / table / f"dataset={dataset}" / f"capture_id={capture_id}"


def parser_fingerprint(module: ModuleType) -> str:
    """16 hex digits over what decides how a capture is parsed: the source's code, the contracts, the column maps."""
    prefix = "extractors.sources."
    if module.__name__.startswith(prefix):
        from extractors.sources import parser_fingerprint as of_source

        return of_source(module.__name__.removeprefix(prefix))
    here = Path(__file__).parent
    files = [Path(module.__file__)] if module.__file__ else []
    files += [f for f in (here / "schema.py", here / "raw_tables.py") if f.is_file()]
    return hashlib.sha256(b"".join(f.name.encode() + f.read_bytes() for f in files)).hexdigest()[:16]


def parse_capture(root: DataRoot, capture: Capture, *, source: ModuleType | None = None) -> list[ParsedTable]:
    """The raw tables of a capture, parsed and written, or read back when the same parser has done it before.

    Raises:
        PermanentFailure: the parser refused the files; the row accounting does not close; a table breaks its contract.
    """
    spec = spec_of(capture.dataset)
    module = source or source_module(spec)
    fingerprint = parser_fingerprint(module)
    cached = _cached(root, capture, fingerprint)
    if cached is not None:
        return [_read_raw(*entry) for entry in cached]
    from filelock import FileLock

    with atomic.explain_os_errors(root.raw):
        root.raw.mkdir(parents=True, exist_ok=True)
    with _parsed_by(root, capture, module) as tables, FileLock(root.raw / ".guard"):
        parsed = [_complete(table, capture, spec) for table in tables]
        for table in parsed:
            _write_raw(root, capture, table, fingerprint)
        names = {t.raw_table.full_name for t in parsed}
        for name in set(spec.raw_tables) - names:
            atomic.remove_tree(raw_folder(root, name, capture.dataset, capture.capture_id))
        _mark_parsed(root, capture, fingerprint, sorted(names))
    return parsed


@contextlib.contextmanager
def _parsed_by(root: DataRoot, capture: Capture, module: ModuleType) -> Iterator[list[ParsedTable]]:
    """What the module makes of a capture; one that streams writes into a scratch folder of the raw zone."""
    if not hasattr(module, "parse_streamed"):
        yield module.parse(capture)
        return
    scratch = root.raw / "_streamed"
    scratch.mkdir(exist_ok=True)
    atomic.sweep(scratch)
    with atomic.scratch_folder(scratch) as folder:
        yield module.parse_streamed(capture, folder)


def _parsed_mark(root: DataRoot, dataset: str, capture_id: str) -> Path:
    return root.raw / "_parsed" / dataset / f"{capture_id}.json"


def _parsed(root: DataRoot, dataset: str, capture_id: str) -> dict[str, Any]:
    """{"parser_fingerprint", "raw_tables"} of a capture that was parsed to the end; empty for one that was not."""
    try:
        mark: dict[str, Any] = json.loads(_parsed_mark(root, dataset, capture_id).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return mark


def _mark_parsed(root: DataRoot, capture: Capture, fingerprint: str, names: list[str]) -> None:
    mark = _parsed_mark(root, capture.dataset, capture.capture_id)
    atomic.sweep(mark.parent)
    atomic.write_json(mark, {"parser_fingerprint": fingerprint, "raw_tables": names})


def _report(folder: Path) -> dict[str, Any] | None:
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    sizes = {name: size for name, size in report.get("parts", {}).items() if _size(folder / name) == size}
    return report if sizes == report.get("parts") else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _cached(root: DataRoot, capture: Capture, fingerprint: str) -> list[tuple[str, Path, dict[str, Any]]] | None:
    """(raw table, folder, report) of all tables of a capture when this very parser made them, else None."""
    mark = _parsed(root, capture.dataset, capture.capture_id)
    if mark.get("parser_fingerprint") != fingerprint:
        return None
    found = []
    for name in mark["raw_tables"]:
        folder = raw_folder(root, name, capture.dataset, capture.capture_id)
        report = _report(folder)
        if report is None or report["parser_fingerprint"] != fingerprint:
            return None
        found.append((name, folder, report))
    return found


def _read_raw(name: str, folder: Path, report: dict[str, Any]) -> ParsedTable:
    import pyarrow.parquet as pq

    from extractors.raw_tables import RAW_TABLES

    if report["is_streamed"]:
        return _read_streamed(name, folder, report)
    table = pq.read_table(folder / PART, partitioning=None)
    quarantined = pq.read_table(folder / QUARANTINE, partitioning=None).to_pylist() if report["quarantined"] else []
    return ParsedTable(RAW_TABLES[name], table, report["rows_in"], report["excluded"], quarantined)


def _read_streamed(name: str, folder: Path, report: dict[str, Any]) -> ParsedTable:
    """As its parser returned it: the sample, the first quarantined rows, the counts."""
    import pyarrow.parquet as pq

    from extractors.raw_tables import RAW_TABLES

    examples: list[dict[str, Any]] = []
    if report["quarantined"]:
        first = next(pq.ParquetFile(folder / QUARANTINE).iter_batches(EXAMPLES))
        examples = first.to_pylist()
    streamed = StreamedRows(folder, report["rows_used"], report["quarantine_reasons"])
    sample = pq.read_table(folder / SAMPLE, partitioning=None)
    return ParsedTable(RAW_TABLES[name], sample, report["rows_in"], report["excluded"], examples, streamed)


def _complete(parsed: ParsedTable, capture: Capture, spec: DatasetSpec) -> ParsedTable:
    """Check accounting and contract; fill in `dataset` and `capture_id` where the parser left them out."""
    name, where = parsed.raw_table.full_name, f"{capture.dataset}/{capture.capture_id}"
    used, excluded, quarantined = parsed.rows_used, sum(parsed.excluded.values()), parsed.rows_quarantined
    if parsed.rows_in != used + excluded + quarantined:
        raise PermanentFailure(
            f"the row accounting of {name} does not close: {parsed.rows_in:,} rows in, but {used:,} used + "
            f"{excluded:,} excluded + "
            f"{quarantined:,} quarantined = {used + excluded + quarantined:,}",
            where=where,
            expected="every row used, excluded with a reason, or quarantined",
            remedy=f"this is a mistake in extractors/sources/{spec.source}.py: report it with the file",
        )
    if name not in spec.raw_tables:
        raise PermanentFailure(
            f"the parser made {name}, which {spec.name} does not declare",
            where=where,
            expected=", ".join(spec.raw_tables),
            remedy="correct extractors/catalogue.py or the source module",
        )
    parsed.table = _conform(parsed, capture, where)
    return parsed


def _conform(parsed: ParsedTable, capture: Capture, where: str) -> pa.Table:
    import pyarrow as pa

    from extractors.raw_tables import COMMON

    table = parsed.table
    for column, value in (("dataset", capture.dataset), ("capture_id", capture.capture_id)):
        if column not in table.column_names:
            table = table.append_column(column, pa.array([value] * table.num_rows, pa.string()))
    left_out = {c.name for c in parsed.raw_table.columns if c.is_text} if parsed.streamed else set()
    columns = [c for c in (*COMMON, *parsed.raw_table.columns) if c.name not in left_out]
    wanted = {c.name: _TYPES[c.type] for c in columns}
    seen = {f.name: str(f.type) for f in table.schema}
    wrong = [f"{n} is {seen.get(n, 'missing')} instead of {t}" for n, t in wanted.items() if seen.get(n) != t]
    wrong += [f"{n} is not in the contract" for n in seen if n not in wanted]
    if wrong:
        raise PermanentFailure(
            f"{parsed.raw_table.full_name} breaks its contract: {'; '.join(wrong[:5])}",
            where=where,
            expected="the columns and types of extractors/raw_tables.py",
            remedy="this is a mistake in the source module: report it with the file",
        )
    return table.select([c.name for c in columns])


def _write_raw(root: DataRoot, capture: Capture, parsed: ParsedTable, fingerprint: str) -> None:
    """Write one raw table: a whole folder by rename at first; over an older one file by file, the report last."""
    name = parsed.raw_table.full_name
    folder = raw_folder(root, name, capture.dataset, capture.capture_id)
    atomic.sweep(folder.parent)
    atomic.sweep(folder)
    with atomic.scratch_folder(folder.parent, parsed.table.nbytes) as tmp:
        if parsed.streamed:
            _write_parquet(parsed.table, tmp / SAMPLE)
            for written in sorted(parsed.streamed.folder.iterdir()):
                written.replace(tmp / written.name)
        else:
            _write_parquet(parsed.table, tmp / PART)
            if parsed.quarantined:
                _write_parquet(_quarantine_table(parsed), tmp / QUARANTINE)
        parts = sorted(p for p in tmp.rglob("*.parquet") if p.name not in (SAMPLE, QUARANTINE))
        report = {
            "dataset": capture.dataset,
            "capture_id": capture.capture_id,
            "raw_table": name,
            "parser_fingerprint": fingerprint,
            "rows_in": parsed.rows_in,
            "rows_used": parsed.rows_used,
            "excluded": dict(sorted(parsed.excluded.items())),
            "quarantined": parsed.rows_quarantined,
            "is_streamed": parsed.streamed is not None,
            "quarantine_reasons": dict(sorted(parsed.streamed.quarantined.items())) if parsed.streamed else {},
            "parts": {p.relative_to(tmp).as_posix(): p.stat().st_size for p in parts},
        }
        atomic.write_json(tmp / REPORT, report)
        if not folder.exists():
            atomic.publish_folder(tmp, folder)
            return
        (folder / REPORT).unlink(missing_ok=True)  # from here to the last rename the folder counts as not parsed
        if parsed.streamed:
            atomic.remove_tree(folder)
            atomic.publish_folder(tmp, folder)
            return
        for file in (PART, QUARANTINE, REPORT):
            if (tmp / file).exists():
                atomic.fsync_path(tmp / file)
                (tmp / file).replace(folder / file)
            else:
                (folder / file).unlink(missing_ok=True)
        atomic.fsync_path(folder)


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def _quarantine_table(parsed: ParsedTable) -> pa.Table:
    import pyarrow as pa

    rows = [{f: row.get(f) for f in _QUARANTINE_FIELDS} for row in parsed.quarantined]
    fields = [pa.field(f, pa.int64() if f == "row_number" else pa.string()) for f in _QUARANTINE_FIELDS]
    texts = [{f: v if f == "row_number" or v is None else str(v) for f, v in row.items()} for row in rows]
    return pa.Table.from_pylist(texts, schema=pa.schema(fields))


# ---------------------------------------------------------------------------------------------- accept


def accept(
    root: DataRoot,
    capture: Capture,
    parsed: Sequence[ParsedTable],
    *,
    today: date | None = None,
    overrides: Mapping[str, str] | None = None,
    gates: Sequence[Mapping[str, Any]] = (),
    source: ModuleType | None = None,
) -> list[Finding]:
    """Judge a capture against the last accepted one and, without errors, make it the current one. Returns the warnings.

    Args:
        overrides: code -> reason for findings that a person has looked at (`acceptance.OVERRIDABLE`).
        gates: verdicts of the landing gates, kept beside.

    Raises:
        PermanentFailure: findings with errors; the draft stays, with findings.json, and the last accepted
            capture keeps serving.
    """
    archive = Archive(root)
    findings = judge(root, capture, parsed, today=today, overrides=overrides, source=source)
    if acceptance.errors(findings):
        archive.write_findings(capture, [f.as_dict() for f in findings])
        raise acceptance.refuse(capture.dataset, findings, str(capture.folder))
    verdict = {
        "findings": [f.as_dict() for f in findings],
        "rows": acceptance.row_counts(parsed),
        "overrides": dict(overrides or {}),
        "gates": [dict(g) for g in gates],
    }
    archive.accept(capture, verdict)
    return findings


def judge(
    root: DataRoot,
    capture: Capture,
    parsed: Sequence[ParsedTable] | None,
    *,
    today: date | None = None,
    overrides: Mapping[str, str] | None = None,
    source: ModuleType | None = None,
) -> list[Finding]:
    """The findings of the acceptance; changes nothing."""
    spec = spec_of(capture.dataset)
    last = Archive(root).current(capture.dataset)
    if last is not None and last.capture_id == capture.capture_id:
        last = None  # judged when it was accepted
    module = source or source_module(spec)
    expected = _expected_files(module, capture.dataset)
    findings = acceptance.check(
        capture,
        last,
        spec,
        parsed,
        today or datetime.now(UTC).date(),
        load_calendar(),
        expected_files=expected,
        overrides=overrides,
    )
    absent: Callable[[Path], list[str]] = getattr(module, "states_without_data", lambda folder: [])
    without_data = absent(capture.folder)
    if without_data:
        findings.append(
            acceptance.Finding(
                "warn",
                "states_without_data",
                f"the service had no rows for FIPS {', '.join(without_data)}",
                where=capture.dataset,
                remedy="normal while a new cycle fills in; ask again later",
            )
        )
    return findings


# ---------------------------------------------------------------------------------------------- for the build


def ensure_raw(root: DataRoot, lock: Lock | None = None) -> int:
    """Parse every capture of the lock whose raw Parquet is missing or out of date; returns how many were parsed."""
    archive, count = Archive(root), 0
    for dataset, capture_id, _ in (lock or archive.lock()).captures():
        capture = archive.get(dataset, capture_id)
        if _cached(root, capture, parser_fingerprint(source_module(spec_of(dataset)))) is None:
            parse_capture(root, capture)
            count += 1
    return count


def _reports(root: DataRoot, lock: Lock) -> Iterator[tuple[str, str, str, str, Path, dict[str, Any]]]:
    """(raw table, dataset, capture_id, role, folder, report) of everything in the lock.

    Raises PermanentFailure for what is not parsed.
    """
    for dataset, capture_id, role in lock.captures():
        names = _parsed(root, dataset, capture_id).get("raw_tables")
        for name in names or [""]:
            folder = raw_folder(root, name, dataset, capture_id)
            report = _report(folder) if name else None
            if report is None:
                raise PermanentFailure(
                    f"{dataset}/{capture_id} is in the lock, but its raw Parquet is not "
                    f"there{f' ({name})' if name else ''}",
                    where=str(folder if name else root.raw),
                    expected="raw Parquet of every capture in the lock",
                    remedy="`currency refresh` parses it again from the archive",
                )
            yield name, dataset, capture_id, role, folder, report


def raw_files(root: DataRoot, lock: Lock) -> dict[str, list[tuple[str, str, str, Path]]]:
    """Raw table full name -> [(dataset, capture_id, role "current" | "previous", Parquet file)], sorted.

    Raw tables that no capture of the lock feeds are absent. Raises PermanentFailure for a capture that is not parsed.
    """
    files: dict[str, list[tuple[str, str, str, Path]]] = {}
    for name, dataset, capture_id, role, folder, report in _reports(root, lock):
        files.setdefault(name, []).extend((dataset, capture_id, role, folder / part) for part in report["parts"])
    return {name: sorted(entries) for name, entries in sorted(files.items())}


def row_dispositions(root: DataRoot, lock: Lock) -> list[dict[str, Any]]:
    """What became of every input row.

    Each row: dataset, capture_id, raw_table, disposition (used | excluded | quarantined), reason, row_count.

    Per capture and raw table the counts add up to the rows of the source. Zero counts are left out, except for "used".
    """
    rows: list[dict[str, Any]] = []

    def add(dataset: str, capture_id: str, raw_table: str, disposition: str, reason: str | None, count: int) -> None:
        keys = ("dataset", "capture_id", "raw_table", "disposition", "reason", "row_count")
        rows.append(dict(zip(keys, (dataset, capture_id, raw_table, disposition, reason, count), strict=True)))

    for name, dataset, capture_id, _, folder, report in _reports(root, lock):
        add(dataset, capture_id, name, "used", None, report["rows_used"])
        for reason, count in report["excluded"].items():
            add(dataset, capture_id, name, "excluded", reason, count)
        for reason, count in _quarantine_reasons(folder, report):
            add(dataset, capture_id, name, "quarantined", reason, count)
    return rows


def _quarantine_reasons(folder: Path, report: dict[str, Any]) -> list[tuple[str, int]]:
    if not report["quarantined"]:
        return []
    if report["is_streamed"]:
        return list(report["quarantine_reasons"].items())
    from collections import Counter

    import pyarrow.parquet as pq

    table = pq.read_table(folder / QUARANTINE, columns=["reason"], partitioning=None)
    return sorted(Counter(r or "" for r in table.column("reason").to_pylist()).items())
