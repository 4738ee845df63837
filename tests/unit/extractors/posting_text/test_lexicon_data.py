"""The lexicon as data: what every row of the seeds must hold, whoever adds it (J10, P11, Q1, Q8, Q9, I27).

The state's own rows are checked in the same way: `docs/credentials.md` says how a list is extended.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

from extractors.posting_text.requirements import Form, Lexicon
from extractors.posting_text.requirements.form_templates import PARTS
from extractors.posting_text.requirements.lexicon import form_files
from warehouse.paths import CHECKOUT

SEEDS = CHECKOUT / "dbt_project" / "seeds" / "reference"
CODE, ISSUER = re.compile(r"[A-Z]{5}\d{3}"), re.compile(r"[A-Z]{5}")
SOC = re.compile(r"\d{2}-\d{4}")
# the civilian major groups of SOC 2018; 55 is the military
MAJOR_GROUPS = {f"{n}" for n in range(11, 54, 2)}
TYPES = {"certification", "licence", "registration", "certificate", "badge", "card", "permit", "degree"}
ISSUER_KINDS = {"industry_body", "vendor", "state_agency", "federal_agency", "professional_council"}
FORM_FILES = ("credential_form", "credential_form_health", "credential_form_industry", "credential_form_more")
HEADERS = {
    "credential": "credential_code,credential_name,issuer_code,credential_type,country,is_third_party,is_exam_based,"
    "is_supplemental,recognition,training_hours,exam_minutes,audience,active_from,active_to,note",
    "credential_issuer": "issuer_code,issuer_name,issuer_kind,country",
    **dict.fromkeys(FORM_FILES, "form,credential_code,case_sensitive,needs,excludes,role_word,note"),
    "credential_form_part": "part,kind,words,needs,role_word,note",
    "credential_occupation": "credential_code,soc_code,relation",
    "credential_step": "from_code,to_code,relation",
}


@cache
def rows(name: str) -> list[dict[str, str]]:
    """One seed; every row of the header's width."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        found = list(reader)
    assert reader.fieldnames == HEADERS[name].split(",")
    assert all(None not in row and None not in row.values() for row in found)
    return found


def codes() -> set[str]:
    return {row["credential_code"] for row in rows("credential")}


def twice(values: Iterable[object]) -> list[object]:
    return [value for value, count in Counter(values).items() if count > 1]


@pytest.mark.parametrize("name", HEADERS)
def test_a_seed_is_clean_text(name: str) -> None:
    """No padding, no doubled blanks, no letters that a keyboard lacks: the reader folds quotes and dashes itself."""
    for row in rows(name):
        for value in row.values():
            assert value == " ".join(value.split()) and value.isascii(), row


def test_a_credential_has_a_code_of_its_issuer_and_known_values() -> None:
    issuers = {row["issuer_code"] for row in rows("credential_issuer")}
    assert len(rows("credential")) >= 300
    assert not twice(row["credential_code"] for row in rows("credential"))
    assert not twice(row["credential_name"].casefold() for row in rows("credential"))
    for row in rows("credential"):
        assert CODE.fullmatch(row["credential_code"]), row
        assert row["issuer_code"] in issuers and row["credential_code"].startswith(row["issuer_code"]), row
        assert row["credential_type"] in TYPES and row["country"] in {"US", "GB", "INT"}, row
        assert row["recognition"] in {"state", "national", "international"}, row
        assert {row["is_third_party"], row["is_exam_based"], row["is_supplemental"]} <= {"true", "false", ""}, row
        assert set(row["audience"].split("|")) <= {"HS", "PS", "WF"}, row
        for number in (row["training_hours"], row["exam_minutes"]):
            assert not number or float(number) > 0, row
        for day in (row["active_from"], row["active_to"]):
            assert not day or re.fullmatch(r"\d{4}-\d{2}-\d{2}", day), row


def test_every_issuer_is_one_of_the_known_kinds_and_in_use() -> None:
    used = {row["issuer_code"] for row in rows("credential")}
    assert not twice(row["issuer_code"] for row in rows("credential_issuer"))
    for row in rows("credential_issuer"):
        assert ISSUER.fullmatch(row["issuer_code"]) and row["issuer_name"], row
        assert row["issuer_kind"] in ISSUER_KINDS and row["issuer_code"] in used, row


@cache
def lexicon() -> Lexicon:
    """All of it, templates written out."""
    return Lexicon.load(SEEDS / "credential.csv", SEEDS / "credential_form.csv")


