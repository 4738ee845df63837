"""`currency archive …`: words, JSON, exit codes, dry runs, and that listing needs no heavy import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from extractors import ingest
from extractors.archive import Archive
from extractors.cli_archive import archive
from extractors.failures import PermanentFailure, TransientFailure
from extractors.model import FetchedFile, NotModified, ParsedTable
from extractors.raw_tables import RAW_TABLES
from warehouse.paths import DataRoot

RAW = RAW_TABLES["regions__membership"]
Run = Callable[..., Result]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".at_work"
    }


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A made-up source: one row per line; `fetch` does what the test puts into `serve`."""
    module = ModuleType("made_up")
    module.__file__ = __file__

    def parse(capture: Any) -> list[ParsedTable]:
        lines = capture.path(next(f for f in capture.files if f.endswith(".csv"))).read_text().splitlines()
        types = {"string": pa.string(), "date": pa.date32()}
        columns: dict[str, Any] = {
            c.name: pa.array([None if c.nullable else "x"] * len(lines), types[c.type]) for c in RAW.columns
        }
        columns["row_number"] = pa.array(range(1, len(lines) + 1), pa.int64())
        table = ParsedTable(RAW, pa.table(columns), len(lines))
        if capture.dataset != "regions@NY":
            table.raw_table = RAW_TABLES["soc__structure"]
            names = [c.name for c in table.raw_table.columns]
            table.table = pa.table(
                {"row_number": columns["row_number"], **{n: pa.array(["x"] * len(lines)) for n in names}}
            )
        return [table]

    def fetch(spec: Any, dataset: str, *, client: Any, workdir: Path, states: Any = None, last: Any = None) -> Any:
        return module.serve(workdir, last)

    def vintage_of(files: Any, dataset: str = "") -> str:
        return "2018"

    module.parse, module.fetch, module.vintage_of, module.serve = parse, fetch, vintage_of, None  # type: ignore[attr-defined]
    monkeypatch.setattr(ingest, "source_module", lambda _: module)
    return module


@pytest.fixture
def run(root: DataRoot) -> Run:
    def call(*arguments: str, obj: Any = None) -> Result:
        result = CliRunner().invoke(archive, list(arguments), obj=obj or {"root": root})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


def serve(content: bytes) -> Callable[[Path, Any], Any]:
    def answer(workdir: Path, last: Any) -> Any:
        (workdir / "codes.csv").write_bytes(content)
        return [FetchedFile("codes.csv", workdir / "codes.csv", "https://x.example/codes.csv", 200)]

    return answer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "regions.csv"
    path.write_bytes(b"row\n" * 100)
    return path


def test_import_keeps_a_draft_and_says_what_comes_next(
    run: Run, source: ModuleType, file: Path, root: DataRoot
) -> None:
    result = run("import", "regions", str(file), "--state", "NY", "--vintage", "2026")
    assert result.exit_code == 0, result.output
    assert (
        "regions@NY: draft 2026-" in result.output
        and "100 rows in = 100 used" in result.output
        and "currency refresh" in result.output
    )
    assert [c.status for c in Archive(root).list()] == ["draft"]


def test_import_with_accept_serves_the_build(run: Run, source: ModuleType, file: Path, root: DataRoot) -> None:
    result = run(
        "import", "regions", str(file), "--state", "NY", "--vintage", "2026", "--accept", "--note", "by mail", "--json"
    )
    (report,) = json.loads(result.output)["results"]
    assert report["outcome"] == "accepted" and report["rows"]["regions__membership"]["rows_used"] == 100
    current = Archive(root).current("regions@NY")
    assert current is not None and current.metadata["notes"]["note"] == "by mail"
    again = run("import", "regions@NY", str(file), "--vintage", "2026")
    assert again.exit_code == 0 and "unchanged" in again.output


def test_a_jump_is_refused_and_can_be_overridden_with_a_reason(
    run: Run, source: ModuleType, file: Path, root: DataRoot
) -> None:
    arguments = ("import", "regions", str(file), "--state", "NY", "--vintage", "2026")
    run(*arguments, "--accept")
    file.write_bytes(b"row\n" * 40)
    refused = run(*arguments, "--accept")
    assert refused.exit_code == 1 and "rows_jump" in refused.stderr and "What to do:" in refused.stderr
    assert run(*arguments).exit_code == 1  # a draft that cannot pass is no success
    for bad in ("rows_jump", "rows_jump=ok", "html_in_disguise=a long enough reason"):
        assert run(*arguments, "--accept", "--override", bad).exit_code == 2
    reason = "--override=rows_jump=the regions were merged", "--override=size_jump=the regions were merged"
    accepted = run(*arguments, "--accept", *reason)
    assert accepted.exit_code == 0 and "overridden" in accepted.output
    current = Archive(root).current("regions@NY")
    assert current is not None and current.metadata["acceptance"]["overrides"]["rows_jump"] == "the regions were merged"


