"""A what-if runs the SQL of the build: unedited it gives the released rows, edited it gives what a build gives."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt import manifest_path
from orchestration.refresh import RELEASED, refresh
from warehouse.connection import attach, connect
from warehouse.explain import explain
from warehouse.explain_credential import explain_credential
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.pointer import read_pointer
from warehouse.policy import load_policies, read_policies
from warehouse.whatif import evaluate, run_chain
from warehouse.whatif_credentials import NEEDS_COUNTING, as_counted
from warehouse.whatif_export import COUNTED, FOLDER, TARGETS, Chain, read_chain

CAPPED = "xa-colorado-2026"
"""The list whose weight cap is edited."""


def folder_of(root: DataRoot) -> Path:
    """The folder of the release that is served."""
    pointer = read_pointer(root)
    assert pointer is not None
    return root.root / pointer.folder


def differences(
    con: duckdb.DuckDBPyConnection, chain: Chain, mart: str, *, asked: str = "true", without: Sequence[str] = ()
) -> tuple[int, int, int]:
    """(rows of the chain, rows that only the chain has, rows that only the release has), over the released columns."""
    schema = next(model.schema for model in chain.models if model.name == mart)
    columns = [row[0] for row in con.execute(f"describe released.{schema}.{mart}").fetchall()]
    listed = ", ".join(f'"{column}"' for column in columns if column not in without)
    here, there = (f"select {listed} from {db}.{schema}.{mart} where {asked}" for db in ("warehouse", "released"))
    counted = [
        f"select count(*) from ({sql})" for sql in (here, f"{here} except all {there}", f"{there} except all {here}")
    ]
    return tuple(con.execute(sql).fetchall()[0][0] for sql in counted)  # type: ignore[return-value]


def least(mart: str) -> int:
    """More rows than this are expected of a mart of the sample."""
    return 4 if mart == "mart_credential_list_release" else 10


@pytest.mark.parametrize("with_shared", [False, True])
def test_without_an_edit_the_chain_gives_the_released_rows(sample_root: Path, with_shared: bool) -> None:
    release = folder_of(DataRoot(sample_root))
    chain, policy = read_chain(release / FOLDER), read_policies(release / FOLDER / "policy")
    assert {m.name for m in chain.models if m.shared} >= {"int_wage_sourced", "int_soc_skill_aggregated"}
    assert set(chain.common_parameters) == {"skill.onet_aggregate", "wage.hours_per_year"}
    lists = [str(row["list_id"]) for row in policy.lists()]
    with connect() as con:
        attach(con, release / "warehouse.duckdb", "released")
        run_chain(con, chain, release / FOLDER, policy, lists, with_shared=with_shared)
        for mart in TARGETS:
            rows, more, fewer = differences(con, chain, mart)
            assert (more, fewer) == (0, 0) and rows > least(mart), mart


def test_one_list_alone_is_what_it_is_among_all(sample_root: Path) -> None:
    release = folder_of(DataRoot(sample_root))
    chain, policy = read_chain(release / FOLDER), read_policies(release / FOLDER / "policy")
    with connect() as con:
        attach(con, release / "warehouse.duckdb", "released")
        run_chain(con, chain, release / FOLDER, policy, ["xa-ohio-2026"])
        for mart in TARGETS:
            rows, more, fewer = differences(con, chain, mart, asked="list_id = 'xa-ohio-2026'")
            assert (more, fewer) == (0, 0) and rows > 0, mart
            schema = next(model.schema for model in chain.models if model.name == mart)
            assert con.execute(f"select distinct list_id from warehouse.{schema}.{mart}").fetchall() == [
                ("xa-ohio-2026",)
            ]


def test_what_a_whatif_keeps_of_postings_is_counted(sample_root: Path) -> None:
    """No posting, no text, no employer goes into the release this way; and it stays small."""
    folder = folder_of(DataRoot(sample_root)) / FOLDER
    chain = read_chain(folder)
    assert chain.has_credentials and len(chain.scopes) >= 5
    with duckdb.connect() as con:
        for relation in (*chain.inputs, *chain.shared):
            columns = {row[0] for row in con.execute(f"describe select * from '{folder / relation.file}'").fetchall()}
            assert not columns & {"posting_key", "dup_group", "posting_id", "employer_name", "employer_key"}, relation
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 3_000_000


def test_what_needs_a_count_is_what_the_counts_are_made_of(sample_root: Path) -> None:
    """Every common parameter that a model above the counts reads must be refused by a what-if."""
    manifest = json.loads(manifest_path(DataRoot(sample_root)).read_text(encoding="utf-8"))
    nodes = manifest["nodes"]
    above, waiting = set(), [uid for uid, node in nodes.items() if node["name"] in COUNTED]
    while waiting:
        unique_id = waiting.pop()
        if unique_id in nodes and unique_id not in above:
            above.add(unique_id)
            waiting += nodes[unique_id].get("depends_on", {}).get("nodes", [])
    chain = {model.name for model in read_chain(folder_of(DataRoot(sample_root)) / FOLDER).models}
    read = {
        name
        for unique_id in above
        if nodes[unique_id]["name"] not in chain
        for name in re.findall(r"common_parameter\(\s*['\"]([\w.]+)", nodes[unique_id].get("raw_code") or "")
    }
    assert read and read <= set(NEEDS_COUNTING)


def test_the_exported_policy_is_the_one_of_the_project(sample_root: Path) -> None:
    exported = folder_of(DataRoot(sample_root)) / FOLDER / "policy"
    from warehouse.paths import dbt_project_dir

    assert load_policies(exported).hash() == load_policies(dbt_project_dir() / "seeds" / "policy").hash()


def edit(folder: Path, table: str, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    """Rewrite the rows of one policy file."""
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows, header = change(list(reader)), list(reader.fieldnames or [])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _set(where: Mapping[str, str], **cells: str) -> Callable[[list[dict[str, str]]], list[dict[str, str]]]:
    def change(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        picked = [row for row in rows if where.items() <= row.items()]
        assert picked
        return [{**row, **cells} if row in picked else row for row in rows]

    return change


@pytest.mark.timeout(900)
def test_edited_files_give_what_a_build_with_them_gives(sample_copy: DataRoot, own_project: Callable[[], Path]) -> None:
    """One build with an edit of every kind: thresholds, rules, a common parameter, a decision, an override."""
    before = folder_of(sample_copy)
    folder = own_project() / "seeds" / "policy"
    edit(
        folder,
        "policy_demand_condition",
        _set({"parameter": "demand.min_openings", "threshold": "500"}, threshold="380"),
    )
    edit(folder, "policy_parameter", _set({"parameter": "wage.hours_per_year"}, value="1900"))
    edit(folder, "policy_parameter", _set({"policy_id": "ohio_2021", "parameter": "skill.rule"}, value="job_zone"))
    edit(folder, "policy_parameter", _set({"parameter": "credential.min_employers_count"}, value="2"))
    own = {"unit": "", "reason": "test", "citation": "test"}
    edit(
        folder,
        "list_parameter",
        lambda rows: [
            *rows,
            {"list_id": "xa-ohio-2026", "parameter": "skill.min_job_zone", "value": "2", **own},
            {"list_id": "xa-default-2026", "parameter": "wage.family", "value": "1A0C", **own},
            {"list_id": "xa-colorado-2026", "parameter": "demand.horizon_mode", "value": "both", **own},
            {"list_id": "xa-default-2026", "parameter": "credential.min_postings_pct", "value": "4", **own},
            {"list_id": "xa-florida-2026", "parameter": "credential.rule", "value": "any", **own},
            {"list_id": "xa-florida-2026", "parameter": "credential.min_occupations_count", "value": "2", **own},
            {"list_id": "xa-ohio-2026", "parameter": "credential.evidence", "value": "required", **own},
            {"list_id": "xa-washington-2026", "parameter": "credential.postings_measure", "value": "count", **own},
            {"list_id": "xa-washington-2026", "parameter": "credential.near_miss_pct", "value": "80", **own},
            {"list_id": CAPPED, "parameter": "posting.weight_cap", "value": "3", **own},
        ],
    )
    about = {"reason": "test", "decided_by_role": "test", "decided_on": "2026-01-01", "citation": "test"}
    listed = {"list_id": "xa-florida-2026", "area_id": "XA", "line_code": "29-1141"}
    edit(folder, "occupation_decision", lambda rows: [*rows, {**listed, "decision": "remove", **about}])
    edit(
        folder,
        "occupation_wage_override",
        lambda rows: [*rows, {**listed, "list_id": "xa-colorado-2026", "median_hourly_usd": "12.5", **about}],
    )
    # The lists jump in size, which the gate of the list would hold back.
    decided = [
        {
            "list_id": row["list_id"],
            "area_id": "XA",
            "credential_code": "ALL",
            "decision": "accept_size_change",
            **about,
        }
        for row in load_policies(folder).lists()
    ]
    own_decisions: list[dict[str, str]] = [
        {"list_id": "xa-default-2026", "area_id": "XA", "credential_code": code, "decision": decision, **about}
        for code, decision in (("COMPT001", "add"), ("STNUR001", "remove"))
    ]
    edit(
        folder,
        "credential_decision",
        lambda rows: [*({str(k): str(v) for k, v in row.items()} for row in decided), *own_decisions],
    )
    answer = evaluate(sample_copy, state="XA", policy_folder=folder)
    assert all(change.enter or change.leave for change in answer.lists if change.list_id != "xa-washington-2026")

    chain, policy = read_chain(before / FOLDER), load_policies(folder)
    report = refresh(sample_copy, locked=str(sample_copy.lock_file))
    assert report.outcome == RELEASED, report.problems
    after = folder_of(sample_copy)
    assert after != before
    with connect() as con:
        attach(con, after / "warehouse.duckdb", "released")
        lists = [str(row["list_id"]) for row in policy.lists()]
        counted = as_counted(policy, read_policies(before / FOLDER / "policy"))
        run_chain(con, chain, before / FOLDER, counted, lists, with_shared=True)
        for mart in TARGETS:
            rows, more, fewer = differences(con, chain, mart, asked=f"list_id <> '{CAPPED}'")
            assert (more, fewer) == (0, 0) and rows > least(mart) - 1, mart
            # The weight cap decides nothing, and the what-if keeps the one whose counts it has: the hash knows.
            assert differences(con, chain, mart, asked=f"list_id = '{CAPPED}'", without=["param_hash"])[1:] == (0, 0)
    moved = {
        (change.list_id, move.area_id, move.line_code, sign)
        for change in answer.lists
        for sign, moves in (("+", change.enter), ("-", change.leave))
        for move in moves
    }
    assert moved == _moved(before, after, "list_id, area_id, line_code", "identify.mart_priority_occupation")
    assert all(move.why for change in answer.lists for move in (*change.enter, *change.leave))

    told = [(change.list_id, change.credentials) for change in answer.lists]
    assert all(change is not None and change.changes_anything for _, change in told)
    moved = {
        (list_id, move.area_id, move.credential_code, sign)
        for list_id, change in told
        if change is not None
        for sign, moves in (("+", change.enter), ("-", change.leave))
        for move in moves
    }
    key = "list_id, area_id, credential_code"
    assert moved == _moved(before, after, key, "credentials.mart_priority_credential")
    assert {("xa-default-2026", "XA", "COMPT001", "+"), ("xa-default-2026", "XA", "STNUR001", "-")} <= moved
    near = {
        (list_id, move.area_id, move.credential_code, move.line_code, sign)
        for list_id, change in told
        if change is not None
        for sign, moves in (("+", change.near_miss_enter), ("-", change.near_miss_leave))
        for move in moves
    }
    assert near == _moved(before, after, f"{key}, line_code", "postings.mart_credential_near_miss")
    every = [move for _, change in told if change is not None for move in (*change.enter, *change.leave)]
    assert all(move.why and all(flip.words for flip in move.why) for move in every)


def _moved(before: Path, after: Path, key: str, mart: str) -> set[tuple[str, ...]]:
    def listed(folder: Path) -> set[tuple[str, ...]]:
        with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
            return set(con.execute(f"select {key} from {mart}").fetchall())

    one, other = listed(before), listed(after)
    return {(*key, "+") for key in other - one} | {(*key, "-") for key in one - other}


def test_what_explain_says_would_put_a_line_on_the_list_does(sample_root: Path) -> None:
    """The suggested command of every fifteenth line that is off a list, tried."""
    root = DataRoot(sample_root)
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        lines = con.execute(
            "select distinct line_code from identify.mart_occupation_outcome where area_id = 'XA' order by 1"
        ).fetchall()
    tried = 0
    for (code,) in lines[::15]:
        for told in explain(root, code, state="XA")["lists"]:
            command = told["flips"]["command"]
            if command is None:
                continue
            settings = command.split(" --set ")[1:]
            (change,) = evaluate(root, list_ids=[told["list_id"]], settings=settings, area="XA").lists
            assert code in {move.line_code for move in change.enter}, command
            tried += 1
    assert tried >= 8


def test_what_explain_says_would_put_a_credential_on_the_list_does(sample_root: Path) -> None:
    """The suggested command of credentials that are near the list of an area, tried."""
    root = DataRoot(sample_root)
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        near = con.execute(
            "select distinct list_id, area_id, credential_code from postings.mart_credential_near_miss"
            " anti join credentials.mart_priority_credential using (list_id, area_id, credential_code)"
            " where list_id in ('xa-default-2026', 'xa-ohio-2026') order by all"
        ).fetchall()
    tried = 0
    for list_id, area_id, code in near[::4]:
        (told,) = explain_credential(root, code, list_id=list_id, area=area_id)["lists"]
        settings = told["command"].split(" --set ")[1:]
        (change,) = evaluate(root, list_ids=[list_id], settings=settings, area=area_id).lists
        assert change.credentials is not None
        assert code in {move.credential_code for move in change.credentials.enter}, told["command"]
        tried += 1
    assert tried >= 5


def test_a_family_without_a_living_wage_is_a_slip(sample_root: Path) -> None:
    with pytest.raises(PermanentFailure) as caught:
        evaluate(DataRoot(sample_root), list_ids=["xa-default-2026"], settings=["wage.family=1A9C"])
    assert "1A9C" in caught.value.found and "1A1C" in caught.value.expected
