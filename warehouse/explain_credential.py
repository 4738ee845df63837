"""Why a credential is, or is not, on a state's preliminary list: its tests on every occupation that asks for it.

Belongs here: reading the released marts for one credential, putting them in words. Not here: any rule (what is said
was decided by the SQL of the build). The answer is a plain dictionary, fit for JSON; `cli_explain_credential.py` lays
it out.
"""

# ruff: noqa: S608 (values are quoted by warehouse.quick_sql)
from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import credential_wording
from warehouse.connection import connect_served
from warehouse.explain import NothingReleased
from warehouse.failures import PermanentFailure, from_error
from warehouse.paths import DataRoot
from warehouse.pointer import read_pointer
from warehouse.policy import close_match
from warehouse.quick_sql import literal, literals, rows

if TYPE_CHECKING:
    import duckdb

__all__ = ["explain_credential"]

_WHY_NOT = {
    "failed_demand": "it fails the demand test",
    "unknown_demand": "its demand cannot be judged",
    "failed_skill": "it fails the skill test",
    "unknown_skill": "its skill cannot be judged",
    "failed_wage": "it fails the wage test",
    "unknown_wage": "its wage cannot be judged",
    "removed_by_decision": "a decision took it off",
}
_DECISIONS = Path("whatif", "policy", "credential_decision.csv")
"""In the folder of a release: the decisions that it was built with."""
_SHOWN = 8
_COMMON_WORDS = frozenset({"a", "and", "for", "in", "of", "or", "the", "certified", "certification", "license", "card"})


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
        `release_id`, `credential`, `area_id`, `is_sample`, `not_screened_by` (lists that do not cover the area) and
        `lists`, for each: `sentence`, `is_listed`, `terminal_state`, `lines` (priority occupations with their tests,
        the nearest to the list first), `elsewhere` (other occupations that ask for it, and why they are no priority),
        `listed_in` (other areas of the state where it is listed), `needs` and `command` (what would put it on the list,
        and the what-if that shows what else would follow), `previous` (against the list of the cycle before),
        `leads_to`, `quality`, `policy`.

    Raises:
        NothingReleased: no release yet.
        PermanentFailure: unknown credential (its candidates are named), state, list or area; the release has no
            postings.
    """
    import duckdb

    pointer = read_pointer(root)
    if pointer is None or not root.served_database.is_file():
        raise NothingReleased(
            "nothing has been released yet", where=str(root.root), remedy="build and release first: currency refresh"
        )
    with connect_served(root) as con:
        try:
            return _answer(con, query, state, list_id, area, root.root / pointer.folder / _DECISIONS)
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
    con: duckdb.DuckDBPyConnection,
    query: str,
    state: str | None,
    list_id: str | None,
    area: str | None,
    decisions: Path,
) -> dict[str, Any]:
    lists = _lists(con, state, list_id)
    credential = _credential(con, query)
    place, covering = _area(con, lists, area)
    told = [_told(con, about, credential, place) for about in lists if about["list_id"] in covering]
    for answer in told:
        if answer["terminal_state"] == "removed_by_decision":
            reason = _removal(decisions, answer["list_id"], place["area_id"], credential["credential_code"])
            answer["decision_reason"] = reason
            answer["sentence"] += f": {reason}" if reason else ""
    if not any(answer["is_listed"] for answer in told):
        _check_postings(con, place["state_postal"])
    release = con.execute("select release_id from core.release").fetchall()[0][0]
    return {
        "release_id": release,
        "query": query,
        "credential": credential,
        "area_id": place["area_id"],
        "area_name": place["area_name"],
        "is_sample": bool(place["is_sample"]),
        "lists": told,
        "not_screened_by": [about["list_id"] for about in lists if about["list_id"] not in covering],
    }


def _check_postings(con: duckdb.DuckDBPyConnection, postal: str) -> None:
    """Without a posting of the state nothing was screened: that is no answer about a credential."""
    if con.execute(f"select 1 from postings.fct_job_posting where state_postal = {literal(postal)} limit 1").fetchall():
        return
    raise PermanentFailure(
        f"the release holds no job postings of {postal}, so no credential was screened",
        where="postings.fct_job_posting",
        expected="openings of the state",
        remedy=f"import them (currency archive import job_postings FILE --state {postal} ...), then currency refresh",
    )


def _removal(path: Path, list_id: str, area_id: str, code: str) -> str | None:
    """The reason of the decision that took it off: the latest that the release was built with."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            found = [
                row
                for row in csv.DictReader(file)
                if (row["list_id"], row["area_id"], row["credential_code"], row["decision"])
                == (list_id, area_id, code, "remove")
            ]
    except FileNotFoundError:
        return None
    return max(found, key=lambda row: row["decided_on"])["reason"] if found else None


