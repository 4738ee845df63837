"""Districts see their counts before anybody else, correct them, sign; then the state's counts are frozen.

Belongs here: preview, correction window, sign-off, official counts and what later changes (restatements). Does not
belong here: audits, keeping (`store`). Counts are of areas and groups, never of a person; small ones are not for
publication, so they are kept sealed all the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from expectations.audit.policy import AuditFailure

Counts = Mapping[str, int]
"""Key of a count (its dimensions joined by |, as `key_of` makes it) -> value."""
PREVIEW, SIGNED, OFFICIAL = "preview", "signed", "official"


@dataclass(frozen=True)
class Signature:
    """A district's word on its counts of a year.

    Attributes:
        counts_hash: of the counts that were shown; a signature holds for these alone.
        window_ends_on: last day for corrections.
    """

    district_code: str
    school_year: int
    status: str
    counts_hash: str
    shown_on: dt.date
    window_ends_on: dt.date
    signed_by: str | None = None
    signed_on: dt.date | None = None


@dataclass(frozen=True)
class Restatement:
    """A count that is not what it officially was; None where there was, or is, none."""

    key: str
    official: int | None
    now: int | None


def key_of(parts: Sequence[object]) -> str:
    """Dimensions as one key; a | inside of a part is no separator."""
    return "|".join(str(part).replace("\\", "\\\\").replace("|", "\\p") for part in parts)


def parts_of(key: str) -> list[str]:
    """The dimensions of a key of `key_of`."""
    return [re.sub(r"\\(.)", lambda m: "|" if m[1] == "p" else m[1], part) for part in key.split("|")]


def counts_hash(counts: Counts) -> str:
    """Fingerprint of counts, independent of their order."""
    return hashlib.sha256(json.dumps(sorted(counts.items()), separators=(",", ":")).encode()).hexdigest()


def preview(district: str, year: int, counts: Counts, correction_days: int, today: dt.date) -> Signature:
    """The district is shown its counts: the window for corrections begins."""
    end = today + dt.timedelta(days=correction_days)
    return Signature(district, year, PREVIEW, counts_hash(counts), today, end)


def shown_again(before: Signature, counts: Counts, correction_days: int, today: dt.date) -> Signature:
    """The preview after a build: the same counts leave everything as it was; other counts ask for a new signature.

    The window does not end earlier than it did; a correction in its last days gets a whole window of its own.
    """
    if counts_hash(counts) == before.counts_hash:
        return before
    fresh = preview(before.district_code, before.school_year, counts, correction_days, today)
    return replace(fresh, window_ends_on=max(fresh.window_ends_on, before.window_ends_on))


def sign(given: Signature, counts: Counts, by: str, today: dt.date) -> Signature:
    """The district signs the counts that it was shown.

    Raises:
        AuditFailure: the counts have changed since.
    """
    if counts_hash(counts) != given.counts_hash:
        raise AuditFailure(
            f"the counts of district {given.district_code} in {given.school_year} changed since they were shown",
            expected="the counts of the preview",
            remedy="look at the new preview, then sign it",
        )
    return signed(given, by, today)


def signed(given: Signature, by: str, today: dt.date) -> Signature:
    """The preview with a signature."""
    return replace(given, status=SIGNED, signed_by=by, signed_on=today)


def unsigned(given: Iterable[Signature], districts: Iterable[str], today: dt.date) -> dict[str, str]:
    """District -> why its counts are not final. A window that ended without a word counts as consent."""
    known = {s.district_code: s for s in given}
    result = {}
    for district in sorted(set(districts)):
        signature = known.get(district)
        if signature is None:
            result[district] = "was not shown its counts"
        elif signature.status != SIGNED and today <= signature.window_ends_on:
            result[district] = f"may correct until {signature.window_ends_on.isoformat()}"
    return result


@dataclass(frozen=True)
class Official:
    """Frozen counts of a year: what was reported, and stays what was reported."""

    school_year: int
    frozen_on: dt.date
    frozen_by: str
    counts_hash: str
    counts: dict[str, int]


def freeze(
    year: int, counts: Counts, signatures: Iterable[Signature], districts: Iterable[str], *, by: str, today: dt.date
) -> Official:
    """The official counts of the year.

    Raises:
        AuditFailure: districts whose counts are not final.
    """
    open_ones = unsigned([s for s in signatures if s.school_year == year], districts, today)
    if open_ones:
        raise AuditFailure(
            "; ".join(f"district {code} {why}" for code, why in open_ones.items()),
            expected="every district has signed, or its window is over",
            remedy="wait, or ask the districts to sign",
        )
    return Official(year, today, by, counts_hash(counts), dict(sorted(counts.items())))


def restatements(official: Official, now: Counts) -> list[Restatement]:
    """What differs from the official counts, by key; empty where nothing does."""
    keys = sorted(set(official.counts) | set(now))
    return [
        Restatement(key, official.counts.get(key), now.get(key))
        for key in keys
        if official.counts.get(key) != now.get(key)
    ]
