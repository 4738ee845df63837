"""Where the weights come from: rows whose student is known by another way, and random pairs.

Belongs here: m, u and the prior, estimated from a state's own files. Does not belong here: thresholds.

* **m** (how often rows of one person agree): pairs with the same SSN token, which are one person whatever became of
  name, date and home, and pairs that reviewers accepted. Splink's own EM has to guess which pairs are matches; here
  they are known, so that m of rare errors (a nickname, a day for a month) is counted, not inferred. ADR 0014.
* **u** (how often rows of two people agree): Splink's random sampling.
* **SSN itself**: from pairs that the name rules found.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from extractors.failures import PermanentFailure
from extractors.person_linkage import rules, scoring, verdicts
from extractors.person_linkage.comparisons import COMPARISONS, labels
from extractors.person_linkage.model import Model, Thresholds, splink_settings
from extractors.person_linkage.prepare import prepare
from extractors.person_linkage.safety import check_relation, workshop

RANDOM_PAIRS = 10_000_000
LEAST_KNOWN = 200
"""Known pairs below which shares of rare errors would be noise."""
_FLOOR_SHARE = 0.5
"""Half a pair: the share of a level that was never seen, so that no weight is infinite."""
LEAST_ERROR = 0.002
"""Least share of matches that differ outright in a comparison: some thousand known pairs cannot prove an error
impossible, and no single field may outweigh all others."""
LARGEST_SSN_U = 1e-6


def train_on(
    connection: duckdb.DuckDBPyConnection,
    exams: str,
    students: str,
    *,
    trained_on: str,
    thresholds: Thresholds | None = None,
    verdict_rows: str | None = None,
    random_pairs: int = RANDOM_PAIRS,
    seed: int = 1,
    tell: Callable[[str], object] = lambda _: None,
) -> Model:
    """A model of a state's own files.

    Args:
        exams, students, verdict_rows: relations as `engine.link` takes them; of verdicts the accepted count as known.
        trained_on: in words, for the model's file.
        random_pairs: how many pairs u is counted on.
        tell: called with the name of a step when it begins.

    Raises:
        PermanentFailure: too few pairs are known, or as `engine.link`.
    """
    for relation in (exams, students, *((verdict_rows,) if verdict_rows else ())):
        check_relation(relation)
    with workshop(connection) as work, _one_thread(connection):
        tell("normalise")
        prepare(connection, exams, students, work)
        verdicts.take_in(connection, verdict_rows, work)
        connection.execute(f"use {work}.main")
        connection.execute(
            """
            create table accepted_pair as
            select exam.row_id as exam_row, max(student.row_id) as student_row
            from verdict
            join exam on exam.person = verdict.exam_key
            join student on student.person = verdict.student_token
            where has_accepted and not has_rejected
            group by exam.row_id
            """
        )
        return _train(connection, thresholds or Thresholds(), trained_on, seed, random_pairs, tell)


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The same rows and seed give the same model: a sample goes by row numbers, whose order several threads change."""
    threads = int(connection.execute("select current_setting('threads')").fetchall()[0][0])
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute(f"set threads = {threads}")


def _train(
    connection: duckdb.DuckDBPyConnection,
    thresholds: Thresholds,
    trained_on: str,
    seed: int,
    random_pairs: int,
    tell: Callable[[str], object],
) -> Model:
    exams, students = "exam", "student"
    tell("pairs that are known")
    known = _known_pairs(connection, exams, students)
    if known < LEAST_KNOWN:
        raise PermanentFailure(
            f"only {known} exam rows have a student by SSN or verdict",
            where="linkage training",
            expected=f"at least {LEAST_KNOWN}",
            remedy="use the model that came with the program until more verdicts are in",
        )
    settings = splink_settings(copy.deepcopy(list(COMPARISONS)))
    tell(f"m of {known:,} known pairs")
    m = _shares_at_levels(connection, settings, exams, students, "known_pair")
    tell("u of random pairs")
    u = _shares_of_random(connection, settings, exams, students, random_pairs, seed)
    levels: dict[str, dict[str, dict[str, float]]] = {}
    for comparison in COMPARISONS:
        name = comparison["output_column_name"]
        levels[name] = {
            label: {"m": m[name].get(number, 0.0), "u": u[name].get(number, 0.0)}
            for number, label in labels(comparison).items()
            if number >= 0
        }
        _no_zero(levels[name], known, random_pairs)
    levels["ssn"] = _ssn(connection, exams, students)
    return Model(_rounded(levels), _match_share(connection, exams, students), thresholds, trained_on)


