"""The sample state's attainment, from sealed file to count, against what its generator knows (A9-A11).

The truth is counted in plain Python from what happened to every invented student (`extractors/sample/students`);
nothing of it went through intake, landing, linkage or any SQL. Everything here is exact. What a vendor reports and no
student could be found for is told apart row by row: the generator wrote those rows so that no count of students or
credentials hangs on them, and only the reconciliation of sources feels them, by just as many as there are.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from extractors.sample import state
from extractors.sample.students import cells, plan, truth, vendor_files
from extractors.sample.students.measures import DEFINITIONS
from extractors.sample.students.priority import tier_on
from extractors.sample.students.schooling import DID_NOT_SIT, PASS
from extractors.sample.students.vendor_files import VendorRows, birth_dates
from extractors.sample.students.world import World, make_world
from orchestration.sample import SEED
from warehouse.paths import DataRoot, dbt_project_dir
from warehouse.vault import Vault
from warehouse.vault.duck import connect_restricted
from warehouse.vault.tokens import state_id_tokens

COUNTED_AS = {
    "earners": ("takers_earned", "earners_passes_only"),
    "credentials": ("awards", "awards_passes_only"),
    "course_enrolments_earned": ("awards", "awards_passes_only"),
    "attempts_earned": ("awards",),
}
"""Population of the truth -> the populations of the build that add up to it; all others have one name in both."""
LEVELS = ("all", "priority", "tier", "credential")
LEAST_MATCHED = 0.90  # M5
Key = tuple[Any, ...]
Sitting = tuple[str, str, Any]  # student's token, credential, day


@dataclass
class Known:
    """What the generator knows, with the tokens that the vault of this root gives."""

    world: World
    own: cells.Book
    found: dict[Key, int]
    rows: VendorRows
    tokens: list[str]

    @cached_property
    def sittings(self) -> dict[int, Sitting]:
        """Row of the sittings -> how the build would name it; registrations as well."""
        s, codes = self.world.schooling.sittings, [exam.code for exam in plan.exams()]
        days = s.day.astype("datetime64[D]").tolist()
        named = zip(s.student.tolist(), s.exam.tolist(), days, strict=True)
        return {row: (self.tokens[student], codes[exam], day) for row, (student, exam, day) in enumerate(named)}

    @cached_property
    def sat(self) -> dict[Sitting, int]:
        """Every sitting that some file tells of and that took place -> its row."""
        s, r = self.world.schooling.sittings, self.world.reports
        return {self.sittings[row]: row for row in np.flatnonzero(r.is_known & (s.result != DID_NOT_SIT)).tolist()}

    @cached_property
    def refused(self) -> list[bool]:
        """Per row of the vendors: set aside at landing, for want of a birth date (M1) or by an obsolete code (P20)."""
        vendor, old = plan.OBSOLETE_EXAM[0], np.zeros(len(self.rows.vendor), bool)
        for year in plan.YEARS:
            mine = np.flatnonzero((self.rows.vendor == plan.VENDORS.index(vendor)) & (self.rows.year == year))
            old[mine[self.rows.sitting[mine] < 0][:2]] = True
        born = birth_dates(self.rows.identity).to_pylist()
        return [day is None or is_old for day, is_old in zip(born, old.tolist(), strict=True)]

    def landed(self, vendor: int) -> dict[Sitting, int]:
        """Rows of a vendor that are of students and were not refused."""
        mine = (self.rows.vendor == vendor) & (self.rows.sitting >= 0) & ~np.array(self.refused)
        return {self.sittings[row]: row for row in self.rows.sitting[mine].tolist()}


@pytest.fixture(scope="module")
def restricted(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    root = DataRoot(sample_root)
    path = DataRoot(root.restricted).build / "restricted.duckdb"
    con = connect_restricted(Vault.open(root), path, read_only=True)
    con.execute("use restricted.intermediate")
    yield con
    con.close()


@pytest.fixture(scope="module")
def known(sample_root: Path) -> Known:
    world = make_world(SEED)
    own = cells.book(world)
    ids = world.people.column("state_id")
    tokens = state_id_tokens(Vault.open(DataRoot(sample_root)), ids, state.POSTAL)[0].to_pylist()
    return Known(world, own, cells.cells(own), vendor_files.vendor_rows(world), tokens)


@pytest.fixture(scope="module")
def told(known: Known) -> dict[str, Any]:
    of_the_state = {key: n for key, n in known.found.items() if key[1] == "state" and key[5] == "all"}
    return truth.attainment(known.world, known.own, of_the_state, known.rows)


@pytest.fixture(scope="module")
def counted(restricted: duckdb.DuckDBPyConnection) -> dict[Key, int]:
    """Key of the truth's cells -> value of the build's cell."""
    rows = restricted.execute(
        "select school_year, area_level, area_code, credential_level, credential_code, subgroup_kind, subgroup_value,"
        " population, value from int_attainment_cell"
    ).fetchall()
    return {tuple(row[:-1]): row[-1] for row in rows}


@pytest.fixture(scope="module")
def linked(restricted: duckdb.DuckDBPyConnection) -> dict[str, list[Sitting]]:
    """Vendor -> what it reports of somebody who was found to be a student."""
    found: dict[str, list[Sitting]] = defaultdict(list)
    for vendor, *sitting in restricted.execute(
        "select vendor_code, student_token, credential_code, test_date from int_sitting_reported"
        " where record_source = 'vendor' and student_token is not null"
    ).fetchall():
        found[vendor].append((sitting[0], sitting[1], sitting[2]))
    return found


@pytest.fixture(scope="module")
def missed(known: Known, linked: dict[str, list[Sitting]]) -> dict[str, list[int]]:
    """Vendor -> rows of sittings that it reports and the build does not know from it: refused, or nobody found."""
    rows, found = known.rows, {sitting for sittings in linked.values() for sitting in sittings}
    return {
        name: [
            row
            for row in rows.sitting[(rows.vendor == n) & (rows.sitting >= 0)].tolist()
            if known.sittings[row] not in found
        ]
        for n, name in enumerate(plan.VENDORS)
    }


def _seed(*parts: str) -> list[dict[str, str]]:
    with dbt_project_dir().joinpath("seeds", *parts).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def asked() -> set[tuple[str, str, str, str]]:
    """(area level, credential level, subgroup kind, population) of every count that policy asks for."""
    measures = {row["population"]: row for row in _seed("reference", "population_measure.csv")}
    wanted = set()
    for crossing in _seed("policy", "attainment_crossing.csv"):
        for name, measure in measures.items():
            by_credential, populations = measure["is_by_credential"] == "true", crossing["populations"]
            named = populations == "all" or (populations == "by_credential" and by_credential)
            named |= name in populations.split("|")
            stands = crossing["credential_level"] == "all" or measure["is_denominator"] != "true" or by_credential
            if crossing["is_built"] == "true" and named and stands:
                wanted.add((crossing["area_level"], crossing["credential_level"], crossing["subgroup_kind"], name))
    return wanted


def _parts(name: str) -> tuple[str, ...]:
    return COUNTED_AS.get(name, (name,))


def _expected(found: dict[Key, int], key: Key) -> int:
    """A cell of the truth; the others of a special population are all less its members."""
    *place, kind, value, name = key
    if kind == "special_population" and value.startswith("not_"):
        everybody = found.get((*place, "all", "all", name), 0)
        return everybody - found.get((*place, kind, value.removeprefix("not_"), name), 0)
    return found.get(key, 0)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_count_equals_the_truth(
    name: str, known: Known, counted: dict[Key, int], asked: set[tuple[str, str, str, str]]
) -> None:
    """B1-B13, B15, B22: state, districts and schools; all, priority, tier, credential; every subgroup; every year."""
    parts = _parts(name)
    places = {key[:-1] for key in counted if key[-1] in parts and key[3] in LEVELS}
    places |= {key[:-1] for key in known.found if key[-1] == name}
    places = {p for p in places if all((p[1], p[3], p[5], part) in asked for part in parts)}
    wrong, nonzero = {}, 0
    for place in places:
        values = [counted.get((*place, part)) for part in parts]
        expected = _expected(known.found, (*place, name))
        actual = None if set(values) == {None} else sum(value or 0 for value in values)
        nonzero += expected > 0
        if actual != expected:
            wrong[place] = (actual, expected)
    assert not wrong, f"{len(wrong)} of {len(places)}: {dict(list(wrong.items())[:5])}"
    assert nonzero > 80


def test_only_what_policy_asks_is_counted(counted: dict[Key, int], asked: set[tuple[str, str, str, str]]) -> None:
    """The two levels that nobody reads add up: `other` is all less priority, parts of a credential are the whole."""
    apart = ("goal_earners", "sittings_unlinked")
    stray = {
        (k[1], k[3], k[5], k[-1])
        for k in counted
        if k[3] in (*LEVELS, "vendor") and k[-1] not in apart and (k[1], k[3], k[5], k[-1]) not in asked
    }
    assert not stray
    parts: Counter[Key] = Counter()
    for key, value in counted.items():
        if key[3] == "other":
            whole, listed = ((*key[:3], level, level, *key[5:]) for level in ("all", "priority"))
            assert value == counted[whole] - counted[listed], key
        if key[3] == "credential_part":
            parts[(*key[:3], "credential", key[4].partition("|")[0], *key[5:])] += value
    assert parts and not {key: n for key, n in parts.items() if counted[key] != n}


def test_people_who_ever_earned_one(known: Known, counted: dict[Key, int]) -> None:
    """B27: each once, from the first year on, wherever they are now."""
    for year in plan.YEARS:
        for level in ("all", "priority"):
            people = sum(
                any(a.year <= year and f"{level}|{level}|" in a.levels for a in known.own.awards(student).values())
                for student in list(known.own.sittings)
            )
            assert counted[(year, "state", state.POSTAL, level, level, "all", "all", "goal_earners")] == people
            assert people or level == "priority"  # in 2023 nothing that was sat stood on the list


def test_every_link_is_true_and_what_is_missed_is_known(
    known: Known, told: dict[str, Any], linked: dict[str, list[Sitting]], restricted: duckdb.DuckDBPyConnection
) -> None:
    """M1, M5, P20: rows sent are rows landed and rows refused; no vendor's row is put to a wrong student."""
    landed = dict(
        restricted.execute(
            "select vendor_code, count(*) from int_sitting_reported where record_source = 'vendor' group by 1"
        ).fetchall()
    )
    refused = Counter(plan.VENDORS[v] for v, no in zip(known.rows.vendor.tolist(), known.refused, strict=True) if no)
    assert min(refused[vendor] for vendor in plan.VENDORS) > 0
    for n, vendor in enumerate(plan.VENDORS):
        pairs = known.landed(n)
        assert landed[vendor] == told["links"][vendor]["rows"] - refused[vendor]
        assert len(linked[vendor]) == len(set(linked[vendor])) and set(linked[vendor]) <= set(pairs), "wrong student"
        assert len(linked[vendor]) / len(pairs) >= LEAST_MATCHED


