"""Districts look first, sign, and the year is frozen: over a sealed zone, by library and by command (P7, B22)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from expectations.audit import official, previews, signoff, workflow
from expectations.audit.policy import AuditFailure
from expectations.cli_audit import audit_group
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault, exports
from warehouse.vault.duck import connect_restricted, read_parquet
from warehouse.vault.roles import set_role, whoami

NOW = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)
KEYS = (
    "state_postal, school_year, area_level, area_code, credential_level, credential_code, subgroup_kind, subgroup_value"
)
# year|level|area|which credentials|population|count|published
_CELLS = """
2025|state|XA|all|graduates|118|118
2025|state|XA|all|takers|41|
2025|district|0101|all|graduates|80|80
2025|district|0101|all|takers|37|
2025|district|0101|other|takers|3|none
2025|district|0102|all|graduates|38|38
2025|district|0102|all|takers|4|
2026|district|0101|all|graduates|90|90
"""


def _build(root: DataRoot, vault: Vault, corrected: int = 0) -> None:
    """A build of two districts; `corrected` graduates more in 0101 in 2025."""
    root.restricted_database.parent.mkdir(parents=True, exist_ok=True)
    root.restricted_database.unlink(missing_ok=True)
    root.build.mkdir(parents=True, exist_ok=True)
    root.build_database.unlink(missing_ok=True)
    rows = []
    for line in _CELLS.strip().splitlines():
        year, level, area, which, population, count, told = line.split("|")
        more = corrected if (year, population) == ("2025", "graduates") and area in ("XA", "0101") else 0
        rows.append((int(year), level, area, which, population, int(count) + more, told))
    con = connect_restricted(vault, root.restricted_database)
    con.execute("create schema restricted.intermediate; use restricted.intermediate")
    con.execute(f"create table int_attainment_cell as select {_nothing()}, null::bigint as value where false")
    con.executemany("insert into int_attainment_cell values ('XA', ?, ?, ?, ?, ?, 'all', 'all', ?, 'students', ?)", [
        (y, level, area, which, which, population, count) for y, level, area, which, population, count, _ in rows
    ])  # fmt: skip
    con.close()
    with duckdb.connect(str(root.build_database)) as plain:
        plain.execute("create schema intermediate; use intermediate")
        plain.execute(
            f"create table int_attainment_cell_published as select {_nothing()}, null::bigint as value,"
            " null::varchar as publication, null::varchar as shown_as, null::varchar as reporting,"
            " null::struct(denominator varchar, publication varchar, shown_as varchar)[] as codes where false"
        )
        plain.executemany(
            "insert into int_attainment_cell_published"
            " values ('XA', ?, ?, ?, ?, ?, 'all', 'all', ?, 'students', ?, ?, ?, null, "
            " [{'denominator': 'graduates', 'publication': 'shown', 'shown_as': '8'}])",
            [
                (y, level, area, which, which, population, count if told else None)
                + (("shown", str(count)) if told else ("hidden", "not shown"))
                for y, level, area, which, population, count, told in rows
                if told != "none"
            ],
        )


def _nothing() -> str:
    names = (*KEYS.split(", "), "population", "unit")
    return ", ".join(f"null::{'bigint' if name == 'school_year' else 'varchar'} as {name}" for name in names)


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    root = DataRoot(tmp_path / "data").ensure()
    vault = Vault.open(root, create=True)
    for district in ("0101", "0102"):
        vault.ensure_key(f"XA-D-{district}")
    _build(root, vault)
    return root


def _desk(root: DataRoot, days: int = 0) -> workflow.Desk:
    return workflow.open_desk(root, "audit", "XA", NOW + dt.timedelta(days=days))


def _opened(desk: workflow.Desk, path: Path) -> list[dict[str, str]]:
    content = exports.content_of(desk.vault, desk.who, path)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_each_district_is_shown_its_own_counts_sealed(root: DataRoot) -> None:
    desk = _desk(root)
    assert previews.states_and_years(desk) == {"XA": [2025, 2026]}
    shown = previews.show(desk, "XA", [2025, 2026], 14)
    assert [(s.district_code, s.school_year) for s in shown] == [("0101", 2025), ("0102", 2025), ("0101", 2026)]
    folder = previews.folder_of(desk, "XA")
    assert sorted(p.name for p in folder.iterdir()) == [
        "0101_2025.csv.sealed", "0101_2026.csv.sealed", "0102_2025.csv.sealed"
    ]  # fmt: skip
    rows = _opened(desk, folder / "0102_2025.csv.sealed")
    assert {(r["LEAIdentifierSea"], r["Population"], r["Count"]) for r in rows} == {
        ("0102", "graduates", "38"), ("0102", "takers", "4")
    }  # fmt: skip
    assert not any(r["CredentialLevel"] == "other" for r in _opened(desk, folder / "0101_2025.csv.sealed"))


def test_the_same_counts_leave_the_window_and_others_open_one(root: DataRoot) -> None:
    before = previews.show(_desk(root), "XA", [2025], 14)
    stamp = {p.name: p.stat().st_mtime_ns for p in previews.folder_of(_desk(root), "XA").iterdir()}
    assert previews.show(_desk(root, days=3), "XA", [2025], 14) == before
    assert {p.name: p.stat().st_mtime_ns for p in previews.folder_of(_desk(root), "XA").iterdir()} == stamp
    _build(root, Vault.open(root), corrected=2)
    first, second = previews.show(_desk(root, days=10), "XA", [2025], 14)
    assert first.window_ends_on == dt.date(2026, 10, 25) and second == before[1]
    assert first.counts_hash != before[0].counts_hash


def test_a_year_is_frozen_once_all_have_had_their_say(root: DataRoot) -> None:
    """The counts that districts signed, and none that came after; then for good."""
    with pytest.raises(AuditFailure, match="0101 may correct until 2026-10-15"):
        previews.freeze(_desk(root), "XA", 2025, 14)
    desk = _desk(root)
    assert len(previews.unfinished(desk, "XA", [2025])) == 2
    for signature in official.signatures(desk, "XA"):
        official.sign_shown(desk, "XA", signature.district_code, 2025, signature.counts_hash)
    assert previews.unfinished(desk, "XA", [2025]) == []
    _build(root, desk.vault, corrected=2)
    assert previews.unfinished(desk, "XA", [2025]) == ["2025: district 0101 was not shown its counts"]
    with pytest.raises(AuditFailure, match="0101 may correct until"):
        previews.freeze(desk, "XA", 2025, 14)
    _build(root, desk.vault)
    with pytest.raises(AuditFailure, match="0101 may correct until"):
        previews.freeze(_desk(root), "XA", 2025, 14)  # the signature was for counts that were replaced in between
    later = _desk(root, days=40)
    frozen = previews.freeze(later, "XA", 2025, 14)
    assert frozen.frozen_on == dt.date(2026, 11, 10) and len(frozen.counts) == 6
    assert previews.states_and_years(later) == {"XA": [2026]}, "nothing more to correct"
    assert previews.unfinished(later, "XA", [2025]) == []
    with pytest.raises(AuditFailure, match="are official"):
        previews.freeze(later, "XA", 2025, 14)
    (path,) = official.row_files(root)
    rows = read_parquet([path], later.vault).to_pylist()
    assert len(rows) == 7 and {row["frozen_on"] for row in rows} == {dt.date(2026, 11, 10)}
    by_place = {(r["area_code"], r["credential_level"], r["population"]): r for r in rows}
    assert by_place["XA", "all", "takers"]["counted_value"] == 41
    assert by_place["XA", "all", "takers"]["publication"] == "hidden"
    assert by_place["0101", "other", "takers"]["publication"] is None
    assert by_place["0101", "all", "graduates"]["value"] == 80
    assert [r.now for r in official.restated(later, "XA", 2025, {**frozen.counts, "new": 1})] == [1]


def test_a_freeze_that_was_killed_is_none(root: DataRoot) -> None:
    previews.show(_desk(root), "XA", [2025], 14)
    previews.freeze(_desk(root, days=20), "XA", 2025, 14)
    (path,) = official.row_files(root)
    path.with_suffix(".sealed").unlink()
    assert official.row_files(root) == []


def test_only_a_steward_freezes(root: DataRoot) -> None:
    set_role(root, "another", "steward", [])
    set_role(root, whoami(root).user, "district_reviewer", ["0101"])
    with pytest.raises(AuditFailure, match="may not freeze"):
        previews.freeze(_desk(root, days=40), "XA", 2025, 14)


def test_a_reviewer_opens_the_preview_of_the_own_district_alone(root: DataRoot) -> None:
    previews.show(_desk(root), "XA", [2025], 14)
    set_role(root, "another", "steward", [])
    set_role(root, whoami(root).user, "district_reviewer", ["0102"])
    desk = _desk(root)
    folder = previews.folder_of(desk, "XA")
    assert len(_opened(desk, folder / "0102_2025.csv.sealed")) == 2
    with pytest.raises(PermanentFailure, match="not for"):
        _opened(desk, folder / "0101_2025.csv.sealed")


def test_places_survive_their_key() -> None:
    parts = ["district", "01|01", "a\\p", "x\\\\|"]
    assert signoff.parts_of(signoff.key_of(parts)) == parts


def _run(root: DataRoot, *arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(audit_group, [*arguments, "--state", "XA", "--data-dir", str(root.root), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.output)


def test_by_command_from_preview_to_official(root: DataRoot) -> None:
    told = _run(root, "preview", "--year", "2025")
    assert len(list(Path(told["folder"]).iterdir())) == 2
    (year,) = told["counts"]
    assert year["status"] == "preview" and all(d["waiting"] for d in year["districts"])
    assert "may correct until" in _run(root, "freeze", "2025", code=1)["error"]["found"]
    for one in year["districts"]:
        _run(root, "sign-off", one["district"], "2025", "--hash", one["counts"])
    text = CliRunner().invoke(audit_group, ["status", "--state", "XA", "--data-dir", str(root.root)])
    assert "Counts of 2025: preliminary" in text.output and text.output.count("signed on") == 2
    assert _run(root, "freeze", "2025")["counts"] == 6
    assert "are official" in _run(root, "freeze", "2025", code=1)["error"]["found"]
    assert _run(root, "status")["counts"][0]["status"] == "official"
    text = CliRunner().invoke(audit_group, ["status", "--state", "XA", "--data-dir", str(root.root)])
    assert "Counts of 2025: official since" in text.output