def _known_pairs(connection: duckdb.DuckDBPyConnection, exams: str, students: str) -> int:
    """Make the table known_pair. One SSN, one person, and one more thing that agrees: a brother's SSN is not his."""
    connection.execute(
        f"""
        create or replace table known_pair as
        select e.row_id as exam_row, max(s.row_id) as student_row
        from {exams} as e
        join {students} as s on e.ssn = s.ssn
        where coalesce(e.first = s.first, false) or coalesce(e.born = s.born, false)
            or coalesce(list_has_any(e.nicks, s.nicks), false)
        group by e.row_id
        having count(distinct s.person) = 1
        union
        select exam_row, student_row from accepted_pair
        """
    )
    return int(connection.execute("select count(*) from known_pair").fetchall()[0][0])


def _shares_at_levels(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, Any], exams: str, students: str, pairs: str
) -> dict[str, dict[int, float]]:
    """Comparison -> level -> share among the pairs at which both sides are known."""
    even = copy.deepcopy(settings)
    for comparison in even["comparisons"]:
        known = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for level in known:
            level["m_probability"] = level["u_probability"] = 1 / len(known)
    scoring.weigh(connection, even, exams, students, pairs, "levelled")
    return _counted(connection, "levelled")


def _counted(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for gamma in scoring.GAMMAS:
        rows = connection.execute(f"select {gamma}, count(*) from {table} where {gamma} >= 0 group by 1").fetchall()
        total = sum(count for _, count in rows)
        found[gamma.removeprefix("gamma_")] = {int(level): count / total for level, count in rows}
    return found


def _shares_of_random(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, Any], exams: str, students: str, pairs: int, seed: int
) -> dict[str, dict[int, float]]:
    """The same among random pairs, by Splink."""
    made, _ = scoring.linker(connection, settings, exams, students)
    made.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=seed, min_count_per_level=None)
    told = made.misc.save_model_to_json()
    made.table_management.delete_tables_created_by_splink_from_db()
    found: dict[str, dict[int, float]] = {}
    for ours, comparison in zip(COMPARISONS, told["comparisons"], strict=True):
        numbers = {label: number for number, label in labels(ours).items()}
        found[ours["output_column_name"]] = {
            numbers[level["label_for_charts"]]: level.get("u_probability") or 0.0
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        }
    return found


def _no_zero(levels: dict[str, dict[str, float]], known: int, random_pairs: int) -> None:
    for label, shares in levels.items():
        shares["m"] = max(shares["m"], LEAST_ERROR if label == "other" else _FLOOR_SHARE / known)
        shares["u"] = max(shares["u"], _FLOOR_SHARE / random_pairs)


def _ssn(connection: duckdb.DuckDBPyConnection, exams: str, students: str) -> dict[str, dict[str, float]]:
    """How often an SSN agrees where name, birth date and ZIP say that it is one person."""
    rule = next(rule for rule in rules.RULES if rule.name == "name_birth_zip")
    equal, both = connection.execute(
        f"select count(*) filter (e.ssn = s.ssn), count(*) from {exams} as e join {students} as s on {rule.on} "
        f"where ({rule.where}) and e.ssn is not null and s.ssn is not null"
    ).fetchall()[0]
    different = connection.execute(f"select count(distinct ssn) from {students}").fetchall()[0][0]
    m = (equal + 1) / (both + 2)
    u = min(1 / max(different, 1), LARGEST_SSN_U)
    return {"exact": {"m": m, "u": u}, "other": {"m": 1 - m, "u": 1 - u}}


def _match_share(connection: duckdb.DuckDBPyConnection, exams: str, students: str) -> float:
    """Share of the exam rows that the rules link, as a cautious guess at how many have a student; .5 to .99.

    A guess will do: twice the share is one bit more on every weight.
    """
    connection.execute(f"create or replace table rule_hit as {rules.hits_sql(exams, students)}")
    decided, rows = connection.execute(
        f"select (select count(*) from ({rules.decided_sql('rule_hit')})), (select count(*) from {exams})"
    ).fetchall()[0]
    return min(max(decided / max(rows, 1), 0.5), 0.99)


def _rounded(levels: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        comparison: {label: {k: float(f"{v:.6g}") for k, v in share.items()} for label, share in shares.items()}
        for comparison, shares in levels.items()
    }
