"""What if the policy were another one: which occupations and credentials enter a list, which leave it. Nothing changes.

Belongs here: choosing lists, applying an edit to the policy tables as the state would write it, running dbt's compiled
SQL (`whatif_export`) on an in-memory database, comparing with the released marts; of credentials `whatif_credentials`
does that. Not here: any rule of the screening; those are in the SQL alone. No dbt, no pandas: a run takes the start of
DuckDB and the chain for one state's lists.

    evaluate(root, state="NY", settings=["demand.min_openings=400"])        an edit on the released policy
    evaluate(root, state="NY", policy_folder=Path("…/seeds/policy"))         edited policy files against the release
"""

# ruff: noqa: S608 (names and values are quoted: warehouse.connection, warehouse.quick_sql)
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from warehouse import whatif_credentials, wording
from warehouse.connection import attach, connect, quote_literal, quote_relation
from warehouse.failures import PermanentFailure, from_error
from warehouse.paths import DataRoot
from warehouse.pointer import read_pointer
from warehouse.policy import PolicySet, Row, close_match, load_policies, read_policies
from warehouse.policy_checks import conditions_of, threshold_problem, value_problem
from warehouse.policy_contract import COMMON, PARAMETERS, RULE_SETTING, TABLES
from warehouse.quick_sql import literal, literals, rows
from warehouse.release_model import DATABASE_NAME
from warehouse.whatif_credentials import CredentialChange, CredentialComparison
from warehouse.whatif_export import FOLDER, Chain, Model, Relation, area_filter, export, fingerprint_sql, read_chain

if TYPE_CHECKING:
    import duckdb

__all__ = ["FOLDER", "NothingReleased", "WhatIf", "apply_settings", "evaluate", "export", "run_chain"]

PARAMETER_MODEL = "int_list_parameter_resolved"
"""Which value holds for which list: the one model that runs for the policy as released and as edited."""

_RELEASED = "released"
_NOT_COMPARED = ("mart_occupation_funnel",)
_TESTS = ("demand", "skill", "wage")
_BY_LIST = ("occupation_decision", "occupation_wage_override", "occupation_list", "credential_decision")


_Resolved = Mapping[tuple[str, str], tuple[str | None, str | None]]
"""(list, parameter) -> (value, unit)."""


class NothingReleased(PermanentFailure):
    """There is no release to compare with."""


@dataclass(frozen=True)
class Edit:
    """A parameter whose value differs for a list. `before`, `after`: None where it is not stated."""

    list_id: str
    parameter: str
    before: str | None
    after: str | None
    unit: str | None


@dataclass(frozen=True)
class Flip:
    """A test, or a condition of the demand rule, that came out otherwise.

    Attributes:
        value, threshold: under the edit; `value_before`, `threshold_before` as released.
        words: the same as a sentence.
    """

    test: str
    parameter: str | None
    measure: str | None
    horizon: str | None
    operator: str | None
    unit: str | None
    value_before: float | None
    value: float | None
    threshold_before: float | None
    threshold: float | None
    result_before: str | None
    result: str | None
    words: str


@dataclass(frozen=True)
class Move:
    """An occupation that enters or leaves, and why."""

    area_id: str
    line_code: str
    line_title: str
    component_codes: str | None
    terminal_state_before: str | None
    terminal_state: str | None
    stability: str | None
    why: tuple[Flip, ...]


@dataclass(frozen=True)
class ListChange:
    """What becomes of one list. Counts are lines, over the areas that were asked for.

    Attributes:
        states_before, states: terminal state -> lines.
        stay_listed, stay_off: lines whose place does not change.
        other_reason: lines that stay off the list, but for another reason than before.
        other_stability: lines that stay listed, with another stability label.
        credentials: what becomes of the list of credentials; None where that cannot be told, which a note says.
    """

    list_id: str
    title: str
    policy_id: str
    edits: tuple[Edit, ...]
    screened_before: int
    screened: int
    listed_before: int
    listed: int
    states_before: Mapping[str, int]
    states: Mapping[str, int]
    enter: tuple[Move, ...]
    leave: tuple[Move, ...]
    stay_listed: int
    stay_off: int
    other_reason: int
    other_stability: int
    credentials: CredentialChange | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WhatIf:
    """The answer.

    Attributes:
        compared_with: what the edit is, in words.
        untouched_lists: lists of the release that the edit does not reach.
        also_touched: lists outside the question that the edit would change too.
        notes: sentences for people.
    """

    release_id: str
    state_postal: str
    area_id: str | None
    compared_with: str
    lists: tuple[ListChange, ...]
    untouched_lists: tuple[str, ...]
    also_touched: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def changes_anything(self) -> bool:
        """True where an occupation or a credential enters or leaves."""
        return any(
            change.enter
            or change.leave
            or (change.credentials and (change.credentials.enter or change.credentials.leave))
            for change in self.lists
        )


