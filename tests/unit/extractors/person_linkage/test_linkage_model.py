"""The stored model: complete, versioned by what it says, refused where it is damaged; training counts what is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from extractors.failures import PermanentFailure
from extractors.person_linkage import Thresholds, load, train_on
from extractors.person_linkage.normalise import NICKNAMES
from extractors.sample.students.exams import World, exam_world
from extractors.sample.students.misspelt import Rates


def test_the_stored_model_weighs_as_sense_has_it() -> None:
    levels = load().levels

    def odds(comparison: str, level: str) -> float:
        return levels[comparison][level]["m"] / levels[comparison][level]["u"]

    for comparison in ("first_name", "last_name", "birth_date", "ssn"):
        assert odds(comparison, "exact") > 100 > 1 > odds(comparison, "other")
    assert odds("first_name", "exact") > odds("first_name", "nickname") > odds("first_name", "alike")
    assert odds("place", "home") > odds("place", "zip") > odds("place", "area") > odds("place", "other")
    assert all(0 < share < 1 for shares in levels.values() for level in shares.values() for share in level.values())


def test_a_version_stands_for_all_that_decides(tmp_path: Path) -> None:
    model = load()
    assert replace(model, thresholds=Thresholds(auto_weight=9.0)).version != model.version
    model.save(tmp_path / "m.json")
    assert load(tmp_path / "m.json") == model


@pytest.mark.parametrize("text", ["", "{}", '{"levels": {}, "match_share": 1, "thresholds": {}, "trained_on": ""}'])
def test_a_damaged_model_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(PermanentFailure, match="linkage model"):
        load(tmp_path / "m.json")


def test_training_counts_pairs_with_one_ssn() -> None:
    rates = Rates(has_ssn=0.6, nickname=0.2)
    world = exam_world(6, 900, 700, rates=rates)
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("exams", world.exams)
        connection.register("students", world.students)
        model = train_on(connection, "exams", "students", trained_on="a test", random_pairs=5_000)
    first = model.levels["first_name"]
    assert 0.04 < first["nickname"]["m"] + first["start"]["m"] < 0.35
    assert model.levels["ssn"]["exact"]["m"] > 0.9
    assert json.loads(json.dumps(model.levels)) == model.levels


def test_too_little_to_learn_from_is_said(background: World) -> None:
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("exams", background.exams)
        connection.register("students", background.students)
        with pytest.raises(PermanentFailure, match="exam rows have a student by SSN"):
            train_on(connection, "exams", "students", trained_on="a test")


def test_nicknames_are_bare_capitals_and_no_ones_own_name() -> None:
    rows = [line.split(",") for line in NICKNAMES.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(rows) == len({tuple(row) for row in rows}) > 900
    assert all(name != nick and name.isalpha() and nick.isalpha() and (name + nick).isupper() for name, nick in rows)
    assert rows == sorted(rows)
