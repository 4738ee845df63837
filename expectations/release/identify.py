"""Release gates of the identify domain (I4-I31, X1-X3).

What a gate can judge from one mart alone; sums across marts are dbt tests (`funnel_closes`, `row_accounting_closes`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import SOC_CODE, between, contract, in_range, in_set, matches, worded
from expectations.conditions import gap_beyond, is_blank, wording
from expectations.release.core import AREA_KINDS, SOC_VERSIONS
from expectations.suite import POLICY, RELEASE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "identify"
OWNER = "Labor market information"
RESULTS = ("pass", "fail", "unknown")
TESTS = ("demand", "skill", "wage")
LISTED = ("listed", "listed_by_decision")
TERMINAL_STATES = (
    *LISTED,
    "removed_by_decision",
    *(f"{ending}_{test}" for ending in ("failed", "unknown") for test in TESTS),
)
LINE = ("list_id", "area_id", "line_code")


# --- conditions -------------------------------------------------------------------------------------------------------


def aggregates(*scope: str) -> Callable[[pd.DataFrame, GateContext], pd.Series]:
    """I16: a line is no total or major group, and no group whose details are lines beside it in the same scope.

    A code that ends in 0 alone is no reason: thirteen real lines do.
    """

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        code = frame["line_code"].astype("str")
        group = code.str.endswith("0") & ~code.str.endswith("-0000")
        place = frame[list(scope)].assign(prefix=code.str[:6])
        # only lines that begin like a group can be its details: a handful of tens of thousands
        details = place[~code.str.endswith("0") & place["prefix"].isin(set(place["prefix"][group]))].drop_duplicates()
        beside = place[group].reset_index().merge(details, on=[*scope, "prefix"])["index"]
        return wording(
            frame,
            [
                (code.str.endswith("-0000"), "a total or major group"),
                (frame.index.to_series().isin(beside), "its detailed occupations are lines beside it"),
            ],
        )

    return derive


def compared(frame: pd.DataFrame) -> pd.Series:
    """True where value meets threshold under the operator, False where not, missing where one is missing.

    Both sides are rounded to the millionth, as the models do.
    """
    import pandas as pd

    value, bar = frame["value"].round(6), frame["threshold"].round(6)
    meets = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    known = value.notna() & bar.notna()
    meets = meets.mask(known & (frame["operator"] == ">="), (value >= bar).astype("boolean"))
    return meets.mask(known & (frame["operator"] == ">"), (value > bar).astype("boolean"))


def condition_result(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I10, I12: the result of a condition is what value, operator and threshold say; unknown where one is missing."""
    meets = compared(frame)
    result = frame["result"]
    return wording(
        frame,
        [
            (meets.isna() & (result != "unknown"), "nothing to compare, yet the result is not unknown"),
            (meets.fillna(False) & (result != "pass"), "value meets the threshold, yet the result is not pass"),
            (~meets.fillna(True) & (result != "fail"), "value misses the threshold, yet the result is not fail"),
        ],
    )


