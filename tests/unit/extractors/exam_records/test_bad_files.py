"""What a file may be instead of a table; messages name columns, rows and remedies, never a cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from extractors.exam_records.delivery import Parsed
from extractors.failures import PermanentFailure
from tests.unit.extractors.exam_records.files import EXAM, codes_of, csv_of, reasons

Parse = Callable[..., Parsed]
EXAMS = "district_exam_file"
HEADER = csv_of(EXAMS).split("\n", 1)[0]


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


def used(parsed: Parsed) -> list[dict[str, Any]]:
    return next(iter(parsed.tables.values())).table.to_pylist()


def test_zip_bomb(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="zip bomb"):
        parse(EXAMS, zipped(exams__csv=b"a" * (64 << 20)), ".zip")


def test_a_workbook_may_be_a_bomb_too(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="zip bomb"):
        parse(EXAMS, zipped(sheet__xml=b"a" * (64 << 20)), ".xlsx")


def test_a_container_in_a_container(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="holds another one"):
        parse(EXAMS, zipped(inner__csv=zipped(exams__csv=b"x")), ".zip")


def test_a_container_with_names_that_lead_out(parse: Parse) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../etc/exams.csv", csv_of(EXAMS))
    with pytest.raises(PermanentFailure, match="leads out"):
        parse(EXAMS, target.getvalue(), ".zip")


def test_a_damaged_container(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="cut off or damaged"):
        parse(EXAMS, zipped(exams__csv=csv_of(EXAMS).encode())[:-30], ".zip")


def test_several_files_in_a_container_are_one_delivery(parse: Parse) -> None:
    one, two = csv_of(EXAMS, {}), csv_of(EXAMS, {"AttemptNumber": "2"}, {"AttemptNumber": "0"})
    parsed = parse(EXAMS, zipped(a__csv=one.encode(), b__csv=two.encode()), ".zip")
    assert [r["row_number"] for r in used(parsed)] == [2, 4]
    assert reasons(parsed) == [(5, "AttemptNumber", "attempts are counted from 1")]


def test_one_endless_line(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="line 2 is longer than 1,048,576"):
        parse(EXAMS, HEADER + "\n" + "x" * (3 << 20))


def test_a_quote_that_is_never_closed(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="not well-formed CSV"):
        parse(EXAMS, csv_of(EXAMS, {}) + '"never closed')


def test_nul_bytes(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="NUL bytes, the first in line 2"):
        parse(EXAMS, csv_of(EXAMS, {}).replace("9000000001", "90000\x0000001"))


def test_html_in_disguise_and_nothing_at_all(parse: Parse) -> None:
    with pytest.raises(PermanentFailure, match="web page"):
        parse(EXAMS, "<!DOCTYPE html><html><body>Please log in</body></html>")
    with pytest.raises(PermanentFailure, match="empty"):
        parse(EXAMS, b"")


@pytest.mark.parametrize(
    ("encoding", "note"), [("utf-8-sig", None), ("utf-16", "encoding"), ("cp1252", "encoding"), ("utf-8", None)]
)
def test_encodings(parse: Parse, encoding: str, note: str | None) -> None:
    body = csv_of("vendor_exam_file", {"LastOrSurname": "Zzsämple-Núñez"}, {"AssessmentResult": "fail"})
    parsed = parse("vendor_exam_file", body.encode(encoding))
    identity = parsed.tables["vendor_exams__identity"].table.to_pylist()
    assert identity[0]["last_name"] == "Zzsämple-Núñez"
    assert ("encoding" in codes_of(parsed)) == (note is not None)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(parse: Parse, delimiter: str) -> None:
    assert len(used(parse(EXAMS, csv_of(EXAMS, {}).replace(",", delimiter)))) == 1


def test_a_workbook(parse: Parse) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(EXAM))
    sheet.append([v if k != "AttemptNumber" else 1 for k, v in EXAM.items()])
    target = io.BytesIO()
    book.save(target)
    (row,) = used(parse(EXAMS, target.getvalue(), ".xlsx"))
    assert (row["attempt_number"], row["district_code"]) == (1, "0101")


def test_duplicate_headers(parse: Parse) -> None:
    body = csv_of(EXAMS, {}).replace("AssessmentScore", "AssessmentResult ")
    with pytest.raises(PermanentFailure, match="columns H, I are named alike") as refused:
        parse(EXAMS, body)
    assert "9000000001" not in str(refused.value)


def test_unknown_columns_are_refused_by_name_with_the_nearest(parse: Parse) -> None:
    body = csv_of(EXAMS, {}).replace("AssessmentScore", "AssesmentScore").replace("CourseIdentifier", "Zebra")
    with pytest.raises(PermanentFailure, match=r"'AssesmentScore' \(close: AssessmentScore, .*\), 'Zebra'"):
        parse(EXAMS, body)


def test_missing_required_columns_are_named(parse: Parse) -> None:
    columns = [h for h in HEADER.split(",") if h not in ("AssessmentResult", "StudentIdentifierState")]
    with pytest.raises(PermanentFailure, match="missing columns: StudentIdentifierState or student_id, AssessmentR"):
        parse(EXAMS, csv_of(EXAMS, {}, columns=columns))


def test_a_file_without_a_header_shows_no_person(parse: Parse) -> None:
    full = csv_of("course_file", {"CareerPathwayCode": "P", "CourseSectionEndDate": "2026-05-01"}).split("\n", 1)[1]
    gaps = csv_of("student_file", {}, {}).split("\n", 1)[1]
    for kind, body, said in (("course_file", full, "no header: 0 of"), ("student_file", gaps, "have no name")):
        with pytest.raises(PermanentFailure, match=said) as refused:
            parse(kind, body)
        for secret in ("Zzsample", "Testa", "9000000001", "Nowhere"):
            assert secret not in str(refused.value)


@pytest.mark.parametrize(
    "column",
    ["FRL", "Free_Reduced Lunch", "freeReducedLunchStatus", "FRL_STATUS", "NSLP flag", "Lunch-Status", "FARMS",
     "TeacherEvaluationScore", "teacher_eval uation", "VAM2", "Educator Effectiveness"],
)  # fmt: skip
def test_denied_columns_in_any_spelling(parse: Parse, column: str) -> None:
    body = csv_of(EXAMS, {}).replace("CourseIdentifier", column)
    with pytest.raises(PermanentFailure, match="must not be delivered") as refused:
        parse(EXAMS, body)
    assert "M10" in str(refused.value)


def test_low_income_is_for_the_states_system_alone(parse: Parse) -> None:
    """K11: a district's student file says it, a vendor's file must not."""
    assert used(parse("student_file", csv_of("student_file", {})))[0]["is_economically_disadvantaged"] is True
    body = csv_of("vendor_exam_file", {}).replace("TestingSite", "Economically Disadvantaged")
    with pytest.raises(PermanentFailure, match="K11"):
        parse("vendor_exam_file", body)


def test_blank_ragged_and_repeated_rows_are_accounted_for(parse: Parse) -> None:
    line = csv_of(EXAMS, {}).splitlines()[1]
    body = "\n".join([HEADER, line, "", "," * HEADER.count(","), "0101,only,three", line + ",more", line]) + "\n"
    parsed = parse(EXAMS, body)
    table = parsed.tables["student_records__district_exam"]
    assert (table.rows_in, table.rows_used, table.excluded) == (6, 1, {"blank row": 2, "repeated row": 1})
    assert reasons(parsed) == [(5, "", "wrong number of fields"), (6, "", "wrong number of fields")]


def test_formula_cells_stay_text_and_are_flagged(parse: Parse) -> None:
    changes = {"EvidenceFileName": "=HYPERLINK(1)", "EvidenceArea": "@SUM(A1)", "AssessmentScore": "-5"}
    parsed = parse(EXAMS, csv_of(EXAMS, changes))
    assert used(parsed)[0]["evidence_name"] == "=HYPERLINK(1)"
    (remark,) = [r for r in parsed.remarks if r.code == "formula_cells"]
    assert "EvidenceArea (1), EvidenceFileName (1)" in remark.message
    assert "HYPERLINK" not in remark.message


def test_a_header_and_no_row(parse: Parse) -> None:
    assert parse(EXAMS, HEADER + "\n").tables["student_records__district_exam"].rows_used == 0


def test_a_trailing_comma_is_no_column(parse: Parse) -> None:
    assert len(used(parse(EXAMS, csv_of(EXAMS, {}).replace("\n", ",\n")))) == 1


def test_reasons_never_hold_a_cell(parse: Parse) -> None:
    changes = [
        {"AssessmentAdministrationDate": "Zzsecret"},
        {"AssessmentScore": "Zzsecret"},
        {"AssessmentResult": "Zzsecret"},
        {"EvidenceSha256": "Zzsecret"},
        {"CredentialCode": "Zzsecret"},
        {"SchoolYear": "Zzsecret"},
        {"LEAIdentifierSea": "Zzsecret"},
    ]
    parsed = parse(EXAMS, csv_of(EXAMS, *changes))
    assert parsed.quarantine.num_rows == len(changes)
    assert "Zzsecret" not in str(parsed.quarantine.to_pylist()) + str(parsed.remarks) + str(parsed.reasons)
