"""The sample's own openings: how many per line and region, who asks for what, so that every outcome occurs.

The counts are planned, not drawn, because a threshold is tested at its border. Everything else (words, copies, days)
comes from the seed. Within a line an opening has a rank of employer; `employers` limits an ask to the first ranks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from extractors.sample.postings import copies, draws, wording
from extractors.sample.postings.copies import Rows
from extractors.sample.postings.jobs import (
    LATE_REPOST,
    NLX,
    ONET_2019,
    OTHER_REQUISITION,
    OWN,
    SIBLING,
    SLOTS,
    SOC_2010,
    UNCODED,
    BulkModel,
    Jobs,
)
from extractors.sample.postings.render import Renderer, day_number
from extractors.sample.postings.titles import TITLES

# The list of the sample is as of this day; its postings are those of the twelve months before.
AS_OF = dt.date(2026, 7, 1)
WINDOW = (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
# Nothing is posted on the days at the border, so that "twelve months" leaves no doubt; no group crosses it either.
_SPANS = (
    (dt.date(2025, 5, 1), dt.date(2025, 6, 28)),
    (dt.date(2025, 7, 3), dt.date(2026, 6, 28)),
    (dt.date(2026, 7, 4), dt.date(2026, 10, 30)),
)
BEFORE, INSIDE, AFTER = range(3)
_TOWNS = 24
_BLOCK = 4096  # draws made at once; more than there are openings
_UNMAPPED = 4  # the fifth place of a count: towns whose ZIP belongs to no region

# Line|openings in the window in regions 1-4 and in no region|ranks of employers|percent that the source codes|
# whether some are siblings and other ties. Lines whose counts lie at a border are coded by the source throughout.
_LINES = """
29-1141|110 60 36 10 4|8|70|ties
13-2011|44 24 14 8 0|8|100|
15-1256|50 28 14 8 0|7|100|
15-1299|30 16 8 6 0|6|100|
47-2111|36 22 14 8 0|7|100|
29-1292|18 12 6 4 0|6|70|ties
29-1126|14 8 4 4 0|5|100|
29-2010|18 10 4 4 0|6|100|
11-3021|20 10 6 4 0|6|100|
13-1198|30 16 8 6 0|7|100|
49-9041|22 12 6 5 0|6|100|
53-2011|12 8 0 0 0|5|60|
25-2021|14 8 4 4 0|6|60|
25-2031|14 8 4 4 0|6|60|
33-3051|12 6 4 3 0|5|60|
23-1011|10 6 2 2 0|6|60|
23-2011|12 6 4 2 0|6|100|
17-2199|10 6 2 2 0|5|60|
17-2011|10 6 2 2 0|5|100|
11-1021|14 8 4 4 0|6|60|
41-4012|10 6 2 2 0|6|60|
43-6011|12 7 3 3 0|6|100|
13-1111|10 6 3 3 0|5|60|
51-4041|14 8 4 14 0|6|100|
31-1131|28 16 9 7 1|8|60|ties
53-3032|26 16 10 8 1|8|60|ties
15-1232|20 10 6 4 0|6|60|
51-4121|10 6 4 4 0|5|60|
35-2014|10 5 3 2 0|5|50|
29-2052|10 5 3 2 0|5|60|
"""
# Titles nobody can code: openings in regions 1-4 and in no region.
_UNCODABLE = (20, 10, 5, 4, 1)

# Line|credential, or alternatives|how|openings in regions 1-4 and in no region|first ranks of employers, or *|SOC, or *
_ASKS = """
29-1141|rn|required|100 54 33 9 3|*|*
29-1141|bls|required|40 20 12 3 0|*|*
29-1141|bls|preferred|15 8 4 1 0|*|*
29-1141|acls|preferred|18 9 5 0 0|*|*
29-1141|ccrn|preferred|7 3 0 0 0|*|*
29-1141|pals|required|0 0 10 0 0|*|*
29-1141|cen|preferred|8 3 1 0 0|*|*
29-1141|cna|mention|6 4 2 0 0|*|*
13-2011|cpa|required|10 6 3 2 0|*|*
13-2011|cpa|preferred|8 4 2 1 0|*|*
13-2011|cia|preferred|7 4 1 0 0|2|*
13-2011|cma|preferred|3 1 1 0 0|*|*
13-2011|ea|preferred|2 1 1 0 0|*|*
13-2011|cfe|mention|3 2 1 0 0|*|*
13-2011|pmp|negated|2 1 1 0 0|*|*
15-1256|aws|preferred|6 3 1 1 0|*|*
15-1256|csm|preferred|3 2 1 0 0|*|*
15-1256|istqb|required|4 3 2 1 0|*|15-1253
15-1256|secplus|mention|8 3 1 0 0|*|*
15-1299|secplus|required|8 4 2 1 0|*|*
15-1299|cissp|preferred|5 2 1 1 0|*|*
15-1299|netplus/ccna|required|6 3 2 1 0|*|*
15-1299|aplus|negated|5 2 1 0 0|*|*
47-2111|elec|required|24 14 9 5 0|*|*
47-2111|osha10|preferred|4 2 1 0 0|*|*
47-2111|driver|required|10 6 4 2 0|*|*
47-2111|osha30|after_hire|9 3 2 0 0|*|*
29-1292|rdh|required|17 11 6 4 0|*|*
29-1292|bls|required|7 4 2 1 0|*|*
29-1126|rrt|required|6 4 2 2 0|*|*
29-1126|bls|required|3 2 1 1 0|*|*
29-2010|mls|required|7 4 1 1 0|*|29-2011
29-2010|mlt|required|5 3 1 1 0|*|29-2012
11-3021|pmp|preferred|6 3 2 1 0|*|*
11-3021|itil|preferred|5 2 1 1 0|*|*
13-1198|pmp|required|8 4 1 1 0|*|*
13-1198|pmp|preferred|4 3 2 1 0|*|*
13-1198|pmp/capm|preferred|3 2 1 0 0|*|*
49-9041|osha30|preferred|6 4 1 0 0|2|*
49-9041|osha10|after_hire|8 4 2 1 0|*|*
53-2011|atp|required|8 5 0 0 0|*|*
25-2021|teach|required|13 8 4 4 0|*|*
25-2031|teach|required|12 7 4 3 0|*|*
25-2031|teach|after_hire|2 1 0 1 0|*|*
33-3051|post|required|5 3 1 1 0|*|*
33-3051|post|after_hire|5 2 2 1 0|*|*
33-3051|driver|required|8 4 3 2 0|*|*
23-1011|bar|required|8 5 2 1 0|*|*
23-2011|notary|preferred|3 1 1 0 0|*|*
17-2199|pe|preferred|3 2 1 0 0|*|*
17-2011|fe/pe|required|3 2 1 0 0|*|*
11-1021|driver|mention|3 2 1 0 0|*|*
41-4012|driver|required|6 4 1 1 0|*|*
43-6011|notary|preferred|1 1 0 0 0|*|*
51-4041|nims|preferred|3 2 0 11 0|*|*
31-1131|cna|required|24 14 8 6 1|*|*
31-1131|bls|required|10 5 3 2 0|*|*
53-3032|cdla|required|21 13 8 6 1|*|*
53-3032|cdla|after_hire|2 1 1 1 0|*|*
15-1232|aplus|required|11 6 3 2 0|*|*
15-1232|netplus|preferred|4 2 1 1 0|*|*
51-4121|weld|required|5 3 2 2 0|*|*
35-2014|servsafe|required|4 2 1 1 0|*|*
35-2014|servsafe|after_hire|3 2 1 0 0|*|*
29-2052|cpht|required|4 2 1 1 0|*|*
29-2052|cpht|preferred|3 2 1 1 0|*|*
"""
_SCARCE = 16  # an ask in fewer openings than this is planned to the opening: ties do not repeat it
_KINDS = {name: number for number, name in enumerate(wording.CLASS_NAMES) if name}
_OUTSIDE_SHARE = {BEFORE: 0.10, AFTER: 0.14}


@dataclass(frozen=True)
class SamplePostings:
    """The sample's openings and rows, and the renderer that writes them out."""

    jobs: Jobs
    rows: Rows
    renderer: Renderer


