"""Who somebody is: birth date in parts, ZIP code, and keyed tokens in place of numbers (M1, P17).

Belongs here: the columns of the identity tables. Does not belong here: matching (`person_linkage`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from extractors.exam_records.agreements import FLAGGED, Remark
from extractors.exam_records.delivery import Typing
from warehouse.vault.tokens import ssn_tokens, state_id_tokens

if TYPE_CHECKING:
    import pyarrow as pa

NO_BIRTH_DATE = "birth date is missing or no day"
OLDEST = 1900
_ZIP = r"^\d{5}(-\d{4})?$"


def person_columns(typing: Typing, *, birth_needed: bool) -> tuple[dict[str, pa.Array], list[Remark]]:
    """The columns of an identity table, SSN as a token, and what was noticed.

    Args:
        birth_needed: rows without a whole birth date are set aside (M1: vendors).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    year, month, day = _birth(typing)
    if birth_needed:
        target = "birth_date" if typing.frame.column("birth_date") is not None else "birth_year"
        typing.set_aside(pc.is_null(year), target, NO_BIRTH_DATE)
    tokens, reasons = ssn_tokens(typing.delivery.vault, typing["ssn"])
    zip_code, odd_zips = _zip(typing["zip_code"])
    remarks = []
    counted = Counter(dict(_value_counts(reasons)))
    counted.pop("missing", None)
    if counted:
        said = ", ".join(f"{reason} ({count:,})" for reason, count in sorted(counted.items()))
        remarks.append(Remark(FLAGGED, "ssn_not_used", f"social security numbers that are none: {said}", "", "M1"))
    if odd_zips:
        remarks.append(Remark(FLAGGED, "zip_not_used", f"{odd_zips:,} ZIP codes have neither 5 nor 9 digits", "", "M1"))
    columns = {
        "ssn_token": tokens,
        **{name: typing[name] for name in ("first_name", "middle_name", "last_name", "name_suffix")},
        "birth_year": year.cast(pa.int64()),
        "birth_month": month.cast(pa.int64()),
        "birth_day": day.cast(pa.int64()),
        "home_address": typing["home_address"],
        "zip_code": zip_code,
    }
    return columns, remarks


def _value_counts(values: pa.Array) -> list[tuple[str, int]]:
    import pyarrow.compute as pc

    return [(str(v["values"]), int(v["counts"])) for v in pc.value_counts(values.drop_null()).to_pylist()]


def _birth(typing: Typing) -> tuple[pa.Array, pa.Array, pa.Array]:
    """(year, month, day), all or none of them; a date, or three columns that make one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    date = typing["birth_date"]
    parts = [pc.year(date), pc.month(date), pc.day(date)]
    names = ("birth_year", "birth_month", "birth_day")
    if all(n in typing.columns and typing.frame.column(n) is not None for n in names):
        given = [typing[n] for n in names]
        parts = [pc.if_else(pc.is_null(p), g, p) for p, g in zip(parts, given, strict=True)]
    year, month, day = parts
    limit = pc.if_else(
        pc.equal(month, 2),
        pc.if_else(_is_leap(year), 29, 28),
        pc.if_else(pc.is_in(month, pa.array([4, 6, 9, 11], month.type)), 30, 31),
    )
    today = typing.delivery.today
    whole = pc.and_(
        pc.and_(pc.and_(pc.greater_equal(month, 1), pc.less_equal(month, 12)), pc.greater_equal(day, 1)),
        pc.and_(pc.less_equal(day, limit), pc.and_(pc.greater_equal(year, OLDEST), pc.less_equal(year, today.year))),
    )
    whole = pc.fill_null(whole, False)
    none = pa.scalar(None, pa.int64())
    year, month, day = (pc.if_else(whole, p.cast(pa.int64()), none) for p in (year, month, day))
    return year, month, day


def _is_leap(year: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    def divides(by: int) -> pa.Array:
        return pc.equal(pc.subtract(year, pc.multiply(pc.divide(year, by), by)), 0)

    return pc.or_(pc.and_(divides(4), pc.invert(divides(100))), divides(400))


def _zip(column: pa.Array) -> tuple[pa.Array, int]:
    """(ZIP codes of 5 digits or 5-4, how many were none). A spreadsheet's lost zero comes back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.replace_substring_regex(column, r"^(\d{5})(\d{4})$", r"\1-\2")
    text = pc.replace_substring_regex(text, r"^(\d{4})(\.0)?$", r"0\1")
    fits = pc.match_substring_regex(text, _ZIP)
    odd = int(pc.sum(pc.invert(fits)).as_py() or 0)
    return (pc.if_else(fits, text, pa.scalar(None, pa.string())) if odd else text), odd


def student_token(typing: Typing, target: str = "student_id") -> pa.Array:
    """Tokens of the state's student ids; null where there is none."""
    return state_id_tokens(typing.delivery.vault, typing[target], typing.delivery.state)[0]