def test_a_dry_import_judges_and_keeps_nothing(run: Run, source: ModuleType, file: Path, root: DataRoot) -> None:
    arguments = ("import", "regions", str(file), "--state", "NY", "--vintage", "2026")
    before = tree(root.root)
    result = run(*arguments, "--dry-run")
    assert result.exit_code == 0 and "would be a draft" in result.output and tree(root.root) == before
    run(*arguments, "--accept")
    file.write_bytes(b"row\n" * 40)
    before = tree(root.root)
    refused = run(*arguments, "--dry-run", "--json")
    assert (
        refused.exit_code == 1
        and "rows_jump" in json.loads(refused.output)["error"]["found"]
        and tree(root.root) == before
    )


def test_wrong_arguments_of_an_import(run: Run, source: ModuleType, file: Path) -> None:
    assert run("import", "regions").exit_code == 2
    assert run("import", "regions", "/nowhere.csv").exit_code == 2
    unknown = run("import", "regionz", str(file), "--json")
    assert unknown.exit_code == 1 and "regions" in json.loads(unknown.output)["error"]["remedy"]
    assert run("import", "regions", str(file)).exit_code == 1


def test_html_is_refused_with_words(run: Run, source: ModuleType, file: Path) -> None:
    file.write_bytes(b"<!doctype html><p>no")
    result = run("import", "regions", str(file), "--state", "NY", "--vintage", "2026")
    assert (
        result.exit_code == 1
        and "HTML page" in result.stderr
        and "regions.csv" in result.stderr
        and "Traceback" not in result.output
    )


def test_fetch_new_then_unchanged(run: Run, source: ModuleType, root: DataRoot) -> None:
    source.serve = serve(b"row\n" * 867)  # type: ignore[attr-defined]
    first = run("fetch", "soc_structure", "--accept")
    assert first.exit_code == 0 and "soc_structure: accepted 2018-" in first.output
    source.serve = lambda *_: NotModified("304")  # type: ignore[attr-defined]
    second = run("fetch", "soc_structure", "--json")
    assert json.loads(second.output)["results"][0]["outcome"] == "unchanged"


def test_the_landing_gate_stands_before_the_lock(run: Run, source: ModuleType, root: DataRoot) -> None:
    source.serve = serve(b"row\n" * 867)  # type: ignore[attr-defined]

    def gate(capture: Any, parsed: Any) -> list[Any]:
        raise PermanentFailure("3 rows fail landing__soc__structure", remedy="see the workbook")

    result = run("fetch", "soc_structure", "--accept", obj={"root": root, "landing_gate": gate})
    assert result.exit_code == 1 and "3 rows fail" in result.stderr and Archive(root).lock().datasets == {}
    passed = run(
        "fetch",
        "soc_structure",
        "--accept",
        obj={"root": root, "landing_gate": lambda *_: [{"gate": "g", "passed": True}]},
    )
    assert passed.exit_code == 0 and Archive(root).lock().datasets


def test_one_failing_source_does_not_stop_the_others(run: Run, source: ModuleType) -> None:
    def second_only(workdir: Path, last: Any) -> Any:
        source.serve = serve(b"row\n" * 867)  # type: ignore[attr-defined]
        raise TransientFailure("HTTP 503", where="https://x.example", remedy="run again later")

    source.serve = second_only  # type: ignore[attr-defined]
    result = run("fetch", "soc_structure", "soc_structure")
    assert (
        result.exit_code == 75
        and "failed (transient)" in result.stderr
        and "HTTP 503" in result.stderr
        and "draft 2018-" in result.stdout
    )


@pytest.mark.parametrize(("failure", "code"), [(PermanentFailure("HTTP 403"), 1), (TransientFailure("HTTP 503"), 75)])
def test_exit_codes_tell_who_must_act(run: Run, source: ModuleType, failure: Exception, code: int) -> None:
    def fail(*_: Any) -> Any:
        raise failure

    source.serve = fail  # type: ignore[attr-defined]
    assert run("fetch", "soc_structure").exit_code == code
    assert run("fetch", "soc_structure", "--json").exit_code == code


