"""The steps of review, each one call: hand out worklists, take verdicts in, how it stands; who may, and a line in the
log.

Belongs here: the order of things, roles, access log, reading the identities in memory. Does not belong here: words for
people (`cli_linkage`), whose turn it is (`assign`), files (`store`, `worklist`, `filled`).
"""

# ruff: noqa: S608 (relations and columns are names of our own)
from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.exam_records.landing import raw_files
from extractors.failures import PermanentFailure
from extractors.link_review import assign, filled, store, worklist
from extractors.link_review.assign import Case
from extractors.link_review.store import Row
from extractors.person_linkage.verdicts import Agreement, agreement
from extractors.raw_tables_students import STUDENT_IDENTITY, STUDENT_YEAR, VENDOR_IDENTITY
from warehouse.paths import DataRoot
from warehouse.vault import exports
from warehouse.vault.access_log import record
from warehouse.vault.keyring import Vault
from warehouse.vault.roles import Who, load_roles, require

if TYPE_CHECKING:
    import duckdb

EXAMS, STUDENTS = "memory.main.exam_identity", "memory.main.student_identity"
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Desk:
    """Where the work is done, by whom, and when."""

    root: DataRoot
    vault: Vault
    who: Who
    now: dt.datetime


@dataclass(frozen=True)
class HandedOut:
    """Worklists that were made.

    Attributes:
        files: user -> files, with what they hold: exam rows, pairs, exam rows that another sees as well.
        waiting: exam rows of the last linking that a person must look at.
        unassigned: of them those that nobody named may see, or whose verdicts are in.
        second_looks_missing: exam rows that two should see and for whom too few reviewers are named.
    """

    files: dict[str, tuple[list[Path], int, int, int]]
    waiting: int
    unassigned: int
    second_looks_missing: int


@dataclass(frozen=True)
class Taken:
    """What a filled worklist came to.

    Attributes:
        accepted, rejected, undecided: rows.
        gone: numbers of rows whose sitting or student is no longer there.
        changed: pairs on which the same reviewer had said something else.
    """

    accepted: int
    rejected: int
    undecided: int
    gone: tuple[int, ...]
    changed: int


@dataclass(frozen=True)
class Standing:
    """How review stands.

    Attributes:
        waiting: exam rows of the last linking in review; undecided: of them those without a verdict.
        judged: exam rows with verdicts; disputed: those on which reviewers differ, by key.
        second_missing: exam rows that a second reviewer should see and has not.
        gone: verdicts about a sitting or student that is no longer there: agreement -> exam keys.
        agreement: of reviewers on pairs that two have judged.
        by_reviewer: name -> accept | reject -> pairs.
    """

    waiting: int
    undecided: int
    judged: int
    disputed: tuple[str, ...]
    second_missing: int
    gone: dict[str, tuple[str, ...]]
    agreement: Agreement
    by_reviewer: dict[str, dict[str, int]]


def open_desk(root: DataRoot, now: dt.datetime | None = None) -> Desk:
    """A desk for a person whose role allows reviewing. Raises warehouse failures where it does not."""
    who = require(root, "review")
    return Desk(root, Vault.open(root), who, now or dt.datetime.now(dt.UTC))


# ------------------------------------------------------------------------------------------------------------- handing


def hand_out(
    desk: Desk, out: Path, reviewers: Sequence[str] = (), formats: Sequence[str] = worklist.FORMATS
) -> HandedOut:
    """Sealed worklists of the pairs that wait, one per reviewer, into `out`; a list with nothing in it is not made.

    Args:
        reviewers: users with a role that may review; by default the person at the desk. A reviewer makes only their
            own, a steward anybody's.

    Raises:
        PermanentFailure: a name without such a role, or nothing was linked yet.
    """
    people = _people(desk, reviewers)
    if not store.candidates_file(desk.root).is_file():
        raise PermanentFailure(
            "nothing waits for review: no sittings were linked yet",
            where=str(store.folder(desk.root)),
            expected="a linking, which every refresh makes",
            remedy="currency refresh",
        )
    candidates = store.read_candidates(desk.root, desk.vault)
    found = assign.cases(candidates, store.read_verdicts(desk.root, desk.vault).to_pylist())
    waiting = {row["exam_key"] for row in candidates}
    files: dict[str, tuple[list[Path], int, int, int]] = {}
    with _identities(desk) as con:
        districts_of = _districts(con, (token for case in found.values() for token in case.pairs))
        living = _agreements(con, found).keys()
        lists = assign.hand_out(
            (case for key, case in sorted(found.items()) if key in living), people, districts_of, waiting
        )
        given = Counter(case.exam_key for own in lists.values() for case, _ in own)
        for user, own in lists.items():
            if own:
                table = _table(con, user, own, districts_of, {row["exam_key"]: row for row in candidates})
                twice = sum(given[case.exam_key] > 1 for case, _ in own)
                paths = _write(desk, out, user, table, formats)
                files[user] = (paths, len(own), len(table), twice)
                record(desk.vault, "linkage review", subject=_subject(user), counts={"pairs": len(table)}, who=desk.who)
    short = sum(1 for key in waiting & living if found[key].is_double and 0 < given[key] < _looks_missing(found[key]))
    return HandedOut(files, len(waiting), len(waiting - set(given)), short)