def screening_result(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X2: no pass with a value that misses its threshold, and (skill, wage) no fail with one that meets it.

    The demand test is an OR of ANDs and shows one condition of several: its fail is judged in
    `mart_occupation_condition`.
    """
    meets = compared(frame)
    return wording(
        frame,
        [
            (~meets.fillna(True) & (frame["result"] == "pass"), "passed with a value that misses the threshold"),
            (
                meets.fillna(False) & (frame["result"] == "fail") & (frame["test"] != "demand"),
                "failed with a value that meets the threshold",
            ),
        ],
    )


def margin_identity(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X2: margin = value - threshold."""
    gap = frame["margin"] - (frame["value"] - frame["threshold"])
    return wording(frame, [gap_beyond("margin", "value - threshold", gap, context.threshold("margin_tolerance"))])


def terminal_state_follows(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X1, I26: the terminal state is the first test that was not passed; listed means all three passed.

    A decision of a person may add or remove, with its reason (`decision_documented`).
    """
    import pandas as pd

    expected = pd.Series("listed", index=frame.index, dtype="object")
    for test in reversed(TESTS):
        result = frame[f"{test}_result"]
        expected = expected.mask(result == "fail", f"failed_{test}").mask(result == "unknown", f"unknown_{test}")
    state = frame["terminal_state"]
    return wording(
        frame,
        [
            (
                ~state.isin(["removed_by_decision", "listed_by_decision"]) & (state != expected),
                "the three results say " + expected,
            ),
            ((state == "removed_by_decision") & (expected != "listed"), "removed by decision though it did not pass"),
            ((state == "listed_by_decision") & (expected == "listed"), "listed by decision though it passed"),
        ],
    )


def decision_documented(*columns: str) -> Callable[[pd.DataFrame, GateContext], pd.Series]:
    """I25, I26: what a person decided carries who and why."""

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        decided = frame["terminal_state"].isin(["removed_by_decision", "listed_by_decision"])
        return wording(frame, ((decided & is_blank(frame[name]), f"{name} is empty") for name in columns))

    return derive


def review_documented(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I25: a closed review carries who and why."""
    closed = frame["review_state"] != "open"
    return wording(
        frame, ((closed & is_blank(frame[name]), f"{name} is empty") for name in ("review_reason", "reviewed_by_role"))
    )


def wage_holds(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I22, I23: a listed line's median is at least the bar, or top-coded, or the policy has none; else a decision."""
    judged = frame["terminal_state"] == "listed"
    below = frame["median_hourly_usd"].round(6) < frame["wage_threshold_hourly_usd"].round(6)
    unknown = frame["median_hourly_usd"].isna() & frame["wage_threshold_hourly_usd"].notna()
    censored = frame["is_wage_top_coded"].fillna(False).astype(bool)
    return wording(
        frame,
        [
            (judged & below & ~censored, "its median is below the wage bar"),
            (judged & unknown & ~censored, "it has no median to compare with the wage bar"),
        ],
    )


def funnel_step_closes(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X1: what enters a step is dropped, unknown or kept."""
    gap = frame["entered_count"] - frame["dropped_count"] - frame["unknown_count"] - frame["kept_count"]
    return wording(frame, [gap_beyond("entered", "dropped + unknown + kept", gap, 0)])


# --- shared checks ----------------------------------------------------------------------------------------------------


def _no_aggregates(*scope: str) -> Check:
    return worded(
        "no_aggregates",
        (*scope, "line_code"),
        aggregates(*scope),
        says="No total, major group, or group whose details are lines beside it.",
        remedy="Look at int_projection_line_classified: the code was read as an occupation. It would be counted twice.",
        requirement="I16",
    )


def _line_code() -> Check:
    return matches("line_code", SOC_CODE, says="line_code is two digits, a hyphen, four digits.", requirement="I13")


def _soc_version() -> Check:
    return in_set("soc_version", SOC_VERSIONS, requirement="X3")


def _margin() -> Check:
    return worded(
        "margin_identity",
        ("value", "threshold", "margin"),
        margin_identity,
        says="The margin is value minus threshold.",
        remedy="Look at the model: value, threshold and margin must be in one unit.",
        requirement="X2",
    )


# --- suites -----------------------------------------------------------------------------------------------------------


def bridge_checks(context: GateContext) -> list[Check]:
    """The suite of `bridge_line_component`."""
    low, high = context.threshold("job_zone_range")
    tolerance = context.threshold("rate_sum_tolerance")
    return [
        matches("component_code", SOC_CODE, says="component_code is a SOC 2018 code.", requirement="I14"),
        in_range(
            {
                "component_rate": (0, 1),
                "job_zone": (low, high),
                "beyond_high_school_pct": (0, context.threshold("max_percent")),
            },
            says="Weights are between 0 and 1, zones are small whole numbers, percentages between 0 and 100.",
            remedy="Look at int_line_component_weighted and int_soc_skill_aggregated.",
            requirement="I17",
        ),
        between(
            "rate_sum",
            1 - tolerance,
            1 + tolerance,
            name="weights_are_whole",
            says="The weights of a line's components add up to 1.",
            remedy="Look at int_line_component_weighted: a component is lost or doubled by a crosswalk.",
            frame="lines",
            requirement="I14",
        ),
    ]


def line_weights(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per line of an area and source: the sum of its components' weights."""
    ids = ["area_id", "source_system", "line_code"]
    return frame.groupby(ids, dropna=False)["component_rate"].sum().rename("rate_sum").reset_index()


def projection_checks(context: GateContext) -> list[Check]:
    """The suite of `fct_occupation_projection`."""
    jobs = (0, context.threshold("max_employment"))
    return [
        _line_code(),
        _soc_version(),
        in_set("horizon", ["long", "short"], requirement="I7"),
        in_set("line_kind", ["occupation", "total", "aggregate"], requirement="I16"),
        in_set("capture_role", ["current", "previous"]),
        in_range(
            {
                "base_jobs_count": jobs,
                "projected_jobs_count": jobs,
                "annual_openings_count": jobs,
                "horizon_years": (1, context.threshold("max_horizon_years")),
            },
            says="Employment and openings are numbers of jobs; the horizon is read from the data.",
            remedy="Look at the staging model: a total over the horizon may have been taken for a year (K13).",
            requirement="K1",
        ),
        _no_aggregates_among_occupations(),
    ]


def _no_aggregates_among_occupations() -> Check:
    scope = ("area_id", "source_system", "horizon", "capture_id", "is_supplement")
    judge = aggregates(*scope)

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        lines = frame[frame["line_kind"] == "occupation"]
        return judge(lines, context).reindex(frame.index)

    return worded(
        "no_aggregates",
        (*scope, "line_code", "line_kind"),
        derive,
        says="No row of kind occupation is a total, a major group, or a group whose details are rows beside it.",
        remedy="Look at int_projection_line_classified: the code was read as an occupation. It would be counted twice.",
        requirement="I16",
    )


def wage_checks(context: GateContext) -> list[Check]:
    """The suite of `fct_occupation_wage`."""
    hourly, prse = tuple(context.threshold("hourly_usd_range")), tuple(context.threshold("prse_range"))
    return [
        matches(
            "occupation_code", SOC_CODE, says="occupation_code is two digits, a hyphen, four digits.", requirement="I13"
        ),
        _soc_version(),
        in_set("capture_role", ["current", "previous"]),
        in_range(
            {
                "median_hourly_usd": hourly,
                "p25_hourly_usd": hourly,
                "employment_prse_pct": prse,
                "mean_wage_prse_pct": prse,
                "employment_count": (0, context.threshold("max_employment")),
            },
            says="Wages are USD per hour; 0 is never a wage.",
            remedy="Look at int_wage_sourced: annual wages must be divided by the hours per year, 0 must be null.",
            requirement="I22",
        ),
    ]


def condition_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_occupation_condition`."""
    return [
        in_set("result", RESULTS),
        in_set("operator", [">=", ">"], requirement="I12"),
        worded(
            "result_follows",
            ("value", "operator", "threshold", "result"),
            condition_result,
            says="The result of a condition is what value, operator and threshold say.",
            remedy="Look at int_demand_condition_evaluated: the comparison differs from what is shown.",
            requirement="I10",
        ),
        _margin(),
    ]


def funnel_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_occupation_funnel`."""
    counts = dict.fromkeys(("entered_count", "dropped_count", "unknown_count", "kept_count"), (0, None))
    return [
        in_set("step", [*TESTS, "decision"], requirement="X1"),
        in_range(
            counts,
            name="counts_not_negative",
            says="Counts are not negative.",
            remedy="A line is counted in two terminal states.",
            requirement="X1",
        ),
        worded(
            "step_closes",
            tuple(counts),
            funnel_step_closes,
            says="What enters a step is dropped, unknown or kept.",
            remedy="A line is lost or counted twice: look at the terminal states in mart_occupation_outcome.",
            requirement="X1",
        ),
    ]


def outcome_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_occupation_outcome`."""
    results = [in_set(f"{test}_result", RESULTS, requirement="I17") for test in TESTS]
    return [
        _line_code(),
        _soc_version(),
        in_set("area_kind", AREA_KINDS, requirement="X6"),
        *results,
        in_set("terminal_state", TERMINAL_STATES, requirement="X1"),
        worded(
            "terminal_state_follows",
            ("terminal_state", *(f"{test}_result" for test in TESTS)),
            terminal_state_follows,
            says="A line ends at the first test that it does not pass; listed means that all three passed.",
            remedy="Look at mart_occupation_outcome: the state contradicts the results. Unknown is never a pass.",
            requirement="X1, I26",
        ),
        worded(
            "decision_documented",
            ("terminal_state", "decision_reason", "decided_by_role"),
            decision_documented("decision_reason", "decided_by_role"),
            says="A line that a person added or removed says who decided and why.",
            remedy="Complete the row in seeds/policy/occupation_decision.csv.",
            owner=POLICY,
            requirement="I26",
        ),
        in_set("stability", ["solid", "borderline"]),
        _no_aggregates("list_id", "area_id"),
        between(
            "unmapped_share",
            0,
            context.threshold("max_unmapped_share"),
            name="unmapped_share",
            says="Few lines of a list have a code that no crosswalk explains.",
            remedy=(
                "The projections use codes of another SOC version or codes of their own: add them to a crosswalk "
                "capture, or correct soc_version_rule.csv."
            ),
            frame="lists",
            requirement="X3",
        ),
    ]


def list_shares(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per list: its lines, and the share of them that no crosswalk maps."""
    marked = frame[["list_id"]].assign(unmapped=frame["is_unmapped"].fillna(True).astype(bool))
    grouped = marked.groupby("list_id", dropna=False)["unmapped"]
    return grouped.agg(lines="size", unmapped_lines="sum", unmapped_share="mean").reset_index()


def review_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_occupation_review`."""
    return [
        in_set("review_state", ["open", "accepted", "removed", "kept"], requirement="I25"),
        worded(
            "review_documented",
            ("review_state", "review_reason", "reviewed_by_role"),
            review_documented,
            says="A closed review says who decided and why.",
            remedy="Complete the row in seeds/policy/occupation_decision.csv.",
            owner=POLICY,
            requirement="I25",
        ),
        in_set(
            "review_state",
            ["accepted", "removed", "kept"],
            name="reviews_closed",
            says="Anomalies against the priority industries are reviewed.",
            remedy=(
                "Look at each line and add a row to seeds/policy/occupation_decision.csv: accept_anomaly or "
                "remove, with the reason."
            ),
            severity="warning",
            owner=POLICY,
            requirement="I25",
        ),
    ]


def screening_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_occupation_screening`."""
    return [
        _line_code(),
        _soc_version(),
        in_set("test", TESTS, requirement="X1"),
        in_set("result", RESULTS, requirement="I17"),
        in_set("stability", ["solid", "borderline", "unknown"]),
        worded(
            "result_follows",
            ("test", "value", "operator", "threshold", "result"),
            screening_result,
            says="No result contradicts the value and threshold shown beside it.",
            remedy="Look at the screening model of that test: the row cannot be defended as it is shown.",
            requirement="X2",
        ),
        _margin(),
        _no_aggregates("list_id", "area_id"),
        between(
            "test_count",
            3,
            3,
            name="three_tests",
            says="Every line has its three tests.",
            remedy="A join dropped or doubled a test: look at mart_occupation_screening.",
            frame="lines",
            requirement="X1",
        ),
    ]


def line_tests(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per list, area and line: how many different tests it has."""
    return frame.groupby(list(LINE), dropna=False)["test"].nunique().rename("test_count").reset_index()


def priority_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_priority_occupation`."""
    return [
        _line_code(),
        _soc_version(),
        in_set("area_kind", AREA_KINDS, requirement="X6"),
        in_set("terminal_state", LISTED, requirement="I26"),
        worded(
            "tests_pass",
            ("terminal_state", *(f"{test}_result" for test in TESTS)),
            terminal_state_follows,
            says="A listed line passes all three tests, unless a documented decision put it there.",
            remedy="The list contradicts its own results: look at mart_occupation_screening for the line.",
            requirement="I26",
        ),
        worded(
            "wage_holds",
            ("terminal_state", "median_hourly_usd", "wage_threshold_hourly_usd", "is_wage_top_coded"),
            wage_holds,
            says="A listed line's wage is at least the bar, or top-coded.",
            remedy="The list contradicts its own figures: look at mart_occupation_screening for the line.",
            requirement="I23, I26",
        ),
        worded(
            "decision_documented",
            ("terminal_state", "decision_reason"),
            decision_documented("decision_reason"),
            says="A line that a person added says why.",
            remedy="Complete the row in seeds/policy/occupation_decision.csv.",
            owner=POLICY,
            requirement="I26",
        ),
        in_set("stability", ["solid", "borderline"]),
        _no_aggregates("list_id", "area_id"),
    ]


def reconciliation_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_projection_reconciliation`."""
    return [
        in_set("comparison", ["state_source", "sum_of_regions"], requirement="I4"),
        in_set(
            "is_within_tolerance",
            [True],
            name="within_tolerance",
            says="Two sources of the same figure agree within the tolerance.",
            remedy="Ask the state's labor market office which of the two is current; small cells differ by rounding.",
            severity="warning",
            requirement="I4",
        ),
    ]


def _gate(
    table: str,
    key: tuple[str, ...],
    words: str,
    checks: Callable[[GateContext], list[Check]],
    frames: tuple[Frame, ...] = (),
) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, key, key, columns, required, checks, frames, exact=False)


_DECIDED = "policy_id! param_hash!"  # X2: the policy row that decided

GATES = (
    _gate(
        "bridge_line_component",
        ("area_id", "source_system", "line_code", "component_code"),
        "area_id! source_system! line_code! component_code! component_rate! job_zone beyond_high_school_pct",
        bridge_checks,
        (
            Frame(
                "lines",
                "line",
                ("area_id", "source_system", "line_code"),
                ("area_id", "source_system", "line_code", "component_rate"),
                line_weights,
            ),
        ),
    ),
    _gate(
        "fct_occupation_projection",
        ("area_id", "source_system", "horizon", "line_code", "capture_id"),
        "area_id! source_system! horizon! line_code! line_title! line_kind! soc_version! base_year! "
        "projected_year! horizon_years! "
        "base_jobs_count projected_jobs_count annual_openings_count is_supplement! capture_role! "
        "data_vintage! capture_id!",
        projection_checks,
    ),
    _gate(
        "fct_occupation_wage",
        ("area_id", "capture_role", "occupation_code"),
        "area_id! occupation_code! soc_version! reference_year! capture_role! median_hourly_usd "
        "p25_hourly_usd employment_count "
        "employment_prse_pct mean_wage_prse_pct is_top_coded! data_vintage! capture_id!",
        wage_checks,
    ),
    _gate(
        "mart_occupation_condition",
        (*LINE, "horizon", "parameter"),
        "list_id! area_id! line_code! horizon! parameter! measure! operator! threshold! value margin result!",
        condition_checks,
    ),
    _gate(
        "mart_occupation_funnel",
        ("list_id", "area_id", "step"),
        "list_id! cycle! area_id! step! entered_count! dropped_count! unknown_count! kept_count!",
        funnel_checks,
    ),
    _gate(
        "mart_occupation_outcome",
        LINE,
        "list_id! cycle! area_id! area_kind! line_code! line_title! soc_version! demand_result! skill_result! "
        "wage_result! "
        f"terminal_state! decision_reason decided_by_role is_unmapped! stability! {_DECIDED} data_vintage! capture_id!",
        outcome_checks,
        (Frame("lists", "list", ("list_id",), ("list_id", "is_unmapped"), list_shares),),
    ),
    _gate(
        "mart_occupation_review",
        LINE,
        f"list_id! cycle! area_id! line_code! terminal_state! review_state! review_reason reviewed_by_role {_DECIDED}",
        review_checks,
    ),
    _gate(
        "mart_occupation_screening",
        (*LINE, "test"),
        "list_id! cycle! area_id! line_code! line_title! soc_version! test! value operator threshold margin "
        "result! reason! "
        f"parameter! stability! {_DECIDED}",
        screening_checks,
        (Frame("lines", "line", LINE, (*LINE, "test"), line_tests),),
    ),
    _gate(
        "mart_priority_occupation",
        LINE,
        "list_id! cycle! area_id! area_kind! line_code! line_title! soc_version! terminal_state! "
        "demand_result! skill_result! wage_result! decision_reason median_hourly_usd "
        f"wage_threshold_hourly_usd is_wage_top_coded stability! {_DECIDED} data_vintage! capture_id!",
        priority_checks,
    ),
    _gate(
        "mart_projection_reconciliation",
        ("comparison", "area_id", "horizon", "line_code"),
        "comparison! area_id! horizon! line_code! is_within_tolerance! capture_id!",
        reconciliation_checks,
    ),
)
