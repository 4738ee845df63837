"""A million postings of 2 kB, from the export to the demand for credentials: CPU at most 60 times that of one scan.

The postings are the sample generator's, with known truth (openings, credentials). Making them is not timed. They stand
in the sample state, in the place of its own postings, so that lists, lines and regions are there and a build is
possible.

    .venv/bin/python -m benchmarks.postings_million [--rows 1_000_000] [--layout parquet|lightcast_csv] [--keep F]

Measured in one run: landing (import, parse, gates), reading (duplicates, occupations, credentials), and dbt up to
`mart_credential_demand` and `mart_credential_screening`; after each of them one scan of the text column of the raw
Parquet in DuckDB (two threads, the better of two; the mean of the three counts). The limit is a ratio of CPU seconds,
because a busy machine blurs both alike; the wall clock is printed beside it. Then one more month arrives as a delivery
of its own, and what was made is compared with the truth. The same month then arrives where only the last two months are
held: what it costs more after twelve months is what it pays for the history. `--rows 10_000_000` makes, imports and
deletes the exports month by month. `--keep FOLDER` leaves everything there; a data root in it (`FOLDER/data`) is taken
as the sample state.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.harness import GIB, Bench, Figure, Run, bench
from benchmarks.harness import run as run_command
from warehouse.paths import DataRoot

ROWS, MONTHS, SEED = 1_000_000, 12, 7
RATIO_LIMIT = 60.0
AIM_SECONDS, GUARD_SECONDS = 60.0, 150.0
MEMORY_LIMIT = 4.0
FEED, STATE = "bulk", "XA"
AT_ONCE = 2_000_000
"""More rows than this are made, imported and deleted month by month, so that the exports never lie on disk together."""
SHORT = 2
"""Months of the short history that the further month is also added to."""
MARTS = ("mart_credential_demand", "mart_credential_screening")
PRECISION, RECALL = 0.99, 0.98
LAYOUTS = ("parquet", "lightcast_csv")


@dataclass
class Stage:
    """What one stage took, over all its commands.

    Attributes:
        cpu, wall: seconds.
        peak: bytes, process and children together.
        said: what the last command reported.
    """

    cpu: float = 0.0
    wall: float = 0.0
    peak: int = 0
    said: dict[str, Any] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        """Count one more command."""
        self.cpu += run.cpu_seconds
        self.wall += run.seconds
        self.peak = max(self.peak, run.peak_bytes)
        self.said = json.loads(run.stdout.strip().rpartition("\n")[2])


@dataclass
class Outcome:
    """One run: stages of the first load, of the further month, and what the truth says.

    Attributes:
        short: stages of the same further month on a history of `SHORT` months; empty where the exports are gone.
    """

    rows: int
    layout: str
    scan_cpu: float
    first: dict[str, Stage]
    month: dict[str, Stage]
    month_rows: int
    truth: dict[str, Any]
    short: dict[str, Stage] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """CPU of everything over CPU of one scan of the text."""
        return _total(self.first).cpu / self.scan_cpu

    @property
    def month_ratio(self) -> float:
        """CPU of the further month over that of an average month of the first load."""
        return _total(self.month).cpu / (_total(self.first).cpu / MONTHS)

    @property
    def history_ratio(self) -> float | None:
        """CPU of the further month over that of the same month on a short history: 1 where history costs nothing."""
        return _total(self.month).cpu / _total(self.short).cpu if self.short else None


def _total(stages: dict[str, Stage]) -> Stage:
    whole = Stage()
    for stage in stages.values():
        whole.cpu += stage.cpu
        whole.wall += stage.wall
        whole.peak = max(whole.peak, stage.peak)
    return whole


# --------------------------------------------------------------------------------------------------------- the scenario


def play(ground: Bench, rows: int, layout: str, tell: Callable[[str], None] = lambda _: None) -> Outcome:
    """Load, read and build `rows` postings, then one month more."""
    ground.released()
    home = ground.folder / f"postings-{layout}"
    root = DataRoot(home / "data")
    tell("preparing the sample state without its postings")
    shutil.copytree(ground.data, root.root, symlinks=True)
    _without_postings(root)
    truth = home / "truth"
    first = {name: Stage() for name in ("landing", "reading", "building")}
    month = {name: Stage() for name in first}

    exports = _Exports(home / "export", truth, rows, layout)
    if rows <= AT_ONCE:
        tell(f"making {rows:,} postings as {layout}")
        files = [exports.month() for _ in range(MONTHS)]
        tell("landing")
        first["landing"].add(_child(root, "land", "first", *files))
    else:
        for number in range(MONTHS):
            tell(f"making and landing month {number + 1} of {MONTHS}")
            file = exports.month()
            first["landing"].add(_child(root, "land", f"m{number + 1:02}", file))
            file.unlink()
    scans = [_scan(root)]
    tell("reading")
    first["reading"].add(_child(root, "read"))
    scans.append(_scan(root))
    tell("building")
    first["building"].add(_child(root, "build"))
    scans.append(_scan(root))
    found = compare(root, truth)
    tell("one month more")
    further = exports.month()
    _add(root, month, "further", further)
    found["with the further month"] = compare(root, truth)
    short = {}
    if rows <= AT_ONCE:
        tell(f"the same month on a history of {SHORT}")
        brief = DataRoot(home / "short")
        shutil.copytree(ground.data, brief.root, symlinks=True)
        _without_postings(brief)
        _add(brief, {name: Stage() for name in first}, "first", *files[-SHORT:])
        short = {name: Stage() for name in first}
        _add(brief, short, "further", further)
    scan = sum(scans) / len(scans)
    return Outcome(sum(exports.rows[:-1]), layout, scan, first, month, exports.rows[-1], found, short)


def _add(root: DataRoot, stages: dict[str, Stage], delivery: str, *files: Path) -> None:
    """Land, read and build one delivery more, weighed."""
    stages["landing"].add(_child(root, "land", delivery, *files))
    stages["reading"].add(_child(root, "read"))
    stages["building"].add(_child(root, "build"))


class _Exports:
    """Files of postings, month by month, and the truth about them beside.

    The months come from one run of the generator: a month is made when it is asked for, in their order.
    """

    def __init__(self, folder: Path, truth: Path, rows: int, layout: str) -> None:
        from extractors.sample.postings.bulk import batches

        self.folder, self.truth, self.layout = folder, truth, layout
        self.rows: list[int] = []
        self._batches = batches(SEED, rows * (MONTHS + 1) // MONTHS, months=MONTHS + 1)
        self._next: Any = next(self._batches)
        folder.mkdir()
        truth.mkdir()

    def month(self) -> Path:
        """The file of the next month."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from extractors.sample.postings.export import write_rows
        from extractors.sample.postings.layouts import lightcast
        from extractors.sample.postings.render import SCHEMA, TRUTH_COLUMNS

        name = self._next["posted_month"][0].as_py()
        known = ["feed", "posting_id", "posted_date", *TRUTH_COLUMNS]
        path = self.folder / f"postings-{name}.{'parquet' if self.layout == 'parquet' else 'csv'}"
        rows, table = 0, None
        with (
            pq.ParquetWriter(self.truth / f"{name}.parquet", pa.schema([SCHEMA.field(n) for n in known])) as truth,
            path.open("wb") as stream,
        ):
            while self._next is not None and self._next["posted_month"][0].as_py() == name:
                batch = self._next
                truth.write_batch(batch.select(known))
                if self.layout == "parquet":
                    shown = lightcast(batch)
                    table = table or pq.ParquetWriter(stream, shown.schema, compression="zstd")
                    table.write_table(shown, row_group_size=20_000)
                else:
                    write_rows(batch, self.layout, stream, header=rows == 0)
                rows += batch.num_rows
                self._next = next(self._batches, None)
            if table is not None:
                table.close()
            stream.flush()
            os.fsync(stream.fileno())  # like a delivered export; else whoever we weigh pays for writing it
        self.rows.append(rows)
        return path