def test_no_count_hangs_on_a_missed_link(known: Known, missed: dict[str, list[int]]) -> None:
    """What is missed stands in the district's file too, with the same result: else the counts could not be exact."""
    r = known.world.reports
    rows = [row for found in missed.values() for row in found]
    assert rows and not r.is_clean[rows].any()
    assert r.in_district[rows].all()
    assert (r.district_result[rows] == r.vendor_result[rows]).all()


def test_every_sitting_is_there_once(
    known: Known, linked: dict[str, list[Sitting]], restricted: duckdb.DuckDBPyConnection
) -> None:
    """P1, P2, P9, P13, P14, P21, M2, M3: one row per sitting, vendor before district, registrations are none."""
    s, r = known.world.schooling.sittings, known.world.reports
    by_vendor = {sitting for sittings in linked.values() for sitting in sittings}
    order: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for student, credential, day in known.sat:
        order[(student, credential)].append(day)
    expected = set()
    for sitting, row in known.sat.items():
        days, is_ours = sorted(order[sitting[:2]]), sitting in by_vendor
        result = r.vendor_result[row] if r.in_vendor[row] else r.district_result[row]
        source = "vendor" if is_ours else "self" if r.is_self[row] else "district"
        place = (days.index(sitting[2]) + 1, sitting[2] == days[0], sitting[2] == days[-1])
        flags = (is_ours, r.in_district[row], r.is_conflict[row], is_ours and r.is_late_file[row])
        expected.add((*sitting, int(s.year[row]), bool(result == PASS), source, *place, *map(bool, flags)))
    actual = restricted.execute(
        "select student_token, credential_code, test_date, school_year, is_passed,"
        " case verification_status when 'audited' then 'district' else verification_status end,"
        " attempt_number, is_first, is_latest, is_from_vendor, is_from_district, is_conflicting, is_outside_window"
        " from restricted.attainment_restricted.fct_credential_attempt where is_linked"
    ).fetchall()
    assert len(actual) == len(expected) == len(known.sat)
    assert not expected ^ set(actual)