# ------------------------------------------------------------------------------------------------- what is asked about


def _lists(con: duckdb.DuckDBPyConnection, state: str | None, list_id: str | None) -> list[dict[str, Any]]:
    known = rows(con, "select * from core.dim_policy order by policy_id <> 'default', list_id")
    if list_id is not None:
        chosen = [row for row in known if row["list_id"] == list_id]
        if not chosen:
            raise _unknown("--list", f"no list {list_id} in this release", list_id, [r["list_id"] for r in known])
        if state and chosen[0]["state_postal"] != state.strip().upper():
            of = [row["list_id"] for row in known if row["state_postal"] == state.strip().upper()]
            raise _unknown("--list", f"list {list_id} is of {chosen[0]['state_postal']}, not of {state}", list_id, of)
        return chosen
    states = sorted({row["state_postal"] for row in known})
    postal = state.strip().upper() if state else (states[0] if len(states) == 1 else "")
    if postal not in states:
        found = f"no list of {postal} in this release" if postal else f"this release has lists of {len(states)} states"
        raise _unknown("--state", found, postal, states)
    return [row for row in known if row["state_postal"] == postal]


def _area(
    con: duckdb.DuckDBPyConnection, lists: Sequence[Mapping[str, Any]], area: str | None
) -> tuple[Mapping[str, Any], set[str]]:
    """The row of dim_area that is meant, and the lists that cover it."""
    postal = lists[0]["state_postal"]
    known = rows(
        con,
        "select areas.*, covered.list_ids from core.dim_area as areas inner join ("
        "select area_id, list(distinct list_id) as list_ids from identify.mart_occupation_outcome"
        f" where list_id in ({literals(row['list_id'] for row in lists)}) group by area_id) as covered using (area_id)"
        " order by areas.area_kind <> 'state', area_id",
    )
    wanted = (area or postal).strip().casefold()
    for row in known:
        names = (row["area_id"], row["area_id"].partition(":")[2], row["area_name"] or "")
        if wanted in {name.casefold() for name in names if name}:
            return row, set(row["list_ids"])
    listed = [f"{row['area_id']} ({row['area_name']})" for row in known]
    raise _unknown("--area", f"no list asked for covers {area or postal}", area or "", listed)


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
    near = [r for r in known if _initials(r["credential_name"]) == wanted.casefold()]
    near += [names[n] for n in get_close_matches(wanted.casefold(), names, n=_SHOWN, cutoff=0.5)]
    near += [r for r in known if words & set(_words(r["credential_name"])) - _COMMON_WORDS and r not in near]
    raise _not_clear("no credential has this name", query, near)


def _initials(name: str) -> str:
    """ "Certified nursing assistant (CNA)": cna, as people say it."""
    return "".join(word[0] for word in _words(name.partition("(")[0]) if word not in _COMMON_WORDS)


