"""What-if: who enters, who leaves, why; what cannot be asked; and that nothing released is touched."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.component.warehouse import small_chain
from warehouse.cli_whatif import whatif_command
from warehouse.connection import attach, connect
from warehouse.failures import PermanentFailure
from warehouse.files import sha256_of
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.policy import PolicyFailure, load_policies, read_policies
from warehouse.policy_contract import PARAMETERS
from warehouse.whatif import NothingReleased, WhatIf, evaluate, run_chain
from warehouse.whatif_credentials import NEEDS_COUNTING, CredentialChange
from warehouse.whatif_export import CREDENTIAL_TARGETS as CREDENTIAL
from warehouse.whatif_export import export, read_chain

STATE = {"state": "XA"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    """A data root with one release of the toy chain. Not to be changed."""
    made = DataRoot(tmp_path_factory.mktemp("whatif") / "data")
    small_chain.release(made)
    return made


def ask(root: DataRoot, list_id: str, *settings: str) -> WhatIf:
    return evaluate(root, list_ids=[list_id], settings=settings)


def codes(moves: object) -> list[str]:
    return [move.line_code for move in moves]  # type: ignore[attr-defined]


def edit(folder: Path, table: str, **cells: str) -> None:
    """Append a row to a policy file."""
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows, header = list(reader), reader.fieldnames or []
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows([*rows, cells])


# ------------------------------------------------------------------------------------------ the answer


def test_a_lower_bar_lets_in_who_meets_it_and_says_why(root: DataRoot) -> None:
    answer = ask(root, "xa-default-2026", "demand.min_openings=400")
    (change,) = answer.lists
    assert [(m.area_id, m.line_code) for m in change.enter] == [("XA", "13-1041"), ("XA", "47-2111")]
    assert change.leave == ()
    assert (change.listed_before, change.listed, change.screened) == (2, 4, 7)
    assert change.stay_listed == 2 and change.stay_off == 3
    (flip,) = change.enter[0].why
    assert (flip.test, flip.value, flip.threshold_before, flip.threshold) == ("demand", 400.0, 500.0, 400.0)
    assert (flip.result_before, flip.result) == ("fail", "pass")
    assert flip.words == "annual openings, long-term: 400 is exactly at the bar of 400 (was 500)"
    (done,) = change.edits
    assert (done.parameter, done.before, done.after) == ("demand.min_openings", "500.0", "400")


def test_a_higher_bar_drops_who_misses_it(root: DataRoot) -> None:
    (change,) = ask(root, "xa-default-2026", "demand.min_openings=501").lists
    assert codes(change.leave) == ["29-1141"] and change.enter == ()
    assert change.leave[0].terminal_state == "failed_demand"
    assert change.states["failed_demand"] == change.states_before["failed_demand"] + 1


def test_each_list_is_judged_by_its_own_policy(root: DataRoot) -> None:
    answer = evaluate(root, state="xa", settings=["wage.threshold_hourly_usd=45"])
    changes = {change.list_id: change for change in answer.lists}
    assert codes(changes["xa-florida-2026"].leave) == ["29-1141"]
    assert changes["xa-default-2026"].notes == (
        "wage.threshold_hourly_usd is not read here: wage.rule of this list is living_wage, not fixed_hourly_usd",
    )


def test_an_unknown_becomes_a_reason_not_a_crash(root: DataRoot) -> None:
    """Truck drivers have no wage: once there is a bar they are unknown, which is no pass."""
    (change,) = ask(root, "xa-default-2026", "skill.min_job_zone=2").lists
    assert codes(change.enter) == ["53-3032"]
    (change,) = ask(root, "xa-default-2026", "skill.min_job_zone=2", "wage.threshold_hourly_usd=10").lists
    assert codes(change.enter) == [] and change.states["failed_wage"] == 1


def test_a_common_parameter_makes_the_shared_models_again(root: DataRoot) -> None:
    """62,400 a year is $30.00 at 2,080 hours and $62.40 at 1,000; and it moves every list."""
    answer = ask(root, "xa-colorado-2026", "wage.hours_per_year=1000")
    (change,) = answer.lists
    assert "47-2111" in codes(change.enter)
    flip = next(m for m in change.enter if m.line_code == "47-2111").why[0]
    assert (flip.test, flip.value_before, flip.value) == ("wage", 30.0, 62.4)
    assert "the value was $30.00" in flip.words
    assert "xa-ohio-2026" in answer.also_touched
    assert "every list" in answer.notes[0]


def test_an_edit_that_says_the_same_changes_nothing(root: DataRoot) -> None:
    answer = ask(root, "xa-default-2026", "demand.min_openings=500")
    assert not answer.changes_anything
    assert answer.lists[0].edits == () and "changes no value" in answer.notes[0]
    assert set(answer.untouched_lists) >= {"xa-default-2026", "xa-ohio-2026"}


def test_lists_that_were_not_asked_about_stay_untouched(root: DataRoot) -> None:
    answer = ask(root, "xa-default-2026", "demand.min_openings=400")
    assert "xa-florida-2026" in answer.untouched_lists and answer.also_touched == ()


def test_an_area_narrows_the_report(root: DataRoot) -> None:
    answer = evaluate(root, state="XA", list_ids=["xa-default-2026"], settings=["demand.min_openings=50"], area="1")
    (change,) = answer.lists
    assert answer.area_id == "XA:1"
    assert (change.screened, codes(change.enter)) == (1, ["29-1141"])


def test_stability_that_changes_is_counted(root: DataRoot) -> None:
    (change,) = ask(root, "xa-default-2026", "demand.min_openings=450").lists
    assert change.other_stability == 1, "nurses, at 500 openings, are on the bar no longer"


# ------------------------------------------------------------------------------------ credentials


DEFAULT = "xa-default-2026"


def credentials(root: DataRoot, *settings: str, list_id: str = DEFAULT) -> CredentialChange:
    (change,) = ask(root, list_id, *settings).lists
    assert change.credentials is not None
    return change.credentials


def named(moves: object) -> list[tuple[str, str]]:
    return [(move.area_id, move.credential_code) for move in moves]  # type: ignore[attr-defined]


def words(change: CredentialChange) -> list[str]:
    return [flip.words for move in (*change.enter, *change.leave) for flip in move.why]


def test_a_lower_share_lets_a_near_miss_in(root: DataRoot) -> None:
    """11 of 250 openings are 4.4 %."""
    change = credentials(root, "credential.min_postings_pct=4.4")
    assert (change.listed_before, change.listed, change.stay_listed) == (1, 2, 1)
    (move,) = change.enter
    assert (move.area_id, move.credential_code, move.line_codes) == ("XA", "CCRNX001", "29-1141")
    (flip,) = move.why
    assert (flip.line_code, flip.parameter) == ("29-1141", "credential.min_postings_pct")
    assert (flip.value, flip.threshold_before, flip.threshold, flip.result) == (4.4, 5.0, 4.4, "pass")
    assert flip.words == "share of openings: 4.4 % is exactly at the bar of 4.4 % (was 5 %)"
    assert (change.borderline_before, change.borderline) == (0, 1)
    assert (change.near_misses_before, change.near_misses) == (2, 1)
    (gone,) = change.near_miss_leave
    assert (gone.credential_code, gone.state) == ("CCRNX001", "passed")
    assert gone.shortfall == "in 4.4 % of the openings (at least 5 % needed)"


def test_just_above_the_bar_stays_out(root: DataRoot) -> None:
    change = credentials(root, "credential.min_postings_pct=4.41")
    assert not change.changes_anything and change.listed == 1


def test_a_higher_bar_drops_and_says_what_is_missing(root: DataRoot) -> None:
    change = credentials(root, "credential.min_employers_count=10")
    assert named(change.leave) == [("XA", "STNUR001")] and change.enter == ()
    assert change.leave[0].is_near_miss and words(change) == ["employers: 9 is 1 below the bar of 10 (was 3)"]
    assert [move.credential_code for move in change.near_miss_enter] == ["STNUR001"]
    assert {move.credential_code for move in change.near_miss_leave} == {"ACLSX001", "CCRNX001"}


def test_any_test_is_enough_under_another_rule(root: DataRoot) -> None:
    """First aid is only mentioned: no evidence, whatever the rule."""
    change = credentials(root, "credential.rule=any")
    assert named(change.enter) == [("XA", "ACLSX001"), ("XA", "CCRNX001")]
    assert change.enter[0].why[0].test == "rule"
    assert words(change)[0].startswith("any of the tests is enough now (share of openings: 8 % is 3 points above")
    (told,) = ask(root, DEFAULT, "credential.rule=any").lists
    assert any("raise it too" in note for note in told.notes)


def test_a_test_that_is_no_longer_made(root: DataRoot) -> None:
    answer = ask(root, DEFAULT, "credential.postings_measure=count", "credential.min_postings_pct=90")
    change = answer.lists[0].credentials
    assert change is not None and named(change.enter) == [("XA", "CCRNX001")]
    assert words(change) == ["no longer tested (share of openings: 4.4 % is 0.6 points below the bar of 5 %)"]
    assert "credential.postings_measure of this list is count" in answer.lists[0].notes[0]


def test_other_evidence_moves_the_values(root: DataRoot) -> None:
    change = credentials(root, "credential.evidence=required")
    assert not change.leave and [move.credential_code for move in change.near_miss_leave] == ["CCRNX001"]
    assert change.near_miss_leave[0].state == "only_mentioned"


def test_credentials_follow_the_occupations(root: DataRoot) -> None:
    """Compliance officers enter the list, and with them what their openings ask for."""
    change = credentials(root, "demand.min_openings=400")
    assert named(change.enter) == [("XA", "CRCMX001")]
    assert change.enter[0].why[0].test == "occupation"
    assert words(change) == ["it is a priority occupation now; 30 of its 60 openings ask for the credential"]
    change = credentials(root, "demand.min_openings=501")
    assert named(change.leave) == [("XA", "STNUR001")] and change.listed == 0
    assert "no priority occupation any more" in words(change)[0]
    assert {move.state for move in change.near_miss_leave} == {None}


def test_each_area_has_a_list(root: DataRoot) -> None:
    change = credentials(root, "demand.min_openings=50")
    assert ("XA:1", "STNUR001") in named(change.enter)
    answer = evaluate(root, list_ids=[DEFAULT], settings=["demand.min_openings=50"], area="1")
    change_there = answer.lists[0].credentials
    assert change_there is not None and named(change_there.enter) == [("XA:1", "STNUR001")]
    assert change_there.listed_before == 0 and change_there.size is None


def test_a_sudden_change_of_size_is_told(root: DataRoot) -> None:
    size = credentials(root, "credential.min_postings_pct=4").size
    assert size is not None
    assert (size.previous_count, size.change_pct_before, size.change_pct, size.allowed_pct) == (1, 0.0, 100.0, 25.0)
    assert size.is_sudden and not size.is_sudden_before
    allowed = credentials(root, "credential.min_postings_pct=4", "credential.list_size_change_pct=100").size
    assert allowed is not None and not allowed.is_sudden


def test_the_weight_cap_decides_nothing(root: DataRoot) -> None:
    """The counts of the release go by its name: another cap must not lose them."""
    (change,) = ask(root, DEFAULT, "posting.weight_cap=2").lists
    assert change.credentials is not None and not change.credentials.changes_anything
    assert change.credentials.listed == 1 and "weighted figures" in change.notes[0]


def test_what_decides_no_test_says_so(root: DataRoot) -> None:
    (change,) = ask(root, DEFAULT, "credential.near_miss_pct=95").lists
    assert change.credentials is not None and change.credentials.near_misses == 0
    assert "how far below the bar is still a near miss" in change.notes[0]


@pytest.mark.parametrize("name", sorted(NEEDS_COUNTING))
def test_what_only_a_build_can_answer_is_refused(root: DataRoot, name: str) -> None:
    value = {"posting.window_months": "24", "posting.duplicate_window_days": "30"}.get(name, "0.6")
    with pytest.raises(PermanentFailure) as caught:
        ask(root, DEFAULT, f"{name}={value}")
    assert name in caught.value.found and "not its postings" in caught.value.found
    assert "currency refresh" in caught.value.remedy and "policy_parameter.csv" in caught.value.remedy
    assert ("list_parameter.csv" in caught.value.remedy) == (not PARAMETERS[name].common_only)


def test_every_parameter_of_the_credentials_is_answered_or_refused(root: DataRoot) -> None:
    """None of them is silently without effect for want of counts."""
    for name, parameter in PARAMETERS.items():
        if name.startswith(("credential.", "posting.")) and name not in NEEDS_COUNTING and not parameter.common_only:
            value = parameter.choices[-1] if parameter.choices else f"{parameter.low or 1:g}"
            assert ask(root, DEFAULT, f"{name}={value}").lists[0].credentials is not None, name


def test_edited_files_that_need_a_count_leave_the_occupations_told(root: DataRoot, tmp_path: Path) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    own = {"reason": "r", "citation": "c"}
    edit(folder, "list_parameter", list_id=DEFAULT, parameter="posting.window_months", value="24", **own)
    edit(folder, "list_parameter", list_id=DEFAULT, parameter="demand.min_openings", value="400", **own)
    answer = evaluate(root, state="XA", policy_folder=folder)
    changes = {change.list_id: change for change in answer.lists}
    assert changes[DEFAULT].credentials is None and codes(changes[DEFAULT].enter) == ["13-1041", "47-2111"]
    assert "which postings are counted at all" in changes[DEFAULT].notes[0]
    assert changes["xa-florida-2026"].credentials is not None


def test_another_day_has_no_counts(root: DataRoot, tmp_path: Path) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    path = folder / "occupation_list.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [line.replace("2026-07-01", "2026-08-01") if line.startswith(DEFAULT) else line for line in lines]
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")
    (change,) = evaluate(root, list_ids=[DEFAULT], policy_folder=folder).lists
    assert change.credentials is None and "for XA no postings were counted" in change.notes[0]


@pytest.mark.parametrize(
    ("decision", "code", "sign", "said"),
    [
        ("add", "CPRXX001", "enter", "decision to add it: a shortage"),
        ("remove", "STNUR001", "leave", "decision to take it off: a shortage"),
    ],
)
def test_a_decision_moves_a_credential(
    root: DataRoot, tmp_path: Path, decision: str, code: str, sign: str, said: str
) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    edit(
        folder, "credential_decision", list_id=DEFAULT, area_id="XA", credential_code=code, decision=decision,
        reason="a shortage", decided_by_role="team", decided_on="2026-01-01",
    )  # fmt: skip
    answer = evaluate(root, state="XA", policy_folder=folder)
    change = answer.lists[0].credentials
    assert change is not None and [m.credential_code for m in getattr(change, sign)] == [code]
    assert words(change) == [said] and "xa-ohio-2026" in answer.untouched_lists


@pytest.mark.parametrize("domain", ["postings", "credentials"])
def test_held_back_domains_are_not_compared(tmp_path: Path, domain: str) -> None:
    """Occupations are still told; a bar of the credentials is refused, not answered with nothing."""
    root = DataRoot(tmp_path / "data")
    small_chain.release(root, held_back={domain: "a gate"})
    answer = ask(root, DEFAULT, "demand.min_openings=400")
    assert codes(answer.lists[0].enter) == ["13-1041", "47-2111"] and answer.lists[0].credentials is None
    assert "held back" in answer.notes[0]
    with pytest.raises(PermanentFailure, match="cannot tell of credentials"):
        ask(root, DEFAULT, "credential.min_postings_pct=4")


def test_credentials_of_another_build_are_not_compared(tmp_path: Path) -> None:
    root = DataRoot(tmp_path / "data")
    path = small_chain.release(root).folder / "whatif" / "chain.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["credential_fingerprints"][DEFAULT] = "7-1"
    path.chmod(0o644)
    path.write_text(json.dumps(content), encoding="utf-8")
    answer = ask(root, DEFAULT, "demand.min_openings=400")
    assert answer.lists[0].credentials is None and "of another build" in answer.notes[0]


def test_a_build_without_counts_still_tells_of_occupations(tmp_path: Path) -> None:
    """Where a blocking test of postings failed, dbt did not make the tables that hang on it."""
    root = DataRoot(tmp_path / "data")
    manifest = small_chain.build(root)
    with connect(root.build_database) as con:
        con.execute("drop table intermediate.int_credential_demand_counted")
    export(root.build_database, manifest, tmp_path / "whatif")
    chain = read_chain(tmp_path / "whatif")
    assert not chain.has_credentials and not [m for m in chain.models if m.for_credentials]
    assert not [r for r in chain.inputs if r.for_credentials]


# --------------------------------------------------------------------------------- edited policy files


def test_edited_files_are_compared_with_the_release(root: DataRoot, tmp_path: Path) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    edit(
        folder, "occupation_decision", list_id="xa-default-2026", area_id="XA", line_code="35-3023", decision="add",
        reason="the governor's initiative", decided_by_role="team", decided_on="2026-01-01",
    )  # fmt: skip
    answer = evaluate(root, list_ids=["xa-default-2026"], policy_folder=folder)
    (move,) = answer.lists[0].enter
    assert (move.line_code, move.terminal_state) == ("35-3023", "listed_by_decision")
    assert move.why[0].test == "decision" and "the governor's initiative" in move.why[0].words
    assert "xa-ohio-2026" in answer.untouched_lists


def test_files_as_released_change_nothing(root: DataRoot) -> None:
    assert not evaluate(root, **STATE, policy_folder=small_chain.SEEDS).changes_anything  # type: ignore[arg-type]


def test_a_new_list_and_a_list_that_is_gone(root: DataRoot, tmp_path: Path) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    path = folder / "occupation_list.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("xa-colorado-2026", "xa-new-2026"), encoding="utf-8")
    for name in ("occupation_decision", "list_parameter", "team_member"):
        other = folder / f"{name}.csv"
        kept = [line for line in other.read_text(encoding="utf-8").splitlines() if "xa-colorado" not in line]
        other.write_text("\n".join(kept) + "\n", encoding="utf-8")
    answer = evaluate(root, state="XA", policy_folder=folder)
    changes = {change.list_id: change for change in answer.lists}
    assert changes["xa-new-2026"].notes == ("the list is new",) and changes["xa-new-2026"].screened_before == 0
    assert changes["xa-new-2026"].enter and "not in the release" in changes["xa-new-2026"].enter[0].why[0].words
    assert changes["xa-colorado-2026"].screened == 0 and changes["xa-colorado-2026"].leave


def test_files_with_problems_are_refused_whole(root: DataRoot, tmp_path: Path) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    edit(folder, "list_parameter", list_id="xa-nobody", parameter="x", value="1", reason="r", citation="c")
    with pytest.raises(PolicyFailure):
        evaluate(root, state="XA", policy_folder=folder)


def test_a_list_of_a_state_that_was_not_built_is_refused(root: DataRoot, tmp_path: Path) -> None:
    folder = small_chain.policy_folder(tmp_path / "policy")
    edit(
        folder, "occupation_list", list_id="ny-2026", title="t", state_postal="NY", cycle="2026",
        as_of_date="2026-07-01", policy_id="default", include_regions="false", owner="o",
    )  # fmt: skip
    with pytest.raises(PermanentFailure, match="no screening inputs for NY"):
        evaluate(root, state="NY", policy_folder=folder)


# -------------------------------------------------------------------------------- what cannot be asked


@pytest.mark.parametrize(
    ("setting", "found", "expected"),
    [
        ("demand.min_opening=400", "did you mean demand.min_openings", "wage.threshold_hourly_usd"),
        ("demand.min_openings=many", "'many'", "a number from 0"),
        ("demand.min_openings=-1", "-1", "a number from 0"),
        ("skill.min_job_zone=9", "9", "from 1 to 5"),
        ("skill.rule=zone", "'zone'", "job_zone, education_share, none"),
        ("demand.min_jobs_per_year=5", "ohio", "one of:"),
        ("demand.min_openings", "no NAME=VALUE", "demand.min_openings=400"),
        ("=5", "no NAME=VALUE", "demand.min_openings=400"),
        ("credential.min_posting_pct=4", "did you mean credential.min_postings_pct", "credential.min_employers_count"),
        ("credential.min_postings_pct=101", "101", "from 0 to 100"),
        ("credential.rule=some", "'some'", "all, any"),
        ("credential.evidence=require", "did you mean required", "required_or_preferred"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(root: DataRoot, setting: str, found: str, expected: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        ask(root, "xa-default-2026", setting)
    assert found in caught.value.found and expected in caught.value.expected and caught.value.remedy


def test_a_name_is_set_once(root: DataRoot) -> None:
    with pytest.raises(PermanentFailure, match="twice"):
        ask(root, "xa-default-2026", "demand.min_openings=400", "demand.min_openings=300")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"state": "NY"}, "no state with a list NY"),
        ({"list_ids": ["xa-defalt-2026"]}, "did you mean xa-default-2026"),
        ({"state": "US", "list_ids": ["xa-default-2026"]}, "no list xa-default-2026 of US"),
        ({"state": "XA", "area": "9"}, "covers area 9"),
    ],
)
def test_unknown_states_lists_and_areas_are_told(root: DataRoot, arguments: dict[str, object], found: str) -> None:
    with pytest.raises(PermanentFailure, match=found):
        evaluate(root, settings=["demand.min_openings=400"], **arguments)  # type: ignore[arg-type]


def test_nothing_released_yet(tmp_path: Path) -> None:
    with pytest.raises(NothingReleased):
        evaluate(DataRoot(tmp_path), state="XA")


def test_inputs_of_another_build_than_the_lists_are_refused(tmp_path: Path) -> None:
    """After a held-back domain the release may hold newer inputs than lists: no answer is better than a wrong one."""
    root = DataRoot(tmp_path / "data")
    folder = small_chain.release(root).folder / "whatif" / "chain.json"
    content = json.loads(folder.read_text(encoding="utf-8"))
    content["fingerprints"]["xa-default-2026"] = "7-1"
    folder.chmod(0o644)
    folder.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(PermanentFailure, match="another build"):
        ask(root, "xa-default-2026", "demand.min_openings=400")
    assert ask(root, "xa-ohio-2026", "demand.min_openings=400").lists


@pytest.mark.parametrize(
    ("spoil", "found"), [("format", "another version"), ("remove", "without what a what-if needs")]
)
def test_a_release_without_inputs_says_so(tmp_path: Path, spoil: str, found: str) -> None:
    root = DataRoot(tmp_path / "data")
    path = small_chain.release(root).folder / "whatif" / "chain.json"
    path.chmod(0o644)
    path.parent.chmod(0o755)
    path.write_text('{"format": 99}', encoding="utf-8") if spoil == "format" else path.unlink()
    with pytest.raises(PermanentFailure, match=found):
        ask(root, "xa-default-2026", "demand.min_openings=400")


# ---------------------------------------------------------------------------- the folder and the chain


def test_the_chain_without_edits_gives_the_released_rows(root: DataRoot) -> None:
    folder = root.current_link.resolve() / "whatif"
    chain, policy = read_chain(folder), read_policies(folder / "policy")
    assert [m.name for m in chain.models if m.shared] == ["int_wage"]
    assert chain.common_parameters == ("wage.hours_per_year",)
    lists = [str(row["list_id"]) for row in policy.lists()]
    for with_shared in (False, True):
        with connect() as con:
            attach(con, folder.parent / "warehouse.duckdb", "released")
            run_chain(con, chain, folder, policy, lists, with_shared=with_shared)
            schemas = {model.name: model.schema for model in chain.models}
            for mart in (
                "mart_occupation_outcome",
                "mart_occupation_screening",
                "mart_occupation_condition",
                *CREDENTIAL,
            ):
                here, there = (f"{database}.{schemas[mart]}.{mart}" for database in ("warehouse", "released"))
                for one, other in ((here, there), (there, here)):
                    assert con.execute(f"select * from {one} except all select * from {other}").fetchall() == []
                assert con.execute(f"select count(*) from {here}").fetchall() > [(0,)]


def test_rows_of_states_without_a_list_stay_at_home(root: DataRoot) -> None:
    folder = root.current_link.resolve() / "whatif"
    with connect() as con:
        areas = con.execute(
            f"select distinct area_id from read_parquet('{folder}/inputs/*int_line.parquet') order by 1"
        ).fetchall()
    assert areas == [("XA",), ("XA:1",)]


def test_of_postings_only_counts_leave_the_build(root: DataRoot) -> None:
    chain = read_chain(root.current_link.resolve() / "whatif")
    kept = {relation.name for relation in chain.inputs if relation.for_credentials}
    assert kept == {"int_credential_demand_counted", "int_line_posting_counted"}
    assert "int_opening" not in {relation.name for relation in (*chain.inputs, *chain.shared)}
    assert len(chain.scopes) == 2, "lists that read the same openings share their counts"


def test_the_policy_comes_back_as_it_went_in(root: DataRoot) -> None:
    folder = root.current_link.resolve() / "whatif" / "policy"
    assert load_policies(folder).hash() == load_policies(small_chain.SEEDS).hash()


def test_a_manifest_without_the_chain_is_refused(tmp_path: Path) -> None:
    root = DataRoot(tmp_path / "data")
    path = small_chain.build(root)
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest["nodes"]["model.toy.mart_occupation_outcome"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(PermanentFailure, match="mart_occupation_outcome"):
        export(root.build_database, path, tmp_path / "whatif")
    assert not (tmp_path / "whatif").exists() and not list(tmp_path.glob(".whatif*"))


def test_missing_compiled_sql_is_refused(tmp_path: Path) -> None:
    root = DataRoot(tmp_path / "data")
    path = small_chain.build(root)
    for file in (path.parent / "compiled").rglob("*.sql"):
        file.unlink()
    with pytest.raises(PermanentFailure, match="no compiled SQL for int_wage"):
        export(root.build_database, path, tmp_path / "whatif")


def test_an_export_replaces_the_one_before(tmp_path: Path) -> None:
    root = DataRoot(tmp_path / "data")
    path, target = small_chain.build(root), tmp_path / "whatif"
    (target / "inputs").mkdir(parents=True)
    (target / "inputs" / "stale.parquet").write_text("x", encoding="utf-8")
    export(root.build_database, path, target)
    assert not (target / "inputs" / "stale.parquet").exists() and read_chain(target).models


# ------------------------------------------------------------------------------------ the command line


def run(root: DataRoot, *arguments: str) -> Result:
    return CliRunner().invoke(whatif_command, [*arguments, "--data-dir", str(root.root)])


def test_in_words(root: DataRoot) -> None:
    said = run(root, "--state", "XA", "--set", "demand.min_openings=400")
    assert said.exit_code == 0, said.output
    for part in (
        "What if: demand.min_openings=400",
        "Nothing was changed",
        "demand.min_openings: 500 -> 400 (openings per year)",
        "Listed: 2 -> 4 of 7 lines screened",
        "+ 13-1041  Compliance Officers",
        "Leave: none.",
        "Unaffected: 2 lines stay on the list, 3 stay off it.",
        "Credentials listed: 1 -> 2, each area's counted; 0 borderline.",
        "+ CRCMX001  Compliance manager [XA]",
        "13-1041 Compliance Officers: it is a priority occupation now; 30 of its 60 openings ask for the credential",
        "Against the list of the cycle before, of 1: +100 % (before: +0 %). Beyond 25 % it is held back",
    ):
        assert part in said.output
    assert "\x1b[" not in said.output


def test_as_json(root: DataRoot) -> None:
    said = json.loads(run(root, "--list", "xa-default-2026", "--set", "demand.min_openings=501", "--json").output)
    assert said["changes_anything"] and said["state_postal"] == "XA"
    (move,) = said["lists"][0]["leave"]
    assert (move["line_code"], move["why"][0]["threshold_before"], move["why"][0]["threshold"]) == ("29-1141", 500, 501)


def test_credentials_in_words(root: DataRoot) -> None:
    said = run(
        root, "--list", DEFAULT, "--set", "credential.min_postings_pct=4", "--set", "posting.weight_cap=2"
    ).output
    for part in (
        "Occupations: 2 of 7 lines listed, as before.",
        "Credentials listed: 1 -> 2",
        "29-1141 Registered Nurses: share of openings: 4.4 % is 0.4 points above the bar of 4 % (was 5 %)",
        "Leave: none.",
        "Near misses: 2 -> 1",
        "Critical care nurse [XA] for 29-1141 Registered Nurses: meets the tests now",
    ):
        assert part in said, part
    said = run(root, "--list", DEFAULT, "--set", "credential.min_postings_pct=4.41").output
    assert "No occupation or credential enters or leaves:" in said and "1 credential, as before" in said


def test_credentials_as_json(root: DataRoot) -> None:
    said = json.loads(run(root, "--list", DEFAULT, "--set", "credential.min_employers_count=10", "--json").output)
    assert said["changes_anything"]
    found = said["lists"][0]["credentials"]
    assert (found["listed_before"], found["listed"]) == (1, 0)
    assert found["leave"][0]["why"][0]["parameter"] == "credential.min_employers_count"


def test_without_a_setting_the_files_of_the_project_are_asked(
    root: DataRoot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    folder = small_chain.policy_folder(project / "seeds" / "policy")
    edit(
        folder,
        "list_parameter",
        list_id="xa-default-2026",
        parameter="skill.min_job_zone",
        value="5",
        reason="r",
        citation="c",
    )
    monkeypatch.setenv("CURRENCY_DBT_PROJECT_DIR", str(project))
    said = run(root, "--state", "XA")
    assert "skill.min_job_zone: 3 -> 5" in said.output and "- 29-1141  Registered Nurses" in said.output


def test_failures_in_words_and_as_json(root: DataRoot, tmp_path: Path) -> None:
    said = run(root, "--state", "XA", "--set", "demand.min_opening=4")
    assert said.exit_code == 1 and "What to do" in said.stderr and "Traceback" not in said.output
    said = run(root, "--state", "XA", "--set", "demand.min_opening=4", "--json")
    assert said.exit_code == 1 and "min_openings" in json.loads(said.stdout)["error"]["found"]
    folder = small_chain.policy_folder(tmp_path / "policy")
    edit(
        folder, "list_parameter", list_id="xa-ohio-2026", parameter="wage.famly", value="1A1C", reason="r", citation="c"
    )
    said = run(root, "--state", "XA", "--policy-dir", str(folder), "--json")
    (problem,) = json.loads(said.stdout)["error"]["problems"]
    assert (problem["file"], problem["column"]) == ("list_parameter.csv", "parameter")
    assert run(DataRoot(tmp_path / "none"), "--state", "XA", "--set", "demand.min_openings=4").exit_code == 3


def test_the_release_is_not_touched_and_pandas_not_imported(root: DataRoot) -> None:
    files = {path: sha256_of(path) for path in root.root.rglob("*") if path.is_file() and not path.is_symlink()}
    code = (
        "import sys\nfrom warehouse.cli_whatif import whatif_command\n"
        "whatif_command(['--state', 'XA', '--set', 'demand.min_openings=400'], standalone_mode=False)\n"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'dbt', 'dagster'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CURRENCY_DATA_DIR": str(root.root)},
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
    assert files == {path: sha256_of(path) for path in root.root.rglob("*") if path.is_file() and not path.is_symlink()}
