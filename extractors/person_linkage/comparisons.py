"""What is compared with what, and in which degrees two rows can agree: the levels of the Splink model.

Belongs here: the levels, from strongest to weakest, as SQL over `_l` (exam) and `_r` (student) columns of
`normalise`. Does not belong here: how much a level weighs (the stored model, by `training`), who is linked (`decide`).

Two names the wrong way round are one event, so they count once, under the surname; the first name is then silent.
Address and ZIP move together and are one comparison for that reason; so are month, day and year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_SWAPPED = "first_l = last_r and first_r = last_l"
_DAY_MONTH = "born_day_l = born_month_r and born_month_l = born_day_r and born_year_l = born_year_r"
_ONE_MISSING = "(born_month_l is null)::int + (born_day_l is null)::int + (born_year_l is null)::int = 1"
_NOT_APART = (
    "coalesce(born_month_l = born_month_r, true) and coalesce(born_day_l = born_day_r, true) "
    "and coalesce(born_year_l = born_year_r, true)"
)
_AGREEING = (
    "coalesce(born_month_l = born_month_r, false)::int + coalesce(born_day_l = born_day_r, false)::int "
    "+ coalesce(born_year_l = born_year_r, false)::int"
)


def _slip(column: str, jaro_winkler: float) -> str:
    """One keystroke apart, or as alike as two slips leave a long name; a name of three letters is no other's typo."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"least(length({left}), length({right})) >= 4 and (damerau_levenshtein({left}, {right}) <= 1 "
        f"or jaro_winkler_similarity({left}, {right}) >= {jaro_winkler})"
    )


def _alike(column: str, jaro_winkler: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {jaro_winkler}"


def _comparison(name: str, null: str, levels: Sequence[tuple[str, str]], tf: str = "") -> dict[str, Any]:
    """A Splink comparison. `tf` is the column whose frequency weighs the first of the levels named exact."""
    made: list[dict[str, Any]] = [{"sql_condition": null, "label_for_charts": "unknown", "is_null_level": True}]
    for label, condition in levels:
        level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": label}
        if tf and label == "exact":
            level |= {"tf_adjustment_column": tf, "tf_adjustment_weight": 1.0}
        made.append(level)
    made.append({"sql_condition": "ELSE", "label_for_charts": "other"})
    return {"output_column_name": name, "comparison_levels": made}


COMPARISONS: tuple[dict[str, Any], ...] = (
    _comparison(
        "first_name",
        f"first_l is null or first_r is null or ({_SWAPPED})",
        (
            ("exact", "first_l = first_r"),
            ("nickname", "list_has_any(nicks_l, nicks_r)"),
            ("middle", "(first_l = middle_r or middle_l = first_r) and length(first_l) > 1 and length(first_r) > 1"),
            (
                "start",
                "(least(length(first_l), length(first_r)) >= 3 and (starts_with(first_l, first_r) "
                "or starts_with(first_r, first_l))) or list_has_any(first_parts_l, first_parts_r)",
            ),
            ("slip", _slip("first", 0.92)),
            ("alike", _alike("first", 0.80)),
        ),
        tf="first",
    ),
    _comparison(
        "last_name",
        "last_l is null or last_r is null",
        (
            ("swapped", _SWAPPED),
            ("exact", "last_l = last_r"),
            ("part", "list_has_any(last_parts_l, last_parts_r)"),
            ("slip", _slip("last", 0.93)),
            ("alike", _alike("last", 0.85)),
        ),
        tf="last",
    ),
    _comparison(
        "birth_date",
        "coalesce(born_month_l, born_day_l, born_year_l) is null "
        "or coalesce(born_month_r, born_day_r, born_year_r) is null",
        (
            ("exact", "born_l = born_r"),
            ("day_month", _DAY_MONTH),
            ("incomplete", f"{_ONE_MISSING} and {_NOT_APART}"),
            ("one_off", f"{_AGREEING} = 2"),
        ),
    ),
    _comparison(
        "middle_name",
        "middle_l is null or middle_r is null",
        (
            ("exact", "middle_l = middle_r and length(middle_l) > 1"),
            ("initial", "middle_l[1] = middle_r[1] and least(length(middle_l), length(middle_r)) = 1"),
        ),
    ),
    _comparison(
        "place",
        "(zip_l is null and home_l is null) or (zip_r is null and home_r is null)",
        (
            ("home", "zip_l = zip_r and home_l = home_r"),
            ("zip", "zip_l = zip_r"),
            ("address", "home_l = home_r"),
            ("area", "zip_l[1:3] = zip_r[1:3]"),
        ),
    ),
    _comparison("ssn", "ssn_l is null or ssn_r is null", (("exact", "ssn_l = ssn_r"),)),
)

COLUMNS = (
    "first", "first_parts", "nicks", "last", "last_parts", "middle", "born", "born_month", "born_day", "born_year",
    "zip", "home", "ssn",
)  # fmt: skip
"""The columns of `normalise` that the levels read."""
TF_COLUMNS = ("first", "last")


def labels(comparison: dict[str, Any]) -> dict[int, str]:
    """Splink's number of a level -> its name: -1 is unknown, 0 the last one."""
    known = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
    return {-1: "unknown"} | {len(known) - 1 - i: level["label_for_charts"] for i, level in enumerate(known)}
