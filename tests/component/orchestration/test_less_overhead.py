"""What was taken out of dbt, Dagster and the gates changes nothing that anybody sees."""

from __future__ import annotations

import gc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.model import GateResult
from orchestration import gates, handover, judge
from orchestration.ahead import ROWS, judging_ahead
from orchestration.dbt_lean import saved_manifest, take_weight_off
from orchestration.home import GARBAGE_EVERY, seldom_collected
from warehouse.paths import DataRoot


def test_events_that_somebody_hears_arrive_whole_and_debug_events_do_not() -> None:
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.types import Note, SystemExecutingCmd

    take_weight_off()
    heard: list[tuple[str, str]] = []
    manager = EventManager()
    manager.add_callback(lambda msg: heard.append((msg.info.name, msg.info.msg)))
    manager.fire_event(SystemExecutingCmd(cmd=["true"]))
    manager.fire_event(Note(msg="quiet"), level=EventLevel.DEBUG)
    manager.fire_event(Note(msg="said"), level=EventLevel.INFO)
    assert heard == [("Note", "said")]


def test_macros_keep_their_order_of_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    take_weight_off()
    both: Any = {"of": "internal", "x": 1, "y": 1, "z": 1}
    namespace = MacroNamespace(
        global_namespace={"x": 2, "y": 2},  # type: ignore[dict-item]
        local_namespace={"x": 3},  # type: ignore[dict-item]
        global_project_namespace=both,
        packages={"package": {"p": 4}},  # type: ignore[dict-item]
    )
    monkeypatch.setattr(ConfiguredContext, "to_dict", lambda self: {"x": 0, "own": 0})
    expected: dict[str, Any] = {"x": 0, "own": 0}
    expected.update(namespace)
    context = ManifestContext.__new__(ManifestContext)
    context.namespace = namespace
    assert context.to_dict() == expected
    assert expected["x"] == 3 and expected["y"] == 2 and expected["z"] == 1


def test_a_parse_that_cannot_be_read_is_no_parse(tmp_path: Path) -> None:
    assert saved_manifest(tmp_path) is None
    (tmp_path / "partial_parse.msgpack").write_bytes(b"half a fi")
    assert saved_manifest(tmp_path) is None


def test_garbage_is_collected_seldom_inside_the_block_only() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] >= GARBAGE_EVERY
    assert gc.get_threshold() == before


def test_hashes_follow_the_file(tmp_path: Path) -> None:
    node = {"resource_type": "model", "fqn": ["p", "marts", "core", "m"], "schema": "core", "name": "m", "config": {}}
    manifest = {"nodes": {"model.p.m": node}}
    root = DataRoot(tmp_path)
    root.build.mkdir(parents=True)
    with duckdb.connect(str(root.build_database)) as con:
        con.execute("create schema core; create table core.m as select 1 as x")
    first = handover.table_hashes(root, manifest, "core")
    assert handover.table_hashes(root, manifest, "core") == first
    with duckdb.connect(str(root.build_database)) as con:
        con.execute("update core.m set x = 2")
    assert handover.table_hashes(root, manifest, "core") != first


# --------------------------------------------------------------------------------------------------- gates judged ahead


@pytest.fixture
def while_dbt_builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """A build database in dbt's hands with a small mart and a large one, and a judge that notes what it is shown."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    con = duckdb.connect()
    con.execute("create schema raw; create table raw.capture as select true as is_sample")
    con.execute("create schema core; create table core.small as select 7 as x")
    con.execute(f"create table core.large as select range as x from range({ROWS + 1})")
    handle = SimpleNamespace(cursor=con.cursor, close=lambda: None)
    monkeypatch.setattr(DuckDBConnectionManager, "_ENV", SimpleNamespace(handle=lambda: handle))
    asked: list[tuple[str, str, pa.Table, dict[str, Any]]] = []

    def ask(self: Any, door: str, name: str, table: pa.Table, options: dict[str, Any]) -> GateResult:
        asked.append((door, name, table, options))
        return GateResult(f"release__{name}", door, name, "core", "nobody", table.num_rows, ())

    monkeypatch.setattr(judge.Judge, "ask", ask)
    nodes = {
        f"model.p.{name}": {
            "resource_type": "model",
            "fqn": ["p", "marts", "core", name],
            "schema": "core",
            "name": name,
            "config": {},
        }
        for name in ("small", "large", "absent")
    }
    return SimpleNamespace(con=con, asked=asked, manifest={"nodes": nodes}, root=DataRoot(tmp_path))


def test_a_mart_shown_ahead_is_not_judged_again_at_its_gate(while_dbt_builds: SimpleNamespace) -> None:
    house = while_dbt_builds
    with judge.judge_at_hand():
        with judging_ahead(house.root, house.manifest) as ahead:
            assert ahead is not None
            for node in ("stg_something", "absent", "large", "small"):
                ahead.made(node)
        assert [(door, name, table.num_rows) for door, name, table, _ in house.asked] == [("release", "small", 1)]
        assert house.asked[0][3] == {"context": {"is_sample": True}}
        gates.release_verdict(house.root, "small", *gates.mart_shown(house.con, "core.small"))
        assert len(house.asked) == 1
        house.con.execute("insert into core.small values (8)")
        gates.release_verdict(house.root, "small", *gates.mart_shown(house.con, "core.small"))
        assert len(house.asked) == 2, "rows that moved since are judged at the gate"


def test_without_a_judge_at_hand_nothing_is_shown(while_dbt_builds: SimpleNamespace) -> None:
    with judging_ahead(while_dbt_builds.root, while_dbt_builds.manifest) as ahead:
        assert ahead is None