def _without_postings(root: DataRoot) -> None:
    """The sample's own postings leave the lock; what was read from them goes, the trained coder stays."""
    from extractors.archive import Archive, Lock

    lock = Archive(root).lock()
    kept = {d: roles for d, roles in lock.datasets.items() if not d.startswith("job_postings@")}
    content = {k: v for k, v in lock.content.items() if not k.startswith("job_postings@")}
    Lock(kept, content).write(root.lock_file)
    for folder in (*root.archive.glob("job_postings@*"), *(root.raw / "job_postings").glob("*/dataset=*")):
        shutil.rmtree(folder)
    for folder in (root.raw / "posting_text").iterdir():
        if folder.name not in ("_coder", "_vocabulary"):
            shutil.rmtree(folder)


# ----------------------------------------------------------------------------------------------------------- the stages


def _child(root: DataRoot, stage: str, *arguments: str | Path) -> Run:
    """A stage in a process of its own, weighed."""
    command = [sys.executable, "-m", "benchmarks.postings_million", "--child", stage, str(root.root)]
    return run_command([*command, *map(str, arguments)], {"CURRENCY_SAMPLE": "1"})


def _scan(root: DataRoot) -> float:
    """CPU seconds of one scan of the text; taken between the stages, so that a busy neighbour slows both sides."""
    return float(json.loads(_child(root, "scan").stdout)["cpu"])


