"""Training the state's own model, and how it does on rows that it was not trained on beside the model in force.

Belongs here: which rows train and which are held out, truth of the held-out rows, the frontier, whether the new model
is kept. Does not belong here: the estimates themselves (`person_linkage.training`), where the model lies (`models`).

Held out are exam rows that a hash of key and seed chooses. Their truth is a file of the caller's; or, without one, the
SSN and reviewers' verdicts: the SSN of rows whose student those tell is hidden, and the model has to find the student
by name, date and home alone. Who is no student has no SSN among the students, so this says nothing of outsiders.
"""

# ruff: noqa: S608 (relations are names of our own, and numbers are checked)
from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.exam_records.landing import raw_files
from extractors.failures import PermanentFailure
from extractors.link_review import models, store
from extractors.person_linkage import link, train_on
from extractors.person_linkage.model import Model, load
from extractors.raw_tables_students import STUDENT_IDENTITY, VENDOR_IDENTITY
from warehouse.paths import DataRoot
from warehouse.vault.access_log import record
from warehouse.vault.keyring import Vault
from warehouse.vault.roles import Who, require

if TYPE_CHECKING:
    import duckdb

Tell = Callable[[str], object]
HOLD_OUT = 0.2
"""Share of the exam rows that do not train."""
LEAST_HELD = 50
"""Held-out rows of known truth below which figures would be noise."""
WORSE = 0.005
"""A model whose precision or recall is lower by more than this than that of the model in force, and by more than two
standard errors of so many rows, is not kept."""
WEIGHTS = (-4, -2, 0, 2, 4, 5, 6, 8, 10, 12, 16)
"""Weights, in bits, at which the frontier is told."""
_OPEN = -100.0