def test_every_award_is_there_once(known: Known, restricted: duckdb.DuckDBPyConnection) -> None:
    """P2, L5, B18, B19: the first pass that counts, with its place on the list on the day."""
    codes = [exam.code for exam in plan.exams()]
    expected = {
        (known.tokens[student], codes[exam], award.day, award.year, tier_on(codes[exam], award.day))
        for student in list(known.own.sittings)
        for exam, award in known.own.awards(student).items()
    }
    actual = restricted.execute(
        "select student_token, credential_code, awarded_date, school_year, tier, is_priority"
        " from restricted.attainment_restricted.fct_credential_award where is_counted"
    ).fetchall()
    assert {tuple(row[:-1]) for row in actual} == expected and len(actual) == len(expected)
    assert all(row[-1] == (row[-2] is not None) for row in actual)


def test_the_choice_of_the_sitting(told: dict[str, Any], restricted: duckdb.DuckDBPyConnection) -> None:
    """P13: how many pairs of student and credential pass by the first, the latest and the best sitting of a year."""
    rows = restricted.execute(
        "select school_year, count(*), count(*) filter (first), count(*) filter (latest), count(*) filter (best) from ("
        " select school_year, arg_min(is_passed, test_date) as first, arg_max(is_passed, test_date) as latest,"
        " bool_or(is_passed) as best from restricted.attainment_restricted.fct_credential_attempt"
        " where is_counted group by student_token, credential_code, school_year) group by school_year"
    ).fetchall()
    actual = {str(y): {"pairs": n, "first": first, "latest": last, "best": best} for y, n, first, last, best in rows}
    assert actual == told["report_attempt"]


