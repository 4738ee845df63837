"""Explain a credential: why it is, or is not, on the list, in words and as JSON, from a small release."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from warehouse import credential_wording
from warehouse.cli_explain import explain_command
from warehouse.connection import connect
from warehouse.credential_wording import within_reach
from warehouse.explain import NothingReleased
from warehouse.explain_credential import explain_credential
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.quick_sql import literals
from warehouse.release import ReleaseColumn, ReleaseTable, assemble

DEFAULT, OHIO = "xa-default", "xa-ohio"
NURSES, COOKS, AIDES = ("29-1141", "Registered Nurses"), ("35-2014", "Cooks"), ("31-1131", "Nursing Assistants")
NAMES = {
    "STNUR001": ("Nurse licence (RN)", "State board of nursing"),
    "CCRNX001": ("Critical care nurse", "Critical Care Association"),
    "ACLSX001": ("Advanced life support", "Heart Association"),
    "ACLSX002": ("Advanced trauma life support", "Surgeons"),
    "CPRXX001": ("First aid", "Red Cross"),
    "NURAI001": ("Nursing aide certificate", "State registry"),
    "FOODX001": ("Food safety manager", "Food Safety Institute"),
    "GUILD001": ("Guild journey card", "Guild"),
    "TAKEN001": ("Taken badge", "Guild"),
    "NOBOD001": ("Nobody asks", "Guild"),
    "PREFX001": ("Preferred only", "Guild"),
}
OPENINGS = 200
# list, area, line, credential: openings that require, prefer, only mention it; employers; evidence; rule
ASKED: list[tuple[str, str, tuple[str, str], str, int, int, int, int]] = [
    (DEFAULT, "XA", NURSES, "STNUR001", 190, 2, 1, 9),
    (DEFAULT, "XA", NURSES, "CCRNX001", 3, 6, 0, 2),
    (DEFAULT, "XA", NURSES, "ACLSX001", 2, 0, 0, 1),
    (DEFAULT, "XA", NURSES, "ACLSX002", 30, 0, 0, 5),
    (DEFAULT, "XA", NURSES, "CPRXX001", 0, 0, 4, 0),
    (DEFAULT, "XA", NURSES, "TAKEN001", 40, 0, 0, 6),
    (DEFAULT, "XA:1", NURSES, "CCRNX001", 90, 0, 0, 9),
    (OHIO, "XA", NURSES, "ACLSX001", 2, 0, 0, 1),
    (OHIO, "XA", NURSES, "PREFX001", 0, 12, 0, 4),
    (OHIO, "XA", NURSES, "STNUR001", 190, 2, 1, 9),
]
ELSEWHERE = [
    (DEFAULT, AIDES, "NURAI001", 60, 0),
    (DEFAULT, COOKS, "NURAI001", 3, 0),
    (DEFAULT, COOKS, "FOODX001", 0, 5),
]
BARS = (("postings", "postings_pct", 5.0), ("postings", "postings_count", 10.0), ("employers", "employers_count", 3.0))
OUTCOMES = [
    (DEFAULT, "XA", *NURSES, "listed"),
    (DEFAULT, "XA", *AIDES, "failed_skill"),
    (DEFAULT, "XA", *COOKS, "removed_by_decision"),
    (DEFAULT, "XA:1", *NURSES, "listed"),
    (OHIO, "XA", *NURSES, "listed"),
]
KEYS = {
    "core.dim_policy": "list_id",
    "core.dim_area": "area_id",
    "identify.mart_occupation_outcome": "list_id, area_id, line_code",
    "postings.fct_job_posting": "job_posting_key",
    "postings.mart_credential_outcome": "list_id, area_id, line_code, credential_code",
    "postings.mart_credential_screening": "list_id, area_id, line_code, credential_code, measure",
    "postings.mart_credential_demand": "list_id, area_id, line_code, credential_code",
    "credentials.dim_credential": "credential_code",
    "credentials.mart_priority_credential": "list_id, area_id, credential_code",
    "credentials.mart_credential_list_diff": "list_id, credential_code",
    "credentials.mart_credential_qa": "list_id, credential_code",
    "credentials.mart_career_lattice": "list_id, area_id, from_credential_code, to_credential_code",
}


def _tables(*, postings: bool) -> dict[str, tuple[str, list[tuple[Any, ...]]]]:
    """Table -> its columns and rows, as the marts have them where `explain_credential` reads them."""
    outcomes, tests, demand = [], [], []
    for list_id, area, (code, title), credential, required, preferred, mention, employers in ASKED:
        asked = required + preferred
        evidence, rule = (required, "any") if list_id == OHIO else (asked, "all")
        values = (100.0 * evidence / OPENINGS, float(evidence), float(employers if evidence else 0))
        met = [value >= bar for value, (*_, bar) in zip(values, BARS, strict=True)]
        ends = [met[0] and met[1], met[2]]
        passed = evidence > 0 and (any(ends) if rule == "any" else all(ends))
        near = not passed and all(v >= bar / 2 for v, (*_, bar) in zip(values, BARS, strict=True))
        state = "only_mentioned" if not evidence else "passed" if passed else "failed_postings"
        key = (list_id, area, code, title, credential)
        outcomes.append((*key, state, passed, near, "borderline" if near else "solid", evidence, values[0], rule))
        tests += [
            (*key, test, measure, value, bar, value - bar, "pass" if value >= bar else "fail", "solid")
            for value, (test, measure, bar) in zip(values, BARS, strict=True)
        ]
        basis = "required" if list_id == OHIO else "asked"
        demand.append((*key, True, OPENINGS, required, preferred, 0, 0, mention, asked, basis))
    for list_id, (code, title), credential, asked, mention in ELSEWHERE:
        key = (list_id, "XA", code, title, credential)
        demand.append((*key, False, OPENINGS, asked, 0, 0, 0, mention, asked, "asked"))
    listed = [
        (*row[:2], row[4], "listed", "preliminary", "Tier 1", None)
        for row in outcomes
        if row[6] and row[4] != "TAKEN001"
    ]
    listed.append((DEFAULT, "XA", "GUILD001", "listed_by_decision", "preliminary", "Tier 2", "asked for by the guild"))
    keys = "list_id, area_id, line_code, line_title, credential_code"
    return {
        "core.dim_policy": (
            "list_id, list_title, state_postal, cycle, as_of_date, policy_id, param_hash",
            [
                (OHIO, "Ohio's rule", "XA", "2026", "2026-07-01", "ohio_2021", "h"),
                (DEFAULT, "The default", "XA", "2026", "2026-07-01", "default", "h"),
                ("ny-2026", "New York", "NY", "2026", "2026-07-01", "other", "h"),
            ],
        ),
        "core.dim_area": (
            "area_id, area_name, area_kind, state_postal, is_sample",
            [
                ("XA", "Alder", "state", "XA", True),
                ("XA:1", "North Alder", "region", "XA", True),
                ("XA:9", "Far Alder", "region", "XA", True),
            ],
        ),
        "identify.mart_occupation_outcome": ("list_id, area_id, line_code, line_title, terminal_state", OUTCOMES),
        "postings.fct_job_posting": ("job_posting_key, state_postal", [(1, "XA" if postings else "NY")]),
        "postings.mart_credential_outcome": (
            f"{keys}, terminal_state, is_passed, is_near_miss, stability, evidence_count, postings_pct,"
            " credential_rule",
            outcomes,
        ),
        "postings.mart_credential_screening": (
            f"{keys}, test, measure, value, threshold, margin, result, stability",
            tests,
        ),
        "postings.mart_credential_demand": (
            f"{keys}, is_priority_line, posting_count, required_count, preferred_count, after_hire_count, named_count,"
            " mention_count, asked_count, evidence",
            demand,
        ),
        "credentials.dim_credential": (
            "credential_code, credential_name, issuer_name, credential_type, is_stepping_stone",
            [(code, name, issuer, "certification", False) for code, (name, issuer) in NAMES.items()],
        ),
        "credentials.mart_priority_credential": (
            "list_id, area_id, credential_code, terminal_state, list_status, tier, decision_reason",
            listed,
        ),
        "credentials.mart_credential_list_diff": (
            "list_id, credential_code, change, previous_tier",
            [(DEFAULT, "STNUR001", "retained", "Tier 1"), (DEFAULT, "CPRXX001", "removed", "Tier 2")],
        ),
        "credentials.mart_credential_qa": (
            "list_id, credential_code, is_third_party, requires_exam, is_recognized, is_entry_wage_livable,"
            " has_quality_assurance",
            [(DEFAULT, "STNUR001", True, True, True, False, None)],
        ),
        "credentials.mart_career_lattice": (
            "list_id, area_id, from_credential_code, to_credential_code, to_credential_name, hop_count",
            [(DEFAULT, "XA", "NURAI001", "STNUR001", NAMES["STNUR001"][0], 2)],
        ),
    }


def _release(root: DataRoot, folder: Path, *, postings: bool = True, without: tuple[str, ...] = ()) -> DataRoot:
    """A release of these tables, with a decision in the policy files that it was built with."""
    root.ensure()
    policy = folder / "policy"
    policy.mkdir(parents=True)
    (policy / "credential_decision.csv").write_text(
        "list_id,area_id,credential_code,decision,tier,reason,decided_by_role,decided_on,expires_on,citation\n"
        f"{DEFAULT},XA,TAKEN001,remove,,no exam is taken,team,2025-01-01,,c\n"
        f'{DEFAULT},XA,TAKEN001,remove,,"its owner closed, in May",team,2026-01-01,,c\n',
        encoding="utf-8",
    )
    made = {name: table for name, table in _tables(postings=postings).items() if name.split(".")[0] not in without}
    with connect(root.build_database) as con:
        for schema in {name.split(".")[0] for name in made}:
            con.execute(f"create schema {schema}")
        for name, (columns, rows) in made.items():
            values = ", ".join(f"({literals(row)})" for row in rows)
            con.execute(f"create table {name} as select * from (values {values}) as t ({columns})")
        tables = [
            ReleaseTable(
                name.split(".")[0], *name.split("."), root.build_database, tuple(KEYS[name].split(", ")), name,
                tuple(ReleaseColumn(row[0], publish=True) for row in con.execute(f"describe {name}").fetchall()),
            )
            for name in made
        ]  # fmt: skip
    root.lock_file.write_text("{}", encoding="utf-8")
    assemble(
        root, tables, lock_file=root.lock_file, provenance={"policy_fingerprint": "p"}, sources=(),
        extras={"whatif": folder},
    )  # fmt: skip
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    """A data root with one small release. Not to be changed."""
    folder = tmp_path_factory.mktemp("explain_credential")
    return _release(DataRoot(folder / "data"), folder / "whatif")


def told(root: DataRoot, query: str, *, list_id: str = DEFAULT, **options: Any) -> dict[str, Any]:
    """The answer of one list."""
    (answer,) = explain_credential(root, query, list_id=list_id, **options)["lists"]
    return dict(answer)


# ------------------------------------------------------------------------------------------ the answer


def test_a_listed_credential_says_for_what_it_passes(root: DataRoot) -> None:
    answer = told(root, "STNUR001")
    assert (answer["is_listed"], answer["terminal_state"], answer["tier"]) == (True, "listed", "Tier 1")
    assert answer["sentence"] == (
        "Nurse licence (RN) is on the preliminary list: it passes for Registered Nurses (29-1141)"
    )
    (line,) = answer["lines"]
    assert (line["opening_count"], line["required_count"], line["mention_count"]) == (OPENINGS, 190, 1)
    assert [test["sentence"] for test in line["tests"]] == [
        "in 96 % of the openings (at least 5 % needed)",
        "in 192 openings (at least 10 needed)",
        "by 9 employers (at least 3 needed)",
    ]
    assert answer["needs"] == [] and answer["command"] is None
    assert answer["previous"] == {"change": "retained", "tier": "Tier 1"}
    assert answer["quality"]["has_quality_assurance"] is None


def test_a_near_miss_says_what_it_lacks_and_what_would_do(root: DataRoot) -> None:
    answer = told(root, "CCRNX001")
    assert answer["terminal_state"] == "failed_postings" and answer["lines"][0]["is_near_miss"]
    assert answer["sentence"] == (
        "Critical care nurse is not on the list, but near it: for Registered Nurses (29-1141) it is asked for only in"
        " 4.5 % of the openings (at least 5 % needed) and in 9 openings (at least 10 needed) and by 2 employers (at"
        " least 3 needed)"
    )
    assert answer["command"] == (
        f"currency whatif --list {DEFAULT} --set credential.min_postings_pct=4.49"
        " --set credential.min_postings_count=9 --set credential.min_employers_count=2"
    )
    assert answer["needs"][1] == "credential.min_postings_count at most 9 (now 10)"
    assert answer["listed_in"] == ["XA:1"]


def test_far_from_the_bar(root: DataRoot) -> None:
    answer = told(root, "Advanced life support")
    assert "even where it comes nearest it is asked for only in 1 % of the openings" in answer["sentence"]
    assert "by 1 employer (at least 3 needed)" in answer["sentence"]


def test_under_a_rule_of_any_the_nearest_test_is_enough(root: DataRoot) -> None:
    answer = told(root, "ACLSX001", list_id=OHIO)
    assert answer["sentence"].endswith("; any of these would be enough")
    assert answer["command"] == f"currency whatif --list {OHIO} --set credential.min_employers_count=1"


def test_only_mentioned_is_no_evidence(root: DataRoot) -> None:
    answer = told(root, "First aid")
    assert answer["terminal_state"] == "only_mentioned" and answer["needs"] == []
    assert answer["sentence"] == "First aid is not on the list: openings only mention it, none asks for it"
    assert answer["previous"]["change"] == "removed"


def test_asked_for_but_not_as_the_list_counts(root: DataRoot) -> None:
    """Twelve openings prefer it; this list counts requirements alone."""
    assert told(root, "PREFX001", list_id=OHIO)["sentence"] == (
        "Preferred only is not on the list: 12 openings ask for it in Registered Nurses (29-1141), but this list counts"
        " it only where it is required"
    )


def test_an_occupation_that_is_no_priority(root: DataRoot) -> None:
    answer = told(root, "Nursing aide certificate")
    assert answer["terminal_state"] == "not_asked_for" and answer["lines"] == []
    assert answer["sentence"] == (
        "Nursing aide certificate is not on the list: 60 openings ask for it in Nursing Assistants (31-1131), which is"
        " not a priority occupation: it fails the skill test"
    )
    assert [(e["line_code"], e["asked_count"], e["why_not_priority"]) for e in answer["elsewhere"]] == [
        ("31-1131", 60, "it fails the skill test"),
        ("35-2014", 3, "a decision took it off"),
    ]
    assert answer["elsewhere"][0]["command"] == f"currency explain 31-1131 --list {DEFAULT}"
    assert answer["leads_to"] == [{"credential_code": "STNUR001", "name": "Nurse licence (RN)", "hops": 2}]


def test_only_mentioned_in_an_occupation_that_is_no_priority(root: DataRoot) -> None:
    assert told(root, "FOODX001")["sentence"].endswith("openings only mention it, none asks for it")


def test_no_opening_names_it(root: DataRoot) -> None:
    assert "no opening that counts" in told(root, "NOBOD001")["sentence"]


def test_decisions_are_told_with_their_reasons(root: DataRoot) -> None:
    added = told(root, "GUILD001")
    assert added["is_listed"] and added["terminal_state"] == "listed_by_decision"
    assert added["sentence"] == "Guild journey card is on the preliminary list by decision: asked for by the guild"
    removed = told(root, "TAKEN001")
    assert not removed["is_listed"] and removed["terminal_state"] == "removed_by_decision"
    assert removed["decision_reason"] == "its owner closed, in May"
    assert removed["sentence"].endswith(
        "it passes for Registered Nurses (29-1141), but a decision took it off: its owner closed, in May"
    )


def test_a_region_has_its_own_answer(root: DataRoot) -> None:
    answer = explain_credential(root, "CCRNX001", state="xa", area="north alder")
    assert (answer["area_id"], answer["not_screened_by"]) == ("XA:1", [OHIO])
    (only,) = answer["lists"]
    assert only["is_listed"] and only["listed_in"] == []


def test_every_list_of_the_state_answers_the_default_first(root: DataRoot) -> None:
    answer = explain_credential(root, "STNUR001", state="xa")
    assert [entry["list_id"] for entry in answer["lists"]] == [DEFAULT, OHIO]


# ---------------------------------------------------------------------------------- which one is meant


@pytest.mark.parametrize("query", ["ccrnx001", "CRITICAL CARE NURSE", "critical nurse", "care association"])
def test_a_credential_is_found_by_code_name_or_words(root: DataRoot, query: str) -> None:
    assert explain_credential(root, query, state="XA")["credential"]["credential_code"] == "CCRNX001"


def test_an_exact_name_wins_over_one_that_holds_its_words(root: DataRoot) -> None:
    answer = explain_credential(root, "advanced life support", state="XA")
    assert answer["credential"]["credential_code"] == "ACLSX001"


def test_what_is_ambiguous_is_not_guessed(root: DataRoot) -> None:
    with pytest.raises(PermanentFailure) as caught:
        explain_credential(root, "life support", state="XA")
    assert "2 credentials have these words" in caught.value.found
    assert "ACLSX001" in caught.value.expected and "ACLSX002" in caught.value.expected


@pytest.mark.parametrize(
    ("query", "candidate"),
    [("critcal care nurs", "CCRNX001"), ("FSM", "FOODX001"), ("guild master", "GUILD001"), ("zzzz", "dim_credential")],
)
def test_an_unknown_name_has_candidates(root: DataRoot, query: str, candidate: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        explain_credential(root, query, state="XA")
    assert "no credential has this name" in caught.value.found and candidate in caught.value.expected
    assert "credential.csv" in caught.value.remedy


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"state": "WY"}, "no list of WY"),
        ({}, "lists of 2 states"),
        ({"list_id": "xa-defualt"}, "did you mean xa-default"),
        ({"state": "NY", "list_id": DEFAULT}, "is of XA, not of NY"),
        ({"state": "XA", "area": "7"}, "covers 7"),
        ({"state": "XA", "area": "Far Alder"}, "covers Far Alder"),
    ],
)
def test_what_is_not_there_is_told(root: DataRoot, options: dict[str, str], found: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        explain_credential(root, "STNUR001", **options)
    assert found in caught.value.found and caught.value.expected


def test_nothing_released_yet(tmp_path: Path) -> None:
    with pytest.raises(NothingReleased):
        explain_credential(DataRoot(tmp_path), "STNUR001", state="XA")


def test_a_release_without_postings_says_what_to_do(tmp_path: Path) -> None:
    """The domain was never released; or it was, and holds no opening of the state."""
    bare = _release(DataRoot(tmp_path / "bare"), tmp_path / "one", without=("postings",))
    with pytest.raises(PermanentFailure, match="no credential screening") as caught:
        explain_credential(bare, "STNUR001", state="XA")
    assert "import job postings" in caught.value.remedy
    empty = _release(DataRoot(tmp_path / "empty"), tmp_path / "two", postings=False)
    with pytest.raises(PermanentFailure, match="no job postings of XA") as caught:
        explain_credential(empty, "NOBOD001", list_id=DEFAULT)
    assert "currency archive import job_postings" in caught.value.remedy


# ------------------------------------------------------------------------------------ the command line


def run(root: DataRoot, *arguments: str) -> Result:
    return CliRunner().invoke(explain_command, [*arguments, "--data-dir", str(root.root)])


def test_in_words(root: DataRoot) -> None:
    said = run(root, "--credential", "CCRNX001", "--state", "XA")
    assert said.exit_code == 0, said.output
    flat = " ".join(said.output.split())
    for part in (
        "CCRNX001 Critical care nurse, Critical Care Association, in Alder (XA), release",
        "SAMPLE: a fictional state",
        "is not on the list, but near it: for Registered Nurses (29-1141)",
        "It is on the list of XA:1 (--area).",
        "29-1141 Registered Nurses: near miss, borderline. Of 200 openings 3 require it, 6 prefer it.",
        "FAIL asked for by 2 employers (at least 3 needed)",
        "What would put it on the list: all of these together",
        "Try it: currency whatif --list xa-default --set",
        "xa-ohio: Critical care nurse is not on the list: no opening",
    ):
        assert part in flat, part
    assert "\x1b[" not in said.output and "None" not in said.output


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("STNUR001", ("Status: preliminary. Tier: Tier 1.", "too.", "entry wage livable: no, quality assurance")),
        ("NURAI001", ("31-1131 Nursing Assistants (it fails the skill test): 60 of 200", "Why: currency explain 31-")),
        ("NURAI001", ("Leads to listed credentials: Nurse licence (RN) (2 steps).",)),
        ("FOODX001", ("none of 200 openings ask for the credential",)),
        ("CPRXX001", ("only mentioned. Of 200 openings 4 only mention it.", "It was on the state's list of the cycle")),
        ("GUILD001", ("by decision: asked for by the guild.",)),
    ],
)  # fmt: skip
def test_each_end_in_words(root: DataRoot, query: str, parts: tuple[str, ...]) -> None:
    flat = " ".join(run(root, "--credential", query, "--list", DEFAULT).output.split())
    for part in parts:
        assert part in flat, (part, flat)


def test_every_list_in_full_and_areas_without_a_list(root: DataRoot) -> None:
    assert run(root, "--credential", "STNUR001", "--state", "XA", "--all").output.count("Status: preliminary") == 2
    assert "Any of the tests is enough" in run(root, "--credential", "ACLSX001", "--list", OHIO).output
    said = run(root, "--credential", "CCRNX001", "--state", "XA", "--area", "1").output
    assert "Not screened here by xa-ohio" in said


def test_as_json(root: DataRoot) -> None:
    answer = json.loads(run(root, "--credential", "CCRNX001", "--state", "XA", "--json").output)
    first = answer["lists"][0]
    assert first["lines"][0]["tests"][0]["margin"] == pytest.approx(-0.5)
    assert first["command"].startswith("currency whatif") and answer["is_sample"] is True


def test_exit_codes(root: DataRoot, tmp_path: Path) -> None:
    said = run(root, "--credential", "zzzz", "--state", "XA")
    assert said.exit_code == 1 and "What to do" in said.stderr and "Traceback" not in said.output
    said = run(root, "--credential", "life support", "--state", "XA", "--json")
    assert said.exit_code == 1 and "ACLSX002" in json.loads(said.stdout)["error"]["expected"]
    assert run(root, "29-1141", "--credential", "x").exit_code == 2
    assert run(root).exit_code == 2
    assert run(DataRoot(tmp_path), "--credential", "x").exit_code == 3


@pytest.mark.parametrize(
    ("value", "bar"), [(4.4, "4.39"), (4.3478, "4.34"), (5.004, "5"), (0.012346, "0.01234"), (7.0, "7"), (100.0, "100")]
)
def test_the_bar_that_is_suggested_is_met(value: float, bar: str) -> None:
    """Two decimals where they do; never above the value, which a mart has rounded."""
    assert within_reach("postings_pct", value) == bar and float(bar) <= value


def test_examples() -> None:
    assert doctest.testmod(credential_wording).failed == 0