def evaluate(
    root: DataRoot,
    *,
    state: str | None = None,
    list_ids: Sequence[str] = (),
    settings: Sequence[str] = (),
    policy_folder: Path | None = None,
    area: str | None = None,
) -> WhatIf:
    """Run the screening of a state's lists under another policy and compare with the current release.

    Args:
        state: postal code; may be left out where `list_ids` says it.
        list_ids: only these lists.
        settings: NAME=VALUE, each written for every list asked for that has such a parameter.
        policy_folder: edited policy files; None takes the policy as released.
        area: report only this area (a region code, or a whole area_id).

    Raises:
        NothingReleased: no release yet.
        PermanentFailure: unknown state, list, area, parameter or value; the release has no what-if inputs.
        PolicyFailure: the edited files have problems.
    """
    import duckdb

    pointer = read_pointer(root)
    if pointer is None:
        raise NothingReleased(
            "nothing has been released yet", where=str(root.root), remedy="build and release first: currency refresh"
        )
    release = root.root / pointer.folder
    chain = read_chain(release / FOLDER)
    released = read_policies(release / FOLDER / "policy")
    edited = load_policies(policy_folder) if policy_folder else released
    asked, state = _scope(released, edited, chain, state, list_ids)
    if settings:
        edited = apply_settings(edited, settings, asked)
    try:
        with connect() as con:
            attach(con, release / DATABASE_NAME, _RELEASED)
            without = whatif_credentials.untold(con, chain, release, _RELEASED, asked)
            _check_settings(settings, without)
            return _answer(
                con, chain, release / FOLDER, released, edited, asked, state, area, pointer.release_id,
                _said(settings, policy_folder), without,
            )  # fmt: skip
    except duckdb.Error as error:
        raise from_error(error, where=release, doing="working out what would change") from error


def apply_settings(policy: PolicySet, settings: Sequence[str], list_ids: Sequence[str]) -> PolicySet:
    """The policy with NAME=VALUE written as the state would write it.

    A parameter becomes a row of list_parameter.csv for each of `list_ids`; one that is read from policy `common` alone
    changes its row in policy_parameter.csv, for every list. A threshold of a demand condition is written for the lists
    whose policy has that condition.

    Raises:
        PermanentFailure: no such name (the valid ones are listed), or a value that it cannot take.
    """
    lists = [row for row in policy.lists() if row["list_id"] in set(list_ids)]
    seen: set[str] = set()
    for setting in settings:
        name, sign, value = (part.strip() for part in setting.partition("="))
        if not sign or not name or not value:
            raise _bad_setting(setting, "no NAME=VALUE", "for instance demand.min_openings=400")
        if name in seen:
            raise _bad_setting(setting, f"{name} is set twice", "each name once")
        seen.add(name)
        policy = _apply(policy, name, value, lists)
    return policy


def run_chain(
    con: duckdb.DuckDBPyConnection,
    chain: Chain,
    folder: Path,
    policy: PolicySet,
    list_ids: Sequence[str],
    *,
    with_shared: bool = False,
    with_credentials: bool = True,
    without: Sequence[str] = (),
) -> None:
    """Run the chain into the database `chain.catalog`, attached in memory here; whatever was in it is gone.

    Args:
        list_ids: only these lists are screened; the others' rows of the policy stay where they harm nobody.
        with_shared: make the shared models again too, for another value of a common parameter.
        with_credentials: go on to the lists of credentials, where the chain has them.
        without: models to leave out, by name, that no other model reads.
    """
    models = [m for m in chain.models if (with_shared or not m.shared) and m.name not in without]
    relations = [r for r in chain.inputs if with_shared or not r.for_shared_only]
    relations += () if with_shared else chain.shared
    if not with_credentials:
        models = [m for m in models if not m.for_credentials]
        relations = [r for r in relations if not r.for_credentials]
    states = {str(row["state_postal"]) for row in policy.lists() if row["list_id"] in set(list_ids)}
    _attach_empty(con, chain, [*models, *relations])
    for name in TABLES:
        _create_policy_table(con, chain, policy, name, list_ids)
    for relation in relations:
        _create_input(con, chain, folder, relation, states)
    for model in models:
        con.execute(f"create table {_in_chain(chain, model)} as (\n{model.sql}\n)")


