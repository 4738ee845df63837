"""What if, for the list of credentials: which enter and leave it, which come near, whether the list's size jumps.

Belongs here: what of the policy a what-if can answer from counts, and the comparison of the chain's credential marts
with the released ones. Not here: running the chain (`whatif.py`), any rule: the SQL decides. Where occupations enter or
leave the priority list, the credentials that they ask for follow, because the chain runs through both.
"""

# ruff: noqa: S608 (names and values are quoted: warehouse.connection, warehouse.quick_sql)
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from warehouse import credential_wording, wording
from warehouse.connection import quote_relation
from warehouse.failures import PermanentFailure
from warehouse.policy import PolicySet
from warehouse.policy_contract import PARAMETERS
from warehouse.quick_sql import literal, literals, rows
from warehouse.whatif_export import CREDENTIAL_TARGETS, SCOPE_MODEL, Chain, credential_fingerprint_sql

if TYPE_CHECKING:
    import duckdb

NEEDS_COUNTING: Mapping[str, str] = MappingProxyType(
    {
        "posting.window_months": "decides which postings are counted at all",
        "posting.duplicate_window_days": "decides which ads are the same opening",
        "posting.duplicate_similarity": "decides which ads are the same opening",
        "posting.soc_accept_score": "decides which occupation an opening counts for",
        "posting.soc_review_score": "decides which occupation an opening counts for",
    }
)
"""Parameters whose effect is in the postings, which a release does not hold -> what they do."""
WEIGHT_CAP = "posting.weight_cap"
"""It names the counts that a list reads, but moves weighted figures alone, which no test reads."""

_PROVENANCE = "provenance.json"
_BUILD = "currency refresh"
_DOMAINS = ("postings", "credentials")
_LIST_ONLY = MappingProxyType(
    {
        WEIGHT_CAP: "decides no test, only the weighted figures beside them",
        "credential.near_miss_pct": "decides no test, only how far below the bar is still a near miss",
        "credential.confidence_z": "decides no test, only which credentials are called borderline",
        "credential.list_size_change_pct": "decides no test, only from what change of size the list is held back",
        "credential.sunset_years": "decides no test, only how long a delisted credential still counts",
    }
)
_MEASURED_AS = MappingProxyType(
    {"credential.min_postings_pct": "share", "credential.min_postings_count": "count"}
)  # fmt: skip
_DECIDING = frozenset({"credential.rule", *credential_wording.PARAMETERS.values()})


@dataclass(frozen=True)
class CredentialFlip:
    """A test of a credential on a line that came out otherwise, or what else moved it.

    Attributes:
        test: postings, employers, breadth; else occupation, rule, evidence, decision.
        value, threshold: under the edit; `value_before`, `threshold_before` as released.
        words: the same as a sentence.
    """

    line_code: str | None
    line_title: str | None
    test: str
    words: str
    measure: str | None = None
    parameter: str | None = None
    value_before: float | None = None
    value: float | None = None
    threshold_before: float | None = None
    threshold: float | None = None
    result_before: str | None = None
    result: str | None = None


@dataclass(frozen=True)
class CredentialMove:
    """A credential that enters or leaves the list of an area, and why.

    Attributes:
        line_codes: the priority occupations that it is listed for, under the edit or, where it leaves, as released.
        is_near_miss: it leaves, but stays near the bar on a line.
    """

    area_id: str
    credential_code: str
    credential_name: str
    tier: str | None
    stability: str | None
    line_codes: str | None
    is_near_miss: bool
    why: tuple[CredentialFlip, ...]


@dataclass(frozen=True)
class NearMove:
    """A credential that becomes a near miss on a line, or is none any more.

    Attributes:
        state: where it stands under the edit: `passed`, `failed_employers` ...; None where the line is no priority.
        shortfall: what it lacks, under the edit or as released.
    """

    area_id: str
    line_code: str
    line_title: str | None
    credential_code: str
    credential_name: str
    state: str | None
    shortfall: str


@dataclass(frozen=True)
class Size:
    """The list against the state's list of the cycle before, in percent, and the change from which it is held back."""

    previous_count: int
    change_pct_before: float | None
    change_pct: float | None
    allowed_pct: float | None
    is_sudden_before: bool
    is_sudden: bool


