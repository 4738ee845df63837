"""Whether the rows of the policy tables fit each other: known names, values in range, one rule per list on its day.

Belongs here: what needs more than one cell. Not here: reading and typing (`policy.py`), the rules (SQL). Each check
yields problems in the order of the file, and looks at all rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, cast

from warehouse.policy import PolicySet, PolicyTable, Problem, Row, close_match, number
from warehouse.policy_contract import COMMON, MEASURES, PARAMETERS, RULE_SETTING, Parameter

_RULES = ("skill.rule", "wage.rule")
_FAR = date(9999, 12, 31)


def problems_between_rows(policy: PolicySet) -> list[Problem]:
    """Every problem that shows only when rows are held against each other or against the catalogue of parameters."""
    problems = [
        *_policies(policy),
        *_policy_parameters(policy),
        *_conditions(policy),
        *_lists(policy),
        *_list_parameters(policy),
        *_decisions(policy),
        *_overrides(policy),
        *_team(policy),
    ]
    order = {table.spec.file: place for place, table in enumerate(policy.tables.values())}
    return sorted(problems, key=lambda problem: (order[problem.file], problem.row or 0))


def warnings_of(policy: PolicySet) -> list[str]:
    """Lists that will be built but whose test cannot decide, for a bar that is nowhere stated."""
    said = []
    for row in policy.lists():
        values = {p: settings_on(policy, row, p) for p in (*_RULES, *RULE_SETTING.values())}
        for rule in _RULES:
            needed = RULE_SETTING.get((rule, str(values[rule])))
            if needed and values[needed] is None:
                said.append(
                    f"list {row['list_id']}: {rule} is {values[rule]}, but {needed} is stated nowhere: every"
                    f" {rule.split('.')[0]} test will be unknown until list_parameter.csv supplies it"
                )
    return said


def settings_on(policy: PolicySet, row: Row, parameter: str) -> str | None:
    """The value of a parameter for a list on its day, for messages; what decides is int_list_parameter_resolved."""
    for own in policy.rows("list_parameter"):
        if (own["list_id"], own["parameter"]) == (row["list_id"], parameter):
            return cast(str, own["value"])
    for policy_id in (row["policy_id"], COMMON):
        for found in policy.rows("policy_parameter"):
            if (found["policy_id"], found["parameter"]) == (policy_id, parameter) and _holds(found, row["as_of_date"]):
                return cast(str, found["value"])
    return None


def conditions_of(policy: PolicySet, row: Row) -> list[Row]:
    """The demand conditions of a list's policy on the list's day."""
    return [
        found
        for found in policy.rows("policy_demand_condition")
        if found["policy_id"] == row["policy_id"] and _holds(found, row["as_of_date"])
    ]


def value_problem(parameter: Parameter, value: str) -> tuple[str, str] | None:
    """(found, expected) where a value is not what the parameter takes; None where it is fine."""
    if parameter.kind == "text":
        return None
    if parameter.kind == "choice":
        if value in parameter.choices:
            return None
        return f"{value!r}{close_match(value, parameter.choices)}", parameter.expected
    try:
        amount = number(value)
    except ValueError as error:
        return error.args[0], parameter.expected
    outside = (
        (parameter.low is not None and (amount < parameter.low or (parameter.above_low and amount == parameter.low)))
        or (parameter.high is not None and amount > parameter.high)
        or (parameter.kind == "whole" and not amount.is_integer())
    )
    return (value, parameter.expected) if outside else None


def threshold_problem(measure: str, value: str) -> tuple[str, str] | None:
    """(found, expected) where a threshold makes no sense for the measure of its condition; None where it is fine."""
    low, high = MEASURES[measure]
    kind = Parameter("number", "demand", f"threshold of {measure}", low=low, high=high)
    return value_problem(kind, value)


def _policies(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["policy"]
    if not any(row["policy_id"] == COMMON for row in table.rows):
        yield Problem(table.spec.file, None, "policy_id", "no policy common", "a row for common", "put it back")
    stated = {(row["policy_id"], row["parameter"]) for row in policy.rows("policy_parameter")}
    in_demand = {row["policy_id"] for row in policy.rows("policy_demand_condition")}
    for line, row in table.numbered():
        policy_id = row["policy_id"]
        if policy_id == COMMON:
            continue
        for rule in _RULES:
            if (policy_id, rule) not in stated:
                yield Problem(
                    table.spec.file,
                    line,
                    "policy_id",
                    f"policy {policy_id} has no {rule}",
                    f"a row in policy_parameter.csv that says {PARAMETERS[rule].expected}",
                    f"add {policy_id},{rule},... ; a source that states no such rule is written as none",
                )
        if policy_id not in in_demand:
            yield Problem(
                table.spec.file,
                line,
                "policy_id",
                f"policy {policy_id} has no demand condition",
                "at least one row in policy_demand_condition.csv",
                "add its rule, e.g. measure annual_openings, operator >=, and its threshold",
            )


def _policy_parameters(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["policy_parameter"]
    yield from _unknown_policies(policy, table)
    yield from _date_ranges(table)
    for line, row in table.numbered():
        name, value = str(row["parameter"]), str(row["value"])
        known = PARAMETERS.get(name)
        if known is None:
            yield _unknown_parameter(table, line, name, PARAMETERS)
            continue
        if known.common_only and row["policy_id"] != COMMON:
            yield _common_only(table, line, name)
        problem = value_problem(known, value)
        if problem:
            yield Problem(table.spec.file, line, "value", f"{name} is {problem[0]}", problem[1], "correct the cell")
    for name, known in PARAMETERS.items():
        if known.common_only:
            lines = [n for n, r in table.numbered() if (r["policy_id"], r["parameter"]) == (COMMON, name)]
            if len(lines) != 1:
                yield Problem(
                    table.spec.file,
                    lines[-1] if lines else None,
                    "parameter",
                    f"{len(lines)} rows for common {name}",
                    "one row: it is read before any list has a date, so it cannot change with one",
                    "keep the value that is meant" if lines else f"add common,{name},...",
                )


def _conditions(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["policy_demand_condition"]
    yield from _unknown_policies(policy, table)
    yield from _date_ranges(table)
    for line, row in table.numbered():
        name = str(row["parameter"])
        if row["policy_id"] == COMMON:
            yield Problem(
                table.spec.file,
                line,
                "policy_id",
                "a demand condition of policy common",
                "a policy that a list follows",
                "move it to the policy that states it",
            )
        if name in PARAMETERS:
            yield Problem(
                table.spec.file,
                line,
                "parameter",
                f"{name} is the name of a setting",
                "a name of its own for the condition, e.g. demand.min_openings",
                "rename it",
            )
        problem = threshold_problem(str(row["measure"]), str(row["threshold"]))
        if problem:
            yield Problem(table.spec.file, line, "threshold", f"found {problem[0]}", problem[1], "correct the cell")


def _lists(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["occupation_list"]
    yield from _unknown_policies(policy, table)
    known = _ids(policy, "policy", "policy_id")
    for line, row in table.numbered():
        if row["policy_id"] == COMMON:
            yield Problem(
                table.spec.file,
                line,
                "policy_id",
                "policy common",
                "a policy with rules of its own",
                "name that policy",
            )
        if row["policy_id"] in known - {COMMON}:
            yield from _rules_on_the_day(policy, table, line, row)


def _rules_on_the_day(policy: PolicySet, table: PolicyTable, line: int | None, row: Row) -> Iterator[Problem]:
    policy_id, day = row["policy_id"], row["as_of_date"]
    stated = {r["policy_id"] for r in policy.rows("policy_parameter")}
    for rule in _RULES:
        if policy_id in stated and settings_on(policy, row, rule) is None:
            yield Problem(
                table.spec.file,
                line,
                "as_of_date",
                f"policy {policy_id} has no {rule} in force on {day}",
                "a row of policy_parameter.csv whose dates cover that day",
                "correct the list's date, or the policy's effective_from and effective_to",
            )
    if not any(r["policy_id"] == policy_id for r in policy.rows("policy_demand_condition")):
        return
    kinds = {found["area_kind"] for found in conditions_of(policy, row)}
    for kind in ("state", "region") if row["include_regions"] else ("state",):
        if not kinds & {"all", kind}:
            yield Problem(
                table.spec.file,
                line,
                "include_regions" if kind == "region" else "as_of_date",
                f"policy {policy_id} has no demand condition for a {kind} in force on {day}",
                f"conditions with area_kind {kind} or all: without one no line of a {kind} can be judged",
                "add them to policy_demand_condition.csv, or correct the list",
            )


def _list_parameters(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["list_parameter"]
    yield from _unknown_lists(policy, table)
    lists = {row["list_id"]: row for row in policy.lists()}
    for line, row in table.numbered():
        name, value = str(row["parameter"]), str(row["value"])
        if row["list_id"] not in lists:
            continue
        conditions = {str(c["parameter"]): str(c["measure"]) for c in conditions_of(policy, lists[row["list_id"]])}
        known = PARAMETERS.get(name)
        if known is None and name not in conditions:
            yield _unknown_parameter(
                table, line, name, {*PARAMETERS, *conditions}, f" of policy {lists[row['list_id']]['policy_id']}"
            )
            continue
        if known is not None and known.common_only:
            yield _common_only(table, line, name)
        problem = value_problem(known, value) if known else threshold_problem(conditions[name], value)
        if problem:
            yield Problem(table.spec.file, line, "value", f"{name} is {problem[0]}", problem[1], "correct the cell")


def _decisions(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["occupation_decision"]
    yield from _unknown_lists(policy, table)
    yield from _areas(policy, table)
    for line, row in table.numbered():
        expires, decided = row["expires_on"], row["decided_on"]
        if isinstance(expires, date) and isinstance(decided, date) and expires <= decided:
            yield Problem(
                table.spec.file,
                line,
                "expires_on",
                f"{expires}, which is not after decided_on {decided}",
                "a later date, or an empty cell for a decision without end",
                "correct one of the two dates",
            )


def _overrides(policy: PolicySet) -> Iterator[Problem]:
    table = policy.tables["occupation_wage_override"]
    yield from _unknown_lists(policy, table)
    yield from _areas(policy, table)


def _team(policy: PolicySet) -> Iterator[Problem]:
    yield from _unknown_lists(policy, policy.tables["team_member"])


def _areas(policy: PolicySet, table: PolicyTable) -> Iterator[Problem]:
    """An area of another state than the list's would never meet a line."""
    lists = {row["list_id"]: row for row in policy.lists()}
    for line, row in table.numbered():
        found = lists.get(row["list_id"])
        if found is None:
            continue
        state, area = str(found["state_postal"]), str(row["area_id"])
        if area.split(":")[0] != state:
            expected = f"an area of {state}, the state of list {row['list_id']}"
        elif ":" in area and not found["include_regions"]:
            expected = f"{state}: list {row['list_id']} has no regions (include_regions is false)"
        else:
            continue
        yield Problem(table.spec.file, line, "area_id", f"found {area}", expected, "correct the area or the list")


