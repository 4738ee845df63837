"""Each landing gate passes a small good table and names what is wrong with each kind of bad one.

Great Expectations is imported once for the module: the tests of the engine that need it stand together.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from expectations import runner
from expectations.model import GateResult
from expectations.registry import landing_gates
from expectations.suite import ENGINEER, STATE, GateContext
from tests.component.expectations.good_frames import CONTEXT, DAY, Row, good_rows, narrow, table_of

PC, SP = "projections_central__projections", "state_projections__projections"
WAGES, STATE_WAGES = "bls_oews__wages", "state_oews__wages"
TABLES = sorted(landing_gates())


def judge(name: str, rows: list[Row], **given: Any) -> GateResult:
    return runner.landing_gate(name, table_of(name, rows), context={**CONTEXT, **given})


@pytest.mark.parametrize("name", TABLES)
def test_good_table_passes(name: str) -> None:
    result = judge(name, good_rows()[name])
    assert [(c.name, c.exception, c.rows, c.observed) for c in result.checks if not c.success] == []
    assert result.passed
    assert result.summary().endswith("all hold")


# Few registry records name codes or quality assurance (thresholds.yml).
MAY_BE_EMPTY = {"credential_registry__alignments", "credential_registry__quality_actions"}


@pytest.mark.parametrize("name", sorted(set(TABLES) - MAY_BE_EMPTY))
def test_empty_table_fails_on_row_count(name: str) -> None:
    gate = narrow(landing_gates()[name], "rows_present")
    result = runner.run_gate(gate, table_of(name, []), GateContext(name, 0, rows_in=0, given=CONTEXT))
    assert not result.passed
    failed = result.check("rows_present")
    assert (failed.status, failed.observed, failed.severity) == ("failed", 0, "error")


def test_empty_table_through_the_whole_suite() -> None:
    result = judge(PC, [])
    assert [check.name for check in result.errors] == ["rows_present"], "nothing else can be said of no rows"


class Bad(NamedTuple):
    table: str
    change: Callable[[list[Row]], Any]
    check: str
    failing: int
    owner: str
    severity: str = "error"
    ids: Row | None = None  # part of the first failing row


def with_last(**cells: Any) -> Callable[[list[Row]], Any]:
    """The last row with other cells."""
    return lambda rows: rows[-1].update(cells)


def with_all(**cells: Any) -> Callable[[list[Row]], Any]:
    """Every row with other cells."""
    return lambda rows: [row.update(cells) for row in rows]


def drop(position: int) -> Callable[[list[Row]], Any]:
    return lambda rows: rows.pop(position)


def again(rows: list[Row]) -> None:
    rows.append(dict(rows[-1]))


BAD = [
    Bad(PC, with_last(occ_code="291141"), "occ_code_form", 1, ENGINEER, ids={"row_number": 4, "occ_code": "291141"}),
    Bad(PC, with_last(occ_code=" 29-1141"), "occ_code_form", 1, ENGINEER),
    Bad(PC, again, "key_unique", 2, ENGINEER, ids={"row_number": 4}),
    Bad(PC, with_last(title="  "), "required_filled", 1, ENGINEER, ids={"problem": "title is empty"}),
    Bad(PC, with_last(stfips="032"), "stfips_form", 1, ENGINEER),
    Bad(PC, with_last(horizon="medium"), "horizon_known", 1, ENGINEER),
    Bad(PC, with_last(base=-10.0), "numbers_plausible", 1, ENGINEER, ids={"problem": "base = -10"}),
    Bad(PC, with_last(proj_year=2024), "years_in_order", 1, ENGINEER),
    Bad(
        PC,
        with_last(base_year=2022, proj_year=2032),
        "one_vintage",
        1,
        ENGINEER,
        ids={"stfips": "32", "vintages": "2022-2032, 2024-2034"},
    ),
    Bad(PC, with_last(area_name="Nebraska"), "one_name_per_area", 1, ENGINEER, ids={"names": "Nebraska, Nevada"}),
    Bad(PC, drop(1), "total_present", 1, ENGINEER, "warning", {"stfips": "32"}),
    Bad(PC, drop(0), "nation_present", 1, ENGINEER, "warning", {"horizon": "long"}),
    Bad(
        PC,
        with_last(change=320.0),
        "change_identity",
        1,
        ENGINEER,
        "warning",
        {"problem": "proj - base and change differ by 20"},
    ),
    Bad(SP, with_last(state_postal="zz"), "state_postal_form", 1, STATE),
    Bad(SP, with_last(openings_basis="yearly"), "openings_basis_known", 1, STATE),
    Bad(SP, with_all(openings_basis="total"), "openings_basis_plausible", 1, STATE, ids={"area_code": "ZZ"}),
    Bad(SP, with_last(exits=900.0), "openings_identity", 1, STATE, "warning"),
    Bad(SP, with_last(transfers=-900.0), "separations_not_negative", 1, STATE),
    Bad(SP, with_last(area_kind="county"), "area_kind_known", 1, STATE),
    Bad(WAGES, with_last(h_pct90_mark="##"), "marks_typed", 1, ENGINEER, ids={"problem": "h_pct90_mark = ##"}),
    Bad(
        WAGES, with_last(h_median=88.0), "marks_typed", 1, ENGINEER, ids={"problem": "h_median has a number and a mark"}
    ),
    Bad(
        WAGES,
        with_last(h_pct10=0.0, a_pct10=0.0),
        "numbers_plausible",
        1,
        ENGINEER,
        ids={"problem": "h_pct10 = 0; a_pct10 = 0"},
    ),
    Bad(WAGES, lambda rows: rows[1].update(h_pct25=99.0), "percentiles_rise", 1, ENGINEER),
    Bad(WAGES, lambda rows: rows[1].update(a_median=50000.0), "annual_is_hourly", 1, ENGINEER, "warning"),
    Bad(WAGES, with_last(reference_year=2024), "one_year", 1, ENGINEER, ids={"reference_years": "2024, 2025"}),
    Bad(WAGES, with_last(o_group="detail"), "o_group_known", 1, ENGINEER),
    Bad(WAGES, with_last(area_type=5), "area_type_known", 1, ENGINEER),
    Bad(WAGES, drop(0), "total_present", 1, ENGINEER, "warning", {"area": "99"}),
    Bad(STATE_WAGES, with_last(a_median=22.0), "numbers_plausible", 1, STATE),
    Bad(STATE_WAGES, with_last(area_kind="county"), "area_kind_known", 1, STATE),
    Bad("onet__occupations", with_last(onetsoc_code="29-1141"), "onetsoc_code_form", 1, ENGINEER),
    Bad("onet__job_zones", with_last(job_zone=0), "job_zone_range", 1, ENGINEER),
    Bad("onet__job_zones", with_all(job_zone=None), "zones_mostly_known", 1, ENGINEER),
    Bad("onet__job_zone_reference", lambda rows: rows.__delitem__(slice(1, None)), "bar_defined", 1, ENGINEER),
    Bad("onet__education", with_last(data_value=180.0), "data_value_range", 1, ENGINEER),
    Bad(
        "onet__education",
        with_last(data_value=30.0),
        "percents_add_up",
        1,
        ENGINEER,
        "warning",
        {"onetsoc_code": "29-1141.00"},
    ),
    Bad("onet__education", with_last(scale_id="IM"), "scale_id_known", 1, ENGINEER),
    Bad("onet__titles", with_last(title_kind="lay"), "title_kind_known", 1, ENGINEER),
    Bad("onet__tasks", with_last(task_type="core"), "task_type_known", 1, ENGINEER),
    Bad("soc__structure", drop(3), "counts_exact", 1, ENGINEER, ids={"counted": "detailed", "found": 0, "expected": 1}),
    Bad("soc__structure", with_last(soc_level="broad"), "level_matches_code", 1, ENGINEER),
    Bad("soc__structure", drop(2), "has_parent", 1, ENGINEER, ids={"problem": "its broad occupation is missing"}),
    Bad("soc__crosswalk_2010_2018", with_last(soc_2010_code="11-1011"), "counts_exact", 1, ENGINEER),
    Bad("soc__crosswalk_2010_2018", with_last(soc_2018_code="29-1141.00"), "soc_2018_code_form", 1, ENGINEER),
    Bad("soc__oews_hybrid", with_last(soc_2010_code="29/1141"), "soc_2010_code_form", 1, ENGINEER),
    Bad("soc__onet_to_soc", drop(0), "counts_exact", 2, ENGINEER),
    Bad(
        "living_wage__living_wage",
        with_last(hourly_usd=34.5),
        "living_above_minimum",
        1,
        STATE,
        ids={"geo_code": "98", "minimum_wage": 34.5},
    ),
    Bad("living_wage__living_wage", lambda rows: rows[0].update(hourly_usd=40.0), "child_costs", 1, STATE),
    Bad("living_wage__living_wage", lambda rows: rows[0].update(hourly_usd=41600.0), "hourly_usd_range", 1, STATE),
    Bad("living_wage__living_wage", drop(1), "family_of_two_present", 1, STATE, "warning"),
    Bad("living_wage__living_wage", with_all(geo_code="8"), "geo_code_form", 3, STATE, ids={"problem": "geo_code = 8"}),
    Bad("living_wage__living_wage", with_last(family_composition="1 adult"), "family_composition_form", 1, STATE),
    Bad("living_wage__living_wage", with_all(data_year=2020), "recent_enough", 3, STATE, "warning"),
    Bad(
        "regions__membership",
        with_last(region_name="Nord"),
        "one_name_per_region",
        1,
        STATE,
        ids={"names": "Nord, North"},
    ),
    Bad("regions__membership", with_last(member_code="8003"), "member_code_form", 1, STATE),
    Bad("regions__membership", with_last(member_code="97003"), "counties_of_one_state", 1, STATE, "warning"),
    Bad("regions__membership", with_last(valid_to=DAY.replace(year=2020)), "days_in_order", 1, STATE),
    Bad("regions__membership", with_last(region_code="R 1"), "region_code_form", 1, STATE),
    Bad("industry_map__occupations", with_last(employment_share=10.0), "employment_share_range", 1, STATE),
    Bad(
        "industry_map__occupations",
        with_last(employment_share=0.4),
        "shares_within_whole",
        1,
        STATE,
        ids={"soc_code": "29-1141"},
    ),
    Bad("industry_map__sectors", with_last(employment_share=0.3), "shares_are_whole", 1, STATE),
    Bad("industry_map__sectors", with_all(is_priority=False), "priority_named", 1, STATE, ids={"priority_sectors": 0}),
    Bad("source_inventory__sources", with_last(evidence_class="tertiary"), "evidence_class_known", 1, STATE),
    Bad(
        "source_inventory__sources",
        lambda rows: rows[0].update(needs_update=None),
        "wioa_answered",
        1,
        STATE,
        ids={"problem": "needs_update is not answered"},
    ),
    Bad("source_inventory__sources", drop(1), "evidence_of_each_kind", 2, STATE, "warning"),
    Bad(
        "source_inventory__sources",
        with_last(analysis_date=DAY.replace(year=2022)),
        "recent_enough",
        1,
        STATE,
        "warning",
        {"problem": "4.3 years old"},
    ),
    Bad("reference_lists__occupations", with_last(list_date=DAY.replace(year=2031)), "not_of_the_future", 1, STATE),
    Bad("reference_lists__occupations", with_last(list_kind="blog"), "list_kind_known", 1, STATE),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.table}-{bad.check}")
def test_bad_table_fails_where_it_is_bad(bad: Bad) -> None:
    rows = good_rows()[bad.table]
    bad.change(rows)
    table = table_of(bad.table, rows)
    gate = narrow(landing_gates()[bad.table], bad.check)
    result = runner.run_gate(gate, table, GateContext(bad.table, table.num_rows, rows_in=table.num_rows, given=CONTEXT))
    failed = result.check(bad.check)
    assert (failed.status, failed.unexpected_count) == ("failed", bad.failing), (failed.exception, failed.rows)
    assert (failed.severity, failed.owner) == (bad.severity, bad.owner)
    assert failed.remedy and failed.says
    assert result.passed is (bad.severity == "warning")
    if bad.ids is not None:
        assert failed.rows[0].items() >= bad.ids.items()
        assert set(failed.id_columns) <= set(failed.rows[0])
    assert failed.name in json.dumps(result.to_json(), allow_nan=False)


@pytest.mark.parametrize("name", [PC, WAGES, "soc__structure", "living_wage__living_wage"])
def test_missing_column_is_an_error_apart_from_bad_data(name: str) -> None:
    column = landing_gates()[name].required[0]
    result = runner.landing_gate(name, table_of(name, good_rows()[name]).drop_columns([column]), context=CONTEXT)
    assert not result.passed
    layout = result.check("columns_exact")
    assert (layout.status, layout.owner) == ("failed", ENGINEER)
    assert layout.rows == ({"column": column, "found": "absent", "expected": layout.rows[0]["expected"]},)
    unjudged = result.check("required_filled")
    assert (unjudged.status, unjudged.exception) == ("error", f"missing column: {column}")
    assert result.check("rows_present").success, "what needs no column is still judged"


def test_unknown_column_and_wrong_type_are_named() -> None:
    table = table_of("soc__structure", good_rows()["soc__structure"])
    table = table.append_column("note", pa.array(["x"] * table.num_rows))
    at = table.column_names.index("row_number")
    table = table.set_column(at, "row_number", pa.array([str(i) for i in range(table.num_rows)]))
    rows = runner.landing_gate("soc__structure", table, context=CONTEXT).check("columns_exact").rows
    assert {(row["column"], row["found"], row["expected"]) for row in rows} == {
        ("note", "string", "absent"),
        ("row_number", "string", "int64"),
    }


def test_wrong_type_is_reported_not_raised() -> None:
    table = table_of(PC, good_rows()[PC])
    at = table.column_names.index("base")
    result = runner.landing_gate(PC, table.set_column(at, "base", pa.array(["many"] * table.num_rows)), context=CONTEXT)
    assert result.check("numbers_plausible").status == "error"
    assert result.check("numbers_plausible").exception
    assert result.check("horizon_known").success


def test_text_columns_of_any_kind_and_emptiness() -> None:
    """pandas 3 reads text as `str` with nan for missing, and an all-empty column as object: both are judged alike."""
    rows = good_rows()["soc__oews_hybrid"]
    rows[0] |= {"oews_title": None, "soc_2010_code": None}
    rows[1] |= {"oews_title": "\t", "soc_2010_code": None}
    table = table_of("soc__oews_hybrid", rows)
    at = table.column_names.index("oews_title")
    large = table.set_column(at, "oews_title", table["oews_title"].cast(pa.large_string()))
    for judged in (table, large):
        result = runner.landing_gate("soc__oews_hybrid", judged, context=CONTEXT)
        assert [check.name for check in result.errors] == ["required_filled"], "an empty optional code is no bad code"
        assert [row["problem"] for row in result.errors[0].rows] == ["oews_title is empty"] * 2


def test_quarantine_share_and_row_accounting() -> None:
    table = table_of(PC, good_rows()[PC])
    result = runner.landing_gate(PC, table, quarantined=1, rows_in=7, context={**CONTEXT, "excluded": {"footnote": 1}})
    share, rows = result.check("quarantine_share"), result.check("rows_accounted")
    assert share.rows[0]["quarantined_share"] == pytest.approx(1 / 7, abs=1e-6)
    assert rows.rows == (
        {"rows_in": 7, "rows_used": 4, "quarantined": 1, "quarantined_share": 0.142857, "rows_unaccounted": 1},
    )
    closing = runner.landing_gate(PC, table, quarantined=0, rows_in=5, context={**CONTEXT, "excluded": {"footnote": 1}})
    assert closing.passed


def test_caller_may_override_a_threshold() -> None:
    rows = good_rows()[PC]
    rows[-1]["change"] = 320.0
    assert judge(PC, rows, thresholds={"rounding_jobs": 50}).check("change_identity").success


def test_agency_counts_hold_unless_the_capture_declares_its_own() -> None:
    rows = good_rows()["soc__structure"]
    real = judge("soc__structure", rows, is_sample=False, expected_counts=None).check("counts_exact")
    assert {row["counted"]: row["expected"] for row in real.rows} == {
        "major": 23,
        "minor": 98,
        "broad": 459,
        "detailed": 867,
    }
    by_dataset = {"soc_structure": {"rows": 4, "detailed": 1}}
    assert judge("soc__structure", rows, dataset="soc_structure", expected_counts=by_dataset).passed
    assert judge("soc__structure", rows, expected_counts=None).passed, "a sample that declares none is held to none"


def test_one_state_per_file() -> None:
    result = judge(SP, good_rows()[SP], state_postal="NY")
    assert (result.check("one_state").unexpected_count, result.context["state_postal"]) == (3, "NY")


def test_a_gap_filler_needs_no_total() -> None:
    rows = [row | {"is_supplement": True} for row in good_rows()[SP][1:]]
    assert judge(SP, rows).check("total_present").success, "I9: a supplement is not the whole"
    rows[0]["is_supplement"] = False
    assert not judge(SP, rows).check("total_present").success


def test_failing_rows_are_capped_in_json_and_complete_in_count() -> None:
    rows = [{**good_rows()["onet__occupations"][0], "onetsoc_code": f"bad{i}"} for i in range(1500)]
    result = judge("onet__occupations", rows)
    failed = result.check("onetsoc_code_form")
    assert (failed.unexpected_count, len(failed.rows), len(failed.to_json()["rows"])) == (1500, 1000, 20)
    assert len(result.failing_rows_table(30)) == 30


def test_frames_do_not_leak_into_the_next_judgement() -> None:
    bad = good_rows()["onet__titles"]
    bad[0]["title_kind"] = "lay"
    assert [
        judge("onet__titles", rows).passed for rows in (good_rows()["onet__titles"], bad, good_rows()["onet__titles"])
    ] == [
        True,
        False,
        True,
    ]


def test_speed_patch_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """`speed_patch` remembers configurations; verdicts are those of the library as it comes."""
    import contextlib

    rows = good_rows()[WAGES]
    rows[1].update(o_group="detail", h_pct25=99.0, occ_code="x")
    table = table_of(WAGES, rows).drop_columns(["area_title"])
    quick = runner.landing_gate(WAGES, table, context=CONTEXT)
    monkeypatch.setattr(runner, "remembered_configurations", contextlib.nullcontext)
    plain = runner.landing_gate(WAGES, table, context=CONTEXT)
    assert quick.checks == plain.checks
    assert not quick.passed


def test_no_gate_for_the_table() -> None:
    with pytest.raises(LookupError, match=r"nobody__knows: no landing gate[\s\S]*What to do"):
        runner.landing_gate("nobody__knows", pa.table({"a": [1]}))
