"""The credentials of the sample against the lexicon: codes, names and steps are the lexicon's own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from extractors.sample.credentials import CREDENTIALS, STEPS
from extractors.sample.postings import wording
from extractors.sample.postings.jobs import SLOTS, BulkModel

SEEDS = Path(__file__).parents[4] / "dbt_project" / "seeds" / "reference"


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _reached(steps: set[tuple[str, str]], code: str) -> set[str]:
    found: set[str] = set()
    ends = [code]
    while ends:
        start = ends.pop()
        further = {goal for first, goal in steps if first == start} - found
        found |= further
        ends.extend(further)
    return found


def test_codes_and_names_are_those_of_the_lexicon() -> None:
    names = {row["credential_code"]: row["credential_name"] for row in _seed("credential")}
    assert {c.code: names.get(c.code) for c in CREDENTIALS.values()} == {c.code: c.name for c in CREDENTIALS.values()}
    assert len({c.code for c in CREDENTIALS.values()}) == len(CREDENTIALS) >= 40


def test_steps_lead_where_the_lexicon_s_lead() -> None:
    steps = {(row["from_code"], row["to_code"]) for row in _seed("credential_step")}
    assert set(STEPS) <= steps
    ours = {c.code for c in CREDENTIALS.values()}
    for code in ours:
        assert _reached(set(STEPS), code) & ours == _reached(steps, code) & ours, code


def test_alternatives_are_different_credentials() -> None:
    for keys in wording.ALTERNATIVES:
        assert len({CREDENTIALS[k].code for k in keys}) == len(keys) > 1
    assert [wording.phrase_number()[p.keys] for p in wording.phrases()] == list(range(len(wording.phrases())))


@pytest.mark.parametrize("seed", [1, 2])
def test_chances_of_a_mention_are_chances(seed: int) -> None:
    model = BulkModel(seed, 1000, 20_000, 365)
    assert model._chance.shape[1:] == (SLOTS, 5)
    assert (model._chance >= 0).all() and (model._chance <= 1 + 1e-9).all()
