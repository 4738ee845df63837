"""Why an occupation is, or is not, on a state's list: every test with value, bar, margin, source, what would flip it.

Belongs here: reading the released marts for one line, putting them in words. Not here: any rule (what is said was
decided by the SQL of the build and is read from the served file), finding the line (`occupation_search.py`). The answer
is a plain dictionary, fit for JSON; `cli_explain.py` lays it out for people.
"""

# ruff: noqa: S608 (values are quoted by warehouse.quick_sql)
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from warehouse import wording
from warehouse.connection import connect_served
from warehouse.failures import PermanentFailure, from_error
from warehouse.occupation_search import Found, Line, find
from warehouse.paths import DataRoot
from warehouse.pointer import read_pointer
from warehouse.policy import close_match
from warehouse.quick_sql import literal, literals, rows

if TYPE_CHECKING:
    import duckdb

__all__ = ["NothingReleased", "explain"]

_TESTS = ("demand", "skill", "wage")
_VERBS = {"pass": "passes the {} test", "fail": "fails the {} test", "unknown": "cannot be judged by the {} test"}
_DATASETS = {
    "demand": ("projections_", "state_projections"),
    "skill": ("onet",),
    "wage": ("oews_", "state_oews"),
    "bar": ("living_wage", "oews_", "state_oews"),
}
_SKILL_REASONS = {
    "no_rule": "the policy states no skill rule",
    "occupation_not_mapped": "no crosswalk explains this code",
    "job_zone_not_published": "O*NET publishes no Job Zone for enough of it",
}
_WAGE_REASONS = {
    "no_rule": "the policy states no wage rule",
    "policy_threshold_missing": "the bar is stated nowhere (list_parameter.csv or a capture supplies it)",
    "wage_not_published": "no wage is published for it, nor for what it consists of",
    "top_coded": "the median is at or above the highest wage that OEWS publishes",
}
_WEIGHTS = {
    "employment": "weighted by employment in the area",
    "employment_partial": "weighted by employment in the area, where it is published",
    "equal": "weighted equally, for none has a published employment",
    "single": "one occupation",
}


class NothingReleased(PermanentFailure):
    """There is no release to explain."""


@dataclass(frozen=True)
class _Asked:
    """What is asked about: the lists of a state (rows of dim_policy), an area, a line."""

    lists: Sequence[Mapping[str, Any]]
    area: Mapping[str, Any]
    found: Found

    @property
    def where(self) -> str:
        """The condition that picks this line in a mart that is keyed by list, area and line."""
        ids = literals(row["list_id"] for row in self.lists)
        return (
            f"list_id in ({ids}) and area_id = {literal(self.area['area_id'])}"
            f" and line_code = {literal(self.found.line.code)}"
        )


def explain(
    root: DataRoot, query: str, *, state: str | None = None, list_id: str | None = None, area: str | None = None
) -> dict[str, Any]:
    """Explain one occupation on the lists of a state.

    Args:
        query: a code (29-1141, 291141, 29-1141.00) or a title; a component of a published line finds that line.
        state: postal code; None where the release has lists of one state alone, or `list_id` says it.
        list_id: only this list.
        area: a region by code, id or name; by default the state itself.

    Returns:
        `release_id`, `query`, `occupation`, `area`, `lists` (one entry per list; see `_explained`), `attributions`,
        `is_sample`. Dates are ISO 8601 text.

    Raises:
        NothingReleased: no release yet.
        OccupationNotFound: a PermanentFailure whose `candidates` are near.
        PermanentFailure: unknown state, list or area; the release holds no screening.
    """
    import duckdb

    if read_pointer(root) is None or not root.served_database.is_file():
        raise NothingReleased(
            "nothing has been released yet", where=str(root.root), remedy="build and release first: currency refresh"
        )
    with connect_served(root) as con:
        try:
            return _answer(con, query, state, list_id, area)
        except duckdb.CatalogException as error:
            raise PermanentFailure(
                f"the release holds no screening ({' '.join(str(error).split())})",
                where=str(root.served_database),
                expected="schemas core and identify",
                remedy="see why they were held back: currency release show",
            ) from error
        except duckdb.Error as error:
            raise from_error(error, where=root.served_database, doing="reading the release") from error