@dataclass(frozen=True)
class CredentialChange:
    """What becomes of one list of credentials. Counts are credentials of an area; near misses count for each line.

    Attributes:
        borderline_before, borderline: of those listed.
        other_stability: that stay listed, with another stability label.
        size: None where an area was asked for, or the state supplied no list of the cycle before.
    """

    listed_before: int
    listed: int
    enter: tuple[CredentialMove, ...]
    leave: tuple[CredentialMove, ...]
    stay_listed: int
    borderline_before: int
    borderline: int
    other_stability: int
    near_misses_before: int
    near_misses: int
    near_miss_enter: tuple[NearMove, ...]
    near_miss_leave: tuple[NearMove, ...]
    size: Size | None

    @property
    def changes_anything(self) -> bool:
        """True where a credential enters or leaves, or a near miss comes or goes."""
        return bool(self.enter or self.leave or self.near_miss_enter or self.near_miss_leave)


# ------------------------------------------------------------------------------------------------ what can be asked


def refuse_counting(name: str) -> None:
    """Raises PermanentFailure for a parameter that only a build can answer."""
    does = NEEDS_COUNTING.get(name)
    if does is None:
        return
    file = "policy_parameter.csv (policy common)"
    if not PARAMETERS[name].common_only:
        file += ", or list_parameter.csv for one list"
    raise PermanentFailure(
        f"{name} {does}: a what-if has the counts of the release, not its postings",
        where="--set",
        expected="a bar or rule of the screening, e.g. credential.min_postings_pct=4",
        remedy=f"write the value in {file} and build: {_BUILD}; to leave this release as it is, build in a copy of the"
        " data folder (CURRENCY_DATA_DIR)",
    )


def concerns_credentials(name: str) -> bool:
    """True for a parameter that speaks of nothing but the list of credentials."""
    return name.startswith("credential.") and name in PARAMETERS


def as_counted(edited: PolicySet, released: PolicySet) -> PolicySet:
    """The edited policy with the weight cap of the release: the counts that its lists read go by that name."""
    for table in ("policy_parameter", "list_parameter"):
        other = [row for row in edited.rows(table) if row["parameter"] != WEIGHT_CAP]
        own = [row for row in released.rows(table) if row["parameter"] == WEIGHT_CAP]
        edited = edited.with_rows(table, [*other, *own])
    return edited


def untold(con: duckdb.DuckDBPyConnection, chain: Chain, release: Path, released: str, asked: Sequence[str]) -> str:
    """Why the release cannot answer for credentials, in words; empty where it can."""
    if not chain.has_credentials:
        return "the release was made without counts of postings"
    try:
        domains = json.loads((release / _PROVENANCE).read_text(encoding="utf-8"))["domains"]
    except (OSError, ValueError, KeyError):
        domains = {}
    for domain in _DOMAINS:
        status = domains.get(domain, {}).get("status", "absent")
        if status != "built":
            return f"{domain} were held back when the release was made (currency release show says why)"
    schema = {model.name: model.schema for model in chain.models}
    outcomes, listed = (
        quote_relation(released, schema[name], name) for name in ("mart_credential_outcome", "mart_priority_credential")
    )
    served = dict(con.execute(credential_fingerprint_sql(outcomes, listed)).fetchall())
    other = [name for name in asked if served.get(name) != chain.credential_fingerprints.get(name)]
    return f"its counts are of another build than the credential lists ({', '.join(other)})" if other else ""


def uncounted(
    con: duckdb.DuckDBPyConnection, chain: Chain, edited_parameters: Mapping[str, Sequence[str]], asked: Sequence[str]
) -> dict[str, str]:
    """List -> why its credentials cannot be told under the edit. The chain has run.

    Args:
        edited_parameters: list -> parameters that the edit moves.
    """
    found = {}
    for list_id in asked:
        moved = [name for name in edited_parameters.get(list_id, ()) if name in NEEDS_COUNTING]
        if moved:
            found[list_id] = (
                f"the credentials of this list cannot be told: {moved[0]} {NEEDS_COUNTING[moved[0]]}, and that needs a"
                f" build: {_BUILD}"
            )
    model = next(m for m in chain.models if m.name == SCOPE_MODEL)
    scopes = quote_relation(chain.catalog, model.schema, model.identifier)
    read = con.execute(f"select distinct list_id, area_id, scope_id from {scopes} order by 1, 2").fetchall()
    for list_id, area_id, scope_id in read:
        if scope_id not in chain.scopes:
            found.setdefault(
                list_id,
                f"the credentials of this list cannot be told: for {area_id} no postings were counted by the source of"
                f" lines and the day that it now has, and that needs a build: {_BUILD}",
            )
    return found


def has_own_note(name: str) -> bool:
    """True where `notes` says more of a parameter than that it decides no test."""
    return name in _LIST_ONLY