@dataclass
class _Opening:
    """One opening while it is planned."""

    line: str
    title: int
    region: int
    rank: int
    span: int
    employer: int = 0
    town: int = 0
    day: int = 0
    tie: int = OWN
    model: int = -1
    may_copy: bool = True
    coding: int = ONET_2019
    asks: tuple[tuple[int, int], ...] = ()

    def can_ask(self, phrase: int, soc: str) -> bool:
        """There is room, the occupation is the one meant, and the ad does not speak of the credential yet."""
        said = {key for number, _ in self.asks for key in wording.phrases()[number].keys}
        is_meant = soc in ("*", TITLES.all[self.title].soc_code)
        return is_meant and len(self.asks) < SLOTS and not said & set(wording.phrases()[phrase].keys)


class _Plan:
    """Builds the openings step by step; `openings[i]` has the id i."""

    def __init__(self, seed: int, model: BulkModel) -> None:
        self.seed, self.model = seed, model
        self.openings: list[_Opening] = []
        self.taken: dict[tuple[int, int, int], list[int]] = {}
        self.drawn: dict[tuple[str, int], list[float]] = {}

    def share(self, purpose: str, number: int) -> float:
        """A number in [0, 1) for one opening."""
        block, place = divmod(number, _BLOCK)
        drawn = self.drawn.get((purpose, block))
        if drawn is None:
            ids = np.arange(block * _BLOCK, (block + 1) * _BLOCK, dtype=np.int64)
            drawn = self.drawn[purpose, block] = draws.share(self.seed, purpose, ids).tolist()
        return drawn[place]

    def add_line(self, line: str, counts: list[int], ranks: int, coded_pct: int, has_ties: bool) -> None:
        """The openings of a line inside the window, then some before and after it."""
        titles = [n for soc in components(line) for n in TITLES.of_soc[soc] if TITLES.all[n].plural]
        for region, count in enumerate(counts):
            ties = count // 12 if has_ties and region < _UNMAPPED else 0
            start = len(self.openings)
            for n in range(count - ties):
                title = titles[(n + region) % len(titles)]
                self._add(_Opening(line, title, region, n % ranks, INSIDE), ranks, coded_pct)
            self._ask(line, region, start)
            for n in range(ties):
                self._tie(start, count - ties, n)
        for span, share in _OUTSIDE_SHARE.items():
            for n in range(round(sum(counts) * share)):
                opening = _Opening(line, titles[n % len(titles)], n % 4, n % ranks, span)
                self._add(opening, ranks, coded_pct)
                self._ask_freely(opening)

    def add_uncodable(self) -> None:
        """Openings whose title says nothing."""
        number = 0
        for region, count in enumerate(_UNCODABLE):
            for _ in range(count):
                title = TITLES.first_uncodable + number % (len(TITLES.all) - TITLES.first_uncodable)
                self._add(_Opening("", title, region, number % 10, INSIDE), 10, 0)
                number += 1

    def _add(self, opening: _Opening, ranks: int, coded_pct: int) -> None:
        number = len(self.openings)
        sectors = wording.SECTOR_OF_MAJOR.get(TITLES.all[opening.title].major, ("hospitality", "office"))
        opening.employer = self.model.sectors.index(sectors[0]) + len(self.model.sectors) * opening.rank
        if TITLES.all[opening.title].soc_code:
            coded = self.share("is coded", number) * 100 < coded_pct
            old = coded and self.share("old code", number) < 0.12
            opening.coding = SOC_2010 if old else ONET_2019 if coded else UNCODED
        else:
            opening.coding = UNCODED
        self._place(opening, number)
        self.openings.append(opening)

    def _place(self, opening: _Opening, number: int) -> None:
        """Town and day such that the same employer has no like opening in the town near that day."""
        first, last = (day_number(day) for day in _SPANS[opening.span])
        for attempt in range(400):
            key = number + attempt * _BLOCK
            town = self._town(opening.region, self.share("place", key))
            day = first + int(self.share("day", key) * (last - first + 1))
            if self._is_free(opening.employer, town, opening.title, day):
                break
        opening.town, opening.day = town, day
        self.taken.setdefault((opening.employer, town, opening.title), []).append(day)

    def _town(self, region: int, share: float) -> int:
        if region == _UNMAPPED:
            return _TOWNS + int(share * 2)
        inside = [n for n, town in enumerate(self.model.towns) if town.region == region]
        return inside[int(share * len(inside))]

    def _is_free(self, employer: int, town: int, title: int, day: int) -> bool:
        reach = copies.LAST_COPY_DAY + 61
        return all(abs(day - other) > reach for other in self.taken.get((employer, town, title), []))

    def _ask(self, line: str, region: int, start: int) -> None:
        """Hand the planned asks to the openings from `start` on, each to the ones that come first by the seed."""
        for phrase, kind, counts, ranks, soc in asks_of(line):
            here = range(start, len(self.openings))
            order = sorted((self.share(f"ask {phrase} {kind}", n), n) for n in here)
            left = counts[region]
            for _, number in order:
                opening = self.openings[number]
                if left and (ranks is None or opening.rank < ranks) and opening.can_ask(phrase, soc):
                    opening.asks = (*opening.asks, (phrase, kind))
                    left -= 1
            assert not left, (line, wording.phrases()[phrase].keys, region, left)

    def _ask_freely(self, opening: _Opening) -> None:
        """Outside the window everything is asked for often: whoever counts it gets another list."""
        number = len(self.openings) - 1
        for phrase, kind, _, _, soc in asks_of(opening.line):
            if opening.can_ask(phrase, soc) and self.share(f"free {phrase}", number) < 0.45:
                opening.asks = (*opening.asks, (phrase, kind))

    def _tie(self, start: int, count: int, number: int) -> None:
        """A sibling in another town, the same under another requisition, or the same much later."""
        tie = (SIBLING, OTHER_REQUISITION, SIBLING, LATE_REPOST)[number % 4]
        asks = asks_of(self.openings[start].line)
        scarce = {(phrase, kind) for phrase, kind, counts, _, _ in asks if sum(counts) < _SCARCE}
        last = day_number(_SPANS[INSIDE][1])
        for model in range(start, start + count):
            one = self.openings[model]
            is_used = any(o.model == model for o in self.openings)
            if is_used or scarce & set(one.asks) or (tie == LATE_REPOST and one.day > last - 120):
                continue
            tied = replace(one, tie=tie, model=model, may_copy=tie != OTHER_REQUISITION)
            if tie == LATE_REPOST:
                tied.day = one.day + 107 + int(self.share("late", model) * 10)
            elif tie == SIBLING:
                towns = [self._town(one.region, n / 6) for n in range(6)]
                free = [t for t in towns if t != one.town and self._is_free(one.employer, t, one.title, one.day)]
                if not free:
                    continue
                tied.town = free[0]
            else:
                one.may_copy = False
            others = [d for d in self.taken.get((one.employer, tied.town, one.title), []) if d != one.day]
            if all(abs(tied.day - day) > copies.LAST_COPY_DAY + 61 for day in others):
                self.taken.setdefault((one.employer, tied.town, one.title), []).append(tied.day)
                self.openings.append(tied)
                return
            one.may_copy = True
        raise AssertionError(f"no opening of {self.openings[start].line} can be tied")