def child_scan(root: DataRoot) -> dict[str, Any]:
    """One pass over the text column, twice; CPU seconds of the better one, without the start of DuckDB."""
    import duckdb

    files = str(root.raw / "job_postings" / "postings" / "*" / "*" / "*" / "*.parquet")
    best: dict[str, Any] = {}
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        for _ in range(2):
            wall, spent = time.perf_counter(), time.process_time()
            sql = "select count(*), sum(strlen(description)) from read_parquet(?, hive_partitioning = false)"
            rows, size = con.execute(sql, [files]).fetchall()[0]
            found = {
                "cpu": time.process_time() - spent,
                "wall": time.perf_counter() - wall,
                "rows": rows,
                "bytes": int(size),
            }
            best = min(best or found, found, key=lambda f: f["cpu"])
    return best


def child_land(root: DataRoot, delivery: str, *files: str) -> dict[str, Any]:
    """Import, parse, judge, accept: what `currency archive import` and the landing of a refresh do."""
    from extractors import ingest
    from orchestration import landing

    clock = _Clock()
    result = ingest.import_file(
        root, "job_postings", [Path(f) for f in files], state=STATE, feed=FEED, delivery=delivery
    ).raise_if_failed()
    clock("import")
    assert result.capture is not None
    ingest.parse_capture(root, result.capture)
    clock("parse")
    landed = landing.land(root, result.capture)
    if landed.outcome != "accepted":
        raise SystemExit(f"the delivery was {landed.outcome}: {landed.problem}")
    clock("gates")
    return {**clock.spent, "rows": {n: t.row_account for n, t in landed.tables.items()}}


def child_read(root: DataRoot) -> dict[str, Any]:
    """Duplicates, occupations, credentials."""
    from extractors.archive import Archive
    from orchestration import progress, reading

    clock = _Clock()
    what = [""]

    def listen(*told: Any) -> None:
        said = str(told[0]).partition(" (")[0]
        if said != what[0]:
            clock(what[0] or "start")
            what[0] = said

    with progress.listening(listen):
        done, problem = reading.read_postings(root, Archive(root).lock())
    clock(what[0] or "start")
    if problem is not None:
        raise SystemExit(f"{problem.found} ({problem.where})")
    return {**clock.spent, "postings": done.postings, "months read": done.months_read, "groups": done.groups}


