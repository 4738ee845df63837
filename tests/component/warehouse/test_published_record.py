"""The record of what releases published: kept beside the releases, read by the next build (B23, K10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.restricted import attach_build
from tests.unit.warehouse.disclosure.test_earlier import FIRST, MEASURES, POPULATIONS, ROLLUPS, cells
from tests.unit.warehouse.disclosure.test_earlier import POLICY as SETTINGS
from warehouse import published_record
from warehouse.connection import connect
from warehouse.disclosure.publish import published_cells
from warehouse.paths import DataRoot
from warehouse.vault import Vault, duck
from warehouse.vault.master import MASTER_FILE_VARIABLE, MASTER_VARIABLE
from warehouse.vault.roles import Who

POLICY = (
    "select 'XA' as state_postal, 10 as min_n_count, 5.0::double as low_pct, 95.0::double as high_pct,"
    " 301 as large_n_count, 1.0::double as large_low_pct, 99.0::double as large_high_pct, 10 as min_revision_count,"
    " true as is_state_total_kept, true as is_zero_shown, 5 as disclosure_width_count, 0 as attack_sample_count,"
    " 3.0::double as hidden_total_cost_rate, 40 as most_repair_rounds_count"
)
KEY = (
    "'XA' as state_postal, 2025 as school_year, 'school' as area_level, 'all' as credential_level,"
    " 'all' as credential_code, 'all' as subgroup_kind, 'all' as subgroup_value, 'takers' as population,"
    " 'students' as unit"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    """A data root with keys."""
    for name in (MASTER_FILE_VARIABLE, MASTER_VARIABLE, "CURRENCY_VAULT_USER"):
        monkeypatch.delenv(name, raising=False)
    made = DataRoot(tmp_path / "data")
    Vault.open(made, create=True)
    return made


def build(root: DataRoot, shown: int, hidden: int) -> None:
    """A build that publishes one count and hides another, which has a code; an area is left out."""
    root.build.mkdir(parents=True, exist_ok=True)
    with connect(root.build_database) as con:
        con.execute("create schema if not exists intermediate")
        con.execute(f"create or replace table intermediate.int_attainment_policy as {POLICY}")
        con.execute(
            f"create or replace table intermediate.int_attainment_cell_published as select {KEY}, * from (values"
            f" ('S1', {shown}, 'shown', '{shown}', []),"
            " ('S2', null, 'hidden', 'not shown',"
            " [{'denominator': 'enrolled', 'publication': 'at_or_below', 'shown_as': '5 % or less'}]),"
            " ('S3', null, 'left_out', 'left out', null)) as t(area_code, value, publication, shown_as, codes)"
        )
    root.restricted_database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with duck.connect_restricted(Vault.open(root), root.restricted_database) as con:
        con.execute("create schema if not exists restricted.intermediate")
        con.execute(
            f"create or replace table restricted.intermediate.int_attainment_cell as select {KEY}, *"
            f" from (values ('S1', {shown}), ('S2', {hidden})) as t(area_code, value)"
        )


def recorded(root: DataRoot) -> list[tuple[Any, ...]]:
    """What the next build sees, as dbt's connection does."""
    with connect() as con:
        attach_build(con, root.root)
        return con.execute(
            "select publication_number, area_code, value, true_value, len(codes), codes[1].shown_as"
            f" from {published_record.RELATION} order by all"
        ).fetchall()


def test_every_publication_is_kept_and_the_same_one_once(root: DataRoot) -> None:
    assert recorded(root) == []
    build(root, 40, 3)
    assert published_record.note(root, Vault.open(root)) == 1
    assert published_record.note(root, Vault.open(root)) is None
    build(root, 60, 4)
    assert published_record.note(root, Vault.open(root)) == 2
    assert recorded(root) == [
        (1, "S1", 40, 40, 0, None), (1, "S2", None, 3, 1, "5 % or less"),
        (2, "S1", 60, 60, 0, None), (2, "S2", None, 4, 1, "5 % or less"),
    ]  # fmt: skip


def test_the_second_release_knows_the_first(root: DataRoot) -> None:
    """Two releases, and one late record between them: read back from the record, the second is the first.

    Nothing of a difference of one student stands in the two together, in whatever cell of the hierarchy.
    """
    vault, first = Vault.open(root), published_cells(cells(FIRST), ROLLUPS, POPULATIONS, MEASURES, SETTINGS)
    build(root, 40, 3)
    with connect(root.build_database) as con:
        con.register("first", first)
        con.execute("create or replace table intermediate.int_attainment_cell_published as select * from first")
    with duck.connect_restricted(vault, root.restricted_database) as con:
        con.register("counts", cells(FIRST))
        con.execute("create or replace table restricted.intermediate.int_attainment_cell as select * from counts")
    published_record.note(root, vault)
    with connect() as con:
        attach_build(con, root.root)
        record = con.execute(f"select * from {published_record.RELATION}").to_arrow_table()
    late = {**FIRST, "S1": (FIRST["S1"][0] + 1, FIRST["S1"][1] + 1)}
    arguments = (ROLLUPS, POPULATIONS, MEASURES, SETTINGS, record)
    assert published_cells(cells(FIRST), *arguments).to_pylist() == first.to_pylist()
    assert published_cells(cells(late), *arguments).to_pylist() == first.to_pylist()
    assert published_cells(cells(late), *arguments[:-1]).to_pylist() != first.to_pylist()


def test_what_is_hidden_lies_encrypted(root: DataRoot) -> None:
    build(root, 40, 3)
    published_record.note(root, Vault.open(root))
    (sealed,) = (root.restricted / "published").iterdir()
    assert sealed.read_bytes()[:4] == b"PARE" and sealed.stat().st_mode & 0o077 == 0
    with connect() as con:
        (plain,) = (root.state / "published_counts").glob("*.parquet")
        rows = con.execute(f"select area_code, value from read_parquet('{plain}') order by all").fetchall()
    assert rows == [("S1", 40), ("S2", None)]


def test_the_counts_go_with_a_destroyed_agreement_and_the_publication_stays(root: DataRoot) -> None:
    build(root, 40, 3)
    vault = Vault.open(root)
    vault.ensure_key("V-1")
    published_record.note(root, vault)
    from warehouse.vault.destroy import destroy

    destroy(vault, "V-1", Who("steward", "steward", "steward"))
    assert recorded(root) == [(1, "S1", 40, None, 0, None), (1, "S2", None, None, 1, "5 % or less")]


def test_without_keys_or_releases_it_is_empty(tmp_path: Path) -> None:
    assert recorded(DataRoot(tmp_path / "nothing")) == []
    with connect() as con:
        attach_build(con, None)
        assert con.execute(f"select count(*) from {published_record.RELATION}").fetchall() == [(0,)]
