"""Release gates of the core domain (I13-I16, X2, X6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import SOC_CODE, STATE_POSTAL, between, contract, in_set, matches, worded
from expectations.conditions import is_blank, wording
from expectations.suite import POLICY, RELEASE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "core"
OWNER = "Data engineering"
AREA_KINDS = ("nation", "state", "territory", "region", "metro")
SOC_VERSIONS = ("2018", "oews_hybrid_2019", "2010")
LEVELS = ("total", "major", "minor", "broad", "detailed", "combination", "unmapped")


def area_checks(context: GateContext) -> list[Check]:
    """The suite of `dim_area`."""
    return [
        in_set("area_kind", AREA_KINDS, requirement="X6"),
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        matches("state_fips", r"^\d{2}$", says="state_fips has two digits."),
    ]


def occupation_checks(context: GateContext) -> list[Check]:
    """The suite of `dim_occupation`."""
    low, high = context.threshold("job_zone_range")
    return [
        matches(
            "occupation_code", SOC_CODE, says="occupation_code is two digits, a hyphen, four digits.", requirement="I13"
        ),
        in_set("soc_version", SOC_VERSIONS, requirement="X3"),
        in_set("occupation_level", LEVELS, requirement="I13"),
        between(
            "job_zone",
            low,
            high,
            says="A Job Zone is a small whole number.",
            remedy="Look at int_soc_skill_aggregated.",
            requirement="K6",
        ),
        between(
            "beyond_high_school_pct",
            0,
            context.threshold("max_percent"),
            says="A percentage is between 0 and 100.",
            remedy="Look at int_soc_skill_aggregated: categories of an occupation are counted twice.",
            requirement="I17",
        ),
    ]


def policy_checks(context: GateContext) -> list[Check]:
    """The suite of `dim_policy`: a rule that decides is in force, complete and cited (X2)."""
    return [
        in_set("horizon_mode", ["long", "short", "both", "either"], owner=POLICY, requirement="I7"),
        in_set("growth_annualisation", ["simple", "cagr"], owner=POLICY, requirement="K2"),
        in_set("skill_rule", ["job_zone", "education_share", "none"], owner=POLICY, requirement="I17"),
        in_set(
            "wage_rule",
            ["living_wage", "fixed_hourly_usd", "share_of_area_median", "none"],
            owner=POLICY,
            requirement="I20",
        ),
        in_set("wage_operator", [">=", ">"], owner=POLICY, requirement="I23"),
        worded(
            "rule_complete",
            (
                "skill_rule",
                "min_job_zone",
                "min_education_share_pct",
                "wage_rule",
                "wage_family",
                "fixed_threshold_hourly_usd",
                "share_of_area_median_pct",
            ),
            rule_complete,
            says="A rule has the parameter that it compares with.",
            remedy=(
                "Every line would be unknown under this list: add the parameter to the policy seeds, with its citation."
            ),
            severity="warning",
            owner=POLICY,
            requirement="X2",
        ),
    ]


def rule_complete(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X2: the bar of each rule is there."""
    needed = (
        ("skill_rule", "job_zone", "min_job_zone"),
        ("skill_rule", "education_share", "min_education_share_pct"),
        ("wage_rule", "living_wage", "wage_family"),
        ("wage_rule", "fixed_hourly_usd", "fixed_threshold_hourly_usd"),
        ("wage_rule", "share_of_area_median", "share_of_area_median_pct"),
    )
    return wording(
        frame,
        (
            ((frame[rule] == kind) & is_blank(frame[bar]), f"{rule} is {kind} but {bar} is empty")
            for rule, kind, bar in needed
        ),
    )


def region_checks(context: GateContext) -> list[Check]:
    """The suite of `dim_region`."""
    return [
        in_set("member_type", ["county", "zip", "oews_area"], requirement="I28"),
        matches(
            "area_id",
            r"^[A-Z]{2}:.+$",
            says="A region's area_id is the postal code, a colon, the region code.",
            requirement="X6",
        ),
        between(
            "name_count",
            1,
            1,
            name="one_name_per_region",
            says="A region has one name.",
            remedy="Correct the spelling in the state's region file.",
            frame="regions",
        ),
    ]


def regions(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per region: how many names it goes by."""
    return frame.groupby("area_id", dropna=False)["region_name"].nunique().rename("name_count").reset_index()


def vintage_checks(context: GateContext) -> list[Check]:
    """The suite of `dim_vintage`: every figure can be traced to bytes, licence and attribution."""
    return [
        in_set("capture_role", ["current", "previous"]),
        matches("sha256", r"^[0-9a-f]{64}$", says="sha256 is 64 hexadecimal digits."),
        between(
            "current_count",
            0,
            1,
            name="one_current",
            says="A dataset has one current capture.",
            remedy="sources.lock.json and raw.capture disagree: build again from the lock.",
            frame="datasets",
            requirement="X2",
        ),
    ]


def datasets(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per dataset: how many of its captures are current."""
    marked = frame[["dataset"]].assign(current=frame["capture_role"] == "current")
    return marked.groupby("dataset", dropna=False).agg(current_count=("current", "sum")).reset_index()


def _gate(
    table: str,
    key: tuple[str, ...],
    words: str,
    checks: Callable[[GateContext], list[Check]],
    frames: tuple[Frame, ...] = (),
) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, key, key, columns, required, checks, frames, exact=False)


GATES = (
    _gate("dim_area", ("area_id",), "area_id! area_name! area_kind! state_postal state_fips", area_checks),
    _gate(
        "dim_occupation",
        ("soc_version", "occupation_code"),
        "occupation_key! occupation_code! soc_version! occupation_level! job_zone beyond_high_school_pct",
        occupation_checks,
    ),
    _gate(
        "dim_policy",
        ("list_id",),
        "list_id! list_title! state_postal! cycle! as_of_date! policy_id! policy_citation! horizon_mode! "
        "growth_annualisation! skill_rule! min_job_zone min_education_share_pct wage_rule! wage_operator! wage_family "
        "fixed_threshold_hourly_usd "
        "share_of_area_median_pct param_hash!",
        policy_checks,
    ),
    _gate(
        "dim_region",
        ("state_postal", "region_scheme", "member_type", "member_code"),
        "area_id! state_postal! region_scheme! region_code! region_name! member_type! member_code! capture_id!",
        region_checks,
        (Frame("regions", "region", ("area_id",), ("area_id", "region_name"), regions),),
    ),
    _gate(
        "dim_vintage",
        ("dataset", "capture_id"),
        (
            "dataset! capture_id! capture_role! data_vintage! dataset_title! publisher! licence! attribution! "
            "is_sample! sha256"
        ),
        vintage_checks,
        (Frame("datasets", "dataset", ("dataset",), ("dataset", "capture_role"), datasets),),
    ),
)
