"""A release is whole or not there: contents, held-back domains, the switch, the way back, and what a kill leaves."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.release_factory import LINES, NOVEMBER, columns, lock_file, make_build, release, tables
from warehouse import pointer as pointer_module
from warehouse.connection import connect, connect_served
from warehouse.failures import PermanentFailure, TransientFailure
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.pointer import read_pointer
from warehouse.release import (
    ReleaseTable,
    assemble,
    current_release,
    get_release,
    list_releases,
    prune,
    read_source_notices,
    repair,
    rollback,
    verify,
    verify_served,
)
from warehouse.release_documents import field_type

PROVENANCE = {"policy_fingerprint": "policy-1"}


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    """An empty data root."""
    return DataRoot(tmp_path / "data")


def version_of(root: DataRoot, table: str = "core.dim_area") -> int:
    with connect_served(root) as con:
        return int(con.execute(f"select max(version) from {table}").fetchall()[0][0])


def assemble_again(root: DataRoot, made: list[ReleaseTable], **options: Any) -> Any:
    return assemble(root, made, lock_file=lock_file(root), provenance=PROVENANCE, **{"now": NOVEMBER, **options})


def leftovers(root: DataRoot) -> list[str]:
    """Anything that a finished run must not leave."""
    return sorted(
        path.name
        for folder in (root.root, root.releases)
        for path in folder.iterdir()
        if (path.name.startswith(".") and path.name != ".lock") or path.name.endswith(".wal")
    )


class TestContents:
    def test_a_release_holds_what_it_should(self, root: DataRoot) -> None:
        made = release(root, notes=["a note"])
        assert made.release_id == "2026.11.1"
        assert sorted(path.name for path in made.folder.iterdir()) == [
            "LICENSES.md", "datapackage.json", "diff.json", "diff.md", "parquet", "provenance.json",
            "sources.lock.json", "warehouse.duckdb",
        ]  # fmt: skip
        assert (made.folder / "sources.lock.json").read_bytes() == root.lock_file.read_bytes()
        assert verify(made) == []
        assert verify_served(root) == []
        assert made.is_current and made.was_served
        assert made.notes == ("a note",)
        assert leftovers(root) == []

    def test_only_published_columns_leave_the_house(self, root: DataRoot) -> None:
        made = release(root)
        with connect_served(root) as con:
            found = [row[0] for row in con.execute("describe core.dim_area").fetchall()]
        assert found == ["area_id", "area_name", "version"]
        assert b"secret" not in made.database.read_bytes()
        assert "internal_note" not in (made.folder / "datapackage.json").read_text()

    def test_tables_are_tables_sorted_by_key_with_comments(self, root: DataRoot) -> None:
        release(root, build={"shuffle": True, "lines": {f"11-{n:04d}": n for n in range(2000)}})
        with connect_served(root) as con:
            assert con.execute("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]
            codes = [r[0] for r in con.execute("select line_code from identify.mart_occupation_screening").fetchall()]
            comment = con.execute(
                "select comment from duckdb_columns() where table_name = 'dim_area' and column_name = 'version'"
            ).fetchall()
        assert codes == sorted(codes)
        assert comment == [("Version [count]",)]

    def test_the_release_names_itself_without_a_wall_clock(self, root: DataRoot) -> None:
        made = release(root)
        with connect_served(root) as con:
            assert con.execute("from core.release").fetchall() == [
                ("2026.11.1", made.provenance["lock_fingerprint"], "policy-1")
            ]
            kinds = {
                row[0]
                for row in con.execute("select distinct data_type from duckdb_columns() where not internal").fetchall()
            }
        assert not {kind for kind in kinds if kind.startswith(("TIMESTAMP", "TIME"))}
        assert made.created_at == "2026-11-22T07:00:00+00:00"

    def test_the_dictionary_is_a_data_package(self, root: DataRoot) -> None:
        made = release(root)
        package = json.loads((made.folder / "datapackage.json").read_text())
        resources = {resource["name"]: resource for resource in package["resources"]}
        listed = resources["identify.mart_priority_occupation"]
        assert listed["schema"]["primaryKey"] == ["list_id", "area_id", "line_code"]
        assert listed["schema"]["foreignKeys"] == [
            {"fields": ["area_id"], "reference": {"resource": "core.dim_area", "fields": ["area_id"]}}
        ]
        assert resources["core.dim_area"]["schema"]["fields"][2] == {
            "name": "version", "type": "integer", "description": "Version", "duckdbType": "BIGINT", "unit": "count",
        }  # fmt: skip
        with connect() as con:
            for name, resource in resources.items():
                rows = con.execute(f"select count(*) from read_parquet('{made.folder / resource['path']}')").fetchall()
                assert rows == [(resource["rowCount"],)], name

    def test_licences_and_the_onet_credit_are_in_it(self, root: DataRoot) -> None:
        made = release(root)
        page = (made.folder / "LICENSES.md").read_text()
        assert "information from the O*NET 31.0 Database by the U.S. Department of Labor" in page
        assert "Used under the CC BY 4.0 license" in page
        assert "has not approved, endorsed, or tested these modifications" in page
        assert "SAMPLE: this release holds invented data" in page
        package = json.loads((made.folder / "datapackage.json").read_text())
        assert {licence["title"] for licence in package["licenses"]} == {"CC BY 4.0", "Public domain"}
        assert {source["dataset"] for source in package["sources"]} == {"onet", "oews_state"}
        assert [notice.dataset for notice in read_source_notices(root.build_database)] == ["oews_state", "onet"]

    def test_two_builds_from_the_same_lock_have_the_same_hashes(self, tmp_path: Path) -> None:
        one, two = DataRoot(tmp_path / "one"), DataRoot(tmp_path / "two")
        first = release(one)
        again = release(one, build={"shuffle": True})
        elsewhere = release(two, now=datetime(2031, 1, 1, tzinfo=UTC))
        assert first.table_hashes == again.table_hashes == elsewhere.table_hashes
        assert first.content_hash == elsewhere.content_hash
        assert first.release_id != again.release_id
        assert release(one, version=2).content_hash != first.content_hash

    def test_reuse_identical_makes_nothing_new_unless_something_is(self, root: DataRoot) -> None:
        release(root)
        assert release(root, reuse_identical=True).release_id == "2026.11.1"
        assert leftovers(root) == []
        assert release(root, reuse_identical=True, version=2).release_id == "2026.11.2"
        other = {"policy_fingerprint": "policy-2"}
        assert release(root, reuse_identical=True, version=2, provenance=other).release_id == "2026.11.3"

    @pytest.mark.parametrize(
        ("duckdb_type", "expected"),
        [("BIGINT", "integer"), ("DECIMAL(9,2)", "number"), ("VARCHAR", "string"), ("VARCHAR[]", "array"),
         ("TIMESTAMP WITH TIME ZONE", "datetime"), ("STRUCT(a INTEGER)", "object"), ("BOOLEAN", "boolean")],
    )  # fmt: skip
    def test_types_of_the_dictionary(self, duckdb_type: str, expected: str) -> None:
        assert field_type(duckdb_type) == expected


class TestIds:
    def test_ids_count_within_the_month(self, root: DataRoot) -> None:
        december = datetime(2026, 12, 1, tzinfo=UTC)
        made = [release(root).release_id, release(root).release_id, release(root, now=december).release_id]
        assert made == ["2026.11.1", "2026.11.2", "2026.12.1"]

    def test_a_clock_that_went_back_makes_no_older_release(self, root: DataRoot) -> None:
        release(root)
        assert release(root, now=datetime(2026, 1, 1, tzinfo=UTC)).release_id == "2026.11.2"

    def test_no_id_is_given_twice_after_pruning(self, root: DataRoot) -> None:
        for _ in range(3):
            release(root)
        rollback(root, "2026.11.1")
        assert prune(root, 1) == ["2026.11.2"]
        shutil.rmtree(root.releases / "2026.11.3")
        assert release(root).release_id == "2026.11.4"


class TestHeldBack:
    def test_a_held_back_domain_keeps_its_last_accepted_rows(self, root: DataRoot) -> None:
        release(root)
        made = release(root, version=2, held_back={"identify": "release gate: 3 rows failed"})
        assert version_of(root, "identify.mart_priority_occupation") == 1
        assert version_of(root, "core.dim_area") == 2
        status = made.domains["identify"]
        assert (status.status, status.data_release) == ("held_back", "2026.11.1")
        assert made.notes == (
            "identify: held back (release gate: 3 rows failed); its rows are those of release 2026.11.1",
        )
        assert verify(made) == []
        assert "held back" in (made.folder / "diff.md").read_text()

    def test_it_is_carried_on_from_release_to_release(self, root: DataRoot) -> None:
        release(root)
        for version in (2, 3):
            made = release(root, version=version, held_back={"identify": "still"})
        assert made.domains["identify"].data_release == "2026.11.1"
        assert version_of(root, "identify.mart_occupation_screening") == 1
        recovered = release(root, version=4)
        assert recovered.domains["identify"].status == "built"
        assert version_of(root, "identify.mart_occupation_screening") == 4

    def test_a_rollback_decides_what_is_carried_on(self, root: DataRoot) -> None:
        release(root)
        release(root, version=2)
        rollback(root)
        release(root, version=3, held_back={"identify": "gate"})
        assert version_of(root, "identify.mart_priority_occupation") == 1

    def test_without_an_earlier_release_it_is_absent_and_said_so(self, root: DataRoot) -> None:
        made = release(root, held_back={"identify": "gate"})
        assert made.domains["identify"].status == "absent"
        assert {table.schema for table in made.tables} == {"core", "governance"}
        assert "no earlier release has it" in made.notes[0]

    def test_core_may_be_held_back_and_the_release_still_names_itself(self, root: DataRoot) -> None:
        release(root)
        release(root, version=2, held_back={"core": "gate"})
        with connect_served(root) as con:
            assert con.execute("select release_id from core.release").fetchall() == [("2026.11.2",)]
        assert version_of(root, "core.dim_area") == 1

    def test_keys_that_point_nowhere_across_domains_are_noted(self, root: DataRoot) -> None:
        release(root)
        build = make_build(root.build_database, version=2)
        with connect(build) as con:
            con.execute("update identify.mart_priority_occupation set area_id = 'YY'")
        made = assemble_again(root, tables(build), held_back={"core": "gate"})
        assert any("2 rows of identify.mart_priority_occupation (area_id) point at no row of core.dim_area" in note
                   for note in made.notes)  # fmt: skip

    def test_with_every_domain_held_back_nothing_is_released(self, root: DataRoot) -> None:
        release(root)
        with pytest.raises(PermanentFailure, match="every domain is held back"):
            release(root, version=2, held_back=dict.fromkeys(("core", "identify", "governance"), "gate"))
        assert version_of(root) == 1

    def test_sources_of_carried_on_rows_stay_credited(self, root: DataRoot) -> None:
        release(root)
        made = release(root, version=2, build={"capture": False}, held_back={"identify": "gate"})
        assert "O*NET 31.0 Database" in (made.folder / "LICENSES.md").read_text()

    def test_a_damaged_previous_release_is_not_carried_on(self, root: DataRoot) -> None:
        made = release(root)
        (made.folder / "provenance.json").chmod(0o644)
        (made.folder / "provenance.json").write_text("{}")
        with pytest.raises(PermanentFailure, match="last accepted rows of identify"):
            release(root, version=2, held_back={"identify": "gate"})
        healed = release(root, version=3)
        assert healed.release_id == "2026.11.2"
        assert "cannot be read" in healed.notes[0]


class TestContract:
    """What a release refuses; the message names table and column, and the previous release keeps serving."""

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda t: replace(t, columns=columns("area_id", "nowhere")), "column nowhere is not in the built table"),
            (lambda t: replace(t, name="dim_nowhere"), "core.dim_nowhere: is not in"),
            (lambda t: replace(t, key=("version",), columns=columns("area_id")), "key column version is not published"),
            (lambda t: replace(t, key=()), "has no key"),
            (lambda t: replace(t, source=t.source.with_name("nowhere.duckdb")), "no such database"),
            (lambda t: replace(t, columns=(*columns("area_id"), replace(columns("version")[0], type="varchar"))),
             "column version is BIGINT"),
            (lambda t: replace(t, schema="core", name="release"), "declared twice"),
        ],
    )  # fmt: skip
    def test_a_declaration_that_does_not_hold(
        self, root: DataRoot, change: Callable[[ReleaseTable], ReleaseTable], message: str
    ) -> None:
        release(root)
        made = tables(make_build(root.build_database, version=2))
        with pytest.raises(PermanentFailure, match=message) as caught:
            assemble_again(root, [change(made[0]), *made[1:]])
        assert caught.value.remedy
        assert version_of(root) == 1
        assert leftovers(root) == []

    @pytest.mark.parametrize(
        ("sql", "message"),
        [
            ("insert into core.dim_area select * from core.dim_area", "repeated in 1 of 2"),
            ("update core.dim_area set area_id = null", "null in 1 rows"),
            ("alter table core.dim_area alter version type hugeint", "column version is HUGEINT"),
        ],
    )
    def test_rows_that_break_the_contract(self, root: DataRoot, sql: str, message: str) -> None:
        build = make_build(root.build_database)
        with connect(build) as con:
            con.execute(sql)
        with pytest.raises(PermanentFailure, match=message):
            assemble_again(root, tables(build))

    def test_types_by_another_name_are_the_same_type(self, root: DataRoot) -> None:
        made = tables(make_build(root.build_database))
        typed = (*columns("area_id"), replace(columns("version")[0], type="int8"))
        assert assemble_again(root, [replace(made[0], columns=typed)]).tables[0].columns[1].type == "BIGINT"

    def test_keys_between_unpublished_columns_are_dropped(self, root: DataRoot) -> None:
        made = tables(make_build(root.build_database))
        hidden = replace(made[2], key=("list_id", "line_code"), columns=columns("list_id", "line_code"))
        released = {t.full_name: t for t in assemble_again(root, [made[0], hidden]).tables}
        assert released["identify.mart_priority_occupation"].foreign_keys == ()

    def test_policy_fingerprint_is_needed(self, root: DataRoot) -> None:
        with pytest.raises(ValueError, match="policy_fingerprint"):
            assemble(root, [], lock_file=lock_file(root), provenance={})

    def test_a_build_that_somebody_writes_to_is_waited_for(self, root: DataRoot) -> None:
        build = make_build(root.build_database)
        script = "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
        holder = subprocess.Popen(
            [sys.executable, "-c", script, str(build)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert holder.stdout is not None and holder.stdout.readline().strip() == "open"
            with pytest.raises(TransientFailure, match="another process holds the file"):
                assemble_again(root, tables(build))
        finally:
            holder.communicate()
        assert assemble_again(root, tables(build)).release_id == "2026.11.1"

    def test_one_releaser_at_a_time(self, root: DataRoot) -> None:
        from filelock import FileLock

        build = make_build(root.build_database)
        root.releases.mkdir(parents=True)
        with FileLock(root.releases / ".lock"), pytest.raises(TransientFailure, match="another process has been"):
            assemble_again(root, tables(build), lock_timeout=0.1)


class TestServing:
    def test_pointer_file_and_symlink_name_the_release(self, root: DataRoot) -> None:
        made = release(root)
        content = json.loads(root.current_pointer.read_text())
        assert content["release_id"] == "2026.11.1"
        assert root.root / content["folder"] == made.folder
        assert root.root / content["served_file"] == root.served_database
        assert root.current_link.resolve() == made.folder.resolve()
        assert root.served_database.read_bytes() == made.database.read_bytes()
        assert root.served_database.stat().st_mode & 0o222 == 0
        assert not root.served_database.samefile(made.database)

    def test_a_reader_stays_on_its_release_until_it_reconnects(self, root: DataRoot) -> None:
        release(root)
        with connect_served(root) as con:
            release(root, version=2)
            assert con.execute("select version from core.dim_area").fetchall() == [(1,)]
        assert version_of(root) == 2

    def test_a_log_left_by_a_writing_reader_does_not_meet_the_next_release(self, root: DataRoot) -> None:
        release(root)
        log = root.served_database.with_name(f"{root.served_database.name}.wal")
        log.write_bytes(b"left over")
        release(root, version=2)
        assert not log.exists()
        assert version_of(root) == 2

    def test_a_spoilt_served_file_is_replaced_and_the_release_is_unharmed(self, root: DataRoot) -> None:
        made = release(root)
        root.served_database.chmod(0o644)
        with duckdb.connect(str(root.served_database)) as con:
            con.execute("drop table core.release")
        assert verify_served(root) != []
        assert verify(made) == []
        assert repair(root) == ["served file brought to release 2026.11.1"]
        assert verify_served(root) == []
        assert repair(root) == []

    def test_where_symlinks_are_not_to_be_had_the_rest_still_works(
        self, root: DataRoot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any, **__: Any) -> None:
            raise OSError(errno.EPERM, "no symlinks here")

        monkeypatch.setattr(Path, "symlink_to", refuse)
        release(root)
        assert not root.current_link.exists()
        assert version_of(root) == 1
        assert leftovers(root) == []

    def test_a_real_folder_named_current_is_left_alone(self, root: DataRoot) -> None:
        root.current_link.mkdir(parents=True)
        release(root)
        assert root.current_link.is_dir() and not root.current_link.is_symlink()


class TestBackAndAway:
    def test_rollback_and_forward(self, root: DataRoot) -> None:
        for version in (1, 2, 3):
            release(root, version=version)
        assert rollback(root).release_id == "2026.11.2"
        assert version_of(root) == 2
        assert root.current_link.resolve().name == "2026.11.2"
        assert rollback(root).release_id == "2026.11.1"
        with pytest.raises(PermanentFailure, match=r"no release before 2026\.11\.1 has been served"):
            rollback(root)
        assert rollback(root, "2026.11.3").is_current
        assert version_of(root) == 3
        assert release(root, version=4).release_id == "2026.11.4"

    def test_rollback_refuses_a_damaged_release(self, root: DataRoot) -> None:
        made = release(root)
        release(root, version=2)
        path = made.folder / "parquet/core/dim_area.parquet"
        path.chmod(0o644)
        path.write_bytes(b"")
        with pytest.raises(PermanentFailure, match=r"parquet/core/dim_area\.parquet is not the file"):
            rollback(root)
        assert version_of(root) == 2

    def test_rollback_to_nowhere_names_what_there_is(self, root: DataRoot) -> None:
        release(root)
        with pytest.raises(PermanentFailure, match=r"one of: 2026\.11\.1"):
            rollback(root, "2019.01.1")

    def test_prune_keeps_the_newest_and_the_current(self, root: DataRoot) -> None:
        for version in range(1, 6):
            release(root, version=version)
        rollback(root, "2026.11.2")
        assert prune(root, 2, dry_run=True) == ["2026.11.1", "2026.11.3"]
        assert len(list_releases(root)) == 5
        assert prune(root, 2) == ["2026.11.1", "2026.11.3"]
        assert [r.release_id for r in list_releases(root)] == ["2026.11.5", "2026.11.4", "2026.11.2"]
        assert version_of(root) == 2
        assert leftovers(root) == []
        with pytest.raises(ValueError, match="at least one"):
            prune(root, 0)

    def test_nothing_released_yet(self, root: DataRoot) -> None:
        assert list_releases(root) == []
        assert current_release(root) is None
        assert prune(root, 1) == []
        assert repair(root) == []
        with pytest.raises(PermanentFailure, match="currency refresh"):
            get_release(root)


class TestVerify:
    @pytest.mark.parametrize(
        ("spoil", "problem"),
        [
            (lambda folder: (folder / "LICENSES.md").unlink(), "LICENSES.md is missing"),
            (lambda folder: _overwrite(folder / "diff.md", b"other"), "diff.md is not the file"),
            (lambda folder: _overwrite(folder / "warehouse.duckdb", b"x"), "warehouse.duckdb is not the file"),
        ],
    )
    def test_damage_is_found(self, root: DataRoot, spoil: Callable[[Path], None], problem: str) -> None:
        made = release(root)
        spoil(made.folder)
        assert any(problem in found for found in verify(made))

    def test_rows_changed_behind_its_back_are_found_by_content(self, root: DataRoot) -> None:
        made = release(root)
        made.database.chmod(0o644)
        with duckdb.connect(str(made.database)) as con:
            con.execute("update core.dim_area set area_name = 'Elsewhere'")
        files = made.provenance["files"]
        files["warehouse.duckdb"] = {
            "bytes": made.database.stat().st_size,
            "sha256": pointer_module.sha256_of(made.database),
        }
        assert verify(made) == ["core.dim_area has other rows than were released"]

    def test_a_damaged_folder_is_listed_with_its_problem(self, root: DataRoot) -> None:
        made = release(root)
        release(root, version=2)
        (made.folder / "provenance.json").unlink()
        newest, oldest = list_releases(root)
        assert newest.problem is None
        assert oldest.problem is not None and "provenance.json" in oldest.problem
        assert verify(oldest) == [oldest.problem]


def _overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


class TestPointer:
    def test_a_lost_pointer_is_found_again(self, root: DataRoot) -> None:
        release(root)
        release(root, version=2)
        root.current_pointer.unlink()
        assert repair(root) == ["current.json brought to release 2026.11.2, the newest whole one"]
        assert version_of(root) == 2

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"release_id": "x"}', "null"])
    def test_a_damaged_pointer_is_said_and_mended_by_the_next_run(self, root: DataRoot, text: str) -> None:
        release(root)
        root.current_pointer.write_text(text)
        with pytest.raises(PermanentFailure, match="currency release repair"):
            read_pointer(root)
        assert release(root, version=2).release_id == "2026.11.2"

    def test_a_deleted_current_release_falls_back_to_the_newest_whole_one(self, root: DataRoot) -> None:
        release(root)
        made = release(root, version=2)
        shutil.rmtree(made.folder)
        assert "brought to release 2026.11.1" in repair(root)[0]
        assert version_of(root) == 1
        assert release(root, version=3).release_id == "2026.11.3"

    def test_a_damaged_release_is_never_put_before_readers(self, root: DataRoot) -> None:
        made = release(root)
        _overwrite(made.database, b"damaged")
        root.served_database.unlink()
        assert repair(root) == ["release 2026.11.1 is damaged: the served file was left as it is"]
        assert release(root, version=2).release_id == "2026.11.2"
        assert version_of(root) == 2


KILLED = """
import os, sys
from pathlib import Path
from tests.release_factory import release
from warehouse import files, pointer, release as module, release_build
from warehouse.paths import DataRoot
root, point = DataRoot(Path(sys.argv[1])), sys.argv[2]
def die(*_, **__):
    os._exit(9)
