"""What the policy tables of `dbt_project/seeds/policy` may hold: columns, types, keys, parameters, measures.

Belongs here: the declarations. Not here: reading and judging files (`policy.py`, `policy_checks.py`), the rules
themselves (SQL). A test holds the columns against `_policy__seeds.yml` and the parameters and measures against the SQL
that reads them, so neither can drift.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

COMMON = "common"
"""The policy that holds the settings shared by all policies."""

SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]*")
POSTAL = re.compile(r"[A-Z]{2}")
AREA = re.compile(r"[A-Z]{2}(:[^\s:|]+)?")
LINE = re.compile(r"\d{2}-\d{4}")
URL = re.compile(r"https?://\S+")
CONDITION = re.compile(r"demand\.[a-z0-9_]+")


OF_ATTAINMENT = (
    "accountability_weight.csv",
    "attainment_crossing.csv",
    "attainment_goal.csv",
    "attainment_list.csv",
    "attainment_parameter.csv",
    "data_agreement.csv",
    "data_agreement_amendment.csv",
    "denied_column.csv",
    "district_reporting.csv",
    "exam_file_rule.csv",
    "state_parameter.csv",
    "training_attendance.csv",
)
"""Policy files of attainment: no list is decided by them, so dbt's column types and tests judge them, and the register
of agreements its own (`extractors.exam_records.register`)."""


@dataclass(frozen=True)
class Column:
    """One column of a policy table.

    Attributes:
        type: DuckDB type, as the seed's `column_types` has it.
        required: an empty cell is an error.
        choices: the only values allowed, if limited.
        pattern, shape: what a text must look like, as a rule and in words.
        low, high: bounds of a number, both allowed.
    """

    name: str
    type: str = "varchar"
    required: bool = False
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    shape: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One policy table: its columns and the columns that identify a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name of its CSV."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]


@dataclass(frozen=True)
class Parameter:
    """A setting that the SQL reads by name.

    Attributes:
        kind: choice | number | whole | text.
        decides: demand | skill | wage | list (which lines there are), credential (which credentials are listed), or
            stability | flag (nothing enters or leaves).
        common_only: read from the `common` policy without a list or a date: neither a policy nor a list overrides it.
    """

    kind: str
    decides: str
    unit: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    common_only: bool = False

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.kind == "choice":
            return "one of: " + ", ".join(self.choices)
        if self.kind == "text":
            return f"a text ({self.unit})"
        said = "a whole number" if self.kind == "whole" else "a number"
        bounds = [
            f"{'above' if self.above_low else 'from'} {self.low:g}" if self.low is not None else "",
            f"to {self.high:g}" if self.high is not None else "",
        ]
        return " ".join([said, *filter(None, bounds)]) + f" ({self.unit})"


OPERATORS = (">=", ">")
AREA_KINDS = ("all", "state", "region")
DECISIONS = ("add", "remove", "accept_anomaly")
CREDENTIAL_DECISIONS = ("add", "remove", "retier", "accept_size_change")

MEASURES: Mapping[str, tuple[float | None, float | None]] = MappingProxyType(
    {
        "annual_openings": (0, None),
        "base_jobs": (0, None),
        "growth_annual_pct": (-100, 1000),
        "growth_simple_pct": (-100, 1000),
        "growth_cagr_pct": (-100, 1000),
        "growth_total_pct": (-100, 10_000),
        "growth_above_area_points": (-100, 1000),
        "growth_vs_area_pct": (None, None),
        "jobs_per_year": (None, None),
        "openings_share_pct": (0, 100),
    }
)
"""Measure of a demand condition -> lowest and highest threshold that makes sense."""


def _number(
    decides: str, unit: str, low: float, high: float, *, above_low: bool = False, common_only: bool = False
) -> Parameter:
    return Parameter("number", decides, unit, (), low, high, above_low, common_only)


def _choice(decides: str, *choices: str, common_only: bool = False) -> Parameter:
    return Parameter("choice", decides, "|".join(choices), choices=choices, common_only=common_only)


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "demand.growth_annualisation": _choice("demand", "simple", "cagr"),
        "demand.horizon_mode": _choice("demand", "long", "short", "both", "either"),
        "projections.source": _choice("list", "projections_central", "state"),
        "skill.rule": _choice("skill", "job_zone", "education_share", "none"),
        "skill.min_job_zone": Parameter("whole", "skill", "Job Zone", low=1, high=5),
        "skill.min_education_share_pct": _number("skill", "percent of respondents", 0, 100),
        "skill.line_pass_share": _number("skill", "share 0-1", 0, 1),
        "skill.onet_aggregate": _choice("skill", "base_else_max", "max", common_only=True),
        "wage.rule": _choice("wage", "living_wage", "fixed_hourly_usd", "share_of_area_median", "none"),
        "wage.family": Parameter("text", "wage", "family composition, e.g. 1A1C"),
        "wage.geo_level": _choice("wage", "state", "region"),
        "wage.operator": _choice("wage", *OPERATORS),
        "wage.threshold_hourly_usd": _number("wage", "USD per hour", 0, 1000, above_low=True),
        "wage.share_of_area_median_pct": _number("wage", "percent", 0, 1000, above_low=True),
        "wage.max_age_years": _number("flag", "years", 0, 100),
        "wage.hours_per_year": _number("wage", "hours", 0, 8784, above_low=True, common_only=True),
        "stability.standard_errors": _number("stability", "standard errors", 0, 10),
        "review.min_sector_share_pct": _number("flag", "percent", 0, 100),
        "reconciliation.tolerance_pct": _number("flag", "percent", 0, 100, common_only=True),
        "agriculture.min_share_pct": _number("flag", "percent", 0, 100),
        "source.warn_age_years": _number("flag", "years", 0, 100),
        "source.max_age_years": _number("flag", "years", 0, 100),
        "process.required_sectors": Parameter("text", "flag", "sectors separated by |"),
        "list.review_cycle_years": _number("flag", "years", 0, 100),
        "soc.max_unmapped_share_pct": _number("flag", "percent", 0, 100, common_only=True),
        "posting.window_months": Parameter("whole", "credential", "months", low=1, high=120),
        "posting.duplicate_window_days": Parameter("whole", "credential", "days", low=1, high=730, common_only=True),
        "posting.duplicate_similarity": _number("credential", "share 0-1", 0.5, 1, common_only=True),
        "posting.weight_cap": _number("credential", "positions", 1, 10_000),
        "posting.soc_accept_score": _number("credential", "probability 0-1", 0, 1, common_only=True),
        "posting.soc_review_score": _number("credential", "probability 0-1", 0, 1, common_only=True),
        "posting.max_uncoded_pct": _number("flag", "percent", 0, 100, common_only=True),
        "posting.min_credential_fill_pct": _number("flag", "percent", 0, 100, common_only=True),
        "posting.max_unmapped_place_pct": _number("flag", "percent", 0, 100, common_only=True),
        "posting.unlisted_min_employers": _number("flag", "employers", 1, 1_000_000, common_only=True),
        "posting.clustered_quotient": _number("flag", "location quotient", 0, 100, common_only=True),
        "posting.emerging_min_postings": _number("flag", "openings", 1, 1_000_000, common_only=True),
        "posting.emerging_growth_pct": _number("flag", "percent", 0, 10_000, common_only=True),
        "posting.emerging_small_jobs": _number("flag", "jobs", 0, 10_000_000, common_only=True),
        "credential.evidence": _choice("credential", "asked", "required_or_preferred", "required"),
        "credential.rule": _choice("credential", "all", "any"),
        "credential.postings_measure": _choice("credential", "both", "share", "count"),
        "credential.min_postings_pct": _number("credential", "percent", 0, 100),
        "credential.min_postings_count": _number("credential", "openings", 0, 1_000_000),
        "credential.min_employers_count": _number("credential", "employers", 0, 1_000_000),
        "credential.min_occupations_count": _number("credential", "occupations", 0, 867),
        "credential.near_miss_pct": _number("flag", "percent of the threshold", 0, 100),
        "credential.confidence_z": _number("stability", "standard errors", 0, 10),
        "credential.pay_min_postings": _number("flag", "openings", 2, 1_000_000),
        "credential.portability_min_employers": _number("flag", "employers", 1, 1_000_000),
        "credential.entry_wage": _choice("flag", "p25", "median", common_only=True),
        "credential.registry_max_age_days": _number("flag", "days", 1, 3650, common_only=True),
        "credential.list_size_change_pct": _number("credential", "percent", 0, 1000),
        "credential.sunset_years": _number("flag", "years", 0, 100, common_only=True),
    }
)
"""Every setting with a fixed name. The thresholds of demand conditions have the names that the policy gives them."""

RULE_SETTING = MappingProxyType(
    {
        ("skill.rule", "job_zone"): "skill.min_job_zone",
        ("skill.rule", "education_share"): "skill.min_education_share_pct",
        ("wage.rule", "living_wage"): "wage.family",
        ("wage.rule", "fixed_hourly_usd"): "wage.threshold_hourly_usd",
        ("wage.rule", "share_of_area_median"): "wage.share_of_area_median_pct",
    }
)
"""(rule, its value) -> the setting that holds its bar."""

_POLICY_ID = Column("policy_id", required=True, pattern=SLUG, shape="small letters, digits, _ . -")
_LIST_ID = Column("list_id", required=True, pattern=SLUG, shape="small letters, digits, _ . -")
_AREA_ID = Column("area_id", required=True, pattern=AREA, shape="a postal code, or POSTAL:region, e.g. XA or XA:01")
_LINE_CODE = Column("line_code", required=True, pattern=LINE, shape="an occupation code such as 29-1141")
_EFFECTIVE = (Column("effective_from", "date", required=True), Column("effective_to", "date"))
_DECIDED = (
    Column("reason", required=True),
    Column("decided_by_role", required=True),
    Column("decided_on", "date", required=True),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            Table(
                "policy",
                (
                    _POLICY_ID,
                    Column("title", required=True),
                    Column("state_postal", pattern=POSTAL, shape="two capital letters"),
                    Column("list_year", "integer", low=1990, high=2200),
                    Column("how_read", required=True),
                    Column("citation", required=True),
                    Column("citation_url", pattern=URL, shape="an address that begins with http:// or https://"),
                    Column("note"),
                ),
                ("policy_id",),
            ),
            Table(
                "policy_parameter",
                (
                    _POLICY_ID,
                    Column("parameter", required=True),
                    Column("value", required=True),
                    Column("unit"),
                    *_EFFECTIVE,
                    Column("citation", required=True),
                    Column("note"),
                ),
                ("policy_id", "parameter", "effective_from"),
            ),
            Table(
                "policy_demand_condition",
                (
                    _POLICY_ID,
                    Column("parameter", required=True, pattern=CONDITION, shape="demand. and a name of its own"),
                    Column("area_kind", required=True, choices=AREA_KINDS),
                    Column("alternative", "integer", required=True, low=1, high=99),
                    Column("measure", required=True, choices=tuple(MEASURES)),
                    Column("operator", required=True, choices=OPERATORS),
                    Column("threshold", "double", required=True),
                    Column("unit", required=True),
                    *_EFFECTIVE,
                    Column("citation", required=True),
                ),
                ("policy_id", "parameter", "effective_from"),
            ),
            Table(
                "occupation_list",
                (
                    _LIST_ID,
                    Column("title", required=True),
                    Column("state_postal", required=True, pattern=POSTAL, shape="two capital letters"),
                    Column("cycle", required=True),
                    Column("as_of_date", "date", required=True),
                    _POLICY_ID,
                    Column("include_regions", "boolean", required=True),
                    Column("owner", required=True),
                ),
                ("list_id",),
            ),
            Table(
                "list_parameter",
                (
                    _LIST_ID,
                    Column("parameter", required=True),
                    Column("value", required=True),
                    Column("unit"),
                    Column("reason", required=True),
                    Column("citation", required=True),
                ),
                ("list_id", "parameter"),
            ),
            Table(
                "occupation_decision",
                (
                    _LIST_ID,
                    _AREA_ID,
                    _LINE_CODE,
                    Column("decision", required=True, choices=DECISIONS),
                    *_DECIDED,
                    Column("expires_on", "date"),
                    Column("citation"),
                ),
                ("list_id", "area_id", "line_code", "decided_on"),
            ),
            Table(
                "credential_decision",
                (
                    _LIST_ID,
                    _AREA_ID,
                    Column("credential_code", required=True),
                    Column("decision", required=True, choices=CREDENTIAL_DECISIONS),
                    Column("tier"),
                    *_DECIDED,
                    Column("expires_on", "date"),
                    Column("citation"),
                ),
                ("list_id", "area_id", "credential_code", "decided_on"),
            ),
            Table(
                "occupation_wage_override",
                (
                    _LIST_ID,
                    _AREA_ID,
                    _LINE_CODE,
                    Column("median_hourly_usd", "double", required=True, low=1, high=1000),
                    *_DECIDED,
                    Column("citation"),
                ),
                ("list_id", "area_id", "line_code"),
            ),
            Table(
                "team_member",
                (
                    _LIST_ID,
                    Column("sector", required=True),
                    Column("agency", required=True),
                    Column("expertise", required=True),
                ),
                ("list_id", "sector", "agency", "expertise"),
            ),
        )
    }
)
"""Every policy table by name."""
