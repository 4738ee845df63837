"""Each kind of file: what its rows become, what is set aside, what is flagged."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from extractors.exam_records.columns import read_map
from extractors.exam_records.delivery import Parsed
from extractors.failures import PermanentFailure
from tests.unit.extractors.exam_records.files import codes_of, csv_of, reasons

Parse = Callable[..., Parsed]
EXAMS, VENDOR, STUDENTS = "district_exam_file", "vendor_exam_file", "student_file"


STATES = ("XA", "xa ", "XB", "XC", "")
"""As a vendor writes them in a file of several."""


def rows(parsed: Parsed, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parsed.tables[table].table.to_pylist()
    return found


# ------------------------------------------------------------------------------------------------------------ students


def test_students_are_known_by_token_and_named_in_the_identity_table_alone(parse: Parse) -> None:
    parsed = parse(STUDENTS, csv_of(STUDENTS, {}))
    (year,), (who,) = rows(parsed, "student_records__student_year"), rows(parsed, "student_records__identity")
    assert year["student_token"] == who["student_token"] and len(year["student_token"]) == 32
    assert (year["grade_level"], year["cohort_year"], year["exit_type"]) == ("12", 2023, "graduated")
    assert (year["special_populations"], year["is_with_disability"]) == ("foster|homeless", None)
    assert (who["birth_year"], who["birth_month"], who["birth_day"]) == (2008, 2, 29)
    assert len(who["ssn_token"]) == 32 and "900" not in who["ssn_token"][:3]
    assert set(year) & {"first_name", "last_name", "home_address", "zip_code", "ssn_token"} == set()


def test_one_student_in_two_schools_is_two_rows(parse: Parse) -> None:
    parsed = parse(STUDENTS, csv_of(STUDENTS, {}, {"SchoolIdentifierSea": "010102"}, {"GradeLevel": "11"}))
    assert [r["school_code"] for r in rows(parsed, "student_records__student_year")] == ["010101", "010102"]
    assert reasons(parsed) == [(4, "", "second row for one key")]


def test_rows_of_others_are_set_aside(parse: Parse) -> None:
    parsed = parse(STUDENTS, csv_of(STUDENTS, {"LEAIdentifierSea": "0102"}, {"SchoolYear": "2024-25"}, {}))
    assert reasons(parsed) == [
        (2, "LEAIdentifierSea", "row of another district than the agreement's"),
        (3, "SchoolYear", "row of another school year than the file's"),
    ]


def test_numbers_that_are_nobodys_are_counted_not_used(parse: Parse) -> None:
    changes = [
        {"SocialSecurityNumber": s, "StudentIdentifierState": str(n)}
        for n, s in enumerate(["000-00-0000", "999999999", "123-45-6789", "", "12345"])
    ]
    parsed = parse(STUDENTS, csv_of(STUDENTS, *changes))
    assert [r["ssn_token"] for r in rows(parsed, "student_records__identity")] == [None] * 5
    (remark,) = [r for r in parsed.remarks if r.code == "ssn_not_used"]
    assert "placeholder (1), repeated_digit (2), wrong_length (1)" in remark.message
    assert parsed.coverage["ssn"] == 0.8


@pytest.mark.parametrize(
    ("given", "stored"),
    [("88701-0001", "88701-0001"), ("887010001", "88701-0001"), ("1234", "01234"), ("K1A 0B1", None)],
)
def test_zip_codes(parse: Parse, given: str, stored: str | None) -> None:
    parsed = parse(STUDENTS, csv_of(STUDENTS, {"AddressPostalCode": given}))
    assert rows(parsed, "student_records__identity")[0]["zip_code"] == stored
    assert ("zip_not_used" in codes_of(parsed)) == (stored is None)


def test_courses(parse: Parse) -> None:
    parsed = parse("course_file", csv_of("course_file", {}, {"CoursePassed": "maybe"}, {"CourseIdentifier": ""}))
    assert rows(parsed, "student_records__course_completion")[0]["has_passed"] is True
    assert reasons(parsed) == [
        (3, "CoursePassed", "not true or false"),
        (4, "CourseIdentifier", "required value is missing"),
    ]


# ------------------------------------------------------------------------------------------------------ district exams


def test_every_attempt_is_kept_without_a_cap(parse: Parse) -> None:
    """P9, P21: failures too, and as many as there are."""
    many = [{"AttemptNumber": str(n), "AssessmentAdministrationDate": f"2026-04-{n:02}"} for n in range(1, 26)]
    parsed = parse(EXAMS, csv_of(EXAMS, *many))
    assert len({r["exam_key"] for r in rows(parsed, "student_records__district_exam")}) == 25
    assert parsed.counts == {"sat": 25, "passed": 0}


def test_two_sittings_of_a_day_without_numbers_are_two(parse: Parse) -> None:
    parsed = parse(EXAMS, csv_of(EXAMS, {"AttemptNumber": ""}, {"AttemptNumber": "", "AssessmentResult": "pass"}))
    assert len({r["exam_key"] for r in rows(parsed, "student_records__district_exam")}) == 2


def test_one_sitting_with_two_results_is_set_aside(parse: Parse) -> None:
    parsed = parse(EXAMS, csv_of(EXAMS, {}, {"AssessmentResult": "pass"}))
    assert reasons(parsed) == [(3, "", "second row for one key")]


@pytest.mark.parametrize(
    ("code", "day", "reason"),
    [
        ("AAAAA001", "2026-04-14", None),
        ("AAAAA002", "2025-12-31", None),
        ("AAAAA002", "2026-01-01", "credential code obsolete on the day of the test"),
        ("AAAAA003", "2026-02-28", "credential code not yet in use on the day of the test"),
        ("AAAAA003", "2026-03-01", None),
        ("AAAAA999", "2026-03-01", "unknown credential code"),
    ],
)
def test_obsolete_and_unknown_codes_are_refused(parse: Parse, code: str, day: str, reason: str | None) -> None:
    parsed = parse(EXAMS, csv_of(EXAMS, {"CredentialCode": code, "AssessmentAdministrationDate": day}))
    assert [r[2] for r in reasons(parsed)] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("2026-04-14", dt.date(2026, 4, 14)),
        ("4/14/2026", dt.date(2026, 4, 14)),
        ("04/14/26", dt.date(2026, 4, 14)),
        ("20260414", dt.date(2026, 4, 14)),
        ("14-Apr-2026", dt.date(2026, 4, 14)),
        ("2026-04-14T16:00:00Z", dt.date(2026, 4, 14)),
        ("2026-04-14 00:00:00", dt.date(2026, 4, 14)),
        ("2026-11-22", dt.date(2026, 11, 22)),
        ("2026-11-23", "date in the future"),
        ("1026-04-14", "date before any school record"),
        ("2026-02-30", "not a date (YYYY-MM-DD or M/D/YYYY)"),
        ("46126", "not a date (YYYY-MM-DD or M/D/YYYY)"),
        ("", "required value is missing"),
    ],
)
def test_dates(parse: Parse, given: str, found: dt.date | str) -> None:
    parsed = parse(EXAMS, csv_of(EXAMS, {"AssessmentAdministrationDate": given}))
    if isinstance(found, str):
        assert reasons(parsed) == [(2, "AssessmentAdministrationDate", found)]
    else:
        assert rows(parsed, "student_records__district_exam")[0]["test_date"] == found


def test_a_district_where_everybody_passes_is_marked_from_twenty_on(parse: Parse) -> None:
    """P9: 19 say nothing, 20 do; one failure, or one who did not sit, and the mark goes or stays."""

    def district(count: int, *more: dict[str, str]) -> set[str]:
        passes = [{"StudentIdentifierState": f"8{n}", "AssessmentResult": "pass"} for n in range(count)]
        return codes_of(parse(EXAMS, csv_of(EXAMS, *passes, *more)))

    assert "passes_only" not in district(19)
    assert "passes_only" in district(20)
    assert "passes_only" not in district(20, {"AssessmentResult": "fail"})
    assert "passes_only" in district(20, {"AssessmentResult": "did_not_sit"})


def test_what_is_odd_about_the_rows_is_counted(parse: Parse) -> None:
    sha = "ab" * 32
    parsed = parse(
        EXAMS,
        csv_of(
            EXAMS,
            {"EvidenceSha256": sha, "CareerPathwayCode": "P9"},
            {"EvidenceSha256": sha, "StudentIdentifierState": "77", "CareerPathwayCode": "none"},
            {"AttemptNumber": "2", "AssessmentAdministrationDate": "2026-03-01"},
            {"AttemptNumber": "3", "AssessmentAdministrationDate": "2025-09-01"},
        ),
    )
    said = {r.code: r.message for r in parsed.remarks}
    assert said["evidence_shared"].startswith("1 evidence files")
    assert said["unknown_pathway"].startswith("1 rows")
    assert said["attempts_out_of_order"].startswith("2 attempts")
    assert said["outside_window"].startswith("1 sittings lie outside 2025-09-02 to 2026-09-01")


# -------------------------------------------------------------------------------------------------------------- vendors


def test_a_vendors_rows(parse: Parse) -> None:
    parsed = parse(
        VENDOR,
        csv_of(
            VENDOR,
            {},
            {"AssessmentResult": "did_not_sit", "AssessmentIdentifier": "Q0"},
            {"AssessmentResult": "fail", "AssessmentAdministrationDate": ""},
        ),
    )
    sat = [(r["has_sat"], r["has_passed"], r["credential_code"]) for r in rows(parsed, "vendor_exams__exam")]
    assert sat == [(True, True, "AAAAA001"), (False, False, None), (True, False, "AAAAA001")]
    exam, who = rows(parsed, "vendor_exams__exam")[0], rows(parsed, "vendor_exams__identity")[0]
    assert exam["exam_key"] == who["exam_key"]
    assert (exam["vendor_code"], exam["is_outside_window"]) == ("QUILL", False)
    assert parsed.coverage["test_date"] == pytest.approx(0.6667)


@pytest.mark.parametrize(
    ("day", "outside"),
    [("2025-09-01", True), ("2025-09-02", False), ("2026-09-01", False), ("2026-09-02", True), ("", False)],
)
def test_the_window_has_neither_gap_nor_overlap(parse: Parse, day: str, outside: bool) -> None:
    parsed = parse(VENDOR, csv_of(VENDOR, {"AssessmentAdministrationDate": day}, {"AssessmentResult": "fail"}))
    assert rows(parsed, "vendor_exams__exam")[0]["is_outside_window"] is outside
    assert ("outside_window" in codes_of(parsed)) is outside


def test_a_file_of_several_states_is_read_state_by_state(parse: Parse) -> None:
    """M14: the agreement's state alone; rows of others, or of none, are counted, whatever else is wrong with them."""
    changes = [{"StateAbbreviation": state, "CandidateIdentifier": f"c{n}"} for n, state in enumerate(STATES)]
    changes[2]["Birthdate"] = "never"
    parsed = parse("vendor_exam_file", csv_of("vendor_exam_file", *changes, {**changes[0], "AssessmentResult": "fail"}))
    used = parsed.tables["vendor_exams__exam"]
    assert used.excluded == {"row of another state": 2, "no state is given": 1}
    assert used.rows_used == 3 and used.rows_quarantined == 0 and used.rows_in == 6
    assert {row["state_postal"] for row in rows(parsed, "vendor_exams__exam")} == {"XA"}
    whole = parse("vendor_exam_file", csv_of("vendor_exam_file", {}, {"AssessmentResult": "fail"}))
    assert whole.tables["vendor_exams__exam"].excluded == {}


