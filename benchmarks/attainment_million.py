"""Three million sittings from the files of districts and vendors to all marts of attainment: four minutes, 6 GiB.

    .venv/bin/python -m benchmarks.attainment_million [--attempts 3_000_000] [--keep FOLDER] [--serial] [--json]

A state of a million invented students over four school years, about three sittings each, in 200 districts with an
agreement of their own (`extractors.sample.students`); one file of students, of courses and of exams per district and
school year, one per vendor and school year. Making them is not timed, and whose exam it is stands in the truth
(linkage has a benchmark of its own). What the rest of the warehouse makes of the sample state is built before.

Timed are **landing**, the parser over every file and the encrypted Parquet that is written of it, and **building**:
`dbt build`, tests included, of every model of the thread from the raw views to the last mart, with suppression and rank
audit (`int_attainment_cell_published`). Wall clock of both together is the figure; CPU, memory and seconds by model
stand beside. Left out of landing are the seal, the register and the gates, which cost by file and not by row. The
floor is one scan of the sittings' columns of the encrypted raw tables in the same run.

`--serial` gives dbt one thread, so that CPU seconds can be told by model. `--keep FOLDER` leaves everything; landed
tables that lie there are used again, so that the build alone is repeated.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import GIB, Bench, Figure, Run, bench
from benchmarks.harness import run as run_command
from warehouse.paths import CHECKOUT, DataRoot

ATTEMPTS, SEED = 3_000_000, 5
PER_STUDENT, OUTSIDE = 3.0, 0.06
"""Sittings per student, and the share of students who sit each exam without its course: together they give as many."""
MOST_SECONDS, MOST_BYTES = 240.0, 6 * GIB
DISCLOSURE_SECONDS = 30.0
STATE, CAPTURE, PART = "XA", "given", "part.parquet"
THREAD = (
    *(
        f"path:models/staging/{name}"
        for name in ("student_records", "vendor_exams", "person_linkage", "audit_verdicts")
    ),
    *(f"path:models/{name}" for name in ("intermediate/attainment", "intermediate/disclosure")),
    *(f"path:models/marts/{name}" for name in ("attainment", "attainment_restricted")),
)
"""dbt's names of the models that are timed."""
SITTINGS = {
    "student_records__district_exam": ("student_token", "credential_code", "test_date", "result", "exam_key"),
    "vendor_exams__exam": ("exam_key", "credential_code", "test_date", "has_sat", "has_passed"),
}
"""Columns of the floor."""
NAME, LIMIT = "attainment, 3 million sittings from files to all marts", MOST_SECONDS