# ------------------------------------------------------------------------------------------ which lists, which edit


def _scope(
    released: PolicySet, edited: PolicySet, chain: Chain, state: str | None, list_ids: Sequence[str]
) -> tuple[list[str], str]:
    """(list ids, postal code) of the question. Lists that the edit adds or removes count."""
    known = {str(row["list_id"]): str(row["state_postal"]) for row in (*released.lists(), *edited.lists())}
    state = state.strip().upper() if state else None
    for list_id in list_ids:
        if list_id not in known:
            raise _unknown("list", list_id, known)
        if state is not None and known[list_id] != state:
            raise _unknown("list", list_id, [key for key, of in known.items() if of == state], f" of {state}")
    states = {known[list_id] for list_id in list_ids} or ({state} if state else set(known.values()))
    if len(states) != 1:
        raise PermanentFailure(
            f"lists of {len(states)} states ({', '.join(sorted(states))}) at once",
            where="--state, --list",
            expected="one state",
            remedy="name it with --state, or a list with --list",
        )
    (found,) = states
    if found not in known.values():
        raise _unknown("state with a list", found, sorted(set(known.values())))
    if found not in chain.states:
        raise PermanentFailure(
            f"the release holds no screening inputs for {found}",
            where="occupation_list.csv",
            expected=f"a state that had a list when the release was built: {', '.join(chain.states)}",
            remedy="build and release with the new list: currency refresh",
        )
    return list(list_ids) or [list_id for list_id, of in known.items() if of == found], found


def _apply(policy: PolicySet, name: str, value: str, lists: Sequence[Row]) -> PolicySet:
    whatif_credentials.refuse_counting(name)
    parameter = PARAMETERS.get(name)
    measures = {
        str(row["list_id"]): {str(c["parameter"]): c for c in conditions_of(policy, row)}
        for row in lists
    }  # fmt: skip
    if parameter is None and not any(name in conditions for conditions in measures.values()):
        raise _unknown_name(policy, name, lists, {c for conditions in measures.values() for c in conditions})
    if parameter is not None:
        _refuse(name, value_problem(parameter, value))
        if parameter.common_only:
            changed = [
                {**row, "value": value} if (row["policy_id"], row["parameter"]) == (COMMON, name) else row
                for row in policy.rows("policy_parameter")
            ]
            return policy.with_rows("policy_parameter", changed)
        targets, unit = {str(row["list_id"]) for row in lists}, parameter.unit
    else:
        condition = next(conditions[name] for conditions in measures.values() if name in conditions)
        _refuse(name, threshold_problem(str(condition["measure"]), value))
        targets = {list_id for list_id, conditions in measures.items() if name in conditions}
        unit = str(condition["unit"])
    kept = [
        row
        for row in policy.rows("list_parameter")
        if not (row["list_id"] in targets and row["parameter"] == name)
    ]  # fmt: skip
    written: list[Row] = [
        {
            "list_id": list_id,
            "parameter": name,
            "value": value,
            "unit": unit,
            "reason": "what if",
            "citation": "what if",
        }
        for list_id in sorted(targets)
    ]
    return policy.with_rows("list_parameter", [*kept, *written])


def _check_settings(settings: Sequence[str], untold: str) -> None:
    """A bar of the credentials is not to be answered with "nothing changes" where there are none."""
    names = [setting.partition("=")[0].strip() for setting in settings]
    if untold and any(whatif_credentials.concerns_credentials(name) for name in names):
        raise PermanentFailure(
            f"this release cannot tell of credentials: {untold}",
            where="--set",
            expected="a release whose postings and credentials were built with its lists",
            remedy="import job postings where there are none, then build: currency refresh",
        )