def _answer(
    con: duckdb.DuckDBPyConnection, query: str, state: str | None, list_id: str | None, area: str | None
) -> dict[str, Any]:
    asked = _asked(con, query, state, list_id, area)
    outcomes = {
        row["list_id"]: row for row in rows(con, f"select * from identify.mart_occupation_outcome where {asked.where}")
    }
    tests = rows(con, f"select * from identify.mart_occupation_screening where {asked.where} order by test_order")
    conditions = rows(
        con,
        f"select * from identify.mart_occupation_condition where {asked.where}"
        " order by horizon, alternative, parameter",
    )
    captures = rows(con, "select * from core.dim_vintage")
    components = _components(con, next(iter(outcomes.values())))
    parameters = _parameters(con, [row["list_id"] for row in asked.lists])
    explained = [
        _explained(
            about,
            outcomes[about["list_id"]],
            [row for row in tests if row["list_id"] == about["list_id"]],
            [row for row in conditions if row["list_id"] == about["list_id"]],
            components,
            captures,
            [row for row in parameters if row["list_id"] == about["list_id"]],
        )
        for about in asked.lists
        if about["list_id"] in outcomes
    ]
    used = _used_captures(explained)
    line = asked.found.line
    return {
        "release_id": con.execute("select release_id from core.release").fetchall()[0][0],
        "query": query,
        "occupation": {
            "line_code": line.code,
            "line_title": line.title,
            "soc_version": next(iter(outcomes.values()))["soc_version"],
            "read_as": asked.found.note,
            "is_combination": len(components) > 1,
            "components": components,
            "has_coverage_gap": any(row["has_coverage_gap"] for row in outcomes.values()),
            "is_supplement": any(row["is_supplement"] for row in outcomes.values()),
        },
        "area": {name: asked.area[name] for name in ("area_id", "area_name", "area_kind", "state_postal")},
        "lists": explained,
        "not_screened_by": [row["list_id"] for row in asked.lists if row["list_id"] not in outcomes],
        "attributions": _attributions([*used, *_named(captures, "onet")] if components else used),
        "is_sample": any(row["is_sample"] for row in used),
    }


# ------------------------------------------------------------------------------------------------- what is asked about


def _asked(
    con: duckdb.DuckDBPyConnection, query: str, state: str | None, list_id: str | None, area: str | None
) -> _Asked:
    # The toolkit's default first, then by id: the first one is shown in full.
    lists = rows(con, "select * from core.dim_policy order by policy_id <> 'default', list_id")
    if list_id is not None:
        ids = [row["list_id"] for row in lists]
        lists = [row for row in lists if row["list_id"] == list_id]
        if not lists:
            raise _unknown("--list", f"no list {list_id} in this release", list_id, ids)
    known = sorted({row["state_postal"] for row in lists})
    if state is None and len(known) != 1:
        raise _unknown("--state", f"this release has lists of {len(known)} states", "", known)
    postal = known[0] if state is None else state.strip().upper()
    if postal not in known:
        which = f"list {list_id} is not of {postal}" if list_id else f"no list of {postal} in this release"
        raise _unknown("--state", which, postal, known)
    lists = [row for row in lists if row["state_postal"] == postal]
    place = _area(con, postal, area, [row["list_id"] for row in lists])
    return _Asked(lists, place, find(query, _lines(con, lists, place), lambda code: _elsewhere(con, code, place)))


