"""The evidence files that one district hands in for one year, with what is wrong among them (P16).

One container of small files: a few of those that the exam file announces are missing, one has the content of another
student's under a name and fingerprint of its own, one is not what its ending says, one belongs to no sitting.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from extractors.sample.students import reporting
from extractors.sample.students.schooling import PASS, Ints
from extractors.sample.students.world import World

DISTRICT, YEAR = "0106", 2024
NAME = f"evidence_{DISTRICT}_{YEAR}.zip"
RECEIVED, MISSING, ANOTHER_CONTENT = "received", "missing", "another_content"
_EVERY, _COPY, _DISGUISED = 25, 3, 5  # each 25th is missing; places of the odd ones
_STRAY = f"{DISTRICT}_{YEAR}_stray.png"


def announced(world: World) -> Ints:
    """Rows of the sittings whose evidence the exam file of the district and year names, in order."""
    s, r = world.schooling.sittings, world.reports
    mine = r.in_district & (r.district_result == PASS) & (r.evidence_flaw != reporting.NO_NAME)
    mine &= (world.districts[s.school] == DISTRICT) & (s.year == YEAR)
    return np.flatnonzero(mine)


def statuses(world: World) -> dict[int, str]:
    """Row of a sitting -> what becomes of its evidence file."""
    rows = announced(world).tolist()
    found = {row: MISSING if n % _EVERY == 0 else RECEIVED for n, row in enumerate(rows)}
    if len(rows) > _DISGUISED:
        found[rows[_COPY]], found[rows[_DISGUISED]] = ANOTHER_CONTENT, MISSING
    return found


def members(world: World) -> list[tuple[str, bytes]]:
    """(name, content) of the container, in order."""
    s, r = world.schooling.sittings, world.reports
    rows, what = announced(world).tolist(), statuses(world)
    made = []
    for n, row in enumerate(rows):
        source = int(r.same_evidence_as[row]) if r.same_evidence_as[row] >= 0 else row
        content = reporting.evidence_content(world.seed, source)
        if what[row] == ANOTHER_CONTENT:
            content = reporting.evidence_content(world.seed, copied_from(world))
        if what[row] != MISSING:
            made.append((reporting.evidence_name(DISTRICT, int(s.year[row]), row), content))
        elif n == _DISGUISED:
            made.append((reporting.evidence_name(DISTRICT, int(s.year[row]), row), b"GIF89a no document"))
    return [*made, (_STRAY, b"\x89PNG\r\n\x1a\n" + b"of no sitting")]


def copied_from(world: World) -> int:
    """Row of the sitting whose evidence another student's file repeats: of the first one that is somebody else's."""
    s, rows = world.schooling.sittings, announced(world)
    copy = rows[_COPY]
    others = [
        int(row)
        for row in rows[_COPY + 1 :]
        if s.student[row] != s.student[copy] and statuses(world)[int(row)] == RECEIVED
    ]
    return others[0]


def truth(world: World) -> dict[str, Any]:
    """What is right about it."""
    what = list(statuses(world).values())
    return {
        "district": DISTRICT,
        "school_year": YEAR,
        "announced": len(what),
        **{name: what.count(name) for name in (RECEIVED, MISSING, ANOTHER_CONTENT)},
        "set_aside": 1,
        "of_no_sitting": 1,
        "shared_by_content_sha256": reporting.evidence_sha256(world.seed, copied_from(world)),
    }
