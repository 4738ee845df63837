"""When each agency publishes: the vintage that should be there by now, the next one, and when to ask.

Belongs here: the arithmetic of release dates over `calendar.yml`. Does not belong here: network, archive, schedules.
Used by acceptance (overdue, skipped vintage), freshness and the schedules of the orchestration. Pure, and without a
clock: `today` is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from extractors.failures import PermanentFailure

CALENDAR_FILE = Path(__file__).with_name("calendar.yml")
_RULES = frozenset({"yearly", "cycle", "onet", "fixed", "none"})
_BEFORE, _AFTER = 12, 3  # years of releases that are computed around a day


@dataclass(frozen=True)
class Release:
    """One vintage and the day from which it is counted on."""

    vintage: str
    due: date
    overdue_after: date
    is_estimate: bool


def vintage_order(vintage: str) -> tuple[int, ...]:
    """Sort key of a vintage: its numbers. `9.3` < `31.0`, `2022-2032` < `2024-2034`, `2024-05` < `2025-05`."""
    return tuple(int(number) for number in re.findall(r"\d+", vintage))


@dataclass(frozen=True)
class ReleaseCalendar:
    """The rules of `calendar.yml`. Datasets may be given with their state: `living_wage@NY`."""

    rules: dict[str, dict[str, Any]]
    timezone: str

    def rule(self, dataset: str) -> dict[str, Any]:
        """The rule of a dataset. Raises PermanentFailure for one that the calendar does not name."""
        name = dataset.split("@")[0]
        if name not in self.rules:
            raise PermanentFailure(
                f"no release rule for dataset {name!r}",
                where=str(CALENDAR_FILE.name),
                expected=f"one of {', '.join(sorted(self.rules))}",
                remedy="add the dataset to extractors/calendar.yml",
            )
        return self.rules[name]

    def releases(self, dataset: str, today: date) -> list[Release]:
        """The releases around a day, oldest first; empty for `none`, one for `fixed`."""
        rule = self.rule(dataset)
        years = range(today.year - _BEFORE, today.year + _AFTER)
        made = {"yearly": _yearly, "cycle": _cycle, "onet": _onet, "fixed": _fixed, "none": _none}[rule["rule"]](
            rule, years
        )
        known: dict[str, date] = rule.get("known") or {}
        grace = timedelta(days=rule.get("grace_days", 0))
        found = [
            Release(v, known.get(v, due), known.get(v, due) + grace, bool(rule.get("estimate")) and v not in known)
            for v, due in made
        ]
        return sorted(found, key=lambda release: vintage_order(release.vintage))

    def expected_vintage(self, dataset: str, today: date) -> str | None:
        """The newest vintage that should be there by `today`, grace included; None where there is no calendar."""
        due = [release.vintage for release in self.releases(dataset, today) if release.overdue_after <= today]
        return due[-1] if due else None

    def next_release(self, dataset: str, today: date) -> Release | None:
        """The first release due after `today`; None where none is foreseen."""
        return next((release for release in self.releases(dataset, today) if release.due > today), None)

    def overdue(self, dataset: str, vintage: str | None, today: date) -> Release | None:
        """The release that should be there and is newer than `vintage` (None: nothing captured yet), else None."""
        expected = self.expected_vintage(dataset, today)
        if expected is None or (vintage is not None and vintage_order(vintage) >= vintage_order(expected)):
            return None
        return next(release for release in self.releases(dataset, today) if release.vintage == expected)

    def skipped(self, dataset: str, last: str, new: str, today: date) -> list[str]:
        """Vintages that the calendar has between the last accepted and the new one."""
        low, high = vintage_order(last), vintage_order(new)
        return [r.vintage for r in self.releases(dataset, today) if low < vintage_order(r.vintage) < high]

    def max_age_days(self, dataset: str) -> int | None:
        """Days after which data without a new vintage count as stale."""
        return self.rule(dataset).get("max_age_days")

    def capture_cron(self, dataset: str) -> str | None:
        """Cron of the schedule in `timezone`; None for datasets that only arrive by import."""
        return self.rule(dataset).get("cron")


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _yearly(rule: dict[str, Any], years: range) -> list[tuple[str, date]]:
    month, day = _month_day(rule["due"])
    return [(rule["vintage"].format(year=y), date(y + rule["lag_years"], month, day)) for y in years]


def _cycle(rule: dict[str, Any], years: range) -> list[tuple[str, date]]:
    month, day = _month_day(rule["due"])
    bases = [y for y in years if (y - rule["anchor"]) % rule["step_years"] == 0]
    return [
        (rule["vintage"].format(base=b, end=b + rule["horizon_years"]), date(b + rule["lag_years"], month, day))
        for b in bases
    ]


def _onet(rule: dict[str, Any], years: range) -> list[tuple[str, date]]:
    found = []
    for year in years:
        major = year - rule["anchor"] + rule["anchor_major"]
        for minor, text in enumerate(rule["due"]):
            month, day = _month_day(text)
            found.append(
                (rule["vintage"].format(major=major, minor=minor), date(year + (1 if minor >= 2 else 0), month, day))
            )
    return found


def _fixed(rule: dict[str, Any], years: range) -> list[tuple[str, date]]:
    return [(rule["vintage"], date.min)]


def _none(rule: dict[str, Any], years: range) -> list[tuple[str, date]]:
    return []


@lru_cache(maxsize=4)
def load_calendar(path: Path = CALENDAR_FILE) -> ReleaseCalendar:
    """The calendar in a file, by default the packaged one. Raises PermanentFailure naming dataset and field."""
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules: dict[str, dict[str, Any]] = {}
    for name, rule in content["datasets"].items():
        known = rule.get("known") or {}
        if rule.get("rule") not in _RULES or any(type(day) is not date for day in known.values()):
            raise PermanentFailure(
                f"rule {rule.get('rule')!r} with known releases {known!r}",
                where=f"{path.name}, dataset {name}",
                expected=f"a rule of {', '.join(sorted(_RULES))} and release days as YYYY-MM-DD",
                remedy="correct the calendar",
            )
        rules[name] = {**rule, "known": {str(vintage): day for vintage, day in known.items()}}
    return ReleaseCalendar(rules, content["timezone"])


def expected_vintage(dataset: str, today: date) -> str | None:
    """`ReleaseCalendar.expected_vintage` of the packaged calendar."""
    return load_calendar().expected_vintage(dataset, today)


def next_release(dataset: str, today: date) -> Release | None:
    """`ReleaseCalendar.next_release` of the packaged calendar."""
    return load_calendar().next_release(dataset, today)


def capture_cron(dataset: str) -> str | None:
    """`ReleaseCalendar.capture_cron` of the packaged calendar."""
    return load_calendar().capture_cron(dataset)
