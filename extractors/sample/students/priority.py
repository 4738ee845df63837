"""Which credentials were on Alder's list on a day, and in which tier: the list as the state published it.

Belongs here: reading `postings/lists.py` as the truth does. Stepping stones and deleted entries are no priority, and
neither is what ended, grace or not (L5). The list of 2026-07-01 begins after the last sitting.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from extractors.sample.credentials import CREDENTIALS
from extractors.sample.postings import lists


@cache
def _periods() -> dict[str, list[tuple[str, str, str]]]:
    """Credential -> (first day, last day or nothing, tier) of each period on the list."""
    made: dict[str, list[tuple[str, str, str]]] = {}
    for key, tier, first, last, step, *_, deleted in lists.entries():
        if not step and not deleted:
            made.setdefault(CREDENTIALS[key].code, []).append((first, last, f"Tier {tier}"))
    return made


@cache
def tier_on(credential: str, day: dt.date) -> str | None:
    """Tier of a credential on a day; None where it is not on the list."""
    text = day.isoformat()
    for first, last, tier in _periods().get(credential, ()):
        if first <= text and (not last or text <= last):
            return tier
    return None