def test_vendors_and_districts_are_reconciled(
    known: Known,
    told: dict[str, Any],
    missed: dict[str, list[int]],
    counted: dict[Key, int],
    restricted: duckdb.DuckDBPyConnection,
) -> None:
    """P3: a missed row turns `both` into `only the district`, and nothing else; the cells leave out whom rates do."""
    s, r = known.world.schooling.sittings, known.world.reports
    has_sat = s.result != DID_NOT_SIT
    rows = restricted.execute(
        "select coalesce(vendor_code, 'none'),"
        " count(*) filter (is_from_vendor and is_from_district and not is_conflicting),"
        " count(*) filter (is_conflicting),"
        " count(*) filter (not is_from_district), count(*) filter (not is_from_vendor)"
        " from int_attempt_counted where is_linked group by 1"
    ).fetchall()
    assert {row[0] for row in rows} == set(told["reconciliation"])
    for vendor, agreeing, conflicting, only_vendor, only_district in rows:
        expected, lost = told["reconciliation"][vendor], int(has_sat[missed.get(vendor, [])].sum())
        assert conflicting == expected["conflicting"] and only_vendor == expected["only_vendor"]
        assert agreeing + lost == expected["both_agreeing"] and only_district - lost == expected["only_district"]

    lost_rows = {row for found in missed.values() for row in found}
    way = {d.code: d.reporting for d in plan.districts()}
    districts, cells_of = known.world.districts.tolist(), Counter[Key]()
    for row in known.sat.values():
        year = int(s.year[row])
        record = next((x for x in known.own.records.get(int(s.student[row]), ()) if x.year == year), None)
        if record is None or way[districts[record.school]] == plan.AGGREGATE_ONLY:
            continue
        is_theirs = r.in_vendor[row] and row not in lost_rows
        kinds = ["both" if is_theirs and r.in_district[row] else "only_vendor" if is_theirs else "only_district"]
        kinds += ["conflict"] if r.is_conflict[row] else []
        vendor = plan.exams()[int(s.exam[row])].vendor or "none"
        for area in (("state", state.POSTAL), ("district", districts[record.school])):
            for kind in kinds:
                cells_of[(year, *area, "vendor", vendor, "all", "all", f"sittings_{kind}")] += 1
    actual = {k: n for k, n in counted.items() if k[3] == "vendor" and k[-1] != "sittings_unlinked" and n}
    assert actual == dict(cells_of)