def _looks_missing(case: Case) -> int:
    return 2 - sum(case.is_done_by(name) for name in case.reviewers)


def _people(desk: Desk, reviewers: Sequence[str]) -> list[Who]:
    known = load_roles(desk.root)
    names = list(dict.fromkeys(reviewers)) or [desk.who.user]
    people = [
        Who(name, name, known[name]["role"], frozenset(known[name]["districts"])) if name in known else None
        for name in names
    ]
    if names == [desk.who.user]:
        return [desk.who]
    if desk.who.role != "steward" or any(who is None or not who.may("review") for who in people):
        raise PermanentFailure(
            "a worklist for somebody who may not have it",
            where=str(desk.root.roles_file),
            expected="users whose role may review; for others than oneself, asked for by a steward",
            remedy="let a steward ask, or give them a role: currency vault roles set",
        )
    return [who for who in people if who is not None]


def _table(
    con: duckdb.DuckDBPyConnection,
    user: str,
    own: Sequence[tuple[Case, list[str]]],
    districts_of: Mapping[str, frozenset[str]],
    exams: Mapping[str, Row],
) -> list[list[Any]]:
    """Rows of a worklist, exam row by exam row, the best student first."""
    import pyarrow as pa

    from extractors.person_linkage.verdicts import queue

    pairs = [
        {"exam_key": case.exam_key, "student_token": token, "place": place, "weight": case.pairs[token],
         "reason": "reviewers disagree" if case.is_disputed else _reason(case, exams)}
        for case, tokens in own for place, token in enumerate(tokens, start=1)
    ]  # fmt: skip
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in queue(con, pa.Table.from_pylist(pairs), EXAMS, STUDENTS, double_share=assign.DOUBLE_SHARE):
        rows.setdefault((row["exam_key"], row["student_token"]), []).append(row)
    nothing: Row = {"margin": None, "runner_up_weight": None}
    return [
        worklist.cells(of_pair, user=user, districts=districts_of[token], exam=exams.get(key, nothing))
        for (key, token), of_pair in rows.items()
    ]


def _reason(case: Case, exams: Mapping[str, Row]) -> str:
    return str(exams[case.exam_key]["reason"]) if case.exam_key in exams else "second look at what was judged"


def _write(desk: Desk, out: Path, user: str, table: list[list[Any]], formats: Sequence[str]) -> list[Path]:
    made = []
    for kind in formats:
        path = out / f"linkage_review_{desk.now:%Y-%m-%d}_{_PLAIN.sub('_', user)}.{kind}.sealed"
        with exports.create(desk.vault, path, exports.for_user(user)) as stream:
            if kind == "xlsx":
                worklist.write_xlsx(table, "Whose exam is this", stream)
            else:
                stream.write(worklist.csv_bytes(table))
        made.append(path)
    return made


# -------------------------------------------------------------------------------------------------------------- taking


def take(desk: Desk, path: Path, *, dry_run: bool = False) -> Taken:
    """Take a filled worklist in, sealed or plain; the next linking goes by it.

    Raises:
        PermanentFailure: it is no worklist, or a row cannot be believed; nothing is taken then.
    """
    name = "the filled worklist"
    content = exports.content_of(desk.vault, desk.who, path)
    lines = filled.read(content, f"{name}{Path(path.name.removesuffix('.sealed')).suffix}")
    with _identities(desk) as con:
        agreements = _agreements(con, (line.exam_key for line in lines))
        districts_of = _districts(con, (line.student_token for line in lines))
    checked = filled.checked(lines, desk.who, agreements, districts_of, name)
    before = store.read_verdicts(desk.root, desk.vault).to_pylist()
    rows, changed = _rows(desk, checked.lines, before, agreements)
    if not dry_run:
        store.add_verdicts(desk.root, desk.vault, rows)
        counts = {"verdicts": len(checked.lines), "gone": len(checked.gone), "changed": changed}
        record(desk.vault, "linkage verdicts", subject=_subject(desk.who.user), counts=counts, who=desk.who)
    said = Counter(line.decision for line in checked.lines)
    return Taken(said[assign.ACCEPT], said[assign.REJECT], checked.undecided, checked.gone, changed)