def _not_clear(found: str, query: str, candidates: Sequence[Mapping[str, Any]]) -> PermanentFailure:
    listed = "".join(f"\n    {c['credential_code']}  {c['credential_name']}" for c in candidates[:_SHOWN])
    return PermanentFailure(
        found,
        where=repr(query),
        expected=f"one credential, for instance{listed}" if listed else "a name or code of credentials.dim_credential",
        remedy="ask for one by its code; a credential that is missing is added to seeds/reference/credential.csv or"
        " to the state's own list",
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
    con: duckdb.DuckDBPyConnection,
    about: Mapping[str, Any],
    credential: Mapping[str, Any],
    place: Mapping[str, Any],
) -> dict[str, Any]:
    area_id, code = place["area_id"], literal(credential["credential_code"])
    only = f"list_id = {literal(about['list_id'])} and credential_code = {code}"
    where = f"{only} and area_id = {literal(area_id)}"
    outcomes = rows(
        con,
        f"select * from postings.mart_credential_outcome where {where}"
        " order by is_passed desc, is_near_miss desc, postings_pct desc, line_code",
    )
    tests = rows(
        con, f"select * from postings.mart_credential_screening where {where} order by line_code, measure desc"
    )
    demand = rows(
        con, f"select * from postings.mart_credential_demand where {where} order by asked_count desc, line_code"
    )
    listings = rows(con, f"select * from credentials.mart_priority_credential where {only} order by area_id")
    listed = next((row for row in listings if row["area_id"] == area_id), None)
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
    needs, command = _needs(about["list_id"], place, lines) if listed is None else ([], None)
    return {
        "list_id": about["list_id"],
        "list_title": about["list_title"],
        "cycle": about["cycle"],
        "as_of_date": str(about["as_of_date"]),
        "is_listed": listed is not None,
        "terminal_state": _terminal_state(listed, lines),
        "decision_reason": listed["decision_reason"] if listed else None,
        "list_status": listed["list_status"] if listed else None,
        "tier": listed["tier"] if listed else None,
        "sentence": _sentence(credential["credential_name"], listed, lines, elsewhere),
        "lines": lines,
        "needs": needs,
        "command": command,
        "elsewhere": elsewhere[:_SHOWN],
        "listed_in": [row["area_id"] for row in listings if row["area_id"] != area_id],
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
    names = ("test", "measure", "value", "threshold", "margin", "result", "stability")
    told = [
        {
            **{name: test[name] for name in names},
            "sentence": credential_wording.asked(test["measure"], test["value"], test["threshold"]),
        }
        for test in tests
        if test["line_code"] == row["line_code"]
    ]
    return {
        "line_code": row["line_code"],
        "line_title": row["line_title"],
        "terminal_state": row["terminal_state"],
        "is_near_miss": row["is_near_miss"],
        "stability": row["stability"],
        "rule": row["credential_rule"],
        "evidence": counts["evidence"],
        "opening_count": counts["posting_count"],
        "evidence_count": row["evidence_count"],
        **{name: counts[name] for name in _COUNTS},
        "tests": told,
    }


_COUNTS = ("asked_count", "required_count", "preferred_count", "after_hire_count", "named_count", "mention_count")


def _elsewhere(con: duckdb.DuckDBPyConnection, list_id: str, area_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Openings of an occupation that is not on the priority list, and why it is not."""
    state = rows(
        con,
        "select line_title, terminal_state from identify.mart_occupation_outcome where"
        f" list_id = {literal(list_id)} and area_id = {literal(area_id)} and line_code = {literal(row['line_code'])}",
    )
    why = _WHY_NOT.get(state[0]["terminal_state"], "it is not on the list") if state else "it was not screened"
    return {
        "line_code": row["line_code"],
        "line_title": row["line_title"] or (state[0]["line_title"] if state else None),
        "opening_count": row["posting_count"],
        "asked_count": row["asked_count"],
        "mention_count": row["mention_count"],
        "why_not_priority": why,
        "command": f"currency explain {row['line_code']} --list {list_id}",
    }


def _quality(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("is_third_party", "requires_exam", "is_recognized", "is_entry_wage_livable", "has_quality_assurance")
    return {name: row[name] for name in names}


def _terminal_state(listed: Mapping[str, Any] | None, lines: Sequence[Mapping[str, Any]]) -> str:
    """`listed`, `listed_by_decision`, `removed_by_decision`, else the end of its best line, or `not_asked_for`."""
    if listed:
        return str(listed["terminal_state"])
    if not lines:
        return "not_asked_for"
    return "removed_by_decision" if lines[0]["terminal_state"] == "passed" else str(lines[0]["terminal_state"])


def _needs(list_id: str, place: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> tuple[list[str], str | None]:
    """What the policy would have to say for the best line to pass, and the what-if that shows what else follows."""
    if not lines or not lines[0]["evidence_count"] or lines[0]["terminal_state"] == "passed":
        return [], None
    best = lines[0]
    failed = [test for test in best["tests"] if test["result"] != "pass"]
    if best["rule"] == "any":
        # One test is enough: the one that is nearest to its bars.
        nearest = max(failed, key=lambda test: min(_ratio(t) for t in failed if t["test"] == test["test"]))
        failed = [test for test in failed if test["test"] == nearest["test"]]
    bars = {
        credential_wording.PARAMETERS[test["measure"]]: credential_wording.within_reach(test["measure"], test["value"])
        for test in failed
    }
    now = {credential_wording.PARAMETERS[test["measure"]]: test["threshold"] for test in failed}
    needs = [f"{name} at most {value} (now {now[name]:g})" for name, value in bars.items()]
    area = f" --area {place['area_id']}" if ":" in place["area_id"] else ""
    return needs, f"currency whatif --list {list_id}{area} " + " ".join(
        f"--set {name}={value}" for name, value in bars.items()
    )


def _ratio(test: Mapping[str, Any]) -> float:
    return float(test["value"] / test["threshold"]) if test["threshold"] else 1.0


def _sentence(
    name: str,
    listed: Mapping[str, Any] | None,
    lines: Sequence[Mapping[str, Any]],
    elsewhere: Sequence[Mapping[str, Any]],
) -> str:
    passed = [line for line in lines if line["terminal_state"] == "passed"]
    if listed and listed["terminal_state"] == "listed_by_decision":
        return f"{name} is on the preliminary list by decision: {listed['decision_reason']}"
    if listed:
        titles = ", ".join(map(_titled, passed[:3]))
        more = f" and {len(passed) - 3} more" if len(passed) > 3 else ""
        return f"{name} is on the preliminary list: it passes for {titles}{more}"
    if passed:
        return f"{name} is not on the list: it passes for {_titled(passed[0])}, but a decision took it off"
    asked = [line for line in elsewhere if line["asked_count"]]
    if lines and (lines[0]["evidence_count"] or not asked):
        return _below(name, lines[0])
    if asked:
        top = asked[0]
        return (
            f"{name} is not on the list: {_openings(top['asked_count'], 'asks', 'ask')} for it in {_titled(top)},"
            f" which is not a priority occupation: {top['why_not_priority']}"
        )
    if elsewhere:
        return f"{name} is not on the list: openings only mention it, none asks for it"
    return f"{name} is not on the list: no opening that counts (of the months before the list's day) names it"


def _below(name: str, best: Mapping[str, Any]) -> str:
    """Why a credential stays off although openings of a priority occupation name it; `best` is the nearest of them."""
    if best["evidence_count"]:
        missed = " and ".join(test["sentence"] for test in best["tests"] if test["result"] != "pass")
        near = ", but near it" if best["is_near_miss"] else ""
        enough = "; any of these would be enough" if best["rule"] == "any" else ""
        said = "it is asked for only" if near else "even where it comes nearest it is asked for only"
        return f"{name} is not on the list{near}: for {_titled(best)} {said} {missed}{enough}"
    if best["asked_count"]:
        counted = "only where it is required" + (" or preferred" if best["evidence"] != "required" else "")
        return (
            f"{name} is not on the list: {_openings(best['asked_count'], 'asks', 'ask')} for it in {_titled(best)}, but"
            f" this list counts it {counted}"
        )
    return f"{name} is not on the list: openings only mention it, none asks for it"


def _titled(line: Mapping[str, Any]) -> str:
    return f"{line['line_title']} ({line['line_code']})"


def _openings(count: int, one: str, many: str) -> str:
    return f"1 opening {one}" if count == 1 else f"{count:,} openings {many}"