def child_build(root: DataRoot) -> dict[str, Any]:
    """The build database, and dbt with its tests up to the two marts."""
    from extractors.archive import Archive
    from orchestration import dbt, handover
    from orchestration.home import environment_of

    clock = _Clock()
    with environment_of(root):
        handover.prepare_build(root, Archive(root).lock())
        clock("prepare")
        dbt.ensure_manifest(root)
        clock("manifest")
        nodes = dbt.build(root, models=MARTS)
    clock("dbt")
    bad = [f"{n.unique_id}: {n.message}" for n in nodes if not n.ok]
    if bad:
        raise SystemExit("; ".join(bad[:3]))
    slowest = sorted(nodes, key=lambda n: -n.seconds)[:12]
    return {
        **clock.spent,
        "models": round(sum(n.seconds for n in nodes if n.resource_type == "model"), 2),
        "tests": round(sum(n.seconds for n in nodes if n.resource_type == "test"), 2),
        "slowest": {n.unique_id.split(".")[2]: round(n.seconds, 2) for n in slowest},
    }


class _Clock:
    """CPU and wall seconds since the last call, by name; CPU of child processes counts once they ended."""

    def __init__(self) -> None:
        self.spent: dict[str, str] = {}
        self._last = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        return sum(os.times()[:4]), time.perf_counter()

    def __call__(self, name: str) -> None:
        now = self._now()
        self.spent[name] = f"{now[0] - self._last[0]:.1f} cpu-s, {now[1] - self._last[1]:.1f} s"
        self._last = now


STAGES: dict[str, Callable[..., dict[str, Any]]] = {
    "scan": child_scan,
    "land": child_land,
    "read": child_read,
    "build": child_build,
}


# ------------------------------------------------------------------------------------------------------------ the truth


def compare(root: DataRoot, truth: Path) -> dict[str, Any]:
    """What was built against what was made: pairs of duplicates, openings per month, credentials asked for.

    Pairs are counted over what is loaded. Credentials are
    compared opening by opening: the strongest class that any of its postings states.
    """
    import duckdb

    con = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "4GB"})
    con.execute(f"attach {str(root.build_database)!r} as warehouse (read_only)")
    con.execute(f"create view truth as select * from read_parquet({str(truth / '*.parquet')!r})")
    raw = root.raw / "job_postings" / "postings" / "*" / "*" / "*" / "*.parquet"
    con.execute(f"create view keys as select posting_key, posting_id from read_parquet({str(raw)!r})")
    con.execute(_SAME)
    pairs = con.execute(
        """
        select sum(n * (n - 1) // 2) filter (where kind = 'both'), sum(n * (n - 1) // 2) filter (where kind = 'group'),
            sum(n * (n - 1) // 2) filter (where kind = 'job')
        from (
            select 'both' as kind, count(*) as n from same group by opening, dup_group
            union all select 'group', count(*) from same group by dup_group
            union all select 'job', count(*) from same group by opening
        )
        """
    ).fetchall()[0]
    both, grouped, true = (int(n or 0) for n in pairs)
    months = con.execute(
        """
        select month, coalesce(made, 0), coalesce(found, 0)
        from (select strftime(first, '%Y-%m') as month, count(*) as made
              from (select min(posted_date) as first from same group by opening) group by all) as t
        full join (select strftime(first, '%Y-%m') as month, count(*) as found
                   from (select min(posted_date) as first from same group by dup_group) group by all) as f
        using (month) order by month
        """
    ).fetchall()
    asked = con.execute(_CREDENTIALS).fetchall()[0]
    made, found, right, right_class = (int(n or 0) for n in asked)
    (lost,) = con.execute("select (select count(*) from truth) - (select count(*) from same)").fetchall()[0]
    con.close()
    off = max(abs(found_ - made_) / made_ for _, made_, found_ in months)
    return {
        "rows lost": int(lost),
        "duplicate precision": both / max(grouped, 1),
        "duplicate recall": both / max(true, 1),
        "openings made": sum(m[1] for m in months),
        "openings found": sum(m[2] for m in months),
        "largest monthly difference": off,
        "credentials made": made,
        "credential precision": right / max(found, 1),
        "credential recall": right / max(made, 1),
        "class accuracy": right_class / max(right, 1),
    }