def _area(con: duckdb.DuckDBPyConnection, state: str, area: str | None, list_ids: Sequence[str]) -> Mapping[str, Any]:
    """The row of dim_area that is meant, of those that the lists cover."""
    covered = rows(
        con,
        "select * from core.dim_area semi join (select area_id from identify.mart_occupation_outcome"
        f" where list_id in ({literals(list_ids)})) as covered using (area_id) order by area_id",
    )
    wanted = (area or state).strip().casefold()
    for row in covered:
        names = {row["area_id"], row["area_id"].partition(":")[2], row["area_name"] or ""}
        if wanted in {name.casefold() for name in names if name}:
            return row
    if area is None and not covered:
        raise PermanentFailure(
            f"the lists of {state} cover no area: no projections of {state} are in this release",
            where="identify.mart_occupation_outcome",
            expected="a capture of projections for the state",
            remedy=f"fetch it (currency archive fetch projections_long --states {state}), then currency refresh",
        )
    listed = [f"{row['area_id']} ({row['area_name']})" for row in covered]
    raise _unknown("--area", f"no list asked for covers {area or state}", area or state, listed)


def _lines(con: duckdb.DuckDBPyConnection, lists: Sequence[Mapping[str, Any]], area: Mapping[str, Any]) -> list[Line]:
    """Every line that these lists screen in the area, with the codes and titles of what it consists of."""
    where = f"area_id = {literal(area['area_id'])}"
    titles: dict[str, dict[str, str]] = {}
    for row in rows(
        con, f"select line_code, component_code, component_title from identify.bridge_line_component where {where}"
    ):
        titles.setdefault(row["line_code"], {})[row["component_code"]] = row["component_title"] or ""
    found = rows(
        con,
        "select line_code, any_value(line_title) as line_title, any_value(component_codes) as component_codes"
        f" from identify.mart_occupation_outcome where {where}"
        f" and list_id in ({literals(row['list_id'] for row in lists)}) group by line_code order by line_code",
    )
    return [
        Line(
            row["line_code"],
            row["line_title"],
            {
                code: titles.get(row["line_code"], {}).get(code, "")
                for code in (row["component_codes"] or "").split("|")
                if code
            },
        )
        for row in found
    ]


def _elsewhere(con: duckdb.DuckDBPyConnection, code: str, area: Mapping[str, Any]) -> str:
    """What else the release knows of a code that the area does not publish: its title, other areas that publish it."""
    named = rows(
        con,
        "select occupation_title, occupation_level from core.dim_occupation"
        f" where occupation_code = {literal(code)} order by soc_version = '2018' desc limit 1",
    )
    areas = rows(
        con,
        "select distinct area_id from identify.fct_occupation_projection"
        f" where line_code = {literal(code)} and capture_role = 'current' and area_id <> {literal(area['area_id'])}"
        " order by area_id",
    )
    said = f"{code} is no occupation code that this release knows"
    if named:
        row = named[0]
        said = f"{code} ({row['occupation_title']}) is not published for {area['area_name']}"
        if row["occupation_level"] in {"major", "minor"}:
            said = f"{code} ({row['occupation_title']}) is a {row['occupation_level']} group, not an occupation"
    if areas:
        ids = [row["area_id"] for row in areas]
        said += f"; it is published for {', '.join(ids[:8])}" + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
    return said


def _unknown(where: str, found: str, name: str, known: Sequence[str]) -> PermanentFailure:
    return PermanentFailure(
        f"{found}{close_match(name, known)}",
        where=where,
        expected=f"one of: {', '.join(known) or 'none yet'}",
        remedy="correct it; lists are rows of occupation_list.csv, regions are screened where include_regions is true",
    )


# ---------------------------------------------------------------------------------------------------- one list's answer