def test_a_file_of_passes_only_is_refused(parse: Parse) -> None:
    """M4: takers and passers."""
    parsed = parse(VENDOR, csv_of(VENDOR, {}, {"LastOrSurname": "Zzother"}))
    assert [(r.code, r.kind) for r in parsed.remarks if r.requirement == "M4"] == [("passes_only", "refused")]


def test_obsolete_and_unmapped_exams(parse: Parse) -> None:
    parsed = parse(
        VENDOR,
        csv_of(VENDOR, {"AssessmentIdentifier": "Q2"}, {"AssessmentIdentifier": "Q77"}, {"AssessmentResult": "fail"}),
    )
    assert reasons(parsed) == [(2, "AssessmentIdentifier", "exam code obsolete on the day of the test")]
    assert "unmapped_exam" in codes_of(parsed)
    assert rows(parsed, "vendor_exams__exam")[0]["credential_code"] is None


def test_names_birth_and_status_are_needed(parse: Parse) -> None:
    parsed = parse(VENDOR, csv_of(VENDOR, {"LastOrSurname": ""}, {"Birthdate": ""}, {"AssessmentResult": ""}))
    assert reasons(parsed) == [
        (2, "LastOrSurname", "required value is missing"),
        (3, "Birthdate", "birth date is missing or no day"),
        (4, "AssessmentResult", "neither a result nor who sat and passed"),
    ]


