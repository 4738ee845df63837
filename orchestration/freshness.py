"""How old the data are, told from vintages and release calendars.

Belongs here: the judgement, without Dagster. Does not belong here: when anything was materialized: a backfill or a
second import of old data would make it look fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from extractors.archive import Archive, base_dataset
from extractors.catalogue import DATASETS
from extractors.release_calendar import ReleaseCalendar, load_calendar

if TYPE_CHECKING:
    from warehouse.paths import DataRoot

NOT_ASKED_DAYS = 35  # the rarest schedule asks once a month


@dataclass(frozen=True)
class Freshness:
    """The age of one dataset (of one state, where states supply it).

    Attributes:
        status: fresh | overdue (a newer vintage should be there) | stale (older than the data may be) |
            unasked (nobody has asked the agency for long) | missing.
        says: one sentence for a person.
    """

    dataset: str
    status: str
    says: str
    vintage: str = ""
    expected_vintage: str = ""
    next_release: str = ""
    last_checked_at: str = ""

    @property
    def ok(self) -> bool:
        """True when nobody has to do anything."""
        return self.status == "fresh"

    def as_row(self) -> dict[str, Any]:
        """For a table."""
        return {
            "dataset": self.dataset,
            "status": self.status,
            "vintage": self.vintage,
            "expected": self.expected_vintage,
            "next release": self.next_release,
            "last asked": self.last_checked_at,
            "says": self.says,
        }


def judge(root: DataRoot, dataset: str, today: date, calendar: ReleaseCalendar | None = None) -> list[Freshness]:
    """The freshness of a dataset of the catalogue, one per state where states supply it.

    A dataset that only arrives by import and never did is no concern of this; one that can be fetched is `missing`.
    """
    archive, calendar = Archive(root), calendar or load_calendar()
    here = sorted(name for name in archive.lock().datasets if base_dataset(name) == dataset)
    if not here and DATASETS[dataset].fetchable:
        return [Freshness(dataset, "missing", f"{dataset} was never captured: run `currency archive fetch {dataset}`")]
    return [_judge_one(archive, name, today, calendar) for name in here]


def _judge_one(archive: Archive, name: str, today: date, calendar: ReleaseCalendar) -> Freshness:
    capture = archive.current(name)
    assert capture is not None, f"{name} stands in the lock"
    coming = calendar.next_release(name, today)
    checked = str(archive.checks(name).get("last_checked_at") or "")
    said = {
        "vintage": capture.vintage,
        "expected_vintage": calendar.expected_vintage(name, today) or "",
        "next_release": f"{coming.vintage} about {coming.due}" if coming else "",
        "last_checked_at": checked,
    }

    def found(status: str, says: str) -> Freshness:
        return Freshness(name, status, says, **said)

    overdue = calendar.overdue(name, capture.vintage, today)
    age, limit = (today - _known_since(archive, name, calendar, today)).days, calendar.max_age_days(name)
    if limit is not None and age > limit:
        return found("stale", f"vintage {capture.vintage} is {age} days old, {limit} are allowed (I3)")
    if overdue is not None:
        return found("overdue", f"vintage {overdue.vintage} was due on {overdue.due}; we have {capture.vintage}")
    if calendar.capture_cron(name) and (not checked or _days_since(checked, today) > NOT_ASKED_DAYS):
        return found("unasked", f"the agency was last asked {checked or 'never'}: switch its schedule on")
    return found("fresh", f"vintage {capture.vintage} is the newest that the calendar expects")


def _known_since(archive: Archive, name: str, calendar: ReleaseCalendar, today: date) -> date:
    """The day from which a vintage counts as known: its release day, else the first time that we stored it.

    Taking the same vintage again does not make it younger.
    """
    capture = archive.current(name)
    assert capture is not None
    for release in calendar.releases(name, today):
        if release.vintage == capture.vintage:
            return max(release.due, date(1970, 1, 1)) if release.due != date.min else today
    stored = [c.metadata["created"] for c in archive.list(name, drafts=False) if c.vintage == capture.vintage]
    return datetime.fromisoformat(min(stored)).astimezone(UTC).date()


def _days_since(moment: str, today: date) -> int:
    return (today - datetime.fromisoformat(moment).astimezone(UTC).date()).days