def then_die(function):
    def wrapped(*args, **kwargs):
        function(*args, **kwargs)
        os._exit(9)
    return wrapped
target, name, when = {
    "building": (release_build, "_write_parquet", die),
    "papers": (module, "_publish_folder", die),
    "renamed": (module, "_publish_folder", then_die),
    "staged": (pointer, "_write", die),
    "pointed": (pointer, "_write", then_die),
    "served": (pointer, "_serve", then_die),
    "pruning": (module, "remove_tree", die),
}[point]
if point == "pruning":
    setattr(module, name, die)
    module.prune(root, 1)
else:
    setattr(target, name, when if when is die else then_die(getattr(target, name)))
    release(root, version=2)
"""


@pytest.mark.parametrize(
    ("point", "served", "pointed"),
    [
        ("building", 1, 1),
        ("papers", 1, 1),
        ("renamed", 1, 1),
        ("staged", 1, 1),
        ("pointed", 1, 2),
        ("served", 2, 2),
    ],
)
def test_killed_between_any_two_steps(root: DataRoot, point: str, served: int, pointed: int) -> None:
    """The process ends without any clean-up; readers see a whole release, the plain rerun needs no hand."""
    release(root)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(root.root), point], cwd=CHECKOUT, check=False)
    assert ended.returncode == 9
    assert version_of(root) == served
    current = current_release(root)
    assert current is not None and current.release_id == f"2026.11.{pointed}"
    assert verify(current) == []

    repair(root)
    assert version_of(root) == pointed
    assert verify_served(root) == []
    assert leftovers(root) == []
    assert root.current_link.resolve().name == current.release_id

    made = release(root, version=3)
    assert version_of(root) == 3
    assert verify(made) == [] and verify_served(root) == []
    assert leftovers(root) == []
    whole = {r.release_id: r.was_served for r in list_releases(root)}
    assert whole[made.release_id]
    if point in ("renamed", "staged"):
        assert whole["2026.11.2"] is False
        assert "2026.11.2" in prune(root, 5)


def test_the_first_release_killed_after_its_rename_becomes_current(root: DataRoot) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(root.root), "renamed"], cwd=CHECKOUT, check=False)
    assert read_pointer(root) is None
    assert "brought to release 2026.11.1" in repair(root)[0]
    assert version_of(root) == 2


def test_killed_while_pruning(root: DataRoot) -> None:
    release(root)
    release(root, version=2)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(root.root), "pruning"], cwd=CHECKOUT, check=False)
    assert ended.returncode == 9
    assert version_of(root) == 2
    assert prune(root, 1) == []
    assert [r.release_id for r in list_releases(root)] == ["2026.11.2"]
    assert leftovers(root) == []


def test_a_disk_that_fills_during_the_switch_changes_nothing(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    release(root)
    build = make_build(root.build_database, version=2)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pointer_module, "fsync_path", full)
        with pytest.raises(PermanentFailure, match="the disk is full") as caught:
            assemble_again(root, tables(build))
    assert "prune" in caught.value.remedy
    assert leftovers(root) == []
    assert [r.release_id for r in list_releases(root)] == ["2026.11.1"]
    assert version_of(root) == 1
    assert assemble_again(root, tables(build)).release_id == "2026.11.2"


def test_importing_the_warehouse_is_cheap() -> None:
    """`currency` commands that need no database must start at once: nothing heavy at import."""
    script = (
        "import sys, warehouse.cli_release, warehouse.release, warehouse.raw_views, warehouse.diff;"
        "print([m for m in ('duckdb', 'pandas', 'pyarrow', 'filelock', 'dagster') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == "[]"


def test_lines_of_the_factory_have_the_edge() -> None:
    assert {499, 520, 900} == set(LINES.values())