YAML = b"""
vendor: QUILL
columns:
  first_name: Given
  last_name: [Family]
  birth_month: M
  birth_day: D
  birth_year: Y
  vendor_exam_code: Exam
  test_date: {source: Day, transform: "date:%d.%m.%Y"}
  sat: {source: Took}
  passed: {source: Won}
ignore: [Batch]
"""


def yaml_map(body: bytes = YAML) -> Any:
    return read_map(body.replace(b"[Family]", b"Family"), "quill.yml", VENDOR)


def test_a_vendors_own_headers_through_a_map(parse: Parse) -> None:
    body = (
        "Given,Family,M,D,Y,Exam,Day,Took,Won,Batch\n"
        "Testa,Zzsample,2,29,2008,Q1,14.04.2026,1,1,b\n"
        "Testo,Zzsample,2,30,2008,Q1,14.04.2026,1,0,b\n"
        "Testi,Zzsample,2,28,2007,Q1,14.04.2026,0,1,b\n"
        "Teste,Zzsample,2,28,2007,Q1,14.04.2026,1,0,b\n"
    )
    parsed = parse(VENDOR, body, column_map=yaml_map())
    who = rows(parsed, "vendor_exams__identity")
    assert [(r["first_name"], r["birth_day"], r["test_date"]) for r in who] == [
        ("Testa", 29, dt.date(2026, 4, 14)),
        ("Teste", 28, dt.date(2026, 4, 14)),
    ]
    assert reasons(parsed) == [
        (3, "Y", "birth date is missing or no day"),
        (4, "Won", "passed without having sat (M3)"),
    ]