def _unknown_policies(policy: PolicySet, table: PolicyTable) -> Iterator[Problem]:
    yield from _unknown(table, "policy_id", _ids(policy, "policy", "policy_id"), "policy.csv")


def _unknown_lists(policy: PolicySet, table: PolicyTable) -> Iterator[Problem]:
    yield from _unknown(table, "list_id", _ids(policy, "occupation_list", "list_id"), "occupation_list.csv")


def _unknown(table: PolicyTable, column: str, known: set[str], file: str) -> Iterator[Problem]:
    for line, row in table.numbered():
        if row[column] not in known:
            yield Problem(
                table.spec.file,
                line,
                column,
                f"{row[column]} is not in {file}{close_match(str(row[column]), known)}",
                f"one of: {', '.join(sorted(known)) or f'none: {file} has no rows'}",
                f"correct it, or add it to {file}",
            )


def _unknown_parameter(table: PolicyTable, line: int | None, name: str, known: Any, whose: str = "") -> Problem:
    return Problem(
        table.spec.file,
        line,
        "parameter",
        f"no rule reads {name}{close_match(name, known)}",
        f"one of: {', '.join(sorted(known))}",
        f"correct the name; thresholds of demand conditions{whose} are rows of policy_demand_condition.csv",
    )


def _common_only(table: PolicyTable, line: int | None, name: str) -> Problem:
    return Problem(
        table.spec.file,
        line,
        "parameter",
        f"{name} is read from policy common alone, before there are lists: this row would change nothing",
        "it as a row of policy common in policy_parameter.csv",
        "change it there, for all lists, or remove this row",
    )


