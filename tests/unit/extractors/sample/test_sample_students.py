"""The sample's students: the same bytes each time, codes of the lexicon, a truth that the files themselves bear out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
from openpyxl import load_workbook

from extractors.sample import generate, load_manifest
from extractors.sample.manifest import SampleManifest
from extractors.sample.students import canaries, cells, lists, plan, vendor_files
from extractors.sample.students.priority import tier_on
from extractors.sample.students.verdicts import verdict_rows
from extractors.sample.students.world import World, make_world
from extractors.sample.students.write import write_students
from warehouse.paths import CHECKOUT

STUDENTS = 2_000


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(3, STUDENTS)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleManifest:
    return write_students(3, tmp_path_factory.mktemp("students"), STUDENTS)


def _rows(sample: SampleManifest, dataset: str, role: str = "current") -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for entry in sample.datasets:
        if (entry.dataset, entry.role) != (dataset, role):
            continue
        path = sample.folder / entry.files[0]
        if path.suffix == ".xlsx":
            table = [[("" if c is None else str(c)) for c in r] for r in load_workbook(path).active.values]
            found += [dict(zip(table[0], line, strict=True)) for line in table[1:]]
        elif path.suffix == ".zip":
            found += [{"name": name} for name in zipfile.ZipFile(path).namelist()]
        else:
            rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
            found += [_from_stars(row) if "DISTRICT CODE" in row else row for row in rows]
    return found


def _from_stars(row: dict[str, str]) -> dict[str, str]:
    """What the STARS layout says, under the names of the template."""
    return {
        "LEAIdentifierSea": row["DISTRICT CODE"],
        "StudentIdentifierState": row["STUDENT ID"],
        "SchoolYear": row["SCHOOL YEAR DATE"][:4],
        "CredentialCode": row["INDUSTRY CREDENTIAL CODE"],
        "AssessmentAdministrationDate": row["CREDENTIAL EARNED DATE"],
        "AssessmentResult": "pass",
        "ReportedBy": "district",
        "EvidenceSha256": "",
    }


def test_the_same_seed_gives_the_same_bytes(sample: SampleManifest, tmp_path: Path) -> None:
    again = write_students(3, tmp_path, STUDENTS)
    assert again.sha256 == sample.sha256
    assert load_manifest(tmp_path).datasets == sample.datasets
    assert write_students(4, tmp_path, STUDENTS, with_truth=False).sha256 != sample.sha256


def test_credentials_are_codes_of_the_lexicon() -> None:
    with (CHECKOUT / "dbt_project/seeds/reference/credential.csv").open(encoding="utf-8") as stream:
        known = {row["credential_code"] for row in csv.DictReader(stream)}
    assert {exam.code for exam in plan.exams()} <= known
    tiers = {exam.code: tier_on(exam.code, dt.date.fromisoformat("2025-10-01")) for exam in plan.exams()}
    assert tiers["COMPT002"] == "Tier 1" and tiers["NRAEF001"] == "Tier 2"
    assert tiers["COMPT001"] is None, "a stepping stone is no priority"
    assert tier_on("NRAEF001", dt.date.fromisoformat("2026-01-01")) is None, "it has ended"
    assert tier_on("COMPT002", dt.date.fromisoformat("2024-06-30")) is None, "the first list is not in force"


def test_manifest_counts_the_rows_and_names_the_deliveries(sample: SampleManifest) -> None:
    for entry in sample.datasets:
        rows = _rows(SampleManifest(sample.folder, 3, 1, (entry,), {}), entry.dataset, entry.role)
        assert len(rows) == entry.rows, entry.files
    names = {entry.captured_as for entry in sample.datasets if entry.role == "current"}
    assert {"student_file@XA+0101+2023", "vendor_exam_file@XA+able+2026", "district_exam_file@XA+0103+2024"} <= names
    assert not any(entry.feed == "0105" and entry.dataset == "district_exam_file" for entry in sample.import_order())
    previous = [entry for entry in sample.datasets if entry.role == "previous"]
    assert [entry.captured_as for entry in previous] == ["district_exam_file@XA+0106+2025"]


def test_truth_is_what_the_files_say(sample: SampleManifest, world: World) -> None:
    """Recounted from the bytes, with the generator's word only for whose a vendor's row is."""
    of_exam = {(x.vendor, x.exam_code): x.code for x in plan.exams()}
    ids = world.people.column("state_id").to_pylist()
    vendors = vendor_files.vendor_rows(world)
    s = world.schooling.sittings
    sittings: dict[tuple[str, str, str], tuple[int, bool]] = {}
    for row in _rows(sample, "district_exam_file"):
        if row["AssessmentResult"] != "did_not_sit" and row["ReportedBy"] == "district":
            key = (row["StudentIdentifierState"], row["CredentialCode"], row["AssessmentAdministrationDate"])
            sittings[key] = (int(row["SchoolYear"]), row["AssessmentResult"] == "pass")
    for sitting, result in zip(vendors.sitting.tolist(), vendors.result.tolist(), strict=True):
        if sitting >= 0 and result < 2:
            exam = plan.exams()[int(s.exam[sitting])]
            assert of_exam[(exam.vendor, exam.exam_code)] == exam.code
            key = (ids[int(s.student[sitting])], exam.code, str(s.day[sitting]))
            sittings[key] = (int(s.year[sitting]), result == 0)
    records: dict[str, dict[int, dict[str, str]]] = defaultdict(dict)
    for row in sorted(_rows(sample, "student_file"), key=lambda r: r["EnrollmentEntryDate"]):
        records[row["StudentIdentifierState"]][int(row["SchoolYear"])] = row
    truth = sample.truth()["attainment"]
    for year in plan.YEARS:
        passes: dict[str, set[str]] = defaultdict(set)
        ever: dict[str, set[str]] = defaultdict(set)
        takers: set[str] = set()
        attempts = 0
        for (student, code, _), (sat, ok) in sorted(sittings.items(), key=lambda item: item[0][2]):
            record = records[student].get(year)
            is_attempt = code not in ever[student]
            if is_attempt and sat == year and record and record["LEAIdentifierSea"] not in ("0104", "0105"):
                takers.add(student)
                attempts += 1
            if ok and sat <= year and code not in ever[student]:
                ever[student].add(code)
                if sat == year and record and record["LEAIdentifierSea"] != "0105":
                    passes[student].add(code)
        graduates = {
            student
            for student, by_year in records.items()
            if year in by_year
            and by_year[year]["ExitOrWithdrawalType"] == "graduated"
            and by_year[year]["LEAIdentifierSea"] != "0105"
        }
        cohort = set()
        for student, by_year in records.items():
            seen = [y for y in by_year if y <= year]
            last = by_year[max(seen)] if seen else None
            if (
                last
                and int(last["CohortYear"]) == year - 3
                and last["ExitOrWithdrawalType"] not in ("transferred_out", "emigrated_or_died")
                and last["LEAIdentifierSea"] != "0105"
            ):
                cohort.add(student)
        counted = {
            "takers": len(takers),
            "attempts": attempts,
            "earners": len(passes),
            "credentials": sum(len(codes) for codes in passes.values()),
            "graduates": len(graduates),
            "graduates_earned": sum(bool(ever[student]) for student in graduates),
            "cohort_9": len(cohort),
            "cohort_9_earned": sum(bool(ever[student]) for student in cohort),
        }
        told = {name: truth["state"][name]["values"]["all"][str(year)] for name in counted}
        assert counted == told, year


def test_cells_add_up_and_keep_their_order(world: World) -> None:
    own = cells.book(world)
    found = cells.cells(own)

    def value(year: int, area: tuple[str, str], name: str, group: tuple[str, str] = ("all", "all")) -> int:
        return found.get((year, *area, "all", "all", *group, name), 0)

    state_area = ("state", "XA")
    for year in plan.YEARS:
        for name in cells.DEFINITIONS:
            districts = [value(year, ("district", d.code), name) for d in plan.districts()]
            schools = [value(year, ("school", x.code), name) for x in plan.schools()]
            genders = [value(year, state_area, name, ("gender", g)) for g in ("female", "male", "another")]
            assert value(year, state_area, name) == sum(districts) == sum(schools) == sum(genders), (year, name)
        chain = ["eligible", "eligible_courses_passed", "eligible_sat", "eligible_earned"]
        steps = [value(year, state_area, name) for name in chain]
        assert steps == sorted(steps, reverse=True) and steps[-1] > 0
        assert value(year, state_area, "credentials") >= value(year, state_area, "earners")
        assert value(year, ("district", "0105"), "graduates") == 0
        assert value(year, ("district", "0104"), "takers") == 0 < value(year, ("district", "0104"), "graduates")
    assert {key[3] for key in found} == {"all", "credential", "priority", "tier"}
    assert any(0 < n < 10 for n in found.values()), "suppression has something to do"


def test_sources_differ_where_they_should(sample: SampleManifest, world: World) -> None:
    truth = sample.truth()["attainment"]
    for counts in (truth["reconciliation"][vendor] for vendor in plan.VENDORS):
        assert min(counts.values()) >= 1 and counts["both_agreeing"] > counts["only_vendor"]
    passes_only = [r for r in _rows(sample, "district_exam_file") if r["LEAIdentifierSea"] == "0104"]
    assert len(passes_only) >= 20 and {r["AssessmentResult"] for r in passes_only} == {"pass"}
    assert {r["AssessmentResult"] for r in _rows(sample, "district_exam_file")} == {"pass", "fail", "did_not_sit"}
    hashes = [r["EvidenceSha256"] for r in _rows(sample, "district_exam_file") if r["EvidenceSha256"]]
    assert len(hashes) - len(set(hashes)) == len(truth["evidence"]["used_by_two_students"]) >= 3
    chosen = truth["report_attempt"]["2025"]
    assert chosen["first"] < chosen["latest"] < chosen["best"] < chosen["pairs"]
    headers = {v: [field[0] for field in fields] for v, fields in vendor_files.LAYOUTS.items()}
    assert len({tuple(h) for h in headers.values()}) == 4
    share = sum(bool(x) for x in vendor_files.vendor_rows(world).identity.column("ssn").to_pylist())
    assert 0.10 < share / sum(e.rows or 0 for e in sample.datasets if e.dataset == "vendor_exam_file") < 0.24


def test_canaries_are_where_they_say_and_in_no_general_file(
    sample: SampleManifest, world: World, tmp_path: Path
) -> None:
    general = generate(1, 1, tmp_path)
    texts = [path.read_bytes().lower() for path in general.folder.rglob("*") if path.is_file()]
    assert len(world.canaries) == 12
    for canary in world.canaries:
        files = [
            (sample.folder / e.files[0]).read_text(encoding="utf-8", errors="replace")
            for e in sample.datasets
            if e.dataset in ("student_file", "course_file") or e.feed == canary.vendor.lower()
        ]
        assert sum(canary.state_id in text for text in files) >= 2
        assert any(canary.surname in text for text in files)
        for spellings in canary.spellings().values():
            for spelt in spellings:
                assert not any(spelt.lower().encode() in text for text in texts), spelt
    assert isinstance(world.canaries[0], canaries.Canary)


def test_one_district_sends_new_mexicos_layout_and_what_it_has_no_room_for(
    sample: SampleManifest, world: World
) -> None:
    mine = {
        e.captured_as: (sample.folder / e.files[0]).read_text(encoding="utf-8").splitlines()
        for e in sample.datasets
        if (e.dataset, e.feed, e.vintage) == ("district_exam_file", "0104", str(plan.STARS_YEAR))
    }
    stars, rest = mine["district_exam_file@XA+0104+2023"], mine["district_exam_file@XA+0104+2023-template"]
    assert stars[0].startswith("DISTRICT CODE,SCHOOL YEAR DATE,STUDENT ID") and rest[0].startswith("LEAIdentifierSea")
    r = world.reports
    assert len(stars) - 1 == r.in_stars.sum() > 20 and len(rest) > 1
    assert not (r.in_stars & (r.is_self | ~r.in_vendor | ~r.in_district)).any()
    assert (r.evidence_flaw[r.in_stars] == 1).all() and (r.same_evidence_as[r.in_stars] == -1).all()


def test_verdicts_follow_the_evidence(world: World) -> None:
    r = world.reports
    wrong = int((r.audit_error == 1).nonzero()[0][0])
    sound = int((r.in_district & (r.audit_error == 0)).nonzero()[0][0])
    worklist = [
        {"AuditIdentifier": "a", "ExamKey": str(row), "LEAIdentifierSea": "0101", "EvidenceFileName": name}
        for row, name in ((1, f"0101_2025_{wrong:07d}.pdf"), (2, f"0101_2025_{sound:07d}.pdf"), (3, None))
    ]
    said = verdict_rows(world, worklist, "2026-10-01")
    assert [row["Verdict"] for row in said] == ["error", "confirmed", "no_evidence"]
    assert [row["ErrorKind"] for row in said] == ["not_passed", None, None]


def test_lists_cover_what_the_files_name() -> None:
    contents = {name: list(csv.DictReader(io.StringIO(body.decode()))) for name, body in lists.files()}
    assert {row["school_code"] for row in contents["school_directory"]} == {x.code for x in plan.schools()}
    assert len(contents["school_directory"]) == 15
    assert {row["credential_code"] for row in contents["course_crosswalk"]} - {""} == {x.code for x in plan.exams()}
    ended = [row for row in contents["vendor_exam_crosswalk"] if row["effective_to"]]
    assert len(ended) == 1 and any(not row["credential_code"] for row in contents["vendor_exam_crosswalk"])