def test_a_map_is_checked_both_ways(parse: Parse) -> None:
    body = "Given,Family,M,D,Y,Exam,Day,Took,Won,Extra\nTesta,Zz,2,2,2008,Q1,14.04.2026,1,1,b\n"
    with pytest.raises(PermanentFailure, match="columns that the map does not know: 'Extra'"):
        parse(VENDOR, body, column_map=yaml_map())
    with pytest.raises(PermanentFailure, match="missing columns: Won"):
        parse(VENDOR, body.replace("Won", "Batch").replace("Extra", "Batch2"), column_map=yaml_map())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"columns: [1, 2]", "a line per field"),
        (b"columns: {first_name: [", "it is no YAML"),
        (b"columns: {nickname: N}", "unknown target 'nickname'"),
        (b"columns: {first_name: {from: N}}", "unknown words: from"),
        (b"columns: {first_name: {source: N, transform: shout}}", "unknown transform 'shout'"),
        (b"columns: {first_name: F}\ncolour: red", "unknown words: colour"),
    ],
)
def test_a_map_that_is_not_understood(body: bytes, said: str) -> None:
    with pytest.raises(PermanentFailure, match=said):
        read_map(body, "quill.yml", VENDOR)


def test_no_status_at_all(parse: Parse) -> None:
    body = csv_of(VENDOR, {}).replace("AssessmentResult", "SatFor2").replace("SatFor2", "LEAName2")
    with pytest.raises(PermanentFailure):
        parse(VENDOR, body)
    columns = ["FirstName", "LastOrSurname", "Birthdate", "AssessmentIdentifier"]
    with pytest.raises(PermanentFailure, match="no column says who sat and who passed"):
        parse(VENDOR, csv_of(VENDOR, {}, columns=columns))


# ------------------------------------------------------------------------------------------------- verdicts and layouts