def _date_ranges(table: PolicyTable) -> Iterator[Problem]:
    """effective_from after effective_to, and two rows of one parameter in force on the same day."""
    rows: dict[tuple[Any, Any], list[tuple[date, date, int | None]]] = defaultdict(list)
    for line, row in table.numbered():
        begins, ends = cast(date, row["effective_from"]), cast("date | None", row["effective_to"]) or _FAR
        if begins > ends:
            yield Problem(
                table.spec.file,
                line,
                "effective_to",
                f"{ends}, which is before effective_from {begins}",
                "a date from effective_from on, or an empty cell for a row without end",
                "correct one of the two dates",
            )
        else:
            rows[row["policy_id"], row["parameter"]].append((begins, ends, line))
    for (policy_id, parameter), spans in rows.items():
        for earlier, later in _neighbours(spans):
            if later[0] <= earlier[1]:
                yield Problem(
                    table.spec.file,
                    later[2],
                    "effective_from",
                    f"{policy_id} {parameter} from {later[0]} overlaps row {earlier[2]}"
                    f" ({earlier[0]} to {earlier[1] if earlier[1] != _FAR else 'further notice'})",
                    "one value on each day",
                    "end the earlier row (effective_to) the day before the later one begins",
                )


def _neighbours(
    spans: Sequence[tuple[date, date, int | None]],
) -> Iterator[tuple[tuple[date, date, int | None], tuple[date, date, int | None]]]:
    yield from pairwise(sorted(spans, key=lambda span: span[:2]))


def _holds(row: Row, day: Any) -> bool:
    """True where an effective-dated row is in force on `day`."""
    begins, ends = row["effective_from"], row["effective_to"]
    return bool(begins <= day and (ends is None or ends >= day))  # type: ignore[operator]


def _ids(policy: PolicySet, table: str, column: str) -> set[str]:
    return {str(row[column]) for row in policy.rows(table)}