def form_rows() -> list[dict[str, str]]:
    """The rows of all files of forms."""
    return [row for name in FORM_FILES for row in rows(name)]


def test_every_credential_has_a_form_and_every_form_a_credential() -> None:
    assert {form.credential_code for form in lexicon().forms} == codes()
    assert {row["credential_code"] for row in form_rows()} == codes()
    contexts = {f"${row['part']}" for row in rows("credential_form_part") if row["kind"] == "context"}
    tokens = {"@list", "@long", "@linked"} | contexts
    for row in form_rows():
        assert {row["case_sensitive"], row["role_word"]} <= {"true", "false", ""}, row
        assert re.search(r"[A-Za-z0-9]", row["form"]), row
        for cell in (row["needs"], row["excludes"]):
            words = cell.split("|") if cell else []
            assert all(words) and not twice(words), row
            assert all(w[0] not in "@$" or w in tokens or w.startswith(("@ad:", "@title:")) for w in words), row


def test_the_forms_stay_small_and_quick() -> None:
    """A file of the repository under 400 kB; a row with a quote first, or DuckDB guesses the quoting wrong."""
    assert {f"{name}.csv" for name in FORM_FILES} == {
        path.name for path in form_files(SEEDS / "credential_form.csv") if path.name != PARTS
    }
    for name in FORM_FILES:
        assert (SEEDS / f"{name}.csv").stat().st_size < 400_000
        quoted = [position for position, row in enumerate(rows(name)) if '"' in row["form"]]
        assert quoted == list(range(len(quoted))), name
    assert 30_000 < len(lexicon().forms) < 120_000


def test_a_short_form_says_what_keeps_it_from_being_another_word() -> None:
    """Initials stand for many things: they need context, are a job's word, or a note says why neither is needed."""
    for form in lexicon().forms:
        if len(form.text) <= 4 and form.text.isalpha():
            assert form.case_sensitive or form.needs or form.excludes or form.role_word or not form.text.isupper(), form
            assert form.case_sensitive or form.needs or len(form.text) == 4, form
    for row in form_rows():
        words = [form.strip() for form in row["form"].split(";")]
        if not set("{@(").intersection(row["form"]) and any(len(w) <= 4 and w.isalpha() for w in words):
            assert row["needs"] or row["excludes"] or row["role_word"] == "true" or row["note"], row


def test_a_form_of_two_credentials_is_told_apart_by_context_or_names_both() -> None:
    """CMA is a medical assistant or an accountant; "Class A or B CDL" is both licences."""
    shared: dict[str, list[Form]] = defaultdict(list)
    for form in lexicon().forms:
        shared[form.text.casefold()].append(form)
    for text, found in shared.items():
        if len({form.credential_code for form in found}) > 1:
            names_both = re.search(r"\d|[/&,-]|\b(?:and|or|cp|phr)\b", text)
            assert names_both or all(form.needs or form.excludes for form in found), text


def test_all_major_groups_are_covered() -> None:
    """J10: over all 22 civilian major groups, each with several credentials; every credential belongs somewhere."""
    by_group: dict[str, set[str]] = defaultdict(set)
    for row in rows("credential_occupation"):
        assert row["credential_code"] in codes() and SOC.fullmatch(row["soc_code"]), row
        assert row["relation"] in {"prepares", "licenses", "common"}, row
        by_group[row["soc_code"][:2]].add(row["credential_code"])
    assert set(by_group) == MAJOR_GROUPS
    assert min(len(found) for found in by_group.values()) >= 5
    assert set().union(*by_group.values()) == codes()
    assert not twice((row["credential_code"], row["soc_code"]) for row in rows("credential_occupation"))


def test_steps_lead_somewhere_and_never_in_a_circle() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for row in rows("credential_step"):
        assert {row["from_code"], row["to_code"]} <= codes() and row["from_code"] != row["to_code"], row
        assert row["relation"] in {"prerequisite", "stacks_to", "supersedes"}, row
        graph[row["to_code"]].add(row["from_code"])
    assert not twice((row["from_code"], row["to_code"]) for row in rows("credential_step"))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these steps go in a circle: {error.args[1]}")


def test_the_reader_takes_the_lexicon() -> None:
    assert len(lexicon().by_code) == len(codes()) and len(lexicon().spellings()) > len(lexicon().forms)