@dataclass(frozen=True)
class Point:
    """Links made from a weight on: how many, share of them right, share of the students' rows that they find."""

    weight: float
    links: int
    precision: float | None
    recall: float


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Attributes:
        about: seed, day, by whom, rows, parameters: what is stored beside the model.
        frontier, before: of the new model and of the one in force on the same held-out rows; empty without truth.
        truth: in words, what the held-out rows are judged by.
        is_worse: than the model in force by more than WORSE at the weight of a link.
        is_kept: linkings go by it from now on.
    """

    model: Model
    about: dict[str, Any]
    frontier: tuple[Point, ...]
    before: tuple[Point, ...]
    truth: str
    is_worse: bool
    is_kept: bool


def train(
    root: DataRoot,
    *,
    seed: int = 1,
    truth: Path | None = None,
    generated: tuple[int, int] | None = None,
    random_pairs: int | None = None,
    dry_run: bool = False,
    even_if_worse: bool = False,
    tell: Tell = lambda _: None,
    now: dt.datetime | None = None,
) -> Trained:
    """Train, judge, and keep the model for the next linking.

    Args:
        seed: of the held-out rows, of the random pairs and of generated people.
        truth: CSV of exam_key and student_token, empty for who is no student.
        generated: (students, exam rows) to make up, in place of the state's own rows.
        dry_run: keep nothing.
        even_if_worse: keep it also where it does worse than the model in force.

    Raises:
        PermanentFailure: the role may not, too few pairs are known, or the truth cannot be read.
    """
    who, vault = require(root, "link"), Vault.open(root)
    with _rows(root, vault, seed, generated, tell) as con:
        in_truth = _take_truth(con, truth)
        _split(con, seed, in_truth, is_generated=generated is not None)
        counts = _counts(con)
        source = f"generated people, seed {seed}" if generated else "the state's own rows"
        said = f"{source}: {counts['exams']:,} exam rows, {counts['students']:,} student rows"
        has_verdicts = counts["verdicts"] > 0
        more = {} if random_pairs is None else {"random_pairs": random_pairs}
        before = models.in_force(root, vault)
        model = train_on(
            con, "training", "students", trained_on=said, thresholds=before.thresholds, seed=seed,
            verdict_rows="verdicts" if has_verdicts else None, tell=lambda step: tell(f"training: {step}"), **more,
        )  # fmt: skip
        frontier: tuple[Point, ...] = ()
        standing: tuple[Point, ...] = ()
        if counts["held_out"] >= LEAST_HELD:
            tell(f"judging on {counts['held_out']:,} held-out rows")
            frontier = _frontier(con, model)
            standing = _frontier(con, before)
    told = _truth_in_words(truth, generated, counts["held_out"])
    is_worse = _is_worse(frontier, standing, model.thresholds.auto_weight, counts["held_out"])
    about = _about(who, now, seed, source, counts, before, model, frontier, told) | more
    is_kept = not dry_run and (even_if_worse or not is_worse)
    if is_kept:
        models.write(root, vault, model, about)
        record(vault, "linkage train", subject=f"model/{model.version}", counts=_logged(counts), who=who)
    return Trained(model, about, frontier, standing, told, is_worse, is_kept)


# ---------------------------------------------------------------------------------------------------------------- rows


@contextmanager
def _rows(
    root: DataRoot, vault: Vault, seed: int, generated: tuple[int, int] | None, tell: Tell
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that cannot spill, with `students`, `exams`, `verdicts`, and of generated people `truth`."""
    from warehouse.vault import duck

    with duck.connect_restricted(vault) as con:
        con.execute("set temp_directory = ''")
        con.register(
            "said", store.read_verdicts(root, vault) if generated is None else store.verdict_schema().empty_table()
        )
        con.execute("create table verdicts as from said")
        con.execute("create table truth (exam_key varchar, student_token varchar)")
        if generated is not None:
            from extractors.sample.students.exams import exam_world

            tell(f"making up {generated[0]:,} students and {generated[1]:,} exam rows")
            world = exam_world(seed, *generated)
            for name in ("students", "exams"):
                con.register("world", getattr(world, name))
                con.execute(f"create table {name} as from world")
            con.register("world", world.truth)
            con.execute("insert into truth select exam_key, student_token from world")
        else:
            files = raw_files(root)
            for relation, table in (("students", STUDENT_IDENTITY), ("exams", VENDOR_IDENTITY)):
                paths = [path for _, path in files.get(table.full_name, [])]
                if not paths:
                    raise PermanentFailure(
                        "there are no rows to train on",
                        where=table.full_name,
                        expected="accepted files of vendors and of districts",
                        remedy="currency exams status; or train on invented people: --generated",
                    )
                con.execute(f"create table {relation} as {duck.parquet_scan_sql(paths, same_columns=True)}")
        yield con


def _take_truth(con: duckdb.DuckDBPyConnection, path: Path | None) -> bool:
    """Put a file of truth into `truth`; whether there is a truth."""
    if path is not None:
        import pyarrow as pa

        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = [
                    (row["exam_key"].strip(), row["student_token"].strip() or None) for row in csv.DictReader(stream)
                ]
        except (OSError, UnicodeDecodeError, KeyError, AttributeError, csv.Error) as error:
            raise PermanentFailure(
                f"the truth cannot be read ({type(error).__name__})",
                where=str(path),
                expected="CSV with exam_key and student_token, empty for who is no student",
            ) from None
        keys, tokens = [key for key, _ in rows], [token for _, token in rows]
        con.register("given", pa.table({"exam_key": keys, "student_token": pa.array(tokens, pa.string())}))
        con.execute("delete from truth; insert into truth from given")
        con.unregister("given")
    return bool(con.execute("select count(*) from truth").fetchall()[0][0])