def components(line: str) -> tuple[str, ...]:
    """SOC codes of a line."""
    from extractors.sample import occupations

    return occupations.lines()[line].components or (line,)


@cache
def asks_of(line: str) -> tuple[tuple[int, int, tuple[int, ...], int | None, str], ...]:
    """(phrase, kind, openings per region, ranks of employers or None, SOC or *) of a line."""
    result = []
    for row in _ASKS.strip().splitlines():
        code, keys, kind, counts, ranks, soc = row.split("|")
        if code == line:
            phrase = wording.phrase_number()[tuple(keys.split("/"))]
            numbers = tuple(map(int, counts.split()))
            result.append((phrase, _KINDS[kind], numbers, None if ranks == "*" else int(ranks), soc))
    return tuple(result)


@cache
def designed(seed: int, text_length: int = 1500) -> SamplePostings:
    """The sample's postings: the openings of the plan with their copies, ready to be rendered."""
    first, last = day_number(_SPANS[0][0]), day_number(_SPANS[2][1])
    model = BulkModel(seed, 1000, first, last - first, _TOWNS)
    plan = _Plan(seed, model)
    for row in _LINES.strip().splitlines():
        line, counts, ranks, coded_pct, ties = row.split("|")
        plan.add_line(line, [int(c) for c in counts.split()], int(ranks), int(coded_pct), ties == "ties")
    plan.add_uncodable()
    jobs = _jobs(seed, model, plan.openings)
    ends = np.array([day_number(_SPANS[o.span][1]) for o in plan.openings])
    rows = copies.rows_of(seed, jobs, ends)
    return SamplePostings(jobs, rows, Renderer(seed, model.vocabulary, text_length))