def _refuse(name: str, problem: tuple[str, str] | None) -> None:
    if problem:
        raise PermanentFailure(
            f"{name} cannot be {problem[0]}", where="--set", expected=problem[1], remedy="correct the value"
        )


def _unknown_name(policy: PolicySet, name: str, lists: Sequence[Row], conditions: set[str]) -> PermanentFailure:
    valid = sorted({*PARAMETERS, *conditions})
    elsewhere = sorted({str(r["policy_id"]) for r in policy.rows("policy_demand_condition") if r["parameter"] == name})
    asked = ", ".join(f"{row['list_id']} (policy {row['policy_id']})" for row in lists)
    found = f"no rule of {asked} reads {name}{close_match(name, valid)}"
    if elsewhere:
        found = f"{name} is a demand condition of {', '.join(elsewhere)}, which none of these lists follows: {asked}"
    return PermanentFailure(
        found, where="--set", expected=f"one of: {', '.join(valid)}", remedy="correct the name, or name another --list"
    )


def _bad_setting(setting: str, found: str, expected: str) -> PermanentFailure:
    return PermanentFailure(found, where=f"--set {setting}", expected=expected, remedy="write it as --set NAME=VALUE")


def _unknown(kind: str, name: str, known: Iterable[str], whose: str = "") -> PermanentFailure:
    known = sorted(known)
    return PermanentFailure(
        f"there is no {kind} {name}{whose}{close_match(name, known)}",
        where="occupation_list.csv",
        expected=f"one of: {', '.join(known) or 'none yet'}",
        remedy="correct the name, or add the list and build",
    )


def _said(settings: Sequence[str], folder: Path | None) -> str:
    parts = [f"the policy files in {folder}"] if folder else []
    return " with ".join([*parts, ", ".join(settings)] if settings else parts) or "the policy as released"


# ---------------------------------------------------------------------------------------------------- running the chain


def _in_chain(chain: Chain, thing: Model | Relation) -> str:
    return quote_relation(chain.catalog, thing.schema, thing.identifier)


def _attach_empty(con: duckdb.DuckDBPyConnection, chain: Chain, things: Sequence[Model | Relation]) -> None:
    """An empty database under the name that the compiled SQL uses, with every schema that is needed."""
    con.execute(f"detach database if exists {quote_relation(chain.catalog)}")
    con.execute(f"attach ':memory:' as {quote_relation(chain.catalog)}")
    for schema in {schema for schema, _ in chain.policy.values()} | {thing.schema for thing in things}:
        con.execute(f"create schema if not exists {quote_relation(chain.catalog, schema)}")


def _create_policy_table(
    con: duckdb.DuckDBPyConnection, chain: Chain, policy: PolicySet, name: str, list_ids: Sequence[str]
) -> None:
    columns = TABLES[name].columns
    relation = quote_relation(chain.catalog, *chain.policy[name])
    con.execute(f"create table {relation} ({', '.join(f'{quote_relation(c.name)} {c.type}' for c in columns)})")
    kept = policy.rows(name)
    if name == "occupation_list":
        kept = tuple(row for row in kept if row["list_id"] in set(list_ids))
    if kept:
        values = ", ".join(f"({', '.join(literal(row[column.name]) for column in columns)})" for row in kept)
        con.execute(f"insert into {relation} values {values}")


def _create_input(
    con: duckdb.DuckDBPyConnection, chain: Chain, folder: Path, relation: Relation, states: Iterable[str]
) -> None:
    source = f"read_parquet({quote_literal(str(folder / relation.file))})"
    where = f" where {area_filter(states)}" if relation.by_area else ""
    con.execute(f"create view {_in_chain(chain, relation)} as select * from {source}{where}")


def _parameters(con: duckdb.DuckDBPyConnection, chain: Chain, policy: PolicySet) -> _Resolved:
    """(list, parameter) -> (value, unit) for every list of a policy, by the chain's own model."""
    every = [str(row["list_id"]) for row in policy.lists()]
    model = next(m for m in chain.models if m.name == PARAMETER_MODEL)
    _attach_empty(con, chain, [])
    for name in TABLES:
        _create_policy_table(con, chain, policy, name, every)
    found = con.execute(f"select list_id, parameter, value, unit from (\n{model.sql}\n)").fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