def test_vendors_rows_without_a_student(
    known: Known, linked: dict[str, list[Sitting]], counted: dict[Key, int]
) -> None:
    """M5, P3: what landed, was sat, and is put to nobody: strangers, and students who could not be found."""
    rows, found = known.rows, {sitting for sittings in linked.values() for sitting in sittings}
    expected: Counter[tuple[int, str]] = Counter()
    for vendor, day, result, sitting, no in zip(
        rows.vendor.tolist(), rows.day.astype("datetime64[D]").tolist(), rows.result.tolist(), rows.sitting.tolist(),
        known.refused, strict=True,
    ):  # fmt: skip
        if not no and result != DID_NOT_SIT and (sitting < 0 or known.sittings[sitting] not in found):
            expected[(day.year + (day.month >= 9), plan.VENDORS[vendor])] += 1
    actual = {(k[0], k[4]): n for k, n in counted.items() if k[-1] == "sittings_unlinked"}
    assert actual == dict(expected)


def test_credentials_earned_outside_a_mapped_course(
    told: dict[str, Any], restricted: duckdb.DuckDBPyConnection
) -> None:
    """P12: the district names a course that does not lead to the credential; no course at all is not meant."""
    ((found,),) = restricted.execute(
        "select count(*) from restricted.attainment_restricted.fct_credential_attempt where is_outside_mapped_course"
    ).fetchall()
    assert 0 < found == told["sittings"]["outside_mapped_course"] < told["sittings"]["outside_their_course"]


def test_evidence_is_judged_as_it_was_made(told: dict[str, Any], restricted: duckdb.DuckDBPyConnection) -> None:
    """P6, P16: complete or lacking a field, and handed in by two students."""
    passes, complete, none = restricted.execute(
        "select count(*), count(*) filter (is_evidence_complete), count(*) filter (evidence_name is null)"
        " from int_sitting_reported where record_source <> 'vendor' and has_passed"
    ).fetchall()[0]
    kinds = told["evidence"]["by_completeness"]
    assert passes == told["evidence"]["passes_of_districts"]
    assert (complete, none) == (kinds["complete"], kinds["no_evidence"])
    shared = restricted.execute(
        "select evidence_sha256, district_code, school_year, count(distinct student_token) from int_sitting_reported"
        " where is_evidence_shared group by all"
    ).fetchall()
    again = {(x["evidence_sha256"], x["district"], x["school_year"]) for x in told["evidence"]["used_by_two_students"]}
    files = told["evidence"]["files"]
    by_content = (files["shared_by_content_sha256"], files["district"], files["school_year"])
    assert {row[:3] for row in shared} == again | {by_content}, "announced as another file, and the same all the same"
    assert {row[3] for row in shared} == {2} and len(again) >= 3


def test_evidence_files_are_known_by_their_content(told: dict[str, Any], restricted: duckdb.DuckDBPyConnection) -> None:
    """P16: what one district handed in: received, missing, or with another content than announced."""
    found = dict(
        restricted.execute("select evidence_file_status, count(*) from int_evidence_file group by all").fetchall()
    )
    files = told["evidence"]["files"]
    assert {name: found.get(name) for name in ("received", "missing", "another_content")} == {
        name: files[name] for name in ("received", "missing", "another_content")
    }
    ((taken, contents),) = restricted.execute(
        "select count(*), count(distinct content_sha256) from int_evidence_file where content_sha256 is not null"
    ).fetchall()
    assert taken == files["received"] + files["another_content"] and contents < taken
