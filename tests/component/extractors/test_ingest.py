"""Fetch or import -> draft -> raw Parquet -> acceptance, with a made-up source and a real server on loopback."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors import atomic, ingest
from extractors.archive import DRAFTS, Archive
from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import HttpClient
from warehouse.paths import DataRoot

TODAY = date(2026, 11, 22)
SOURCE = '''
"""A made-up source: CSV lines `soc_code,title`; `#` lines are notes, codes without a hyphen are quarantined."""
import re
import pyarrow as pa
from extractors.failures import PermanentFailure
from extractors.http import conditional_of
from extractors.model import FetchedFile, NotModified, ParsedTable
from extractors.raw_tables import RAW_TABLES

RAW = RAW_TABLES["soc__onet_to_soc"]
URL = {"base": ""}
LOST = 0

def fetch(spec, dataset, *, client, workdir, states=None, last=None):
    answer = client.get(URL["base"] + "/codes.csv", stream_to=workdir / "codes.csv",
                        conditional=conditional_of(last, "codes.csv"),
                        headers={"X-API-Key": "s3cret"}, secret_headers={"X-API-Key"})
    if answer.not_modified:
        return NotModified("304 for codes.csv")
    return [FetchedFile("codes.csv", answer.body_path, answer.url, answer.status, answer.etag, answer.last_modified)]

def vintage_of(files, dataset=""):
    found = re.search(r"vintage (\\d{4})", files[0].path.read_text())
    if not found:
        raise PermanentFailure("the file does not say its vintage", where=files[0].name, remedy="give --vintage")
    return found[1]

def parse(capture):
    rows, excluded, quarantined, lines = [], {}, [], capture.path(capture.files[0]).read_text().splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            excluded["note"] = excluded.get("note", 0) + 1
        elif "-" not in line:
            bad = {"file": capture.files[0], "row_number": number, "column": "soc_code", "value": line}
            quarantined.append({**bad, "reason": "no SOC code"})
        else:
            code, _, title = line.partition(",")
            known = {"soc_code": code, "soc_title": title, "onetsoc_title": title}
            rows.append({"row_number": number, "onetsoc_code": code + ".00", **known})
    fields = [("row_number", pa.int64())] + [(c.name, pa.string()) for c in RAW.columns]
    table = pa.Table.from_pylist(rows, schema=pa.schema(fields))
    return [ParsedTable(RAW, table, len(lines) + LOST, excluded, quarantined)]
'''
GOOD = b"# vintage 2019\n11-1011,Chief Executives\n29-1141,Registered Nurses\nbad line\n"


@pytest.fixture
def source(tmp_path: Path) -> ModuleType:
    path = tmp_path / "made_up.py"
    path.write_text(SOURCE)
    return load(path)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("made_up", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(status: int = 200, body: bytes = GOOD, **headers: str) -> SimpleNamespace:
    return SimpleNamespace(status=status, body=body, headers={"Content-Type": "text/csv", **headers}, fault=None)


@pytest.fixture
def fetch(root: DataRoot, source: ModuleType, server: Any) -> Callable[..., ingest.IngestResult]:
    source.URL["base"] = server.url

    def run(**options: Any) -> ingest.IngestResult:
        client = HttpClient(sleep=lambda _: None, read_timeout_s=0.5)
        return ingest.fetch_dataset(root, "soc_onet", client=client, source=source, today=TODAY, **options)

    return run


def take_in(root: DataRoot, source: ModuleType, result: ingest.IngestResult) -> list[Any]:
    assert result.capture is not None
    parsed = ingest.parse_capture(root, result.capture, source=source)
    return ingest.accept(root, result.capture, parsed, today=TODAY, source=source)


# ---- fetch


def test_a_first_fetch_becomes_a_draft_and_then_the_current_capture(
    root: DataRoot, source: ModuleType, server: Any, fetch: Any
) -> None:
    server.script["/codes.csv"] = [answer(ETag='"v1"')]
    result = fetch()
    assert result.outcome == "new" and result.capture.status == "draft" and result.capture.vintage == "2019"
    assert Archive(root).lock().datasets == {}
    warnings = take_in(root, source, result)
    assert [w.code for w in warnings] == ["quarantined_rows"]
    current = Archive(root).current("soc_onet")
    assert current is not None and current.capture_id == result.capture.capture_id
    assert current.metadata["acceptance"]["rows"]["soc__onet_to_soc"] == {
        "rows_in": 4,
        "rows_used": 2,
        "excluded": 1,
        "quarantined": 1,
    }
    assert not any(b"s3cret" in p.read_bytes() for p in root.root.rglob("*") if p.is_file())


def test_304_changes_nothing_but_the_check(root: DataRoot, source: ModuleType, server: Any, fetch: Any) -> None:
    server.script["/codes.csv"] = lambda headers: (
        answer(304, b"") if headers.get("If-None-Match") == '"v1"' else answer(ETag='"v1"')
    )
    take_in(root, source, fetch())
    capture = Archive(root).current("soc_onet")
    assert capture is not None
    before = {p: p.stat().st_mtime_ns for p in capture.folder.rglob("*")}
    lock = root.lock_file.read_bytes()
    result = fetch()
    assert result.outcome == "unchanged" and result.capture == capture
    assert {
        p: p.stat().st_mtime_ns for p in capture.folder.rglob("*")
    } == before and root.lock_file.read_bytes() == lock
    assert Archive(root).checks("soc_onet")["last_outcome"] == "unchanged"
    assert "If-None-Match" in server.requests[-1][1]
    fetch(force=True)
    assert "If-None-Match" not in server.requests[-1][1]


def test_without_an_etag_the_bytes_decide(root: DataRoot, source: ModuleType, server: Any, fetch: Any) -> None:
    server.script["/codes.csv"] = [answer()]
    take_in(root, source, fetch())
    assert fetch().outcome == "unchanged" and len(Archive(root).list()) == 1
    server.script["/codes.csv"] = [answer(body=GOOD.replace(b"Chief", b"chief"))]
    result = fetch()
    assert result.outcome == "new" and len(Archive(root).list()) == 2
    take_in(root, source, result)
    assert Archive(root).lock().current("soc_onet") == result.capture.capture_id


def test_a_source_that_is_down_leaves_the_accepted_capture_and_the_check_date(
    root: DataRoot, source: ModuleType, server: Any, fetch: Any
) -> None:
    server.script["/codes.csv"] = [answer()]
    take_in(root, source, fetch())
    checked = Archive(root).checks("soc_onet")["last_checked_at"]
    lock = Archive(root).lock()
    server.script["/codes.csv"] = [answer(500, b"")]
    with pytest.raises(TransientFailure):
        fetch()
    server.script["/codes.csv"] = [answer(403, b"")]
    with pytest.raises(PermanentFailure):
        fetch()
    after = Archive(root).checks("soc_onet")
    assert (
        after["last_checked_at"] == checked
        and after["last_outcome"] == "failed"
        and "HTTP 403" in after["last_failure"]
    )
    assert Archive(root).lock() == lock


def test_one_source_that_is_down_does_not_stop_the_others(root: DataRoot, source: ModuleType, server: Any) -> None:
    source.URL["base"] = server.url
    answers = iter([answer(403, b""), answer()])
    server.script["/codes.csv"] = lambda _: next(answers)
    client = HttpClient(sleep=lambda _: None)
    results = ingest.fetch_many(root, ["soc_onet", "soc_onet"], client=client, source=source)
    assert [r.outcome for r in results] == ["failed", "new"]
    assert results[0].findings[0].code == "permanent" and "HTTP 403" in results[0].findings[0].message


def test_html_in_disguise_is_kept_for_inspection_and_refused(
    root: DataRoot, source: ModuleType, tmp_path: Path
) -> None:
    page = tmp_path / "codes.csv"
    page.write_bytes(b"<html>log in</html>")
    result = ingest.import_file(root, "soc_onet", [page], source=source)
    assert result.outcome == "failed" and result.capture is not None and result.capture.folder.parent.name == DRAFTS
    assert (
        json.loads((result.capture.folder / "findings.json").read_text())["findings"][0]["code"] == "html_in_disguise"
    )
    with pytest.raises(PermanentFailure, match="html_in_disguise") as caught:
        result.raise_if_failed()
    assert str(result.capture.folder) in str(caught.value)


def test_downloads_of_a_killed_fetch_are_swept(root: DataRoot, server: Any, fetch: Any) -> None:
    left = root.archive / "soc_onet" / "_fetch" / ".tmp-dead"
    left.mkdir(parents=True)
    (left / "half.zip").write_bytes(b"x")
    server.script["/codes.csv"] = [answer()]
    fetch()
    assert list((root.archive / "soc_onet" / "_fetch").iterdir()) == []


def test_one_fetch_of_a_dataset_at_a_time(root: DataRoot, server: Any, fetch: Any) -> None:
    from filelock import FileLock

    server.script["/codes.csv"] = [answer()]
    (root.archive / "soc_onet").mkdir()
    with FileLock(root.archive / "soc_onet" / "_fetch.lock"), pytest.raises(TransientFailure, match="another command"):
        fetch()


def test_what_a_state_supplies_cannot_be_fetched(root: DataRoot) -> None:
    with pytest.raises(PermanentFailure, match="no service") as caught:
        ingest.fetch_dataset(root, "living_wage@NY")
    assert "currency archive import living_wage FILE --state NY" in caught.value.remedy


# ---- import


def test_an_import_of_a_folder_and_a_column_map(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "download"
    folder.mkdir()
    (folder / "codes.csv").write_bytes(GOOD)
    (folder / ".DS_Store").write_bytes(b"x")
    column_map = tmp_path / "ours.csv"
    column_map.write_text("target,source\n")
    result = ingest.import_file(
        root, "soc_onet", [folder], column_map=column_map, source=source, notes={"note": "e-mail"}
    )
    assert result.capture is not None and sorted(result.capture.files) == ["codes.csv", "column_map.csv"]
    assert result.capture.metadata["mode"] == "import" and result.capture.metadata["notes"]["note"] == "e-mail"
    assert str(tmp_path) not in (result.capture.folder / "datapackage.json").read_text()
    column_map.write_text("target,source\na,b\n")
    other = ingest.import_file(root, "soc_onet", [folder], column_map=column_map, source=source)
    assert other.capture is not None and other.capture.capture_id != result.capture.capture_id
    checks = Archive(root).checks("soc_onet")
    assert checks["last_import_at"] and "last_checked_at" not in checks


def test_a_state_file_needs_its_state(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(b"11-1011,x\n")
    with pytest.raises(PermanentFailure, match="names no state"):
        ingest.import_file(root, "regions", [file], vintage="2026", source=source)
    result = ingest.import_file(root, "regions", [file], state="ny", vintage="2026", source=source)
    assert result.dataset == "regions@NY" and result.capture is not None and result.capture.metadata["state"] == "NY"


def test_the_vintage_is_learned_declared_or_contradicted(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    silent, speaking = tmp_path / "silent.csv", tmp_path / "speaking.csv"
    silent.write_bytes(b"11-1011,x\n")
    speaking.write_bytes(GOOD)
    with pytest.raises(PermanentFailure, match="does not say its vintage"):
        ingest.import_file(root, "soc_onet", [silent], source=source)
    (draft,) = Archive(root).list("soc_onet")
    assert draft.vintage == "unknown" and (draft.folder / "findings.json").exists()
    assert ingest.import_file(root, "soc_onet", [silent], vintage="2019", source=source).outcome == "new"
    speaking.write_bytes(GOOD.replace(b"2019", b"2010"))
    with pytest.raises(PermanentFailure, match="show vintage 2010, but 2019 was declared"):
        ingest.import_file(root, "soc_onet", [speaking], vintage="2019", source=source)


def test_files_that_are_not_there(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match=r"nope\.csv: there is no such file"):
        ingest.import_file(root, "soc_onet", [tmp_path / "nope.csv"], source=source)
    (tmp_path / "empty").mkdir()
    with pytest.raises(PermanentFailure, match="no file to import"):
        ingest.import_file(root, "soc_onet", [tmp_path / "empty"], source=source)


def test_sample_data_are_marked_by_argument_or_environment(
    root: DataRoot, source: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(GOOD)
    monkeypatch.setenv("CURRENCY_SAMPLE", "1")
    result = ingest.import_file(root, "soc_onet", [file], source=source)
    assert (
        result.capture is not None
        and result.capture.metadata["is_sample"]
        and "SAMPLE" in result.capture.metadata["title"]
    )


# ---- raw Parquet


def imported(
    root: DataRoot, source: ModuleType, tmp_path: Path, content: bytes = GOOD, vintage: str | None = None
) -> Any:
    file = tmp_path / "codes.csv"
    file.write_bytes(content)
    return ingest.import_file(root, "soc_onet", [file], source=source, vintage=vintage).capture


def test_raw_parquet_report_and_quarantine(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    capture = imported(root, source, tmp_path)
    (parsed,) = ingest.parse_capture(root, capture, source=source)
    folder = root.raw / "soc" / "onet_to_soc" / "dataset=soc_onet" / f"capture_id={capture.capture_id}"
    table = pq.read_table(folder / "part.parquet", partitioning=None)
    assert table.column_names[:3] == ["dataset", "capture_id", "row_number"] and table.equals(parsed.table)
    assert set(table["dataset"].to_pylist()) == {"soc_onet"} and set(table["capture_id"].to_pylist()) == {
        capture.capture_id
    }
    assert pq.ParquetFile(folder / "part.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    report = json.loads((folder / "report.json").read_text())
    assert (report["rows_in"], report["rows_used"], report["excluded"], report["quarantined"]) == (4, 2, {"note": 1}, 1)
    (bad,) = pq.read_table(folder / "quarantine.parquet", partitioning=None).to_pylist()
    assert bad == {
        "file": "codes.csv",
        "row_number": 4,
        "column": "soc_code",
        "value": "bad line",
        "reason": "no SOC code",
    }


def test_the_same_capture_is_parsed_once_and_a_new_parser_parses_again(
    root: DataRoot, source: ModuleType, tmp_path: Path
) -> None:
    capture = imported(root, source, tmp_path)
    (first,) = ingest.parse_capture(root, capture, source=source)
    real, calls = source.parse, []
    source.parse = lambda c: calls.append(c) or real(c)  # type: ignore[attr-defined]
    (second,) = ingest.parse_capture(root, capture, source=source)
    assert calls == [] and second.table.equals(first.table)
    assert (second.rows_in, second.excluded, second.quarantined) == (first.rows_in, first.excluded, first.quarantined)
    path = tmp_path / "made_up.py"
    path.write_text(
        SOURCE.replace('"-" not in line', '"-" not in line and "bad" not in line').replace(
            "line.partition", 'line.replace("bad", "11-").partition'
        )
    )
    (third,) = ingest.parse_capture(root, capture, source=load(path))
    assert third.table.num_rows == 3 and third.quarantined == []
    folder = ingest.raw_folder(root, "soc__onet_to_soc", "soc_onet", capture.capture_id)
    assert sorted(p.name for p in folder.iterdir()) == ["part.parquet", "report.json"]


@pytest.mark.parametrize("file", ["part.parquet", "report.json"])
def test_damaged_raw_files_are_made_again(root: DataRoot, source: ModuleType, tmp_path: Path, file: str) -> None:
    capture = imported(root, source, tmp_path)
    ingest.parse_capture(root, capture, source=source)
    path = ingest.raw_folder(root, "soc__onet_to_soc", "soc_onet", capture.capture_id) / file
    path.write_bytes(path.read_bytes()[:10])
    (again,) = ingest.parse_capture(root, capture, source=source)
    assert again.table.num_rows == 2 and pq.read_table(path.parent / "part.parquet", partitioning=None).num_rows == 2


def test_row_accounting_must_close(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    capture = imported(root, source, tmp_path)
    source.LOST = 3  # type: ignore[attr-defined]
    with pytest.raises(PermanentFailure, match=r"7 rows in, but 2 used \+ 1 excluded \+ 1 quarantined = 4"):
        ingest.parse_capture(root, capture, source=source)
    assert not list(root.raw.rglob("*.parquet"))


def test_a_table_that_breaks_its_contract_is_refused(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    capture = imported(root, source, tmp_path)
    real = source.parse

    def broken(change: Callable[[pa.Table], pa.Table]) -> None:
        def parse(c: Any) -> Any:
            (table,) = real(c)
            table.table = change(table.table)
            return [table]

        source.parse = parse  # type: ignore[attr-defined]
        ingest.parse_capture(root, capture, source=source)

    with pytest.raises(PermanentFailure, match="soc_code is missing instead of string"):
        broken(lambda t: t.drop_columns(["soc_code"]))
    with pytest.raises(PermanentFailure, match="extra is not in the contract"):
        broken(lambda t: t.append_column("extra", pa.array([1] * t.num_rows)))
    with pytest.raises(PermanentFailure, match="row_number is int32 instead of int64"):
        broken(lambda t: t.set_column(0, "row_number", t["row_number"].cast(pa.int32())))


def test_a_full_disk_while_parsing_leaves_nothing(
    root: DataRoot, source: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = imported(root, source, tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", full)
        with pytest.raises(PermanentFailure, match="no room left"):
            ingest.parse_capture(root, capture, source=source)
    assert not [p for p in root.raw.rglob("*") if p.is_file() and p.name != ".guard"]
    ingest.parse_capture(root, capture, source=source)


def test_killed_while_parsing_again_never_shows_a_mixture(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    """Re-parsing with a new parser dies before each durable step: a rerun ends with new rows and a fitting report."""
    path = tmp_path / "made_up.py"
    capture = imported(root, source, tmp_path)
    for step in range(1, 60):
        path.write_text(SOURCE)
        ingest.parse_capture(root, capture, source=load(path))
        text = (
            SOURCE
            + f"\n# version {step}\nold = parse\ndef parse(c):\n    (t,) = old(c)\n"
            + "    t.table = t.table.slice(1); t.rows_in -= 1\n    return [t]\n"
        )
        path.write_text(text)
        new = load(path)
        child = os.fork()
        if child == 0:
            count = 0

            def counted(real: Callable[..., Any], at: int = step) -> Callable[..., Any]:
                def call(*args: Any, **kwargs: Any) -> Any:
                    nonlocal count
                    count += 1
                    if count == at:
                        os._exit(9)
                    return real(*args, **kwargs)

                return call

            for name in ("fsync", "replace", "rename", "unlink", "mkdir"):
                setattr(os, name, counted(getattr(os, name)))
            try:
                ingest.parse_capture(root, capture, source=new)
            finally:
                os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        path.write_text(SOURCE)
        (table,) = ingest.parse_capture(root, capture, source=load(path))  # back to the old parser
        assert table.table.num_rows == 2, f"step {step}"
        path.write_text(text)
        (table,) = ingest.parse_capture(root, capture, source=new)
        folder = ingest.raw_folder(root, "soc__onet_to_soc", "soc_onet", capture.capture_id)
        report = json.loads((folder / "report.json").read_text())
        assert (
            table.table.num_rows
            == report["rows_used"]
            == pq.read_table(folder / "part.parquet", partitioning=None).num_rows
            == 1
        )
        assert not list(root.raw.rglob(".tmp-*")), f"step {step}"
        if code == 0:
            break
    assert code == 0 and step > 10


# ---- accept


def test_a_refused_capture_stays_a_draft_with_its_findings(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    first = imported(root, source, tmp_path)
    ingest.accept(root, first, ingest.parse_capture(root, first, source=source), source=source, today=TODAY)
    lock = Archive(root).lock()
    fewer = imported(root, source, tmp_path, b"# vintage 2019\n11-1011,Chief Executives\n")
    parsed = ingest.parse_capture(root, fewer, source=source)
    with pytest.raises(PermanentFailure, match="1 rows against 2"):
        ingest.accept(root, fewer, parsed, source=source, today=TODAY)
    assert Archive(root).lock() == lock
    assert json.loads((fewer.folder / "findings.json").read_text())["findings"][0]["code"] == "rows_jump"
    overrides = {"rows_jump": "the taxonomy was merged"}
    ingest.accept(
        root,
        fewer,
        parsed,
        source=source,
        today=TODAY,
        overrides=overrides,
        gates=[{"gate": "landing__x", "passed": True}],
    )
    accepted = Archive(root).current("soc_onet")
    assert accepted is not None and accepted.capture_id == fewer.capture_id
    assert (
        accepted.metadata["acceptance"]["overrides"] == overrides and not (accepted.folder / "findings.json").exists()
    )
    assert accepted.metadata["acceptance"]["gates"] == [{"gate": "landing__x", "passed": True}]


# ---- for the build


def test_raw_files_and_dispositions_of_a_lock(root: DataRoot, source: ModuleType, tmp_path: Path) -> None:
    capture = imported(root, source, tmp_path)
    parsed = ingest.parse_capture(root, capture, source=source)
    ingest.accept(root, capture, parsed, source=source, today=TODAY)
    lock = Archive(root).lock()
    files = ingest.raw_files(root, lock)
    ((dataset, capture_id, role, path),) = files["soc__onet_to_soc"]
    assert (dataset, capture_id, role) == ("soc_onet", capture.capture_id, "current") and pq.read_table(
        path, partitioning=None
    ).num_rows == 2
    rows = ingest.row_dispositions(root, lock)
    assert [(r["disposition"], r["reason"], r["row_count"]) for r in rows] == [
        ("used", None, 2),
        ("excluded", "note", 1),
        ("quarantined", "no SOC code", 1),
    ]
    assert sum(r["row_count"] for r in rows) == parsed[0].rows_in
    atomic.remove_tree(path.parent)
    with pytest.raises(PermanentFailure, match="raw Parquet is not there"):
        ingest.raw_files(root, lock)


def test_raw_that_is_gone_is_made_again_from_the_lock(
    root: DataRoot, source: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = imported(root, source, tmp_path)
    ingest.accept(root, capture, ingest.parse_capture(root, capture, source=source), source=source, today=TODAY)
    monkeypatch.setattr(ingest, "source_module", lambda _: source)
    assert ingest.ensure_raw(root) == 0
    atomic.remove_tree(root.raw)
    assert ingest.ensure_raw(root) == 1 and ingest.raw_files(root, Archive(root).lock())