# ----------------------------------------------------------------------------------------------------------- the answer


def _answer(
    con: duckdb.DuckDBPyConnection,
    chain: Chain,
    folder: Path,
    released: PolicySet,
    edited: PolicySet,
    asked: Sequence[str],
    state: str,
    area: str | None,
    release_id: str,
    compared_with: str,
    untold: str,
) -> WhatIf:
    _check_release(con, chain, asked)
    area_id = _area(con, asked, state, area)
    was, now = _parameters(con, chain, released), _parameters(con, chain, edited)
    edits = _edits(was, now)
    touched = {edit.list_id for edit in edits} | _touched_by_rows(released, edited)
    common = _common(released, chain) ^ _common(edited, chain)
    moved = sorted({name for name, _ in common})
    run_chain(
        con, chain, folder, whatif_credentials.as_counted(edited, released), asked,
        with_shared=bool(moved), with_credentials=not untold, without=_NOT_COMPARED,
    )  # fmt: skip
    _check_family(con, chain, edits, asked, state)
    policies = {str(row["list_id"]): row for row in (*released.lists(), *edited.lists())}
    changes = _Comparison(con, chain, asked, area_id).changes()
    names = {list_id: [edit.parameter for edit in edits if edit.list_id == list_id] for list_id in asked}
    uncounted = {} if untold else whatif_credentials.uncounted(con, chain, names, asked)
    credentials = {} if untold else CredentialComparison(con, chain, _RELEASED, asked, area_id).changes()
    lists = []
    for list_id in asked:
        own = tuple(edit for edit in edits if edit.list_id == list_id)
        settings = {parameter: value for (of, parameter), (value, _) in now.items() if of == list_id}
        about = policies[list_id]
        said = _notes(own, settings, list_id, released, edited)
        if list_id in uncounted:
            said += (uncounted[list_id],)
        lists.append(
            ListChange(
                list_id=list_id,
                title=str(about["title"]),
                policy_id=str(about["policy_id"]),
                edits=own,
                credentials=None if list_id in uncounted else credentials.get(list_id),
                notes=said,
                **changes[list_id],
            )
        )
    known = {str(row["list_id"]) for row in (*released.lists(), *edited.lists())}
    notes = [] if touched else ["the edit changes no value: every list stays as released"]
    if moved:
        notes.append(f"{', '.join(moved)} is a row of policy {COMMON} in policy_parameter.csv: it moves every list")
    if untold and chain.has_credentials:
        notes.append(f"nothing is said of credentials: {untold}")
    return WhatIf(
        release_id=release_id,
        state_postal=state,
        area_id=area_id,
        compared_with=compared_with,
        lists=tuple(lists),
        untouched_lists=tuple(sorted(known - touched)),
        also_touched=tuple(sorted(touched - set(asked))),
        notes=tuple(notes),
    )


def _check_release(con: duckdb.DuckDBPyConnection, chain: Chain, asked: Sequence[str]) -> None:
    """The inputs must be those of the released lists; after a held-back domain they may not be.

    Raises:
        PermanentFailure: they are of another build.
    """
    served = dict(con.execute(fingerprint_sql(f"{_RELEASED}.identify.mart_occupation_outcome")).fetchall())
    other = [i for i in asked if served.get(i) != chain.fingerprints.get(i)]
    if other:
        raise PermanentFailure(
            f"the inputs of the what-if are of another build than the released lists ({', '.join(other)})",
            where=f"{FOLDER}/ of the release",
            expected="inputs and lists of one build: the lists were held back when the release was made",
            remedy="mend what held them back (currency release show), then build again: currency refresh",
        )


def _area(con: duckdb.DuckDBPyConnection, asked: Sequence[str], state: str, area: str | None) -> str | None:
    if area is None:
        return None
    found_rows = con.execute(
        f"select distinct area_id from {_RELEASED}.identify.mart_occupation_outcome"
        f" where list_id in ({literals(asked)})"
    ).fetchall()
    known = sorted(row[0] for row in found_rows)
    for candidate in (area, f"{state}:{area}"):
        for found in known:
            if candidate.upper() == found.upper():
                return str(found)
    raise PermanentFailure(
        f"no list asked for covers area {area}{close_match(area, known)}",
        where="--area",
        expected=f"one of: {', '.join(known)}",
        remedy="correct it; regions are screened where include_regions is true in occupation_list.csv",
    )


