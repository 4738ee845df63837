"""What holds of OEWS wages in any layout (I20, I22, I23); used by `bls_oews` and `state_oews`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from expectations.checks import in_range, soc_form, worded
from expectations.conditions import disordered, gap_beyond, misused_marks, wording
from expectations.suite import Check, GateContext

if TYPE_CHECKING:
    import pandas as pd

MARKS = ("*", "**", "#", "~", "blank")
PERCENTILES = ("pct10", "pct25", "median", "pct75", "pct90")
HOURLY = ("h_mean", *(f"h_{step}" for step in PERCENTILES))
ANNUAL = ("a_mean", *(f"a_{step}" for step in PERCENTILES))
NUMBERS = ("tot_emp", "emp_prse", "mean_prse", *HOURLY, *ANNUAL)


def marked(names: Sequence[str]) -> tuple[str, str]:
    """(number columns, mark columns) as `contract` wants them."""
    return " ".join(names), " ".join(f"{name}_mark" for name in names)


def annual_is_hourly(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I22: annual = 2,080 x hourly where both are published."""
    tolerance = context.threshold("annual_hourly_tolerance")
    found = []
    for step in ("mean", "median"):
        yearly = 2080 * frame[f"h_{step}"]
        found.append(gap_beyond(f"a_{step}", f"2080 x h_{step}", frame[f"a_{step}"] - yearly, yearly * tolerance))
    return wording(frame, found)


def wage_checks(context: GateContext, *, numbers: Sequence[str]) -> list[Check]:
    """The checks over employment, wages and their marks."""
    hourly, annual = tuple(context.threshold("hourly_usd_range")), tuple(context.threshold("annual_usd_range"))
    prse = tuple(context.threshold("prse_range"))
    years = tuple(context.threshold("year_range"))
    extra_annual = [name for name in numbers if name.startswith("a_") and name not in ANNUAL]
    return [
        soc_form(),
        in_range(
            {
                "tot_emp": (0, context.threshold("max_employment")),
                "emp_prse": prse,
                "mean_prse": prse,
                **dict.fromkeys(HOURLY, hourly),
                **dict.fromkeys([*ANNUAL, *extra_annual], annual),
                "reference_year": years,
            },
            says="Wages are USD per hour or year, employment is jobs, errors are percent; 0 never stands for a wage.",
            remedy=(
                "A figure out of range is a shifted column, an annual wage in an hourly column, or a 0 for 'not "
                "published': correct the column map."
            ),
            requirement="I22",
        ),
        worded(
            "marks_typed",
            [*numbers, *(f"{name}_mark" for name in numbers)],
            misused_marks(numbers, MARKS),
            says="A mark is one of * ** # ~ or blank and stands in place of a number.",
            remedy=(
                "A new mark needs a meaning before it may be read: see the field descriptions of the file, then "
                "add it to the parser."
            ),
            requirement="I22",
        ),
        worded(
            "percentiles_rise",
            [f"{kind}_{step}" for kind in "ha" for step in PERCENTILES],
            disordered(*([f"{kind}_{step}" for step in PERCENTILES] for kind in "ha")),
            says="Percentiles rise from the 10th to the 90th.",
            remedy="Columns are swapped: compare the header with the column map.",
        ),
        worded(
            "annual_is_hourly",
            ("h_mean", "a_mean", "h_median", "a_median"),
            annual_is_hourly,
            says="Where both are published the annual wage is 2,080 times the hourly wage.",
            remedy="Check that hourly and annual columns are of the same statistic; single rows may be rounding.",
            severity="warning",
            requirement="I22",
        ),
    ]
