"""Landing gates of job postings (J3, J4): a bad export never replaces a good one.

The rows are judged on a bounded sample without their text; the exact figures of every month stand in the profile,
which covers all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, between, in_set, matches, raw_contract, worded
from expectations.conditions import wording
from expectations.suite import LANDING, STATE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

SOURCE_TYPES = ("aggregator", "board", "registry", "employer")
SALARY_UNITS = ("hour", "day", "week", "month", "year")
TAXONOMIES = ("onet_soc_2019", "onet_soc_2010", "soc_2018", "soc_2010", "unknown")
_STRINGS = (
    "feed! source_type! posting_id! requisition_id url title! employer location_text city state_postal county_fips "
    "zip_code country posted_month! education_required education_preferred education_unspecified credentials_required "
    "credentials_preferred credentials_unspecified skills_required skills_preferred skills_unspecified salary_unit "
    "salary_currency salary_text industry_text naics_code occupation_text source_soc_code source_soc_taxonomy "
    "employment_type"
)
_COLUMNS, _REQUIRED = raw_contract(
    string=_STRINGS,
    int64="posting_key! position_count source_duplicate_count",
    float64=("experience_required_years experience_preferred_years experience_unspecified_years salary_min salary_max"),
    bool="is_staffing is_remote",
    date="posted_date! expired_date",
)
_PROFILE, _PROFILE_REQUIRED = raw_contract(
    string="posted_month!",
    int64=(
        "row_count! title_null_count! employer_null_count! place_null_count! text_null_count! salary_count! "
        "source_soc_count! credential_named_count! distinct_employer_count! requisition_count! position_count_sum! "
        "text_length_sum! masked_email_count! masked_phone_count! markup_count!"
    ),
    date="earliest_date! latest_date!",
)
_VERDICTS, _VERDICTS_REQUIRED = raw_contract(
    string="state_postal! title verdict! posting_feed posting_id reviewer_role! note", date="review_date!"
)


def pay_in_order(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """The lower end of the pay is not above the upper one."""
    return wording(frame, [((frame["salary_min"] > frame["salary_max"]).fillna(False), "salary_min above salary_max")])


def mostly_filled(column: str, what: str):  # type: ignore[no-untyped-def]
    """J3: a month in which a field that every posting has is missing too often."""

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        share = frame[column] / frame["row_count"]
        too_many = share > context.threshold("max_null_share")
        return wording(frame, [(too_many, f"too many postings without {what}")])

    return derive


def after_today(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J3: no posting is dated after the day on which the file came."""
    import pandas as pd

    today = pd.Timestamp(str(context.given.get("as_of") or "2999-12-31")) + pd.Timedelta(days=1)
    late = pd.to_datetime(frame["latest_date"]) > today
    return wording(frame, [(late & (not context.is_sample), "postings are dated after the day of the import")])


def posting_checks(context: GateContext) -> list[Check]:
    """The suite of `job_postings__postings`, on the sample of rows."""
    return [
        in_set("source_type", SOURCE_TYPES, requirement="J18"),
        in_set("salary_unit", SALARY_UNITS, requirement="J3"),
        in_set("source_soc_taxonomy", TAXONOMIES, requirement="X3"),
        matches("posted_month", r"^\d{4}-(0[1-9]|1[0-2])$", says="posted_month is YYYY-MM."),
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        matches("zip_code", r"^\d{5}$", says="A ZIP code has five digits.", requirement="I29"),
        matches("county_fips", r"^\d{5}$", says="A county FIPS code has five digits.", requirement="I29"),
        between(
            "position_count",
            1,
            None,
            says="A posting names at least one position.",
            remedy="Look at the column that the map takes for the number of positions.",
            requirement="J5",
        ),
        worded(
            "pay_in_order",
            ("salary_min", "salary_max"),
            pay_in_order,
            says="The lower end of the pay is not above the upper one.",
            remedy="The columns of the map are swapped, or the unit differs between them.",
            severity="warning",
            requirement="J3",
        ),
    ]


def profile_checks(context: GateContext) -> list[Check]:
    """The suite of `job_postings__month_profile`: exact, over every row."""
    return [
        *(
            worded(
                f"{what}_filled",
                (column, "row_count"),
                mostly_filled(column, what),
                says=f"Nearly all postings of a month have {what}.",
                remedy="The column map takes the wrong column, or the export was cut: preview the file again.",
                requirement="J3",
            )
            for column, what in (("title_null_count", "title"), ("employer_null_count", "employer"))
        ),
        worded(
            "not_after_today",
            ("latest_date",),
            after_today,
            says="No posting is dated after the day of the import.",
            remedy="Day and month are swapped, or the column is the closing date: correct the column map.",
            requirement="J3",
        ),
        between(
            "row_count",
            1,
            None,
            says="A month that is there has postings.",
            remedy="The profile was written wrongly: report it with the file.",
        ),
    ]


def verdict_checks(context: GateContext) -> list[Check]:
    """The suite of `occupation_verdicts__verdicts`."""
    return [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        matches(
            "verdict",
            r"^(\d{2}-\d{4}|none)$",
            says="A verdict is a SOC 2018 code, or none.",
            remedy="Write the detailed code NN-NNNN, or none where no occupation can be told.",
            requirement="J7",
        ),
    ]


GATES = (
    Gate(
        door=LANDING,
        table="job_postings__postings",
        domain="postings",
        owner=STATE,
        id_columns=("row_number", "feed"),
        key=("posting_id",),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=posting_checks,
    ),
    Gate(
        door=LANDING,
        table="occupation_verdicts__verdicts",
        domain="postings",
        owner=STATE,
        id_columns=("row_number", "title"),
        key=("row_number",),
        columns=_VERDICTS,
        required=_VERDICTS_REQUIRED,
        checks=verdict_checks,
    ),
    Gate(
        door=LANDING,
        table="job_postings__month_profile",
        domain="postings",
        owner=STATE,
        id_columns=("posted_month",),
        key=("posted_month",),
        columns=_PROFILE,
        required=_PROFILE_REQUIRED,
        checks=profile_checks,
    ),
)
