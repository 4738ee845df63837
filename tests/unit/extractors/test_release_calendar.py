"""Release dates, expected vintages, and that the calendar covers the catalogue."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure
from extractors.release_calendar import (
    capture_cron,
    expected_vintage,
    load_calendar,
    next_release,
    vintage_order,
)

CALENDAR = load_calendar()
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_dataset_has_a_rule_that_fits_the_catalogue(dataset: str) -> None:
    spec, rule = DATASETS[dataset], CALENDAR.rule(dataset)
    assert rule["source"] and isinstance(rule["estimate"], bool)
    for release in CALENDAR.releases(dataset, TODAY):
        assert re.fullmatch(spec.vintage_pattern, release.vintage)
    cron = capture_cron(dataset)
    assert (cron is not None) == (spec.fetchable and (not spec.only_on_request or dataset == "oews_all"))
    assert cron is None or len(cron.split()) == 5


def test_oews_of_may_2025_is_expected_since_its_release_and_grace() -> None:
    """Released 2026-05-15; three weeks of grace."""
    assert expected_vintage("oews_state", date(2026, 6, 4)) == "2024-05"
    assert expected_vintage("oews_state", date(2026, 6, 5)) == "2025-05"
    following = next_release("oews_state", date(2026, 5, 15))
    assert following is not None and (following.vintage, following.due, following.is_estimate) == (
        "2026-05",
        date(2027, 5, 15),
        True,
    )
    (known,) = [r for r in CALENDAR.releases("oews_national", TODAY) if r.vintage == "2025-05"]
    assert known.due == date(2026, 5, 15) and not known.is_estimate


def test_long_term_projections_come_every_two_years() -> None:
    assert expected_vintage("projections_long", date(2026, 9, 30)) == "2022-2032"
    assert expected_vintage("projections_long", date(2026, 10, 30)) == "2024-2034"
    following = next_release("projections_long", TODAY)
    assert following is not None and following.vintage == "2026-2036"
    assert expected_vintage("projections_short", TODAY) == "2024-2026"


@pytest.mark.parametrize(
    ("day", "vintage"),
    [
        (date(2026, 1, 20), "30.1"),
        (date(2026, 7, 1), "30.3"),
        (date(2026, 8, 31), "30.3"),
        (date(2026, 10, 1), "31.0"),
        (date(2027, 9, 30), "32.0"),
    ],
)
def test_onet_releases_are_quarterly(day: date, vintage: str) -> None:
    assert expected_vintage("onet", day) == vintage


def test_what_has_no_calendar_expects_nothing() -> None:
    assert expected_vintage("state_projections@NY", TODAY) is None
    assert next_release("regions@NY", TODAY) is None
    assert expected_vintage("soc_structure", TODAY) == "2018" and next_release("soc_structure", TODAY) is None
    assert CALENDAR.overdue("soc_structure", "2018", TODAY) is None


def test_overdue_names_the_missing_vintage() -> None:
    late = CALENDAR.overdue("oews_state", "2024-05", TODAY)
    assert late is not None and late.vintage == "2025-05"
    assert CALENDAR.overdue("oews_state", "2025-05", TODAY) is None
    assert CALENDAR.overdue("oews_state", None, TODAY) is not None
    assert CALENDAR.overdue("living_wage@NY", "2025", TODAY) is not None


def test_skipped_vintages_are_listed() -> None:
    assert CALENDAR.skipped("oews_state", "2022-05", "2025-05", TODAY) == ["2023-05", "2024-05"]
    assert CALENDAR.skipped("onet", "30.3", "31.0", TODAY) == []
    assert CALENDAR.skipped("onet", "30.1", "31.0", TODAY) == ["30.2", "30.3"]
    assert CALENDAR.skipped("projections_long", "2022-2032", "2024-2034", TODAY) == []


def test_expectations_never_go_back_with_time() -> None:
    for dataset in ("oews_state", "projections_long", "projections_short", "onet", "living_wage"):
        seen = [expected_vintage(dataset, date(2025, 1, 1) + timedelta(days=d)) or "" for d in range(0, 1500, 5)]
        assert [vintage_order(v) for v in seen] == sorted(vintage_order(v) for v in seen)


def test_vintages_are_ordered_by_their_numbers() -> None:
    assert sorted(["31.0", "9.3", "30.10", "30.2"], key=vintage_order) == ["9.3", "30.2", "30.10", "31.0"]


def test_an_unknown_dataset_is_named() -> None:
    with pytest.raises(PermanentFailure, match="no release rule for dataset 'nonsense'"):
        capture_cron("nonsense")


def test_a_broken_calendar_names_the_dataset(tmp_path: Path) -> None:
    file = tmp_path / "calendar.yml"
    file.write_text('timezone: UTC\ndatasets:\n  onet: {rule: yearly, known: {"31.0": soon}}\n')
    with pytest.raises(PermanentFailure, match="dataset onet"):
        load_calendar(file)


def test_importing_the_calendar_is_cheap() -> None:
    """Schedules and the command line import it; it must bring neither yaml nor anything heavy along."""
    heavy = "('yaml', 'pyarrow', 'pandas', 'requests', 'duckdb')"
    code = f"import extractors.release_calendar, sys; print(sorted(m for m in {heavy} if m in sys.modules))"
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