def _split(con: duckdb.DuckDBPyConnection, seed: int, in_truth: bool, *, is_generated: bool) -> None:
    """Make `training`, and `held_out` with its truth in `own`: exam_key, student_token."""
    chosen = f"('0x' || left(md5('{int(seed)} ' || exam_key), 8))::bigint < {HOLD_OUT} * 4294967296"
    con.execute(f"create table training as select * from exams where not ({chosen})")
    if in_truth:
        con.execute(
            f"create table held_out as select exams.* from exams semi join truth using (exam_key) where {chosen}"
        )
        con.execute("create table own as select truth.* from truth semi join held_out using (exam_key)")
    else:
        con.execute(
            f"""
            create table own as
            select exam_key, min(student_token) as student_token
            from (
                select e.exam_key, s.student_token
                from exams as e
                join students as s on e.ssn_token = s.ssn_token
                where lower(e.first_name) = lower(s.first_name) or lower(e.last_name) = lower(s.last_name) or (
                    e.birth_year = s.birth_year and e.birth_month = s.birth_month and e.birth_day = s.birth_day
                )
                union all
                select exam_key, student_token from verdicts where decision = 'accept'
            )
            where {chosen}
            group by exam_key
            having count(distinct student_token) = 1
            """
        )
        con.execute(
            "create table held_out as select * replace (null as ssn_token) from exams semi join own using (exam_key)"
        )
    con.execute("alter table held_out alter column ssn_token type varchar")
    con.execute("delete from verdicts where exam_key in (select exam_key from held_out)")


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = ("exams", "students", "training", "held_out", "verdicts")
    return {name: int(con.execute(f"select count(*) from {name}").fetchall()[0][0]) for name in names}


# ------------------------------------------------------------------------------------------------------------- judging


def _frontier(con: duckdb.DuckDBPyConnection, model: Model) -> tuple[Point, ...]:
    """Precision and recall on the held-out rows over the weight that a link needs; rules and guards as they are."""
    everything = replace(model.thresholds, auto_weight=_OPEN, review_weight=_OPEN)
    found = link(con, "held_out", "students", model=replace(model, thresholds=everything))
    con.register("links", found.links)
    points = []
    for weight in sorted({*WEIGHTS, model.thresholds.auto_weight}):
        links, right, students = con.execute(
            f"""
            select count(*) filter (is_made), count(*) filter (is_made and linked = own), count(own)
            from (
                select links.student_token as linked, own.student_token as own,
                    links.status = 'auto' and (method <> 'model' or weight >= {float(weight)}) as is_made
                from own join links using (exam_key)
            )
            """
        ).fetchall()[0]
        points.append(
            Point(float(weight), links, round(right / links, 5) if links else None, round(right / max(students, 1), 5))
        )
    con.unregister("links")
    return tuple(points)


def _is_worse(new: tuple[Point, ...], before: tuple[Point, ...], weight: float, rows: int) -> bool:
    at, was = ({p.weight: p for p in points}.get(weight) for points in (new, before))
    if at is None or was is None:
        return False
    pairs = ((at.recall, was.recall), (at.precision or 0.0, was.precision or 0.0))
    return any(now < then - max(WORSE, 2 * sqrt(then * (1 - then) / rows)) for now, then in pairs)


def _truth_in_words(truth: Path | None, generated: tuple[int, int] | None, held: int) -> str:
    if held < LEAST_HELD:
        return f"too few rows are held out of which the student is known: {held}"
    if truth is not None:
        return "a file of truth"
    if generated is not None:
        return "the people were made up, so whose exam is whose is known"
    return "the SSN, hidden from the model, and reviewers' verdicts; nothing is said of people who are no students"


def _about(
    who: Who,
    now: dt.datetime | None,
    seed: int,
    source: str,
    counts: dict[str, int],
    before: Model,
    model: Model,
    frontier: tuple[Point, ...],
    truth: str,
) -> dict[str, Any]:
    """What stands beside the model."""
    at = (now or dt.datetime.now(dt.UTC)).isoformat(timespec="seconds")
    return {
        "version": model.version,
        "trained_at": at,
        "trained_by": who.user,
        "seed": seed,
        "source": source,
        "rows": counts,
        "hold_out_share": HOLD_OUT,
        "match_share": model.match_share,
        "thresholds": vars(model.thresholds),
        "replaces": before.version,
        "packaged": load().version,
        "judged_by": truth,
        "frontier": [vars(point) for point in frontier],
    }


def _logged(counts: dict[str, int]) -> dict[str, int]:
    return {name.replace("_", " "): count for name, count in counts.items()}