def _common(policy: PolicySet, chain: Chain) -> set[tuple[str, str]]:
    """(name, value) of the common parameters that the shared models read."""
    return {
        (str(row["parameter"]), str(row["value"]))
        for row in policy.rows("policy_parameter")
        if row["policy_id"] == COMMON and row["parameter"] in chain.common_parameters
    }


def _edits(was: _Resolved, now: _Resolved) -> list[Edit]:
    """Values that differ, of lists that both have; a list that comes or goes is told of as such."""
    lists = {list_id for list_id, _ in was} & {list_id for list_id, _ in now}
    nothing = (None, None)
    found = []
    for key in sorted({*was, *now}):
        (before, unit_before), (after, unit) = was.get(key, nothing), now.get(key, nothing)
        if key[0] in lists and not _same_value(before, after):
            found.append(Edit(*key, before, after, unit or unit_before))
    return found


def _same_value(before: str | None, after: str | None) -> bool:
    """True for equal texts and for equal numbers: a threshold of 500 may be written 500.0."""
    if before == after:
        return True
    try:
        return float(cast(str, before)) == float(cast(str, after))
    except (TypeError, ValueError):
        return False


def _touched_by_rows(released: PolicySet, edited: PolicySet) -> set[str]:
    """Lists whose own rows, or whose policy's demand conditions, differ."""
    touched: set[str] = set()
    for table in _BY_LIST:
        touched |= {str(row["list_id"]) for row in _differing(released.rows(table), edited.rows(table))}
    policies = {
        row["policy_id"]
        for row in _differing(released.rows("policy_demand_condition"), edited.rows("policy_demand_condition"))
    }
    return touched | {str(row["list_id"]) for row in edited.lists() if row["policy_id"] in policies}


