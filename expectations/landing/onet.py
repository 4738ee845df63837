"""Landing gates of O*NET (I17, I18, K6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import ONET_SOC_CODE, between, in_set, matches, raw_contract
from expectations.suite import ENGINEER, LANDING, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd


def _code() -> Check:
    return matches("onetsoc_code", ONET_SOC_CODE, says="onetsoc_code is NN-NNNN.NN.", requirement="I17")


def _zone_range(context: GateContext) -> Check:
    low, high = context.threshold("job_zone_range")
    return between(
        "job_zone",
        low,
        high,
        says="A Job Zone is a small whole number.",
        remedy="Look at what the release publishes: the scale changed, or another column was read.",
        requirement="K6",
    )


def occupations(context: GateContext) -> list[Check]:
    """The suite of `onet__occupations`."""
    return [_code()]


def job_zones(context: GateContext) -> list[Check]:
    """The suite of `onet__job_zones`: null zones are allowed (I17: null is unknown, never a pass), but not most."""
    return [
        _code(),
        _zone_range(context),
        Check(
            name="zones_mostly_known",
            expectation="ExpectColumnProportionOfNonNullValuesToBeBetween",
            says="Most occupations of the table have a zone.",
            remedy="The download is incomplete, or the service answered without zones: capture it again.",
            arguments={"column": "job_zone", "min_value": context.threshold("min_zone_share")},
            requirement="I17",
        ),
    ]


def job_zone_reference(context: GateContext) -> list[Check]:
    """The suite of `onet__job_zone_reference`."""
    return [
        _zone_range(context),
        Check(
            name="bar_defined",
            expectation="ExpectColumnMaxToBeBetween",
            says="The reference reaches the recommended Job Zone bar.",
            remedy="The release renumbered its zones: set the policy's min_job_zone after reading the reference.",
            arguments={"column": "job_zone", "min_value": context.threshold("bar")},
            requirement="I17",
        ),
    ]


def education(context: GateContext) -> list[Check]:
    """The suite of `onet__education`: required level of education only."""
    low, high = context.threshold("category_range")
    least, most = context.threshold("percent_sum_range")
    return [
        _code(),
        in_set("element_id", ["2.D.1"], owner=ENGINEER, requirement="I17"),
        in_set("scale_id", ["RL"], owner=ENGINEER, requirement="I17"),
        between(
            "category",
            low,
            high,
            says="The category is one of the twelve levels of education.",
            remedy="The release changed its categories: read its Categories file and adapt the parser.",
            requirement="I17",
        ),
        between(
            "data_value",
            0,
            100,
            says="data_value is a percentage.",
            remedy="Another scale was read: only RL of 2.D.1 belongs here.",
        ),
        between(
            "percent_sum",
            least,
            most,
            name="percents_add_up",
            says="The percentages of an occupation add up to 100.",
            remedy=(
                "Categories are missing or doubled for these occupations; their share beyond a high-school "
                "diploma would be wrong."
            ),
            severity="warning",
            frame="occupations",
            requirement="I17",
        ),
    ]


def education_by_occupation(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per occupation: sum of its percentages; missing where the service gave none."""
    sums = frame.groupby("onetsoc_code", dropna=False)["data_value"].sum(min_count=1)
    return sums.rename("percent_sum").reset_index()


def titles(context: GateContext) -> list[Check]:
    """The suite of `onet__titles`."""
    return [_code(), in_set("title_kind", ["alternate", "reported"])]


def tasks(context: GateContext) -> list[Check]:
    """The suite of `onet__tasks`."""
    return [_code(), in_set("task_type", ["Core", "Supplemental", "n/a"])]


def _gate(
    table: str,
    key: tuple[str, ...],
    suite: Callable[[GateContext], list[Check]],
    contract: tuple[dict[str, str], tuple[str, ...]],
    frames: tuple[Frame, ...] = (),
) -> Gate:
    columns, required = contract
    return Gate(
        door=LANDING,
        table=f"onet__{table}",
        domain="identify",
        owner=ENGINEER,
        id_columns=("row_number", *key),
        key=key,
        columns=columns,
        required=required,
        checks=suite,
        frames=frames,
    )


GATES = (
    _gate("occupations", ("onetsoc_code",), occupations, raw_contract(string="onetsoc_code! title! description")),
    _gate(
        "job_zones",
        ("onetsoc_code",),
        job_zones,
        raw_contract(string="onetsoc_code! date domain_source", int64="job_zone"),
    ),
    _gate(
        "job_zone_reference",
        ("job_zone",),
        job_zone_reference,
        raw_contract(string="name! experience education job_training svp_range", int64="job_zone!"),
    ),
    _gate(
        "education",
        ("onetsoc_code", "element_id", "scale_id", "category"),
        education,
        raw_contract(
            string="onetsoc_code! element_id! scale_id! recommend_suppress date domain_source",
            int64="category!",
            float64="data_value n standard_error",
        ),
        (
            Frame(
                "occupations", "occupation", ("onetsoc_code",), ("onetsoc_code", "data_value"), education_by_occupation
            ),
        ),
    ),
    _gate(
        "titles",
        ("onetsoc_code", "job_title", "title_kind"),
        titles,
        raw_contract(string="onetsoc_code! job_title! short_title title_kind!"),
    ),
    _gate(
        "tasks",
        ("onetsoc_code", "task_id"),
        tasks,
        raw_contract(string="onetsoc_code! task! task_type date domain_source", int64="task_id!"),
    ),
)