def test_a_dry_fetch_asks_nobody(run: Run, source: ModuleType, root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_BLS_URL", "https://user:pw@mirror.example")
    before = tree(root.root)
    result = run("fetch", "--all", "--dry-run", "--json")
    plan = {p["dataset"]: p for p in json.loads(result.output)["plan"]}
    assert (
        plan["oews_state"]["asks"] == "https://mirror.example" and plan["oews_state"]["expected_vintage"] >= "2025-05"
    )
    assert plan["oews_state"]["overdue"] is True and "regions" not in plan and "oews_all" not in plan
    assert tree(root.root) == before
    assert run("fetch", "--all", "--dry-run").exit_code == 0


def test_fetch_needs_to_know_what(run: Run) -> None:
    result = run("fetch")
    assert result.exit_code == 2 and "projections_long" in result.output
    assert run("fetch", "regions@NY").exit_code == 1


def test_list_shows_roles_age_and_sample(run: Run, source: ModuleType, file: Path) -> None:
    assert "archive is empty" in run("list").output
    run("import", "regions", str(file), "--state", "NY", "--vintage", "2026", "--accept", "--sample")
    file.write_bytes(b"row\n" * 99)
    run("import", "regions", str(file), "--state", "NY", "--vintage", "2026", "--sample")
    rows = json.loads(run("list", "--json").output)
    assert [(r["role"], r["is_sample"], r["vintage"]) for r in rows] == [
        ("current", True, "2026"),
        ("draft", True, "2026"),
    ]
    assert len(json.loads(run("list", "regions@NY", "--no-drafts", "--json").output)) == 1
    text = run("list").output
    assert "SAMPLE" in text and "regions@NY" in text and "current" in text


def test_list_says_what_is_overdue(run: Run, root: DataRoot, file: Path) -> None:
    from extractors.archive import spec_of

    store = Archive(root)
    store.accept(
        store.store(spec_of("oews_state"), "oews_state", "2023-05", [FetchedFile("a.csv", file)], mode="import"), {}
    )
    (row,) = json.loads(run("list", "--json").output)
    assert row["overdue_vintage"] >= "2025-05" and "overdue" in row["remark"]


def test_verify_says_sound_or_names_the_damage(run: Run, source: ModuleType, file: Path, root: DataRoot) -> None:
    run("import", "regions", str(file), "--state", "NY", "--vintage", "2026", "--accept")
    sound = run("verify")
    assert sound.exit_code == 0 and "1 captures" in sound.output
    current = Archive(root).current("regions@NY")
    assert current is not None
    current.path("regions.csv").chmod(0o644)
    current.path("regions.csv").write_bytes(b"other")
    assert run("verify").exit_code == 1 and "regions.csv" in run("verify").output
    report = json.loads(run("verify", "--json").output)
    assert report["sound"] is False and report["problems"][0]["file"] == "regions.csv"


def test_prune_dry_and_real(run: Run, source: ModuleType, file: Path, root: DataRoot) -> None:
    run("import", "regions", str(file), "--state", "NY", "--vintage", "2026")
    dry = json.loads(run("prune", "--draft-days", "0", "--dry-run", "--json").output)
    assert dry["dry_run"] and len(dry["removed"]) == 1 and len(Archive(root).list()) == 1
    assert "1 captures" in run("prune", "--draft-days", "0").output and Archive(root).list() == []
    assert run("prune", "--keep", "-1").exit_code == 2


def test_a_broken_lock_is_told_in_words(run: Run, root: DataRoot) -> None:
    root.lock_file.write_text("{")
    result = run("list")
    assert result.exit_code == 1 and "cannot be used" in result.stderr and "--locked" in result.stderr


@pytest.mark.parametrize("command", [[], ["fetch"], ["import"], ["verify"], ["list"], ["prune"]])
def test_every_command_has_help(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0 and len(result.output) > 200 and (not command or "Exit codes" in result.output)


def test_listing_imports_nothing_heavy(tmp_path: Path) -> None:
    """`currency archive list` answers well under a second: no pandas, pyarrow, duckdb, requests behind it."""
    heavy = "('pandas', 'numpy', 'pyarrow', 'duckdb', 'requests', 'dagster', 'great_expectations', 'dbt', 'openpyxl')"
    code = (
        "import sys\nfrom extractors.cli_archive import archive\n"
        "try: archive(['list', '--json'])\n"
        f"except SystemExit: print(sorted(m for m in {heavy} if m in sys.modules), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "CURRENCY_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]" and run.stderr.strip() == "[]"


def test_the_progress_bar_shows_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors import cli_archive

    monkeypatch.setattr(cli_archive, "sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: True)))
    with cli_archive._progress_bar(False) as advance:
        assert advance is not None
        advance("a.zip", 10, 100)
        advance("a.zip", 100, 100)
    with cli_archive._progress_bar(True) as nothing:
        assert nothing is None