def _differing(before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    """Rows that stand in one of the two only; texts that explain (reason, citation) count like any other cell."""
    keyed = [{tuple(sorted(row.items(), key=str)): row for row in rows} for rows in (before, after)]
    return [row for one, other in (keyed, keyed[::-1]) for key, row in one.items() if key not in other]


def _check_family(
    con: duckdb.DuckDBPyConnection, chain: Chain, edits: Sequence[Edit], asked: Sequence[str], state: str
) -> None:
    """A family for which the state supplied no living wage would make every wage test unknown: a slip, not a policy."""
    wages = next((r for r in chain.inputs if r.name == "stg_living_wage__living_wage"), None)
    families = {e.after for e in edits if e.parameter == "wage.family" and e.list_id in asked and e.after}
    if wages is None or not families:
        return
    supplied = con.execute(
        f"select distinct family_composition from {_in_chain(chain, wages)}"
        f" where state_postal = {literal(state)} and measure = 'living_wage'"
    ).fetchall()
    known = sorted(row[0] for row in supplied)
    for family in sorted(families - set(known)):
        raise PermanentFailure(
            f"{state} supplied no living wage for family {family}{close_match(family, known)}",
            where="wage.family",
            expected=f"one of: {', '.join(known) or 'none: no living wage was supplied'}",
            remedy="correct it, or import the living wage of that family",
        )


def _notes(
    edits: Sequence[Edit], settings: Mapping[str, str | None], list_id: str, released: PolicySet, edited: PolicySet
) -> tuple[str, ...]:
    said = []
    before, after = (any(row["list_id"] == list_id for row in policy.lists()) for policy in (released, edited))
    if not before:
        said.append("the list is new")
    if not after:
        said.append("the list is gone from occupation_list.csv")
        return tuple(said)
    for edit in edits:
        known = PARAMETERS.get(edit.parameter)
        if whatif_credentials.has_own_note(edit.parameter):
            continue
        if known and known.decides == "stability":
            said.append(f"{edit.parameter} decides no test, only which lines are called borderline")
        elif known and known.decides == "flag":
            said.append(f"{edit.parameter} decides no test: it moves flags and reviews, no line of a list")
        for (rule, value), setting in RULE_SETTING.items():
            in_force = settings.get(rule)
            if edit.parameter == setting and in_force != value:
                said.append(f"{setting} is not read here: {rule} of this list is {in_force}, not {value}")
            if edit.parameter == rule and in_force == value and settings.get(setting) is None:
                said.append(f"{setting} is stated nowhere, so every {rule.split('.')[0]} test is unknown: set it too")
    said += whatif_credentials.notes([edit.parameter for edit in edits], settings)
    return tuple(dict.fromkeys(said))


class _Comparison:
    """The released marts against those of the chain, for the lists and the area that were asked for."""

    def __init__(self, con: duckdb.DuckDBPyConnection, chain: Chain, asked: Sequence[str], area_id: str | None) -> None:
        self.con = con
        self.asked = list(asked)
        self.area_id = area_id
        self.marts = {m.name: _in_chain(chain, m) for m in chain.models}
        self.released = {
            m.name: quote_relation(_RELEASED, m.schema, m.identifier) for m in chain.models if m.schema == "identify"
        }

    def changes(self) -> dict[str, dict[str, Any]]:
        """List -> the counted fields of `ListChange`."""
        before, after = self._outcomes(self.released), self._outcomes(self.marts)
        moved = [
            key
            for key in sorted({*before, *after})
            if wording.listed(_state(before.get(key))) != wording.listed(_state(after.get(key)))
        ]
        why = self._flips(moved)
        found: dict[str, dict[str, Any]] = {}
        for list_id in self.asked:
            old = {key: row for key, row in before.items() if key[0] == list_id}
            new = {key: row for key, row in after.items() if key[0] == list_id}
            moves = [(key, _move(key, old.get(key), new.get(key), why)) for key in moved if key[0] == list_id]
            both = old.keys() & new.keys() - set(moved)
            stay = {key for key in both if wording.listed(_state(new[key]))}
            found[list_id] = {
                "screened_before": len(old),
                "screened": len(new),
                "listed_before": sum(wording.listed(_state(row)) for row in old.values()),
                "listed": sum(wording.listed(_state(row)) for row in new.values()),
                "states_before": dict(sorted(Counter(str(_state(row)) for row in old.values()).items())),
                "states": dict(sorted(Counter(str(_state(row)) for row in new.values()).items())),
                "enter": tuple(move for key, move in moves if wording.listed(move.terminal_state)),
                "leave": tuple(move for key, move in moves if not wording.listed(move.terminal_state)),
                "stay_listed": len(stay),
                "stay_off": len(both) - len(stay),
                "other_reason": sum(_state(old[key]) != _state(new[key]) for key in both - stay),
                "other_stability": sum(old[key]["stability"] != new[key]["stability"] for key in stay),
            }
        return found

    def _outcomes(self, marts: Mapping[str, str]) -> dict[tuple[str, str, str], dict[str, Any]]:
        where = f"list_id in ({literals(self.asked)})"
        if self.area_id:
            where += f" and area_id = {literal(self.area_id)}"
        found = rows(
            self.con,
            "select list_id, area_id, line_code, line_title, component_codes, terminal_state, stability, decision,"
            f" decision_reason from {marts['mart_occupation_outcome']} where {where}",
        )
        return {(row["list_id"], row["area_id"], row["line_code"]): row for row in found}

    def _flips(self, moved: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], dict[str, Any]]:
        """For the lines that moved: tests and conditions, as released and under the edit."""
        if not moved:
            return {}
        self.con.execute("create or replace temp table moved (list_id varchar, area_id varchar, line_code varchar)")
        self.con.execute(f"insert into moved values {', '.join(f'({literals(key)})' for key in moved)}")
        found: dict[tuple[str, str, str], dict[str, Any]] = {key: {"tests": {}, "conditions": {}} for key in moved}
        for kind, mart, key_columns in (
            ("tests", "mart_occupation_screening", ("test",)),
            ("conditions", "mart_occupation_condition", ("horizon", "parameter")),
        ):
            for side, marts in enumerate((self.released, self.marts)):
                query = f"select * from {marts[mart]} semi join moved using (list_id, area_id, line_code)"
                for row in rows(self.con, query):
                    place = found[row["list_id"], row["area_id"], row["line_code"]][kind]
                    place.setdefault(tuple(row[c] for c in key_columns), [None, None])[side] = row
        return found


