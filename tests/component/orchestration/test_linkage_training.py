"""`currency linkage train` and `model`: the state's own model, judged on held-out rows, and what links by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extractors.link_review import models, store, train
from extractors.person_linkage.model import load
from extractors.sample.students.exams import exam_world
from tests.component.orchestration.test_linkage_review import CANARY, links, root, run, told  # noqa: F401
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries

SMALL = ("--generated", "--students", "6000", "--exams", "4000", "--random-pairs", "100000", "--seed", "3")


def test_train_judge_keep_link_and_go_back(root: DataRoot) -> None:  # noqa: F811
    packaged = load().version
    dry = told(root, "linkage", "train", *SMALL, "--dry-run")
    assert not dry["is_kept"] and not store.model_file(root).exists()
    made = told(root, "linkage", "train", *SMALL, "--even-if-worse")
    assert made["is_kept"] and made["version"] == dry["version"] != packaged, "the same seed, the same model"
    assert (made["seed"], made["replaces"], made["packaged"]) == (3, packaged, packaged)
    rows = made["rows"]
    assert rows["training"] + rows["held_out"] == rows["exams"] == 4000 and 600 < rows["held_out"] < 1000
    assert set(made["levels"]) == set(load().levels)
    at = {p["weight"]: p for p in made["frontier"]}
    assert at[5.0]["precision"] > 0.99 and at[5.0]["recall"] > 0.9
    assert at[16.0]["links"] <= at[5.0]["links"] <= at[-4.0]["links"]
    assert len(made["frontier_before"]) == len(made["frontier"])
    content = store.model_file(root).read_bytes()
    assert b"levels" not in content and store.model_file(root).stat().st_mode & 0o777 == 0o600
    assert {link["model_version"] for link in links(root).values()} == {made["version"]}
    shown = told(root, "linkage", "model")
    assert shown["is_own"] and shown["trained_by"] and shown["frontier"] == made["frontier"]
    assert "The state's own model" in run(root, "linkage", "model").output
    assert told(root, "linkage", "model", "--packaged")["is_own"] is False
    assert {link["model_version"] for link in links(root).values()} == {packaged}
    assert [e["command"] for e in entries(root) if "train" in e["command"] or "model" in e["command"]] == [
        "linkage train",
        "linkage model",
    ]


def test_too_little_is_known_or_too_little_allowed(root: DataRoot) -> None:  # noqa: F811
    error = told(root, "linkage", "train", "--random-pairs", "10000", code=1)["error"]
    assert "have a student by SSN or verdict" in error["found"] and CANARY not in json.dumps(error)
    refused = told(root, "linkage", "train", *SMALL, user="rev_one", code=1)["error"]
    assert "district_reviewer and may not link" in refused["found"]
    assert not store.model_file(root).exists()


def test_a_model_that_does_worse_is_not_kept(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def worse(con: Any, model: Any) -> tuple[train.Point, ...]:
        recall = 0.95 if model.version == load().version else 0.9
        return (train.Point(model.thresholds.auto_weight, 800, 0.999, recall),)

    monkeypatch.setattr(train, "_frontier", worse)
    done = run(root, "linkage", "train", *SMALL)
    assert done.exit_code == 1 and "does worse than the model in force" in done.output
    assert models.own(root, Vault.open(root)) is None


def test_held_out_rows_do_not_train_and_hide_their_ssn(root: DataRoot, tmp_path: Path) -> None:  # noqa: F811
    world = exam_world(11, 3000, 3000)
    with duckdb.connect(config={"temp_directory": ""}) as con:
        con.register("world_students", world.students)
        con.register("world_exams", world.exams)
        con.execute("create table students as from world_students; create table exams as from world_exams")
        con.register("said", store.verdict_schema().empty_table())
        con.execute("create table verdicts as from said")
        con.execute("create table truth (exam_key varchar, student_token varchar)")
        train._split(con, 1, train._take_truth(con, None), is_generated=False)
        both = con.execute("select count(*) from training semi join held_out using (exam_key)").fetchall()
        hidden = con.execute("select count(*), count(ssn_token), count(distinct exam_key) from held_out").fetchall()[0]
        con.register("known", world.truth)
        right = con.execute(
            "select count(*) filter (known.student_token = own.student_token), count(*) from own "
            "join known using (exam_key)"
        ).fetchall()[0]
    assert both == [(0,)]
    assert hidden[0] == hidden[2] > 50 and hidden[1] == 0
    assert right[0] / right[1] > 0.97

    given = tmp_path / "truth.csv"
    given.write_text("exam_key,student_token\nexam-00000001,\nexam-00000002,st-1\n", encoding="utf-8")
    with duckdb.connect() as con:
        con.execute("create table truth (exam_key varchar, student_token varchar)")
        assert train._take_truth(con, given)
        assert con.execute("from truth order by 1").fetchall() == [("exam-00000001", None), ("exam-00000002", "st-1")]
    given.write_text(f"{CANARY}\n1\n", encoding="utf-8")
    error = told(root, "linkage", "train", "--truth", str(given), code=1)["error"]
    assert "truth cannot be read" in error["found"] and CANARY not in json.dumps(error)