def _rows(
    desk: Desk, lines: Sequence[filled.Line], before: Sequence[Row], agreements: Mapping[str, str]
) -> tuple[list[Row], int]:
    """(verdicts to keep, how many pairs have another verdict of the same reviewer now).

    Who accepts another student than before has taken the first word back.
    """
    last = assign.last_words(before)
    weights = {(r["exam_key"], r["student_token"]): r["weight"] for r in store.read_candidates(desk.root, desk.vault)}
    weights |= {(r["exam_key"], r["student_token"]): r["weight"] for r in before}
    said = {(line.exam_key, line.student_token, line.reviewer): line.decision for line in lines}
    accepting = {(line.exam_key, line.reviewer) for line in lines if line.decision == assign.ACCEPT}
    taken_back = {
        (exam, token, reviewer): assign.REJECT
        for (exam, token, reviewer), row in last.items()
        if row["decision"] == assign.ACCEPT and (exam, reviewer) in accepting and (exam, token, reviewer) not in said
    }
    changed = sum(1 for key, word in (said | taken_back).items() if key in last and last[key]["decision"] != word)
    at = desk.now.astimezone(dt.UTC).replace(tzinfo=None)
    rows: list[Row] = [
        {"exam_key": exam, "student_token": token, "decision": word, "reviewer": reviewer,
         "agreement_id": agreements[exam], "taken_by": desk.who.user, "decided_at": at,
         "weight": weights.get((exam, token))}
        for (exam, token, reviewer), word in (said | taken_back).items() if exam in agreements
    ]  # fmt: skip
    return rows, changed


# ------------------------------------------------------------------------------------------------------------ standing


def standing(desk: Desk) -> Standing:
    """How review stands; a reviewer is told of the whole, which names nobody."""
    candidates = store.read_candidates(desk.root, desk.vault)
    verdicts = store.read_verdicts(desk.root, desk.vault).to_pylist()
    found = assign.cases(candidates, verdicts)
    last = assign.last_words(verdicts)
    waiting = {row["exam_key"] for row in candidates}
    gone: dict[str, set[str]] = {}
    if last:
        with _identities(desk) as con:
            exams = _agreements(con, (key for key, *_ in last))
            students = _districts(con, (token for _, token, _ in last))
        for (key, token, _), row in last.items():
            if key not in exams or token not in students:
                gone.setdefault(row["agreement_id"], set()).add(key)
    judged = [case for case in found.values() if case.words]
    by_reviewer: dict[str, Counter[str]] = {}
    for (_, _, reviewer), row in last.items():
        by_reviewer.setdefault(reviewer, Counter())[row["decision"]] += 1
    return Standing(
        waiting=len(waiting),
        undecided=sum(1 for key in waiting if not found[key].words),
        judged=len(judged),
        disputed=tuple(sorted(case.exam_key for case in judged if case.is_disputed)),
        second_missing=sum(1 for case in judged if case.is_double and len(case.reviewers) < 2),
        gone={name: tuple(sorted(keys)) for name, keys in sorted(gone.items())},
        agreement=agreement(assign.with_implied(judged)),
        by_reviewer={name: dict(counts) for name, counts in sorted(by_reviewer.items())},
    )


# ----------------------------------------------------------------------------------------------------------- in memory


@contextmanager
def _identities(desk: Desk) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that cannot spill, with the identities of both sides and the students' districts in memory."""
    from warehouse.vault import duck

    files = raw_files(desk.root)
    with duck.connect_restricted(desk.vault) as con:
        con.execute("set temp_directory = ''")
        wanted = ((EXAMS, VENDOR_IDENTITY), (STUDENTS, STUDENT_IDENTITY), ("memory.main.student_year", STUDENT_YEAR))
        for relation, table in wanted:
            paths = [path for _, path in files.get(table.full_name, [])]
            if not paths:
                raise PermanentFailure(
                    "there are no rows to review",
                    where=table.full_name,
                    expected="accepted files of vendors and of districts",
                    remedy="currency exams status",
                )
            con.execute(f"create table {relation} as {duck.parquet_scan_sql(paths, same_columns=True)}")
        yield con


def _districts(con: duckdb.DuckDBPyConnection, wanted: Iterable[str]) -> dict[str, frozenset[str]]:
    """Student token -> districts that know the student, of those wanted that are there."""
    with _asked(con, wanted):
        rows = con.execute(
            f"""
            select asked.key, list(distinct district_code) filter (district_code is not null)
            from asked
            semi join {STUDENTS} as known on known.student_token = asked.key
            left join memory.main.student_year as years on years.student_token = asked.key
            group by asked.key
            """
        ).fetchall()
    return {token: frozenset(districts or ()) for token, districts in rows}


def _agreements(con: duckdb.DuckDBPyConnection, wanted: Iterable[str]) -> dict[str, str]:
    """Exam key -> agreement, of those wanted that are there."""
    with _asked(con, wanted):
        return dict(
            con.execute(f"select exam_key, agreement_id from {EXAMS} semi join asked on exam_key = key").fetchall()
        )


@contextmanager
def _asked(con: duckdb.DuckDBPyConnection, wanted: Iterable[str]) -> Iterator[None]:
    """The relation `asked` of these keys."""
    import pyarrow as pa

    con.register("asked", pa.table({"key": pa.array(sorted(set(wanted)), pa.string())}))
    try:
        yield
    finally:
        con.unregister("asked")


def _subject(user: str) -> str:
    return f"reviewer/{_PLAIN.sub('_', user)}"
