"""After a whole refresh of the sample nothing of a person lies outside the restricted zone, and nothing plain inside.

What is looked for belongs to invented people who are in every kind of file (`extractors.sample.students.canaries`). The
search itself is proved to find what is planted by tests/unit/test_privacy_search.py.
"""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import duckdb
import pytest

from extractors.sample.students.canaries import Canary
from extractors.sample.students.world import make_world
from orchestration import restricted
from orchestration.sample import SEED
from tests.privacy_search import search
from warehouse.paths import DataRoot
from warehouse.restricted_release import served_database
from warehouse.vault import Vault, duck

CLEAR = {"master.key"}
"""The one file that guards all others; a state keeps it elsewhere (CURRENCY_VAULT_KEY_FILE)."""


@pytest.fixture(scope="module")
def canaries() -> tuple[Canary, ...]:
    """Who was planted."""
    return make_world(SEED).canaries


@pytest.fixture(scope="module")
def needles(canaries: tuple[Canary, ...]) -> list[str]:
    """Every spelling of everything of theirs; birth dates alone are no person's and would be found in any calendar."""
    return sorted(
        {word for c in canaries for kind, words in c.spellings().items() if kind != "birth_date" for word in words}
    )


def test_there_are_canaries_in_every_kind_of_file(canaries: tuple[Canary, ...], needles: list[str]) -> None:
    assert len(canaries) >= 10
    assert {place for c in canaries for place in c.places} >= {"student_file", "district_exam_file", "vendor_exam_file"}
    assert len(needles) >= 3 * len(canaries)


def test_nothing_of_a_person_lies_outside_the_zone(sample_root: Path, needles: list[str]) -> None:
    """Archive, raw, build, releases, gates, Dagster's storage and logs, dbt's target: bytes and decoded cells."""
    root = DataRoot(sample_root)
    found = search(sample_root, [*needles, *_tokens(root)], skip=[root.restricted])
    assert found.hits == []
    assert {"duckdb", "parquet", "sqlite"} <= set(found.opened)


def test_nothing_plain_lies_inside_the_zone(sample_root: Path, needles: list[str]) -> None:
    """At rest everything with people in it is encrypted: captures, raw Parquet, both databases, spill."""
    assert search(DataRoot(sample_root).restricted, needles).hits == []


def test_nothing_of_a_person_lies_in_the_temporary_folder(sample_root: Path, needles: list[str]) -> None:
    """What the refresh left in the system's temporary folder; the scratch folders of tests are left out."""
    for path in Path(tempfile.gettempdir()).glob("credential_currency*"):
        assert search(path, needles).hits == []


def test_the_zone_is_closed_to_others(sample_root: Path) -> None:
    """0700 and 0600, all of it (P17)."""
    zone = DataRoot(sample_root).restricted
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (zone, *zone.rglob("*"))}
    assert [p for p, mode in modes.items() if mode & 0o077] == []


def test_the_general_release_opens_without_a_key_and_the_restricted_one_does_not(sample_root: Path) -> None:
    root = DataRoot(sample_root)
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        assert con.execute("select count(*) from attainment.mart_attainment_rate").fetchall()[0][0] > 0
        assert con.execute("select count(*) from duckdb_tables() where schema_name like '%restricted%'").fetchall() == [
            (0,)
        ]
    for path in (served_database(root), restricted.build_database(root)):
        with pytest.raises(duckdb.Error):
            duckdb.connect(str(path), read_only=True)
    with duck.connect_restricted(Vault.open(root), served_database(root), read_only=True) as con:
        assert con.execute("select count(*) from restricted.attainment_restricted.dim_student").fetchall()[0][0] > 0


def test_the_search_would_find_them_where_they_may_be_read(
    sample_root: Path, needles: list[str], tmp_path: Path
) -> None:
    """The control: the identities that linkage reads, written out in the clear, are found."""
    from extractors.exam_records.landing import raw_files
    from extractors.raw_tables_students import STUDENT_IDENTITY

    root = DataRoot(sample_root)
    vault = Vault.open(root)
    paths = [path for _, path in raw_files(root)[STUDENT_IDENTITY.full_name]]
    table = duck.read_parquet(paths, vault)
    with duckdb.connect(str(tmp_path / "leak.duckdb")) as con:
        con.register("identities", table)
        con.execute("create table leak as select last_name, home_address from identities")
    assert search(tmp_path, needles).hits


def _tokens(root: DataRoot) -> list[str]:
    """Tokens of some students: they too stay in the zone."""
    with duck.connect_restricted(Vault.open(root), restricted.build_database(root), read_only=True) as con:
        rows = con.execute(
            "select student_token from restricted.attainment_restricted.dim_student order by student_token limit 20"
        ).fetchall()
    return [str(token) for (token,) in rows]