@dataclass
class Outcome:
    """What was made, with the CPU and wall seconds of landing in it; what building took and said."""

    attempts: int
    made: dict[str, Any]
    building: Run
    scan: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Wall clock of what is timed."""
        return float(self.made["landing"]["wall"]) + self.building.seconds

    @property
    def cpu_seconds(self) -> float:
        """CPU of what is timed."""
        return float(self.made["landing"]["cpu"]) + self.building.cpu_seconds


def play(
    ground: Bench, attempts: int, *, serial: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Make and land the files, build everything before the thread, then the thread."""
    ground.released()
    home = ground.folder / f"attainment-{attempts}"
    root, project, kept = DataRoot(home / "data"), home / "dbt_project", home / "made.json"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(CHECKOUT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    _add_agreements(project, round(attempts / PER_STUDENT))
    if not kept.is_file():
        tell(f"making and landing about {attempts:,} sittings")
        shutil.rmtree(root.root, ignore_errors=True)
        shutil.copytree(ground.data, root.root, symlinks=True)
        shutil.rmtree(root.restricted)
        made = _child(root, project, "land", str(attempts)).report()
        kept.write_text(json.dumps(made), encoding="utf-8")
    tell("building what comes before")
    _child(root, project, "before")
    tell("building")
    building = _child(root, project, "build", *(["--serial"] if serial else []))
    made = json.loads(kept.read_text(encoding="utf-8"))
    return Outcome(attempts, made, building, _child(root, project, "scan").report())


def _child(root: DataRoot, project: Path, stage: str, *arguments: str | Path) -> Run:
    """A stage in a process of its own, weighed."""
    command = [sys.executable, "-m", "benchmarks.attainment_million", "--child", stage, str(root.root)]
    environment = {"CURRENCY_DBT_PROJECT_DIR": str(project), "CURRENCY_SAMPLE": "1"}
    return run_command([*command, *map(str, arguments)], environment)


def _add_agreements(project: Path, students: int) -> None:
    """Every further district has the agreement of the first one, under its own id."""
    from extractors.sample.students import plan

    path = project / "seeds" / "policy" / "data_agreement.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    like = next(row for row in rows if row["party_kind"] == "district")
    known = {row["party_code"] for row in rows}
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        for district in plan.districts(students):
            if district.code not in known:
                party = {"agreement_id": f"{STATE}-D-{district.code}", "party_code": district.code}
                writer.writerow({**like, **party, "party_name": district.name})


# ----------------------------------------------------------------------------------------------------------- the stages


def child_land(root: DataRoot, attempts: str) -> dict[str, Any]:
    """Every file made, then read by the real parser and written encrypted, and the links; nobody is in them."""
    from extractors.sample.students import district_files, vendor_files
    from extractors.sample.students.world import make_world

    world = make_world(SEED, round(int(attempts) / PER_STUDENT), OUTSIDE)
    desk, sent = _Desk(root), vendor_files.vendor_rows(world)
    for kind, district, year, name, content, _ in district_files.files(world):
        if kind in ("student_file", "course_file", "district_exam_file"):
            desk.land(kind, f"{STATE}-D-{district}", year, content, Path(name).suffix)
    maps = vendor_files.column_maps()
    for vendor, year, _, content, _ in vendor_files.files(world, sent):
        desk.land("vendor_exam_file", f"{STATE}-V-{vendor}", year, content, ".csv", maps[f"{vendor.lower()}.yml"])
    desk.pen.close()
    _write_links(root, world, sent)
    return {"students": world.students, **_known(world), **desk.told}


class _Desk:
    """Parses files and writes their raw tables; CPU and wall seconds of that alone."""

    def __init__(self, root: DataRoot) -> None:
        from extractors.exam_records import store
        from extractors.exam_records.landing import known_of
        from orchestration import exam_records
        from warehouse.vault import Vault

        self.root, self.vault = root, Vault.open(root, create=True)
        self.register, self.known = exam_records.register(), known_of(root, STATE)
        self.pen = store.Pen(self.vault)
        self.told: dict[str, Any] = {"files": 0, "rows": Counter(), "landing": {"cpu": 0.0, "wall": 0.0}}

    def land(
        self, kind: str, agreement: str, year: int, content: bytes, suffix: str, column_map: bytes | None = None
    ) -> None:
        """One file of an agreement and school year."""
        from extractors.exam_records.columns import read_map
        from extractors.exam_records.delivery import Delivery
        from extractors.exam_records.parsing import parse_content
        from warehouse.vault.duck import write_parquet

        wall, cpu = time.perf_counter(), time.process_time()
        party = self.register.agreements[agreement]
        delivery = Delivery(
            dataset=f"{kind}@{STATE}+{party.party_code.lower()}+{year}",
            capture_id=CAPTURE,
            state=STATE,
            agreement=party,
            school_year=year,
            today=datetime.now(UTC).date(),
            vault=self.vault,
            codes=self.known.codes,
            crosswalk=self.known.crosswalk,
            pathways=self.known.pathways,
            min_passes=self.register.number("passes_only_min_attempts"),
        )
        mapped = read_map(column_map, "column_map.yml", kind) if column_map else None
        parsed = parse_content(content, suffix, delivery, self.register, mapped, f"{kind} of {agreement}, {year}")
        key = self.vault.ensure_key(agreement)
        for name, made in parsed.tables.items():
            folder = _raw(self.root, name) / f"dataset={delivery.dataset}"
            write_parquet(made.table, folder / PART, key, con=self.pen.con)
            self.told["rows"][name] += made.table.num_rows
        self.told["files"] += 1
        self.told["landing"]["cpu"] += time.process_time() - cpu
        self.told["landing"]["wall"] += time.perf_counter() - wall


def _raw(root: DataRoot, table: str) -> Path:
    source, _, name = table.partition("__")
    return root.restricted / "raw" / source / name


def _raw_files(root: DataRoot) -> dict[str, list[Path]]:
    """What was landed here, in the place of what the lock of the archive names."""
    from extractors.raw_tables_students import RESTRICTED_TABLES

    return {name: sorted(_raw(root, name).rglob("*.parquet")) for name in RESTRICTED_TABLES}


def _known(world: Any) -> dict[str, Any]:
    """Counts that the build must come to."""
    from extractors.sample.students import plan
    from extractors.sample.students.schooling import DID_NOT_SIT, GRADUATED

    s, e = world.schooling.sittings, world.schooling.enrolments
    silent = [d.code for d in plan.districts(world.students) if d.reporting == plan.AGGREGATE_ONLY]
    counted = e.is_last & (world.districts[e.school] != silent[0])
    return {
        "sittings": int((world.reports.is_known & (s.result != DID_NOT_SIT)).sum()),
        "districts": len(set(world.districts.tolist())),
        "schools": len(world.schools),
        "enrolled": {year: int((counted & (e.year == year)).sum()) for year in plan.YEARS},
        "graduates": {year: int((counted & (e.year == year) & (e.exit == GRADUATED)).sum()) for year in plan.YEARS},
    }


def _write_links(root: DataRoot, world: Any, sent: Any) -> None:
    """Whose exam it is, as the truth has it, where linkage would write it."""
    import numpy as np
    import pyarrow as pa

    from extractors.raw_tables_students import EXAM_LINK, VENDOR_EXAM
    from extractors.sample.students import plan
    from warehouse.vault import Vault, duck
    from warehouse.vault.tokens import state_id_tokens

    vault = Vault.open(root)
    tokens = state_id_tokens(vault, world.people.column("state_id"), STATE)[0]
    student = np.where(sent.sitting >= 0, world.schooling.sittings.student[sent.sitting], 0)
    truth = pa.table(
        {
            "agreement_id": np.array([f"{STATE}-V-{name}" for name in plan.VENDORS])[sent.vendor],
            "file_year": sent.year,
            "place": np.arange(len(student)),
            "student_token": tokens.take(pa.array(student, mask=sent.sitting < 0)),
        }
    )
    with duck.connect_restricted(vault) as con:
        con.register("truth", truth)
        con.execute(f"create view exams as {duck.parquet_scan_sql(_raw_files(root)[VENDOR_EXAM.full_name])}")
        query = f"""
            select exams.exam_key, exams.agreement_id, whose.student_token,
                if(whose.student_token is null, 'unlinked', 'auto') as status, 'given' as method,
                null::double as weight, null::double as margin, 'given' as model_version,
                'exam_links' as dataset, '{CAPTURE}' as capture_id, 0::bigint as row_number
            from exams
            join (
                select *, row_number() over (partition by agreement_id, file_year order by place) + 1 as line from truth
            ) as whose
                on exams.agreement_id = whose.agreement_id and exams.row_number = whose.line
                and split_part(exams.dataset, '+', 3) = whose.file_year::varchar
        """
        path = _raw(root, EXAM_LINK.full_name) / PART
        duck.write_parquet(query, path, vault.system_key("linkage"), con=con)


def child_before(root: DataRoot) -> dict[str, Any]:
    """A build database, and in it whatever the thread rests on besides the people's files."""
    from extractors.archive import Archive
    from orchestration import exam_records, handover

    root.restricted_database.unlink(missing_ok=True)
    exam_records.raw_files = _raw_files
    handover.prepare_build(root, Archive(root).lock())
    return _dbt(root, ["--select", *(f"+{name}" for name in THREAD), "--exclude", *THREAD])


def child_build(root: DataRoot, *flags: str) -> dict[str, Any]:
    """The thread."""
    return _dbt(root, [*(["--threads", "1"] if "--serial" in flags else []), "--select", *THREAD])


def _dbt(root: DataRoot, arguments: list[str]) -> dict[str, Any]:
    """`dbt build` of a part, as `orchestration.dbt.build` does it of everything."""
    from orchestration import dbt
    from orchestration.home import environment_of

    spent: dict[str, float] = {}
    clock = [time.process_time()]

    def progress(node: str, done: int, total: int) -> None:
        now = time.process_time()
        spent[node], clock[0] = now - clock[0], now

    begun = time.perf_counter()
    with environment_of(root):
        dbt.ensure_manifest(root)
        clock[0] = time.process_time()
        result = dbt._invoke(
            root,
            ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious", *arguments],
            progress,
        )
        if result.result is None or not hasattr(result.result, "results"):
            raise SystemExit(str(result.exception))
        nodes = [dbt._outcome(item, is_restricted=False) for item in result.result.results]
    bad = [f"{n.unique_id}: {n.message}" for n in nodes if not n.ok]
    if bad:
        raise SystemExit("; ".join(bad[:5]))
    models = sorted((n for n in nodes if n.resource_type == "model"), key=lambda n: -n.seconds)
    by_name = {n.unique_id.split(".")[2]: n for n in models}
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "models": {name: [round(n.seconds, 2), round(spent.get(name, 0.0), 2)] for name, n in by_name.items()},
        "tests": round(sum(n.seconds for n in nodes if n.resource_type == "test"), 2),
        "nodes": len(nodes),
        "counts": _counts(root) if "int_attainment_cell_published" in by_name else {},
    }