def notes(parameters: Sequence[str], settings: Mapping[str, str | None]) -> list[str]:
    """Sentences about edited parameters of the credential screening that decide less than one might think.

    Args:
        settings: the parameters of the list, as edited.
    """
    said = [f"{name} {_LIST_ONLY[name]}" for name in parameters if name in _LIST_ONLY]
    measure = settings.get("credential.postings_measure")
    said += [
        f"{name} is not read here: credential.postings_measure of this list is {measure}"
        for name in parameters
        if name in _MEASURED_AS and measure not in ("both", _MEASURED_AS[name])
    ]
    bar = settings.get("credential.min_occupations_count")
    if settings.get("credential.rule") == "any" and bar in ("0", "1", "0.0", "1.0") and _DECIDING & set(parameters):
        said.append(
            "with credential.rule any, whatever is asked for in one priority occupation meets"
            f" credential.min_occupations_count of {bar}, and so is listed: raise it too"
        )
    if "credential.near_miss_pct" in parameters and settings.get("credential.near_miss_pct") == "0":
        said.append("with credential.near_miss_pct at 0 whatever fails is a near miss")
    return said


# --------------------------------------------------------------------------------------------------- the comparison


_Key = tuple[str, str, str]
"""(list, area, credential)."""


class CredentialComparison:
    """The released credential marts against those of the chain, for the lists and the area that were asked for."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, chain: Chain, released: str, asked: Sequence[str], area_id: str | None
    ) -> None:
        self.con = con
        self.asked = list(asked)
        self.area_id = area_id
        models = {m.name: m for m in chain.models}
        schemas = {name: models[name].schema for name in CREDENTIAL_TARGETS}
        self.before = {name: quote_relation(released, schema, name) for name, schema in schemas.items()}
        self.after = {
            name: quote_relation(chain.catalog, m.schema, m.identifier)
            for name, m in models.items()
            if m.for_credentials
        }
        self.where = f"list_id in ({literals(self.asked)})" + (f" and area_id = {literal(area_id)}" if area_id else "")

    def changes(self) -> dict[str, CredentialChange]:
        """List -> what becomes of its credentials."""
        counts, near_counts = self._counts(), self._near_counts()
        moved = self._moved()
        why = self._why(moved)
        near = self._near_moves()
        sizes = {} if self.area_id else self._sizes()
        found = {}
        for list_id in self.asked:
            moves = [(row, _move(row, why)) for row in moved if row["list_id"] == list_id]
            comes = [row for row in near if row["list_id"] == list_id and row["is_near"]]
            goes = [row for row in near if row["list_id"] == list_id and not row["is_near"]]
            enter = tuple(move for row, move in moves if row["enters"])
            listed_before, listed, stay, borderline_before, borderline, other = counts.get(list_id, (0,) * 6)
            near_before, near_after = near_counts.get(list_id, (0, 0))
            found[list_id] = CredentialChange(
                listed_before=listed_before,
                listed=listed,
                enter=enter,
                leave=tuple(move for row, move in moves if not row["enters"]),
                stay_listed=stay,
                borderline_before=borderline_before,
                borderline=borderline,
                other_stability=other,
                near_misses_before=near_before,
                near_misses=near_after,
                near_miss_enter=tuple(map(_near_move, comes)),
                near_miss_leave=tuple(map(_near_move, goes)),
                size=sizes.get(list_id),
            )
        return found

    def _both(self, mart: str, columns: str) -> str:
        """FROM clause: `o` the released rows of a mart, `n` those of the chain, joined on their key."""
        keys = "list_id, area_id, credential_code" + (", line_code" if "line_code" in columns.split(", ") else "")
        old, new = (f"(select {columns} from {marts[mart]} where {self.where})" for marts in (self.before, self.after))
        return f"{old} as o full join {new} as n using ({keys})"

    def _counts(self) -> dict[str, tuple[int, ...]]:
        joined = self._both("mart_priority_credential", "list_id, area_id, credential_code, stability")
        found = self.con.execute(
            "select list_id, count(o.stability), count(n.stability),"
            " count(*) filter (where o.stability is not null and n.stability is not null),"
            " count(*) filter (where o.stability = 'borderline'), count(*) filter (where n.stability = 'borderline'),"
            f" count(*) filter (where o.stability <> n.stability) from {joined} group by list_id"
        ).fetchall()
        return {row[0]: tuple(row[1:]) for row in found}

    def _near_counts(self) -> dict[str, tuple[int, int]]:
        joined = self._both("mart_credential_near_miss", "list_id, area_id, line_code, credential_code, stability")
        found = self.con.execute(
            f"select list_id, count(o.stability), count(n.stability) from {joined} group by list_id"
        ).fetchall()
        return {row[0]: (row[1], row[2]) for row in found}

    def _moved(self) -> list[dict[str, Any]]:
        """Credentials that enter or leave, also as the temporary table `moved_credential`."""
        columns = "list_id, area_id, credential_code, credential_name, tier, stability, line_codes"
        self.con.execute(
            "create or replace temp table moved_credential as select list_id, area_id, credential_code,"
            " coalesce(n.credential_name, o.credential_name) as credential_name, coalesce(n.tier, o.tier) as tier,"
            " n.stability as stability, coalesce(n.line_codes, o.line_codes) as line_codes,"
            " n.stability is not null as enters"
            f" from {self._both('mart_priority_credential', columns)}"
            " where (o.stability is null) <> (n.stability is null)"
        )
        return rows(self.con, "select * from moved_credential order by list_id, area_id, credential_code")

    def _why(self, moved: Sequence[Mapping[str, Any]]) -> dict[_Key, dict[str, Any]]:
        """For the credentials that moved: outcomes and tests by line, as released and under the edit; decisions."""
        if not moved:
            return {}
        keys = "list_id, area_id, credential_code"
        found: dict[_Key, dict[str, Any]] = {
            _key(row): {"lines": {}, "tests": {}, "decision": [None, None]} for row in moved
        }
        for side, marts in enumerate((self.before, self.after)):
            for kind, mart, own in (
                ("lines", "mart_credential_outcome", ("line_code",)),
                ("tests", "mart_credential_screening", ("line_code", "measure")),
            ):
                for row in rows(self.con, f"select * from {marts[mart]} semi join moved_credential using ({keys})"):
                    place = found[_key(row)][kind]
                    place.setdefault(tuple(row[name] for name in own), [None, None])[side] = row
            listed = marts.get("int_credential_listed", marts["mart_priority_credential"])
            for row in rows(self.con, f"select * from {listed} semi join moved_credential using ({keys})"):
                if row["terminal_state"] != "listed":
                    found[_key(row)]["decision"][side] = row
        return found

    def _near_moves(self) -> list[dict[str, Any]]:
        columns = "list_id, area_id, line_code, line_title, credential_code, credential_name, shortfall"
        keys = "list_id, area_id, line_code, credential_code"
        moved = rows(
            self.con,
            f"with moved as (select {keys}, coalesce(n.line_title, o.line_title) as line_title,"
            " coalesce(n.credential_name, o.credential_name) as credential_name, n.shortfall is not null as is_near"
            f" from {self._both('mart_credential_near_miss', columns)}"
            " where (o.shortfall is null) <> (n.shortfall is null)),"
            # What it lacks: of the chain where it comes near, of the release where it was near.
            + "".join(
                f" lacks_{name} as (select {keys}, list({{'measure': measure, 'value': value, 'threshold': threshold}}"
                f" order by measure desc) as lacks from {marts['mart_credential_screening']}"
                f" semi join moved using ({keys}) where result <> 'pass' group by all),"
                for name, marts in (("o", self.before), ("n", self.after))
            )
            + f" ends as (select {keys}, terminal_state from {self.after['mart_credential_outcome']}"
            f" semi join moved using ({keys}))"
            " select moved.*, ends.terminal_state as state,"
            " case when is_near then lacks_n.lacks else lacks_o.lacks end as lacks from moved"
            f" left join ends using ({keys}) left join lacks_o using ({keys}) left join lacks_n using ({keys})"
            " order by list_id, area_id, line_code, credential_code",
        )
        return moved

    def _sizes(self) -> dict[str, Size]:
        name = "mart_credential_list_release"
        found = self.con.execute(
            "select n.list_id, n.previous_count, o.size_change_pct::double, n.size_change_pct::double,"
            " n.allowed_change_pct::double,"
            " coalesce(o.is_size_change_sudden, false), n.is_size_change_sudden"
            f" from {self.after[name]} as n left join {self.before[name]} as o using (list_id)"
            f" where n.previous_count is not null and list_id in ({literals(self.asked)})"
        ).fetchall()
        return {row[0]: Size(*row[1:]) for row in found}


def _key(row: Mapping[str, Any]) -> _Key:
    return (row["list_id"], row["area_id"], row["credential_code"])


def _move(row: Mapping[str, Any], why: Mapping[_Key, Mapping[str, Any]]) -> CredentialMove:
    found = why[_key(row)]
    near = any(after and after["is_near_miss"] for _, after in found["lines"].values())
    return CredentialMove(
        area_id=row["area_id"],
        credential_code=row["credential_code"],
        credential_name=row["credential_name"],
        tier=row["tier"],
        stability=row["stability"],
        line_codes=row["line_codes"],
        is_near_miss=not row["enters"] and near,
        why=_reasons(found, row["enters"]),
    )


def _near_move(row: Mapping[str, Any]) -> NearMove:
    lacks = row["lacks"] or []
    return NearMove(
        area_id=row["area_id"],
        line_code=row["line_code"],
        line_title=row["line_title"],
        credential_code=row["credential_code"],
        credential_name=row["credential_name"],
        state=row["state"],
        shortfall="; ".join(credential_wording.asked(x["measure"], x["value"], x["threshold"]) for x in lacks),
    )


def _reasons(found: Mapping[str, Any], enters: bool) -> tuple[CredentialFlip, ...]:
    """What moved it: a decision, else the lines where it passes now or passes no more."""
    old, new = found["decision"]
    if new and (new["terminal_state"] == "listed_by_decision") == enters:
        return (_decided(f"decision to {'add it' if enters else 'take it off'}: {new['decision_reason']}"),)
    if old and not enters:
        return (_decided(f"the decision to add it is taken back: {old['decision_reason']}"),)
    flips: list[CredentialFlip] = []
    for (line_code,), (before, after) in sorted(found["lines"].items()):
        passed = [bool(row and row["is_passed"]) for row in (before, after)]
        if passed == [not enters, enters]:
            tests = {measure: pair for (code, measure), pair in found["tests"].items() if code == line_code}
            flips += _line_reasons(before, after, tests, enters)
    return tuple(flips) or (_decided("the decision that took it off is taken back"),)


def _decided(words: str) -> CredentialFlip:
    return CredentialFlip(None, None, "decision", words)


def _line_reasons(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    tests: Mapping[str, Sequence[Any]],
    enters: bool,
) -> list[CredentialFlip]:
    shown = after or before or {}
    about = (shown["line_code"], shown["line_title"])
    if before is None or after is None:
        count = f"{shown['evidence_count']:,} of its {shown['posting_count']:,} openings ask for the credential"
        state = "is a priority occupation now" if after else "is no priority occupation any more"
        return [CredentialFlip(*about, "occupation", f"it {state}; {count}")]
    flips = []
    for measure, (one, other) in sorted(tests.items(), reverse=True):
        if one and other:
            if one["result"] != other["result"] and (other["result"] == "pass") == enters:
                flips.append(_flip(about, one, other))
        elif enters and one and one["result"] != "pass":
            said = credential_wording.compared(measure, one["value"], one["threshold"])
            flips.append(_untested(about, one, f"no longer tested ({said})"))
        elif not enters and other and other["result"] != "pass":
            said = credential_wording.compared(measure, other["value"], other["threshold"])
            flips.append(_untested(about, other, f"tested now: {said}"))
    if not flips and before["credential_rule"] != after["credential_rule"]:
        rule = "any of the tests is enough now" if after["credential_rule"] == "any" else "all tests must be met now"
        kind = [
            f"{credential_wording.compared(m, row['value'], row['threshold'])}"
            for m, (_, row) in sorted(tests.items(), reverse=True)
            if row and (row["result"] == "pass") == enters
        ]
        flips = [CredentialFlip(*about, "rule", f"{rule} ({'; '.join(kind)})")]
    if not flips:
        count = "{:,} openings count as evidence"
        said = f"{count.format(after['evidence_count'])} (before: {before['evidence_count']:,})"
        flips = [CredentialFlip(*about, "evidence", said)]
    return flips


def _flip(about: tuple[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> CredentialFlip:
    measure = after["measure"]
    unit = credential_wording.unit(measure)
    was = []
    if before["threshold"] != after["threshold"]:
        was.append(f"was {wording.figure(before['threshold'], unit)}")
    if before["value"] != after["value"]:
        shown = wording.figure(before["value"], unit, beside=after["value"])
        was.append(f"the value was {shown}")
    words = credential_wording.compared(measure, after["value"], after["threshold"])
    return CredentialFlip(
        *about,
        test=after["test"],
        words=words + (f" ({', '.join(was)})" if was else ""),
        measure=measure,
        parameter=credential_wording.PARAMETERS[measure],
        value_before=before["value"],
        value=after["value"],
        threshold_before=before["threshold"],
        threshold=after["threshold"],
        result_before=before["result"],
        result=after["result"],
    )


def _untested(about: tuple[str, str], row: Mapping[str, Any], words: str) -> CredentialFlip:
    return CredentialFlip(
        *about, test=row["test"], words=words, measure=row["measure"], parameter="credential.postings_measure"
    )