def _move(
    key: tuple[str, str, str],
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    why: Mapping[tuple[str, str, str], Mapping[str, Any]],
) -> Move:
    shown = new or old or {}
    return Move(
        area_id=key[1],
        line_code=key[2],
        line_title=str(shown["line_title"]),
        component_codes=shown["component_codes"],
        terminal_state_before=_state(old),
        terminal_state=_state(new),
        stability=shown["stability"],
        why=_why(old, new, why[key]),
    )


def _why(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, found: Mapping[str, Any]) -> tuple[Flip, ...]:
    """What came out otherwise, in the direction of the move first; a move without a flip has a decision behind it."""
    if old is None or new is None:
        return (_note("list", "screened under the edit, not in the release" if old is None else "no longer screened"),)
    flips: list[Flip] = []
    for test in _TESTS:
        before, after = found["tests"].get((test,), [None, None])
        if before is None or after is None or before["result"] == after["result"]:
            continue
        flips += _demand_flips(found["conditions"], before, after) if test == "demand" else [_flip(test, before, after)]
    entering = wording.listed(new["terminal_state"])
    along = [flip for flip in flips if (flip.result == "pass") == entering]
    if not along and (old["decision"] or new["decision"]):
        gone, come = (row["decision"] and f"{row['decision']}: {row['decision_reason']}" for row in (old, new))
        along = [_note("decision", f"decision {come or 'taken back'} (before: {gone or 'none'})")]
    return tuple(along or flips)


def _demand_flips(
    conditions: Mapping[Any, Sequence[Any]], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Flip]:
    """The conditions that came out otherwise in the direction of the test; else the test's own row."""
    passing = after["result"] == "pass"
    flips = [
        _flip("demand", one, other)
        for _, (one, other) in sorted(conditions.items(), key=lambda item: str(item[0]))
        if one and other and one["result"] != other["result"] and (other["result"] == "pass") == passing
    ]
    return flips or [_flip("demand", before, after)]


def _flip(test: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Flip:
    return Flip(
        test=test,
        parameter=after["parameter"],
        measure=after["measure"],
        horizon=after.get("horizon"),
        operator=after["operator"],
        unit=after["unit"],
        value_before=before["value"],
        value=after["value"],
        threshold_before=before["threshold"],
        threshold=after["threshold"],
        result_before=before["result"],
        result=after["result"],
        words=_words(test, before, after),
    )


def _note(test: str, words: str) -> Flip:
    return Flip(test, None, None, None, None, None, None, None, None, None, None, None, words)


def _words(test: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """ "annual openings, long-term: 470 is 70 above the bar of 400 (was 500)"."""
    unit, horizon = after["unit"], after.get("horizon")
    subject = wording.measure(after["measure"]) + (f", {horizon}-term" if horizon else "")
    if after["result"] == "unknown" or after["value"] is None or after["threshold"] is None:
        said = {"pass": "passes", "fail": "fails", "unknown": "cannot be judged"}[after["result"]]
        return f"{subject}: {said} ({(after.get('reason') or 'not published').replace('_', ' ')})"
    value = wording.figure(after["value"], unit, beside=after["threshold"])
    shown = value if value.startswith(subject) else f"{subject}: {value}"
    text = f"{shown} is {wording.compared(after['value'], after['operator'], after['threshold'], unit)}"
    if before["measure"] != after["measure"]:
        return f"{text} (was judged on {wording.measure(before['measure'])})"
    was = []
    if before["threshold"] != after["threshold"]:
        was.append(f"was {wording.figure(before['threshold'], unit)}")
    if before["value"] != after["value"]:
        was.append(f"the value was {wording.figure(before['value'], unit, beside=after['value'])}")
    if before["operator"] != after["operator"]:
        was.append(f"the bar had to be {'exceeded' if before['operator'] == '>' else 'met'}")
    return text + (f" ({', '.join(was)})" if was else "")


def _state(row: Mapping[str, Any] | None) -> str | None:
    return None if row is None else cast(str, row["terminal_state"])