def _counts(root: DataRoot) -> dict[str, Any]:
    """What was built: rows, cells, and the state's totals that the generator knows."""
    from orchestration import restricted
    from warehouse.connection import connect

    with connect(root.build_database) as con:
        restricted.attach_build(con, root.root, read_only=True)
        told: dict[str, Any] = {
            name: con.execute(f"select count(*) from {relation}").fetchall()[0][0]
            for name, relation in {
                "reports": "restricted.intermediate.int_sitting_reported",
                "sittings": "restricted.attainment_restricted.fct_credential_attempt",
                "awards": "restricted.attainment_restricted.fct_credential_award",
                "student years": "restricted.intermediate.int_student_year",
                "cells": "restricted.intermediate.int_attainment_cell",
                "published": "intermediate.int_attainment_cell_published",
                "rates": "attainment.mart_attainment_rate",
            }.items()
        }
        told["hidden"] = con.execute(
            "select count(*) from intermediate.int_attainment_cell_published where publication = 'hidden'"
        ).fetchall()[0][0]
        for population in ("enrolled", "graduates"):
            told[population] = dict(
                con.execute(
                    "select school_year, value from restricted.intermediate.int_attainment_cell"
                    " where area_level = 'state' and credential_level = 'all' and subgroup_kind = 'all'"
                    " and population = ? order by 1",
                    [population],
                ).fetchall()
            )
    return told


