"""The exam file of a district -> every sitting, passed or failed (P1, P9-P16, P20, P21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractors.exam_records import cells
from extractors.exam_records.agreements import FLAGGED, Remark, check_district_passes
from extractors.exam_records.codes import code_problems
from extractors.exam_records.delivery import Parsed, Typing, build
from extractors.exam_records.person import student_token
from extractors.exam_records.students import joined, own_rows_only
from extractors.raw_tables_students import DISTRICT_EXAM
from warehouse.vault.tokens import value_tokens

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from warehouse.vault.keyring import Vault

NOT_AN_ATTEMPT = "attempts are counted from 1"
NO_PATHWAY = "none"


def parse_exams(typing: Typing) -> Parsed:
    """`student_records__district_exam`."""
    import pyarrow.compute as pc

    own_rows_only(typing)
    code, day, result = typing["credential_code"], typing["test_date"], typing["result"]
    typing.problems.add_reasons(code_problems(typing.delivery.codes, code, day), typing.frame.label("credential_code"))
    typing.set_aside(pc.less(typing["attempt_number"], 1), "attempt_number", NOT_AN_ATTEMPT)
    token = student_token(typing)
    part = attempt_part(typing["attempt_number"], result, typing["score"])
    key = sitting_keys(typing.delivery.vault, typing["district_code"], token, code, day, part)
    sittings = {c.name: typing[c.name] for c in DISTRICT_EXAM.columns if c.name in typing.columns}
    sittings |= {
        "exam_key": key,
        "student_token": token,
        "reported_by": pc.fill_null(typing["reported_by"], "district"),
        "evidence_student_token": student_token(typing, "evidence_student_id"),
    }
    good = typing.problems.good
    remarks = [*_pathways(typing, good), *_evidence(typing, token, good), *_order(token, code, day, typing, good)]
    parsed = build(typing, {DISTRICT_EXAM: sittings}, key, remarks)
    used = parsed.tables[DISTRICT_EXAM.full_name].table
    sat = int(pc.sum(pc.is_in(used.column("result"), pa_strings("pass", "fail"))).as_py() or 0)
    passed = int(pc.sum(pc.equal(used.column("result"), "pass")).as_py() or 0)
    parsed.counts = {"sat": sat, "passed": passed}
    parsed.remarks += check_district_passes(sat, passed, typing.delivery.min_passes)
    parsed.remarks += outside_window(typing, day, good)
    return parsed


def sitting_keys(
    vault: Vault, district: pa.Array, token: pa.Array, code: pa.Array, day: pa.Array, part: pa.Array
) -> pa.Array:
    """`exam_key` of sittings that a district reports; `part` is an `attempt_part`."""
    return value_tokens(vault, "district sitting", joined(district, token, code, day, part))


def pa_strings(*values: str) -> pa.Array:
    """A string array."""
    import pyarrow as pa

    return pa.array(values, pa.string())


def attempt_part(number: pa.Array, result: pa.Array, score: pa.Array) -> pa.Array:
    """What tells two sittings of one day apart: the attempt as reported, else what came of it (P21: no cap)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(
        pc.is_null(number), pc.binary_join_element_wise("?", joined(result, score), ""), number.cast(pa.string())
    )


def outside_window(typing: Typing, day: pa.Array, good: np.ndarray) -> list[Remark]:  # type: ignore[type-arg]
    """How many sittings lie outside the year of the file (M2)."""
    count = int((window_mask(typing, day) & good).sum())
    first, last = typing.delivery.agreement.window(typing.delivery.school_year)
    said = f"{count:,} sittings lie outside {first} to {last}, the year of the file"
    return [Remark(FLAGGED, "outside_window", said, "", "M2")] if count else []


def window_mask(typing: Typing, day: pa.Array) -> np.ndarray:  # type: ignore[type-arg]
    """Rows whose day lies outside the year of the file; a missing day lies in it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first, last = (pa.scalar(d, pa.date32()) for d in typing.delivery.agreement.window(typing.delivery.school_year))
    return cells.as_mask(pc.or_(pc.less(day, first), pc.greater(day, last)))


def _pathways(typing: Typing, good: np.ndarray) -> list[Remark]:  # type: ignore[type-arg]
    """P15: a pathway is one that the state knows, or none."""
    import pyarrow.compute as pc

    known = typing.delivery.pathways
    if not known:
        return []
    column = typing["pathway_code"]
    strange = cells.as_mask(pc.invert(pc.is_in(column, pa_strings(*known, NO_PATHWAY)))) & cells.as_mask(
        pc.is_valid(column)
    )
    count = int((strange & good).sum())
    said = f"{count:,} rows name a pathway that the state's course crosswalk does not have"
    return [Remark(FLAGGED, "unknown_pathway", said, "", "P15")] if count else []


def _evidence(typing: Typing, token: pa.Array, good: np.ndarray) -> list[Remark]:  # type: ignore[type-arg]
    """P16: the same evidence for two students."""
    import pyarrow as pa
    import pyarrow.compute as pc

    has = cells.as_mask(pc.is_valid(typing["evidence_sha256"])) & good
    if not has.any():
        return []
    pairs = pa.table({"evidence": typing["evidence_sha256"], "student": token}).filter(pa.array(has))
    students = pairs.group_by("evidence").aggregate([("student", "count_distinct")])
    shared = int(pc.sum(pc.greater(students.column("student_count_distinct"), 1)).as_py() or 0)
    said = f"{shared:,} evidence files stand behind sittings of more than one student"
    return [Remark(FLAGGED, "evidence_shared", said, "look at them in the next audit", "P16")] if shared else []


def _order(token: pa.Array, code: pa.Array, day: pa.Array, typing: Typing, good: np.ndarray) -> list[Remark]:  # type: ignore[type-arg]
    """P13: a later attempt of a student at a credential is not on an earlier day."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    number = typing["attempt_number"]
    at = np.flatnonzero(good & cells.as_mask(pc.is_valid(number)))
    if not len(at):
        return []
    rows = pa.array(at)
    who = joined(token.take(rows), code.take(rows)).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    days = day.take(rows).cast(pa.int32()).to_numpy(zero_copy_only=False)
    attempts = number.take(rows).to_numpy(zero_copy_only=False)
    order = np.lexsort((attempts, who))
    same = who[order][1:] == who[order][:-1]
    back = same & (days[order][1:] < days[order][:-1])
    count = int(back.sum())
    said = f"{count:,} attempts have a higher number and an earlier day than another one"
    return [Remark(FLAGGED, "attempts_out_of_order", said, "", "P13")] if count else []
