"""Rows from openings: the first ad of each, and its copies on the same and on other sites within 45 days.

A copy says what its first ad says, less or differently framed: the truth of a row is that of its opening. First ads are
whole and come first, so the earliest, the longest and the union of a group agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from extractors.sample.postings import draws
from extractors.sample.postings.jobs import BOARDS, FEEDS, NLX, Ints, Jobs

ORIGINAL, EXACT, EDITED, TRUNCATED, OTHER_SITE = range(5)
# The first ad of a tied opening is named after its tie (`jobs.OWN`, ...), so that one column says all.
KIND_NAMES = (
    "original", "exact_repost", "edited_repost", "truncated_repost", "other_site", "sibling_other_town",
    "other_requisition", "late_repost",
)  # fmt: skip
MOST_COPIES = 4
LAST_COPY_DAY = 45
_CUMULATIVE = (0.66, 0.86, 0.95, 0.985, 1.0)  # chance of at most 0, 1, 2, 3, 4 copies


@dataclass
class Rows:
    """Rows of an export: `of` is the row of `Jobs`, `copy` 0 for the first ad, `kind` as above."""

    of: Ints
    copy: Ints
    kind: Ints
    day: Ints
    feed: Ints

    def __len__(self) -> int:
        return len(self.of)

    def take(self, where: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(self.of[where], self.copy[where], self.kind[where], self.day[where], self.feed[where])


def copy_counts(seed: int, job: Ints, may_copy: npt.NDArray[np.bool_]) -> Ints:
    """How many copies each opening has."""
    result: Ints = np.searchsorted(np.array(_CUMULATIVE), draws.share(seed, "copies", job), side="right")
    result[~may_copy] = 0
    return result


def rows_of(seed: int, jobs: Jobs, last_day: int | Ints) -> Rows:
    """The first ads and the copies of these openings; no copy after `last_day`, which may differ per opening."""
    counts = copy_counts(seed, jobs.job, jobs.may_copy)
    of = np.repeat(np.arange(len(jobs)), counts + 1)
    start = np.cumsum(counts + 1) - (counts + 1)
    copy = np.arange(len(of)) - start[of]
    ids = jobs.job[of] * 8 + copy
    kind = np.where(copy == 0, ORIGINAL, EXACT + draws.pick(seed, "kind", ids, 4))
    room = np.clip((last_day - jobs.day)[of], 0, LAST_COPY_DAY)
    day = jobs.day[of] + np.where(copy == 0, 0, np.minimum(1 + draws.pick(seed, "delay", ids, LAST_COPY_DAY), room))
    feed = np.where(copy == 0, jobs.feed[of], _feed(seed, jobs.feed[of], kind, ids))
    # how many people an ad wants is told in two of the layouts only: such openings stay in these
    told = jobs.positions[of] > 0
    feed[told] = np.where(copy[told] == 0, NLX, np.where(kind[told] == OTHER_SITE, BOARDS, NLX))
    return Rows(of, copy, kind, day, feed)


def _feed(seed: int, first: Ints, kind: Ints, ids: Ints) -> Ints:
    """Exact and edited reposts stay on their site; truncated ones may, the others do not."""
    step = np.where(kind == OTHER_SITE, 1 + draws.pick(seed, "site", ids, 2), 0)
    step = np.where(kind == TRUNCATED, draws.pick(seed, "site", ids, 3), step)
    result: Ints = (first + step) % len(FEEDS)
    return result
