"""Why a credential is, or is not, on a state's preliminary list: its tests on every occupation that asks for it.

Belongs here: reading the released marts for one credential, putting them in words. Not here: any rule (what is said was
decided by the SQL of the build). The answer is a plain dictionary, fit for JSON; `cli_explain_credential.py` lays it out.
"""

# ruff: noqa: S608 (values are quoted by warehouse.quick_sql)
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from warehouse.connection import connect_served
from warehouse.explain import NothingReleased
from warehouse.failures import PermanentFailure, from_error
from warehouse.paths import DataRoot
from warehouse.pointer import read_pointer
from warehouse.policy import close_match
from warehouse.quick_sql import literal, rows

if TYPE_CHECKING:
    import duckdb

__all__ = ["explain_credential"]

_UNITS = {
    "postings_pct": ("{:.2f} % of the openings", "{:g} %"),
    "postings_count": ("{:.0f} openings", "{:g}"),
    "employers_count": ("{:.0f} employers", "{:g}"),
    "occupations_count": ("{:.0f} priority occupations", "{:g}"),
}
_WHY_NOT = {
    "failed_demand": "is not in demand",
    "unknown_demand": "cannot be judged on demand",
    "failed_skill": "is below the skill bar",
    "unknown_skill": "cannot be judged on skill",
    "failed_wage": "is below the wage bar",
    "unknown_wage": "cannot be judged on wage",
    "removed_by_decision": "was taken off by a decision",
}
_SHOWN = 8