# Lightcast's columns name no requisition: ads that differ in nothing else, up to the day, are one opening there. The
# same words again, more than the window of duplicates later, are another one.
_SAME = """
    create table same as
    with jobs as (
        select job_id, is_sibling, if(is_sibling, job_id, content_id) as words, min(posted_date) as first
        from truth group by all
    ), apart as (
        select *, coalesce(first - lag(first) over alike > 60, true) as is_new
        from jobs window alike as (partition by is_sibling, words order by first, job_id)
    ), openings as (
        select *, sum(is_new::int) over (partition by is_sibling, words order by first, job_id) as number from apart
    )
    select min(t.job_id) over (partition by o.is_sibling, o.words, o.number) as opening, t.posting_id, t.posted_date,
        t.true_credential_codes, t.true_credential_classes, p.dup_group
    from truth as t
    inner join openings as o using (job_id)
    inner join (
        select g.dup_group, s.posting_id
        from warehouse.intermediate.int_posting_sourced as g
        inner join keys as s on g.posting_key = s.posting_key
    ) as p on t.posting_id = p.posting_id
"""
# Openings that were found whole: one opening is one group, and no other. Faults of grouping are counted above.
_CREDENTIALS = """
    with whole as (
        select opening, any_value(dup_group) as dup_group
        from same group by opening having count(distinct dup_group) = 1
    ), sole as (
        select dup_group from same group by dup_group having count(distinct opening) = 1
    ), made as (
        select distinct whole.dup_group, code, class
        from (
            select opening, unnest(true_credential_codes) as code, unnest(true_credential_classes) as class from same
        ) inner join whole using (opening) inner join sole using (dup_group)
        qualify row_number() over (partition by whole.dup_group, code order by case class
            when 'required' then 1 when 'preferred' then 2 when 'after_hire' then 3 else 5 end) = 1
    ), found as (
        select dup_group, credential_code as code, requirement as class
        from warehouse.intermediate.int_posting_credential_asked inner join whole using (dup_group)
        inner join sole using (dup_group)
    )
    select (select count(*) from made where class <> 'negated'), (select count(*) from found),
        count(*) filter (where made.class <> 'negated'), count(*) filter (where made.class = found.class)
    from made inner join found using (dup_group, code)
"""


# ----------------------------------------------------------------------------------------------------------- the figure


class Layout:
    """The benchmark for one layout of export."""

    def __init__(self, layout: str, rows: int = ROWS) -> None:
        self.layout, self.rows = layout, rows
        self.NAME = f"postings, {rows:,} from {layout}: CPU of all over CPU of scanning the text"
        self.LIMIT = RATIO_LIMIT

    def measure(self, ground: Bench) -> Figure:
        """Load, read, build, one month more."""
        outcome = play(ground, self.rows, self.layout)
        shutil.rmtree(ground.folder / f"postings-{self.layout}")
        whole, month = _total(outcome.first), _total(outcome.month)
        detail: dict[str, Any] = {
            "cpu_seconds": round(whole.cpu, 1),
            "scan of the text": f"{outcome.scan_cpu:.2f} cpu-s",
            **{name: f"{s.cpu:.1f} cpu-s, {s.wall:.1f} s" for name, s in outcome.first.items()},
            "wall": f"{whole.wall:.1f} s of {AIM_SECONDS:g} aimed at and {GUARD_SECONDS:g} allowed on two idle cores",
            "a further month": f"{month.cpu:.1f} cpu-s, {outcome.month_ratio:.2f} of an average month",
            "the same after two months": _history(outcome),
            "truth": {k: v for k, v in outcome.truth.items() if not isinstance(v, dict)},
        }
        failed = "; ".join(problems(outcome))
        value = None if failed else outcome.ratio
        return Figure(self.NAME, self.LIMIT, value, unit="x", detail=detail, peak_bytes=whole.peak, failed=failed)


def _history(outcome: Outcome) -> str:
    """What the further month pays for the history, in words."""
    if outcome.history_ratio is None:
        return "not measured: the exports are deleted as they are loaded"
    short = _total(outcome.short).cpu
    building = outcome.month["building"].cpu / outcome.short["building"].cpu
    return (
        f"{short:.1f} cpu-s; {MONTHS} months of history cost {outcome.history_ratio:.2f} times {SHORT}"
        f" (building alone {building:.2f})"
    )