def child_scan(root: DataRoot) -> dict[str, Any]:
    """One pass over the sittings' columns of the encrypted raw tables, twice; the better one."""
    from warehouse.vault import Vault, duck

    best: dict[str, float] = {}
    with duck.connect_restricted(Vault.open(root)) as con:
        con.execute("set threads = 2")
        files = _raw_files(root)
        for _ in range(2):
            wall, spent = time.perf_counter(), time.process_time()
            for table, columns in SITTINGS.items():
                scan = duck.parquet_scan_sql(files[table], columns, same_columns=True)
                con.execute(f"select {', '.join(f'max({c}), count({c})' for c in columns)} from ({scan})").fetchall()
            found = {"cpu": time.process_time() - spent, "wall": time.perf_counter() - wall}
            best = min(best or found, found, key=lambda f: f["cpu"])
    return best


STAGES: dict[str, Callable[..., dict[str, Any]]] = {
    "land": child_land,
    "before": child_before,
    "build": child_build,
    "scan": child_scan,
}


# ----------------------------------------------------------------------------------------------------------- the figure


def problems(outcome: Outcome) -> list[str]:
    """What does not hold; time and memory are judged at the full size alone."""
    counts = outcome.building.report()["counts"]
    said = [
        f"{population}: {counts[population]}, the generator made {outcome.made[population]}"
        for population in ("enrolled", "graduates")
        if counts[population] != outcome.made[population]
    ]
    if outcome.attempts >= ATTEMPTS:
        if outcome.building.peak_bytes > MOST_BYTES:
            said.append(f"{outcome.building.peak_bytes / GIB:.2f} GiB of memory, {MOST_BYTES / GIB:g} allowed")
        disclosure = outcome.building.report()["models"]["int_attainment_cell_published"][0]
        if disclosure > DISCLOSURE_SECONDS:
            said.append(f"disclosure control {disclosure:.1f} s, {DISCLOSURE_SECONDS:g} allowed")
    return said