def explain_credential(
    root: DataRoot, query: str, *, state: str | None = None, list_id: str | None = None, area: str | None = None
) -> dict[str, Any]:
    """Explain one credential on the lists of a state.

    Args:
        query: a credential code, or a name ("CompTIA A+").
        state: postal code; None where the release has lists of one state alone.
        list_id: only this list.
        area: a region by code or name; by default the state itself.

    Returns:
        `release_id`, `credential`, `area_id`, `is_sample`, `lists`: per list `sentence`, `is_listed`, `lines` (priority
        occupations with their tests), `elsewhere` (other occupations that ask for it, and why they are not priority),
        `previous` (what changed), `leads_to`, `quality`, `policy`.

    Raises:
        NothingReleased: no release yet.
        PermanentFailure: unknown credential (its candidates are named), state, list or area; the release has no postings.
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
                f"the release holds no credential screening ({' '.join(str(error).split())})",
                where=str(root.served_database),
                expected="schemas postings and credentials",
                remedy="import job postings, refresh, and see what was held back: currency release show",
            ) from error
        except duckdb.Error as error:
            raise from_error(error, where=root.served_database, doing="reading the release") from error


def _answer(
    con: duckdb.DuckDBPyConnection, query: str, state: str | None, list_id: str | None, area: str | None
) -> dict[str, Any]:
    lists = _lists(con, state, list_id)
    credential = _credential(con, query)
    place = _area(con, lists, area)
    code = literal(credential["credential_code"])
    told = [_told(con, about, credential, place["area_id"], code) for about in lists]
    release = con.execute("select release_id from core.release").fetchall()[0][0]
    return {
        "release_id": release,
        "query": query,
        "credential": credential,
        "area_id": place["area_id"],
        "area_name": place["area_name"],
        "is_sample": bool(place["is_sample"]),
        "lists": told,
    }


# ------------------------------------------------------------------------------------------------- what is asked about


def _lists(con: duckdb.DuckDBPyConnection, state: str | None, list_id: str | None) -> list[dict[str, Any]]:
    known = rows(con, "select * from core.dim_policy order by policy_id <> 'default', list_id")
    if list_id is not None:
        chosen = [row for row in known if row["list_id"] == list_id]
        if not chosen:
            raise _unknown("--list", f"no list {list_id} in this release", list_id, [r["list_id"] for r in known])
        return chosen
    states = sorted({row["state_postal"] for row in known})
    postal = state.strip().upper() if state else (states[0] if len(states) == 1 else "")
    if postal not in states:
        found = f"no list of {postal} in this release" if postal else f"this release has lists of {len(states)} states"
        raise _unknown("--state", found, postal, states)
    return [row for row in known if row["state_postal"] == postal]


def _area(con: duckdb.DuckDBPyConnection, lists: Sequence[Mapping[str, Any]], area: str | None) -> Mapping[str, Any]:
    postal = lists[0]["state_postal"]
    known = rows(
        con,
        f"select * from core.dim_area where state_postal = {literal(postal)} order by area_kind <> 'state', area_id",
    )
    wanted = (area or postal).strip().casefold()
    for row in known:
        names = (row["area_id"], row["area_id"].partition(":")[2], row["area_name"] or "")
        if wanted in {name.casefold() for name in names if name}:
            return row
    raise _unknown("--area", f"no area {area} in {postal}", area or "", [row["area_id"] for row in known])


def _credential(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """The credential that is meant: by code, by name, by its words; what is not clear is not guessed."""
    known = rows(
        con,
        "select credential_code, any_value(credential_name) as credential_name, any_value(issuer_name) as issuer_name,"
        " any_value(credential_type) as credential_type, bool_or(is_stepping_stone) as is_stepping_stone"
        " from credentials.dim_credential group by credential_code order by credential_code",
    )
    wanted = query.strip()
    exact = [
        r for r in known if wanted.casefold() in (r["credential_code"].casefold(), r["credential_name"].casefold())
    ]
    words = set(_words(wanted))
    having = [r for r in known if words and words <= set(_words(f"{r['credential_name']} {r['issuer_name'] or ''}"))]
    for candidates in (exact, having):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise _not_clear(f"{len(candidates)} credentials have these words", query, candidates)
    from difflib import get_close_matches

    names = {r["credential_name"].casefold(): r for r in known}
    near = [names[n] for n in get_close_matches(wanted.casefold(), names, n=_SHOWN, cutoff=0.5)]
    raise _not_clear("no credential has this name", query, near)


def _not_clear(found: str, query: str, candidates: Sequence[Mapping[str, Any]]) -> PermanentFailure:
    listed = "".join(f"\n    {c['credential_code']}  {c['credential_name']}" for c in candidates[:_SHOWN])
    return PermanentFailure(
        found,
        where=repr(query),
        expected=f"for instance{listed}" if listed else "a name or code of dim_credential",
        remedy="ask for one by its code; a credential that is missing is added to seeds/reference/credential.csv or "
        "to the state's own list",
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9+#]+", text.casefold())


def _unknown(where: str, found: str, name: str, known: Sequence[str]) -> PermanentFailure:
    return PermanentFailure(
        f"{found}{close_match(name, known)}",
        where=where,
        expected=f"one of: {', '.join(known) or 'none yet'}",
        remedy="correct it; lists are rows of seeds/policy/occupation_list.csv",
    )


# ---------------------------------------------------------------------------------------------------- one list's answer


def _told(
    con: duckdb.DuckDBPyConnection, about: Mapping[str, Any], credential: Mapping[str, Any], area_id: str, code: str
) -> dict[str, Any]:
    where = f"list_id = {literal(about['list_id'])} and area_id = {literal(area_id)} and credential_code = {code}"
    outcomes = rows(
        con,
        f"select * from postings.mart_credential_outcome where {where} order by is_passed desc, postings_pct desc, line_code",
    )
    tests = rows(
        con, f"select * from postings.mart_credential_screening where {where} order by line_code, measure desc"
    )
    demand = rows(
        con, f"select * from postings.mart_credential_demand where {where} order by asked_count desc, line_code"
    )
    near = rows(con, f"select * from postings.mart_credential_near_miss where {where} order by line_code")
    listed = rows(con, f"select * from credentials.mart_priority_credential where {where}")
    only = f"list_id = {literal(about['list_id'])} and credential_code = {code}"
    changes = rows(con, f"select * from credentials.mart_credential_list_diff where {only}")
    quality = rows(con, f"select * from credentials.mart_credential_qa where {only}")
    leads = rows(
        con,
        "select * from credentials.mart_career_lattice where"
        f" list_id = {literal(about['list_id'])} and area_id = {literal(area_id)}"
        f" and from_credential_code = {code} order by hop_count, to_credential_code",
    )
    lines = [_line(row, tests, demand) for row in outcomes]
    elsewhere = [_elsewhere(con, about["list_id"], area_id, row) for row in demand if not row["is_priority_line"]]
    return {
        "list_id": about["list_id"],
        "list_title": about["list_title"],
        "cycle": about["cycle"],
        "as_of_date": str(about["as_of_date"]),
        "is_listed": bool(listed),
        "list_status": listed[0]["list_status"] if listed else None,
        "tier": listed[0]["tier"] if listed else None,
        "sentence": _sentence(credential, listed, lines, elsewhere, near),
        "lines": lines,
        "near_misses": [{"line_code": r["line_code"], "shortfall": r["shortfall"]} for r in near],
        "elsewhere": elsewhere[:_SHOWN],
        "previous": {"change": changes[0]["change"], "tier": changes[0]["previous_tier"]} if changes else None,
        "leads_to": [
            {"credential_code": r["to_credential_code"], "name": r["to_credential_name"], "hops": r["hop_count"]}
            for r in leads[:_SHOWN]
        ],
        "quality": _quality(quality[0]) if quality else None,
        "policy": {"policy_id": about["policy_id"], "param_hash": about["param_hash"]},
    }


def _line(
    row: Mapping[str, Any], tests: Sequence[Mapping[str, Any]], demand: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    counts = next(d for d in demand if d["line_code"] == row["line_code"])
    told = []
    for test in tests:
        if test["line_code"] == row["line_code"]:
            shown, bar = _UNITS[test["measure"]]
            told.append(
                {
                    **{
                        name: test[name]
                        for name in ("test", "measure", "value", "threshold", "margin", "result", "stability")
                    },
                    "sentence": f"{shown.format(test['value'])}, the bar is {bar.format(test['threshold'])}",
                }
            )
    return {
        "line_code": row["line_code"],
        "line_title": row["line_title"],
        "terminal_state": row["terminal_state"],
        "stability": row["stability"],
        "opening_count": counts["posting_count"],
        "required_count": counts["required_count"],
        "preferred_count": counts["preferred_count"],
        "after_hire_count": counts["after_hire_count"],
        "mention_count": counts["mention_count"],
        "tests": told,
    }


def _elsewhere(con: duckdb.DuckDBPyConnection, list_id: str, area_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Openings of an occupation that is not on the priority list, and why it is not."""
    state = rows(
        con,
        f"select terminal_state from identify.mart_occupation_outcome where list_id = {literal(list_id)}"
        f" and area_id = {literal(area_id)} and line_code = {literal(row['line_code'])}",
    )
    why = _WHY_NOT.get(state[0]["terminal_state"], "is not on the list") if state else "is not screened"
    return {
        "line_code": row["line_code"],
        "line_title": row["line_title"],
        "asked_count": row["asked_count"],
        "why_not_priority": why,
    }