def _jobs(seed: int, model: BulkModel, openings: list[_Opening]) -> Jobs:
    """The plan as columns; what it does not fix is drawn as in bulk."""
    job = np.arange(len(openings), dtype=np.int64)
    content = np.array([n if o.model < 0 else o.model for n, o in enumerate(openings)])
    title = np.array([o.title for o in openings])
    drawn = model.drawn(title, content)
    alone = np.array([o.tie == OTHER_REQUISITION for o in openings])
    alone[content[alone]] = True
    positions = drawn["positions"]
    feed = draws.pick(seed, "feed", job, 3)
    feed[alone] = NLX
    # a code of 2010 is something that one of the layouts can say
    coding = np.array([o.coding for o in openings])
    feed[(coding == SOC_2010) | (positions > 0)] = NLX
    asks = np.zeros((len(openings), SLOTS, 2), dtype=np.int64)
    for number, opening in enumerate(openings):
        for slot, ask in enumerate(opening.asks):
            asks[number, slot] = ask
    return Jobs(
        job=job,
        content=content,
        tie=np.array([o.tie for o in openings]),
        title=title,
        shift=drawn["shift"],
        employer=np.array([o.employer for o in openings]),
        town=np.array([o.town for o in openings]),
        day=np.array([o.day for o in openings]),
        feed=feed,
        positions=positions,
        pay_low=drawn["pay_low"],
        pay_width=drawn["pay_width"],
        education=drawn["education"],
        years=drawn["years"],
        coding=coding,
        may_copy=_bools([o.may_copy for o in openings]) & ~alone,
        requisition=np.where(alone | (draws.share(seed, "numbered", job) < 0.4), 10_000 + job, 0),
        phrase=asks[:, :, 0],
        kind=asks[:, :, 1],
    )


def _bools(values: list[bool]) -> npt.NDArray[np.bool_]:
    return np.array(values, dtype=np.bool_)