def _detail(outcome: Outcome) -> dict[str, Any]:
    building, landing = outcome.building.report(), outcome.made["landing"]
    floor = outcome.scan["cpu"]
    return {
        "cpu_seconds": round(outcome.cpu_seconds, 1),
        "landing": f"{landing['cpu']:.1f} cpu-s, {landing['wall']:.1f} s for {outcome.made['files']:,} files",
        "building": f"{outcome.building.cpu_seconds:.1f} cpu-s, {outcome.building.seconds:.1f} s, "
        f"{outcome.building.peak_bytes / GIB:.2f} GiB",
        "scan of the sittings": f"{floor:.2f} cpu-s, {outcome.scan['wall']:.2f} s; building takes "
        f"{outcome.building.cpu_seconds / floor:.0f} times its CPU",
        "made": {k: v for k, v in outcome.made.items() if k != "landing"},
        "counts": building["counts"],
        "dbt": {k: v for k, v in building.items() if k not in ("models", "counts")},
        "seconds by model": {name: f"{s[0]:.1f}" for name, s in building["models"].items() if s[0] >= 1.0},
    }


def measure(ground: Bench) -> Figure:
    """Files to marts, once."""
    outcome = play(ground, ATTEMPTS)
    shutil.rmtree(ground.folder / f"attainment-{ATTEMPTS}")
    failed = "; ".join(problems(outcome))
    return Figure(
        NAME,
        LIMIT,
        None if failed else outcome.seconds,
        detail=_detail(outcome),
        peak_bytes=outcome.building.peak_bytes,
        failed=failed,
    )


def _report(outcome: Outcome, *, serial: bool) -> None:
    print(f"\n{outcome.attempts:,} sittings asked for: {outcome.seconds:.1f} s of {MOST_SECONDS:g} on two idle cores")
    for key, value in _detail(outcome).items():
        if key != "seconds by model":
            print(f"  {key}: {value}")
    print(f"  {'model':40} {'seconds':>8} {'cpu-s' if serial else ''}")
    for name, (seconds, cpu) in outcome.building.report()["models"].items():
        print(f"  {name:40} {seconds:8.2f} {f'{cpu:8.2f}' if serial else ''}")
    print(f"  load average {os.getloadavg()[0]:.1f}")
    for problem in problems(outcome):
        print(f"  FAILED: {problem}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attainment_million", description=__doc__.split("\n")[0])
    parser.add_argument("--attempts", type=lambda text: int(text.replace("_", "")), default=ATTEMPTS)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder and leave it")
    parser.add_argument("--serial", action="store_true", help="one thread of dbt: CPU seconds by model")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Measure as asked, print, end with 1 where something does not hold."""
    if sys.argv[1:2] == ["--child"]:
        stage, root, *rest = sys.argv[2:]
        print(json.dumps(STAGES[stage](DataRoot(Path(root)), *rest)))
        return
    asked = _arguments()
    with bench() if asked.keep is None else nullcontext(Bench(asked.keep.absolute())) as ground:
        if asked.keep is not None and (ground.data / "sources.lock.json").is_file():
            ground.first = Run(0.0, 0.0, 0, {}, "{}")  # the sample state is there
        outcome = play(
            ground,
            asked.attempts,
            serial=asked.serial,
            tell=lambda what: print(f"  {what}", file=sys.stderr, flush=True),
        )
        held = not problems(outcome) and (asked.attempts < ATTEMPTS or outcome.seconds <= LIMIT)
        if asked.json:
            print(json.dumps({**_detail(outcome), "seconds": outcome.seconds, "problems": problems(outcome)}, indent=1))
        else:
            _report(outcome, serial=asked.serial)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
