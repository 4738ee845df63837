"""When an agency is asked: by its release calendar.

Belongs here: schedules from `extractors/calendar.yml`. Does not belong here: release days (that file), what a run does.
All are stopped until somebody switches them on in the UI; with `CURRENCY_UNATTENDED=1` everything runs by itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import dagster as dg

from extractors.catalogue import DATASETS
from extractors.release_calendar import capture_cron, load_calendar
from orchestration.defs.capture import fetchable
from orchestration.defs.jobs import selection_of

if TYPE_CHECKING:
    from collections.abc import Iterable

UNATTENDED = "CURRENCY_UNATTENDED"


def is_unattended() -> bool:
    """True when this deployment wants schedules and sensors to run without being switched on."""
    return os.environ.get(UNATTENDED, "").lower() in {"1", "true", "yes"}


def capture_groups() -> dict[str, tuple[str, list[str]]]:
    """Schedule name -> (cron, datasets): datasets of one source that are asked at the same time."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in fetchable():
        cron, spec = capture_cron(name), DATASETS[name]
        if cron:
            found.setdefault((spec.source, cron), []).append(name)
    per_source = [source for source, _ in found]
    return {
        f"capture_{source if per_source.count(source) == 1 else names[0]}": (cron, names)
        for (source, cron), names in found.items()
    }


def capture_schedules() -> list[dg.ScheduleDefinition]:
    """One schedule per group."""
    return [_schedule(name, cron, datasets) for name, (cron, datasets) in capture_groups().items()]


def _schedule(name: str, cron: str, datasets: Iterable[str]) -> dg.ScheduleDefinition:
    listed = list(datasets)
    return dg.ScheduleDefinition(
        name=name,
        cron_schedule=cron,
        execution_timezone=load_calendar().timezone,
        target=selection_of(listed),
        description=f"Asks for {', '.join(listed)}. A conditional request: nothing is downloaded unless it changed.",
        default_status=dg.DefaultScheduleStatus.RUNNING if is_unattended() else dg.DefaultScheduleStatus.STOPPED,
    )
