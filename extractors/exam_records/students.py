"""The student file and the course file of a district -> who is enrolled, who they are, what they took (B1-B4, P12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractors.exam_records.delivery import Parsed, Typing, build
from extractors.exam_records.person import person_columns, student_token
from extractors.raw_tables_students import COURSE_COMPLETION, STUDENT_IDENTITY, STUDENT_YEAR

if TYPE_CHECKING:
    import pyarrow as pa

OTHER_DISTRICT = "row of another district than the agreement's"
OTHER_YEAR = "row of another school year than the file's"
OUT_BEFORE_IN = "leaves before it enters"
_NOT_STORED = {"student_id", "ssn", "birth_date"}


def own_rows_only(typing: Typing) -> None:
    """Set aside rows of other districts and other school years."""
    import pyarrow.compute as pc

    party, year = typing.delivery.agreement.party_code, typing.delivery.school_year
    typing.set_aside(pc.not_equal(typing["district_code"], party), "district_code", OTHER_DISTRICT)
    typing.set_aside(pc.not_equal(typing["school_year"], year), "school_year", OTHER_YEAR)


def parse_students(typing: Typing) -> Parsed:
    """`student_records__student_year` and `student_records__identity`, one row each per row of the file."""
    import pyarrow.compute as pc

    own_rows_only(typing)
    token = student_token(typing)
    who, remarks = person_columns(typing, birth_needed=False)
    typing.set_aside(pc.less(typing["exited_on"], typing["entered_on"]), "exited_on", OUT_BEFORE_IN)
    enrolment = {
        c.name: typing[c.name] for c in STUDENT_YEAR.columns if c.name in typing.columns and c.name not in _NOT_STORED
    }
    enrolment["student_token"] = token
    keys = joined(token, typing["school_code"])
    identity = {"student_token": token, "school_year": typing["school_year"], **who}
    return build(typing, {STUDENT_YEAR: enrolment, STUDENT_IDENTITY: identity}, keys, remarks)


def parse_courses(typing: Typing) -> Parsed:
    """`student_records__course_completion`."""
    own_rows_only(typing)
    token = student_token(typing)
    taken = {c.name: typing[c.name] for c in COURSE_COMPLETION.columns if c.name in typing.columns}
    taken["student_token"] = token
    return build(typing, {COURSE_COMPLETION: taken}, joined(token, typing["course_code"]), [])


def joined(*columns: pa.Array) -> pa.Array:
    """Columns as one text per row, for keys; a null is an empty part."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [pc.fill_null(c.cast(pa.string()), "") for c in columns]
    return pc.binary_join_element_wise(*texts, "\x1f")