def problems(outcome: Outcome) -> list[str]:
    """What must hold besides the ratio."""
    said = []
    peak = max(_total(outcome.first).peak, _total(outcome.month).peak) / GIB
    if peak > MEMORY_LIMIT:
        said.append(f"{peak:.2f} GiB of memory, {MEMORY_LIMIT:g} allowed")
    for name, truth in (("first load", outcome.truth), ("further month", outcome.truth["with the further month"])):
        if truth["rows lost"]:
            said.append(f"{name}: {truth['rows lost']} rows lost")
        if truth["duplicate precision"] < PRECISION or truth["duplicate recall"] < RECALL:
            said.append(
                f"{name}: duplicates {truth['duplicate precision']:.4f} / {truth['duplicate recall']:.4f}, "
                f"{PRECISION} / {RECALL} expected"
            )
    return said


PARQUET, CSV = Layout("parquet"), Layout("lightcast_csv")


def _report(outcome: Outcome) -> None:
    whole, month = _total(outcome.first), _total(outcome.month)
    print(f"\n{outcome.rows:,} postings from {outcome.layout}; scan of the text: {outcome.scan_cpu:.2f} cpu-s")
    for title, stages in (
        ("first load", outcome.first),
        (f"a further month, {outcome.month_rows:,}", outcome.month),
        (f"the same on {SHORT} months", outcome.short),
    ):
        for name, stage in stages.items():
            print(f"  {title:26} {name:10} {stage.cpu:8.1f} cpu-s {stage.wall:8.1f} s {stage.peak / GIB:6.2f} GiB")
            for key, value in stage.said.items():
                print(f"  {'':26}   {key}: {value}")
    print(f"  ratio {outcome.ratio:.1f} x scan, limit {RATIO_LIMIT:g}")
    print(f"  wall {whole.wall:.1f} s, aim {AIM_SECONDS:g} s, guard {GUARD_SECONDS:g} s on two idle cores")
    print(f"  memory {max(whole.peak, month.peak) / GIB:.2f} GiB, limit {MEMORY_LIMIT:g}")
    print(f"  a further month: {month.cpu:.1f} cpu-s, {outcome.month_ratio:.2f} of an average month of the first load")
    print(f"  the same month on a history of {SHORT}: {_history(outcome)}")
    for key, value in outcome.truth.items():
        print(f"  truth: {key}: {value}")
    for problem in problems(outcome):
        print(f"  FAILED: {problem}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postings_million", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=ROWS)
    parser.add_argument("--layout", choices=LAYOUTS)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder and leave it")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Measure as asked, print, end with 1 where something does not hold."""
    if sys.argv[1:2] == ["--child"]:
        from orchestration.home import seldom_collected

        stage, root, *rest = sys.argv[2:]
        with seldom_collected():  # as in a refresh
            print(json.dumps(STAGES[stage](DataRoot(Path(root)), *rest)))
        return
    asked = _arguments()
    held = True
    with bench() if asked.keep is None else nullcontext(Bench(asked.keep.absolute())) as ground:
        if asked.keep is not None and (ground.data / "sources.lock.json").is_file():
            ground.first = Run(0.0, 0.0, 0, {}, "{}")  # the sample state is there
        for layout in [asked.layout] if asked.layout else LAYOUTS:
            shutil.rmtree(ground.folder / f"postings-{layout}", ignore_errors=True)
            outcome = play(ground, asked.rows, layout, lambda what: print(f"  {what}", file=sys.stderr, flush=True))
            if asked.json:
                print(
                    json.dumps(
                        {
                            **asdict(outcome),
                            "ratio": outcome.ratio,
                            "history_ratio": outcome.history_ratio,
                            "problems": problems(outcome),
                        }
                    )
                )
            else:
                _report(outcome)
            held = held and not problems(outcome) and outcome.ratio <= RATIO_LIMIT
            if asked.keep is None:
                shutil.rmtree(ground.folder / f"postings-{layout}")
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