def _quality(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("is_third_party", "requires_exam", "is_recognized", "is_entry_wage_livable", "has_quality_assurance")
    return {name: row[name] for name in names}


def _sentence(
    credential: Mapping[str, Any],
    listed: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
    elsewhere: Sequence[Mapping[str, Any]],
    near: Sequence[Mapping[str, Any]],
) -> str:
    name = credential["credential_name"]
    if listed and listed[0]["terminal_state"] == "listed_by_decision":
        return f"{name} is on the list by decision: {listed[0]['decision_reason']}"
    if listed:
        passed = [line for line in lines if line["terminal_state"] == "passed"]
        titles = ", ".join(f"{line['line_title']} ({line['line_code']})" for line in passed[:3])
        more = f" and {len(passed) - 3} more" if len(passed) > 3 else ""
        return f"{name} is on the preliminary list: it passes for {titles}{more}"
    if any(line["terminal_state"] == "passed" for line in lines):
        return f"{name} passes the tests and was taken off the list by a decision"
    if near:
        return f"{name} is not on the list, but near it: {near[0]['shortfall']} for {near[0]['line_title']}"
    if lines:
        best = lines[0]
        missed = "; ".join(t["sentence"] for t in best["tests"] if t["result"] != "pass")
        if best["terminal_state"] == "only_mentioned":
            return f"{name} is not on the list: openings mention it, none asks for it"
        return f"{name} is not on the list: at best {missed} ({best['line_title']})"
    if elsewhere:
        top = elsewhere[0]
        return (
            f"{name} is not on the list: {top['asked_count']} openings ask for it in {top['line_title']}, which"
            f" {top['why_not_priority']}"
        )
    return f"{name} is not on the list: no opening in the window names it"
