"""The file of a vendor -> who sat for which exam, who passed (M1-M4, K10, P20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractors.exam_records import cells
from extractors.exam_records.agreements import FLAGGED, Remark, check_passes
from extractors.exam_records.codes import exam_codes
from extractors.exam_records.delivery import Parsed, Typing, build
from extractors.exam_records.exams import attempt_part, outside_window, window_mask
from extractors.exam_records.person import person_columns
from extractors.exam_records.students import joined
from extractors.failures import PermanentFailure
from extractors.raw_tables_students import VENDOR_EXAM, VENDOR_IDENTITY
from warehouse.vault.tokens import value_tokens

if TYPE_CHECKING:
    import pyarrow as pa

NO_STATUS = "neither a result nor who sat and passed"
PASSED_NOT_SAT = "passed without having sat (M3)"


def parse_vendor(typing: Typing) -> Parsed:
    """`vendor_exams__exam` and `vendor_exams__identity`.

    Raises:
        PermanentFailure: no column says what came of a sitting.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    vendor = typing.delivery.agreement.party_code
    sat, passed = _status(typing)
    who, remarks = person_columns(typing, birth_needed=True)
    exam, day = typing["vendor_exam_code"], typing["test_date"]
    credential, reasons = exam_codes(typing.delivery.crosswalk, vendor, exam, day)
    typing.problems.add_reasons(reasons, typing.frame.label("vendor_exam_code"))
    outcome = pc.binary_join_element_wise(sat.cast(pa.string()), passed.cast(pa.string()), "/")
    candidate = pc.if_else(
        pc.is_null(typing["candidate_id"]),
        pc.utf8_lower(
            joined(
                who["first_name"],
                who["middle_name"],
                who["last_name"],
                who["birth_year"],
                who["birth_month"],
                who["birth_day"],
                who["ssn_token"],
                who["zip_code"],
            )
        ),
        typing["candidate_id"],
    )
    key = value_tokens(
        typing.delivery.vault,
        f"vendor sitting {vendor}",
        joined(candidate, exam, day, attempt_part(typing["attempt_number"], outcome, typing["score"])),
    )
    good = typing.problems.good
    sitting = {
        "vendor_code": typing.repeat(vendor),
        "exam_key": key,
        "vendor_exam_code": exam,
        "vendor_exam_name": typing["vendor_exam_name"],
        "credential_code": credential,
        "test_date": day,
        "has_sat": sat,
        "has_passed": passed,
        "score": typing["score"],
        "district_name": typing["district_name"],
        "site_name": typing["site_name"],
        "is_outside_window": pa.array(window_mask(typing, day)),
    }
    identity = {
        "vendor_code": sitting["vendor_code"],
        "exam_key": key,
        "test_date": day,
        **who,
        "district_name": typing["district_name"],
    }
    remarks += [*outside_window(typing, day, good), *_unmapped(typing, exam)]
    parsed = build(typing, {VENDOR_EXAM: sitting, VENDOR_IDENTITY: identity}, key, remarks)
    used = parsed.tables[VENDOR_EXAM.full_name].table
    counted = {"sat": _count(used, "has_sat"), "passed": _count(used, "has_passed")}
    parsed.counts = counted
    parsed.remarks += check_passes(
        typing.delivery.agreement, counted["sat"], counted["passed"], counted["sat"] - counted["passed"]
    )
    return parsed


def _count(table: pa.Table, column: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(table.column(column)).as_py() or 0)


def _status(typing: Typing) -> tuple[pa.Array, pa.Array]:
    """(sat, passed) from a result, or from two flags (M3). Rows that contradict themselves are set aside."""
    import pyarrow as pa
    import pyarrow.compute as pc

    frame = typing.frame
    has = {t: frame.column(t) is not None or t in frame.transforms for t in ("result", "sat", "passed")}
    if has["result"]:
        result = typing["result"]
        typing.set_aside(pc.is_null(result), "result", NO_STATUS)
        sat, passed = pc.not_equal(result, "did_not_sit"), pc.equal(result, "pass")
    elif has["sat"] and has["passed"]:
        sat, passed = typing["sat"], pc.fill_null(typing["passed"], False)
        typing.set_aside(pc.is_null(sat), "sat", NO_STATUS)
        typing.set_aside(pc.and_(passed, pc.invert(sat)), "passed", PASSED_NOT_SAT)
    else:
        raise PermanentFailure(
            "no column says who sat and who passed",
            where=frame.name,
            expected="AssessmentResult (pass, fail, did_not_sit), or SatFor and Passed",
            remedy="map the vendor's status column to `result` with a lookup, or two to `sat` and `passed` (M3)",
        )
    return pc.fill_null(sat, False).cast(pa.bool_()), pc.fill_null(passed, False).cast(pa.bool_())


def _unmapped(typing: Typing, exam: pa.Array) -> list[Remark]:
    """Exams that the state has not mapped to a credential or set apart from them."""
    import pyarrow.compute as pc

    vendor, crosswalk = typing.delivery.agreement.party_code, typing.delivery.crosswalk
    unknown = [e for e in pc.unique(exam.drop_null()).to_pylist() if not crosswalk.knows(vendor, e)]
    if not unknown:
        return []
    rows = int(cells.as_mask(pc.is_in(exam, cells.one_array(_strings(unknown)))).sum())
    said = f"{len(unknown):,} exam codes of {rows:,} rows are not in the state's crosswalk of vendors' exams"
    return [Remark(FLAGGED, "unmapped_exam", said, "add them to vendor_exam_crosswalk", "P20")]


def _strings(values: list[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.string())