def _explained(
    about: Mapping[str, Any],
    outcome: Mapping[str, Any],
    tests: Sequence[Mapping[str, Any]],
    conditions: Sequence[Mapping[str, Any]],
    components: Sequence[Mapping[str, Any]],
    captures: Sequence[Mapping[str, Any]],
    parameters: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """One list: who decides, the end state, the tests with sentences and sources, what would flip it."""
    alternatives = _alternatives(conditions)
    told = [_test(row, alternatives, components, captures, about) for row in tests]
    title = outcome["line_title"]
    state = outcome["terminal_state"]
    return {
        "list_id": about["list_id"],
        "list_title": about["list_title"],
        "cycle": about["cycle"],
        "as_of_date": _text(about["as_of_date"]),
        "owner": about["list_owner"],
        "terminal_state": state,
        "is_listed": wording.listed(state),
        "sentence": f'"{title}" {wording.TERMINAL_STATES.get(state, state)}.',
        "tests": told,
        "decision": _decision(outcome),
        "stability": outcome["stability"],
        "stability_note": outcome["stability_note"],
        "flips": _flips(outcome, told, alternatives, about, components),
        "policy": {
            "policy_id": about["policy_id"],
            "title": about["policy_title"],
            "list_year": about["policy_list_year"],
            "citation": about["policy_citation"],
            "citation_url": about["policy_citation_url"],
            "how_read": about["policy_how_read"],
            "param_hash": about["param_hash"],
            "parameters": _deciding(parameters, tests, conditions),
        },
    }


def _test(
    row: Mapping[str, Any],
    alternatives: Sequence[Mapping[str, Any]],
    components: Sequence[Mapping[str, Any]],
    captures: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    test, no_rule = row["test"], row["reason"] == "no_rule"
    words = {"demand": _demand_words, "skill": _skill_words, "wage": _wage_words}[test](row, alternatives, components)
    return {
        "test": test,
        "result": row["result"],
        "sentence": f"{_VERBS[row['result']].format(test)}: {words}",
        **{
            name: row[name]
            for name in ("measure", "value", "operator", "threshold", "unit", "margin", "reason", "detail", "parameter",
                         "standard_error", "is_approximate", "stability", "stability_note")
        },
        "notes": _test_notes(row),
        "alternatives": list(alternatives) if test == "demand" else [],
        "source": None if no_rule else _source(captures, row["capture_id"], row["data_vintage"], test),
        "threshold_source": _source(captures, row["threshold_capture_id"], None, "bar"),
    }  # fmt: skip


def _alternatives(conditions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The demand rule as it was applied: alternatives per horizon, each with its conditions and their sentences."""
    found: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for row in conditions:
        found.setdefault((row["horizon"], row["alternative"]), []).append(row)
    told = []
    for (horizon, alternative), group in found.items():
        results = {row["result"] for row in group}
        told.append(
            {
                "horizon": horizon,
                "alternative": alternative,
                "result": "fail" if "fail" in results else "unknown" if "unknown" in results else "pass",
                "conditions": [
                    {
                        **{
                            name: row[name]
                            for name in (
                                "parameter",
                                "measure",
                                "value",
                                "operator",
                                "threshold",
                                "unit",
                                "margin",
                                "result",
                            )
                        },
                        "sentence": _condition_words(row),
                    }
                    for row in group
                ],
            }
        )
    return told


def _condition_words(row: Mapping[str, Any]) -> str:
    subject, bar = wording.measure(row["measure"]), wording.bar(row["operator"], row["threshold"], row["unit"])
    if row["value"] is None:
        return f"{subject} is not published; the bar is {bar}"
    value = wording.figure(row["value"], row["unit"], beside=row["threshold"])
    return f"{subject} {value} is {wording.compared(row['value'], row['operator'], row['threshold'], row['unit'])}"


def _demand_words(
    row: Mapping[str, Any], alternatives: Sequence[Mapping[str, Any]], _components: Sequence[Mapping[str, Any]]
) -> str:
    """Where it passes, the alternative that does it; where it fails, the conditions that fail in each alternative."""
    if row["result"] == "unknown":
        return "the projections publish no figure that would decide it"
    wanted = [a for a in alternatives if a["result"] == row["result"]] or list(alternatives)
    if row["result"] == "pass":
        best = wanted[0]
        return " and ".join(c["sentence"] for c in best["conditions"])
    said = []
    for alternative in wanted:
        failed = [c["sentence"] for c in alternative["conditions"] if c["result"] != "pass"]
        said.append(" and ".join(failed))
    return (
        "; and in the other alternative, ".join(dict.fromkeys(said))
        if len(said) < 3
        else "; or ".join(dict.fromkeys(said))
    )


def _skill_words(
    row: Mapping[str, Any], _alternatives: Sequence[Mapping[str, Any]], components: Sequence[Mapping[str, Any]]
) -> str:
    if row["reason"] in _SKILL_REASONS or row["value"] is None or row["threshold"] is None:
        return _SKILL_REASONS.get(row["reason"], "its bar is stated nowhere")
    value = wording.figure(row["value"], row["unit"], beside=row["threshold"])
    compared = wording.compared(row["value"], row["operator"], row["threshold"], row["unit"])
    if str(row["measure"]).startswith("share_of_components"):
        zone = str(row["measure"]).rsplit("_", 1)[1]
        return f"{value} of it ({len(components)} occupations) is in Job Zone {zone} or above, {compared}"
    if row["unit"] == "Job Zone":
        return f"{value} is {compared}"
    return f"{value} say that the job requires more than a high-school diploma, {compared}"


def _wage_words(
    row: Mapping[str, Any], _alternatives: Sequence[Mapping[str, Any]], _components: Sequence[Mapping[str, Any]]
) -> str:
    basis = str(row["detail"] or "").split("; ")[0]
    if row["reason"] in _WAGE_REASONS:
        said = _WAGE_REASONS[row["reason"]]
        if row["reason"] == "top_coded":
            said += f", and the bar is {wording.quantity(row['threshold'], row['unit'])} ({basis})"
        return said
    if row["value"] is None or row["threshold"] is None:
        return "a figure is missing"
    value = wording.quantity(row["value"], row["unit"], beside=row["threshold"])
    compared = wording.compared(row["value"], row["operator"], row["threshold"], row["unit"])
    prefix = "a documented wage of" if row["reason"] == "override" else "median"
    if row["reason"] == "lower_bound":
        prefix = "at least"
    return f"{prefix} {value} is {compared} ({basis})"


def _test_notes(row: Mapping[str, Any]) -> list[str]:
    """What a careful reader needs beside the figure."""
    notes = []
    if row["test"] == "wage" and row["detail"]:
        notes += str(row["detail"]).split("; ")[1:]
    if row["test"] == "skill" and row["is_approximate"] and row["reason"] != "no_rule":
        basis = _WEIGHTS.get(str(row["reason"] or "").removeprefix("components_weighted_"))
        notes.append(": ".join(filter(None, [basis, row["detail"]])))
    if row["is_approximate"] and row["test"] == "wage":
        notes.append("approximate")
    if row["standard_error"] is not None and row["value"] is not None:
        low, high = row["value"] - row["standard_error"], row["value"] + row["standard_error"]
        notes.append(
            f"standard error {wording.figure(row['standard_error'], row['unit'])}:"
            f" between {wording.figure(low, row['unit'])} and {wording.figure(high, row['unit'])}"
        )
    if row["stability_note"]:
        notes.append(str(row["stability_note"]))
    return notes


def _decision(outcome: Mapping[str, Any]) -> dict[str, Any] | None:
    if not outcome["decision"]:
        return None
    return {
        "decision": outcome["decision"],
        "reason": outcome["decision_reason"],
        "decided_by_role": outcome["decided_by_role"],
    }


# --------------------------------------------------------------------------------------------------- what would flip it


def _flips(
    outcome: Mapping[str, Any],
    tests: Sequence[Mapping[str, Any]],
    alternatives: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
    components: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What it would take: `needs` in words (all of them, or `any` of them), and a what-if command where there is one.

    On the list: each entry alone takes it off. Off the list: all entries together put it on.
    """
    passes = outcome["passes_all_tests"]
    settings: list[str] = []
    needs = []
    settable = True
    for test in tests:
        if test["reason"] == "no_rule" or (test["result"] == "pass") != passes:
            continue
        if test["result"] == "unknown":
            needs.append(f"{test['test']}: a figure or a bar that is not there today")
            settable = False
            continue
        if test["test"] == "demand":
            said, sets = _demand_need(test, alternatives)
        else:
            said, sets = _need(test, about, components)
        if said:
            needs.append(f"{test['test']}: {said}")
        settings += sets
        settable &= bool(sets)
    command = None
    if not passes and needs and settable:
        command = f"currency whatif --list {outcome['list_id']} " + " ".join(f"--set {s}" for s in settings)
    return {
        "mode": "any" if passes else "all",
        "needs": needs,
        "command": command,
        "decision": bool(outcome["decision"])
        and outcome["terminal_state"] in {"listed_by_decision", "removed_by_decision"},
        "stability": outcome["stability"],
        "note": outcome["stability_note"],
    }


def _demand_need(test: Mapping[str, Any], alternatives: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """Off: the conditions of the alternative that came closest. On: the tightest condition of each that holds."""
    if test["result"] == "fail":
        judged = [a for a in alternatives if all(c["value"] is not None for c in a["conditions"])]
        if not judged:
            return "a figure that is not published today", []
        closest = max(judged, key=lambda a: min(_relative(c) for c in a["conditions"]))
        failed = [c for c in closest["conditions"] if c["result"] == "fail"]
        return " and ".join(f"{c['parameter']} {_down_to(c)}" for c in failed), [_setting(c) for c in failed]
    holding = [a for a in alternatives if a["result"] == "pass"]
    tightest = [min(a["conditions"], key=_relative) for a in holding]
    return " and ".join(dict.fromkeys(f"{c['parameter']} {_up_to(c)}" for c in tightest)), []


def _need(
    test: Mapping[str, Any], about: Mapping[str, Any], components: Sequence[Mapping[str, Any]]
) -> tuple[str, list[str]]:
    """The bar that would flip a skill or wage test, in words and as settings; no words where no bar would."""
    if test["value"] is None:
        return "a wage below the top code" if test["result"] == "pass" else "a figure that is not there today", []
    if test["unit"] == "share 0-1":
        return _share_need(test, components)
    name, moved = test["parameter"], _down_to(test) if test["result"] == "fail" else _up_to(test)
    if name == "wage.family":
        return f"a bar (living wage of the family) {moved}", []
    if name == "wage.share_of_area_median_pct":
        percent = _floor(about["share_of_area_median_pct"] * test["value"] / test["threshold"], test["operator"])
        return f"a bar {moved}, which is {percent} % of the area's median", [f"{name}={percent}"]
    return f"{name} {moved}", [_setting(test)]


def _share_need(test: Mapping[str, Any], components: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """A combination: a lower share flips it, or, where none of it is high enough, a lower Job Zone."""
    if test["result"] == "pass":
        return ("", []) if test["value"] >= 1 else (f"skill.line_pass_share {_up_to(test)}", [])
    if test["value"] > 0:
        share = _floor(test["value"], test["operator"], 4)
        return f"skill.line_pass_share {_down_to(test)}", [f"skill.line_pass_share={share}"]
    zones = [part["job_zone"] for part in components if part["job_zone"] is not None and part["component_rate"]]
    if not zones:
        return "a Job Zone that is not published today", []
    return f"skill.min_job_zone at most Job Zone {min(zones)}", [f"skill.min_job_zone={min(zones)}"]


def _down_to(row: Mapping[str, Any]) -> str:
    value = wording.quantity(row["value"], row["unit"], beside=row["threshold"])
    now = wording.figure(row["threshold"], row["unit"], beside=row["value"])
    return f"{'below' if row['operator'] == '>' else 'at most'} {value} (now {now})"


def _up_to(row: Mapping[str, Any]) -> str:
    value = wording.quantity(row["value"], row["unit"], beside=row["threshold"])
    now = wording.figure(row["threshold"], row["unit"], beside=row["value"])
    return f"{'at or above' if row['operator'] == '>' else 'above'} {value} (now {now})"


def _setting(row: Mapping[str, Any]) -> str:
    return f"{row['parameter']}={_floor(row['value'], row['operator'])}"


def _floor(value: float, operator: str, places: int = 2) -> str:
    """The highest bar with so many decimals that `value` still passes."""
    scale: int = 10**places
    steps = math.floor(round(value * scale, 4))
    if operator == ">" and steps >= round(value * scale, 4):
        steps -= 1
    return f"{steps / scale:.{places}f}".rstrip("0").rstrip(".")


def _relative(row: Mapping[str, Any]) -> float:
    return float((row["value"] - row["threshold"]) / max(abs(row["threshold"]), 1e-9))


# ----------------------------------------------------------------------------------------------- sources, policy, parts


def _components(con: duckdb.DuckDBPyConnection, outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The SOC occupations inside the line, from the source of projections that the list reads."""
    found = rows(
        con,
        f"""
        select distinct component_code, component_title, employment_count, component_rate, weight_basis, job_zone,
               beyond_high_school_pct, source_system
        from identify.bridge_line_component
        where area_id = {literal(outcome["area_id"])} and line_code = {literal(outcome["line_code"])}
        order by component_code
        """,
    )
    systems = {row["source_system"] for row in found}
    if len(systems) > 1:
        reads = rows(
            con,
            "select distinct source_system from identify.fct_occupation_projection"
            f" where area_id = {literal(outcome['area_id'])} and line_code = {literal(outcome['line_code'])}"
            f" and capture_id is not distinct from {literal(outcome['capture_id'])}",
        )
        systems = {row["source_system"] for row in reads} & systems or {min(systems)}
    return [
        {name: value for name, value in row.items() if name != "source_system"}
        for row in found
        if row["source_system"] in systems
    ]


def _parameters(con: duckdb.DuckDBPyConnection, list_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The parameter log; empty where the governance domain is not in the release."""
    import duckdb

    try:
        return rows(
            con,
            "select list_id, parameter, value, unit, origin, reason, citation from governance.mart_parameter_log"
            f" where list_id in ({literals(list_ids)}) order by parameter",
        )
    except duckdb.CatalogException:
        return []


def _deciding(
    parameters: Sequence[Mapping[str, Any]], tests: Sequence[Mapping[str, Any]], conditions: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The parameters that decided this line, with where each value comes from."""
    names = {row["parameter"] for row in (*tests, *conditions)} | {"skill.rule", "wage.rule"}
    if any(str(row["measure"]).startswith("share_of_components") for row in tests):
        names.add("skill.line_pass_share")
    return [
        {name: value for name, value in row.items() if name != "list_id"}
        for row in parameters
        if row["parameter"] in names
    ]


def _source(
    captures: Sequence[Mapping[str, Any]], capture_id: str | None, vintage: str | None, test: str
) -> dict[str, Any] | None:
    """Agency, dataset, vintage and capture behind a figure."""
    if capture_id is None:
        return None
    same = [row for row in captures if row["capture_id"] == capture_id]
    fitting = [row for row in same if str(row["base_dataset"]).startswith(_DATASETS[test])] or same
    row: Mapping[str, Any] = fitting[0] if fitting else {}
    return {
        "dataset": row.get("dataset"),
        "title": row.get("dataset_title") or row.get("dataset"),
        "publisher": row.get("publisher"),
        "vintage": vintage or row.get("data_vintage"),
        "capture_id": capture_id,
        "licence": row.get("licence"),
        "attribution": row.get("attribution"),
        "url": row.get("source_url"),
        "is_sample": bool(row.get("is_sample")),
    }


def _used_captures(explained: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        source
        for told in explained
        for test in told["tests"]
        for source in (test["source"], test["threshold_source"])
        if source is not None
    ]


def _named(captures: Sequence[Mapping[str, Any]], dataset: str) -> list[Mapping[str, Any]]:
    return [row for row in captures if row["base_dataset"] == dataset and row["capture_role"] == "current"]


def _attributions(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences that the licences ask for, each once."""
    return list(dict.fromkeys(str(row["attribution"]) for row in sources if row.get("attribution")))


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