def test_verdicts(parse: Parse) -> None:
    kind = "audit_verdict_file"
    parsed = parse(
        kind,
        csv_of(
            kind,
            {},
            {"Verdict": "error"},
            {"ErrorKind": "forged"},
            {"ExamKey": "XYZ"},
            {"ExamKey": "1" * 32, "Verdict": "error", "ErrorKind": "wrong date"},
        ),
    )
    assert [(r["verdict"], r["error_kind"]) for r in rows(parsed, "audit_verdicts__verdict")] == [
        ("confirmed", None),
        ("error", "wrong_date"),
    ]
    assert [r[2] for r in reasons(parsed)] == [
        "an error without its kind",
        "a kind of error where none was found",
        "not a key of the worklist (32 hex digits)",
    ]


def test_new_mexicos_layout_is_told_by_its_header(parse: Parse) -> None:
    body = (
        "DISTRICT CODE,SCHOOL YEAR DATE,STUDENT ID,LOCATION CODE,CIP CODE,DELIVERY METHOD CODE,"
        "INDUSTRY CREDENTIAL CODE,CREDENTIAL EARNED DATE\n0101,2026-06-30,77,010101,480508,CG,AAAAA001,2026-04-14\n"
    )
    (row,) = rows(parse(EXAMS, body), "student_records__district_exam")
    assert (row["result"], row["school_year"], row["reported_by"]) == ("pass", 2026, "district")


def assessment(**changed: Any) -> dict[str, Any]:
    return {
        "studentAssessmentIdentifier": "x1",
        "assessmentReference": {"assessmentIdentifier": "AAAAA001", "namespace": "uri://example.org/A"},
        "studentReference": {"studentUniqueId": "77"},
        "schoolYearTypeReference": {"schoolYear": 2026},
        "administrationDate": "2026-04-01T16:00:00Z",
        "scoreResults": [
            {"assessmentReportingMethodDescriptor": "uri://ed-fi.org/A#Scale score", "result": "712"},
        ],
        "performanceLevels": [{"performanceLevelDescriptor": "uri://ed-fi.org/PerformanceLevelDescriptor#Pass"}],
        **changed,
    }


def test_ed_fis_assessments(parse: Parse) -> None:
    failed = assessment(
        studentReference={"studentUniqueId": "78"},
        performanceLevels=None,
        scoreResults=[{"assessmentReportingMethodDescriptor": "uri://ed-fi.org/A#Pass-fail", "result": "Fail"}],
    )
    unsat = assessment(studentReference={"studentUniqueId": "79"}, reasonNotTestedDescriptor="uri://ed-fi.org/R#Absent")
    for body in (json.dumps([assessment(), failed, unsat]), "\n".join(map(json.dumps, [assessment(), failed, unsat]))):
        found = rows(parse(EXAMS, body, ".json"), "student_records__district_exam")
        assert [(r["result"], r["score"]) for r in found] == [("pass", 712.0), ("fail", None), ("did_not_sit", 712.0)]
        assert found[0]["test_date"] == dt.date(2026, 4, 1)


def test_ed_fis_cte_credentials(parse: Parse) -> None:
    body = json.dumps(
        [
            {
                "studentReference": {"studentUniqueId": "77"},
                "studentCTEProgramAssociationCredentials": [
                    {
                        "credentialEarnedDate": "2025-10-01",
                        "industryCredentialDescriptor": "uri://example.org/IndustryCredentialDescriptor#AAAAA001",
                    }
                ],
            }
        ]
    )
    (row,) = rows(parse(EXAMS, body, ".json"), "student_records__district_exam")
    assert (row["result"], row["school_year"], row["credential_code"]) == ("pass", 2026, "AAAAA001")


def test_json_that_is_something_else(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="no record is a studentAssessment"):
        parse(EXAMS, json.dumps([{"credentialIdentifier": "x"}]), ".json")
    with pytest.raises(PermanentFailure, match="the file is no JSON"):
        parse(EXAMS, '[{"a": 1}', ".json")
    with pytest.raises(PermanentFailure, match="not read from JSON"):
        parse(VENDOR, "[]", ".json")
