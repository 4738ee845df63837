"""Openings in bulk: what each one is, as columns of numbers, from its id alone.

An opening is one true job. Every eighth id and its neighbours are tied: the same words in another town, the same words
under another requisition, the same words again much later. Copies of an opening on other sites are rows of the same
opening (`copies.py`), never openings of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from extractors.sample import occupations
from extractors.sample.postings import draws, wording
from extractors.sample.postings.titles import TITLES
from extractors.sample.postings.wording import AFTER_HIRE, MENTION, NEGATED, PREFERRED, REQUIRED

Ints = npt.NDArray[np.int64]
SLOTS = 5  # things about credentials that one ad can say
FEEDS = ("lightcast", "nlx", "boards")
LIGHTCAST, NLX, BOARDS = range(3)
# What ties an opening to another one.
OWN, SIBLING, OTHER_REQUISITION, LATE_REPOST = range(4)
LATE_DAYS = 106  # a late repost follows that long after its model: its last copy (45 days) and the window (60) are over
# How an ad names the occupation, if it does.
UNCODED, ONET_2019, SOC_2010 = range(3)
_POSITIONS_CHANCE = 0.08


@dataclass
class Jobs:
    """Openings as columns of equal length; every table of codes is a column of its own vocabulary.

    Attributes:
        job: id of the opening. content: id of the opening whose words it uses (its own where they are its own).
        tie: OWN, SIBLING, OTHER_REQUISITION or LATE_REPOST.
        soc: number of the title (which gives title, O*NET-SOC and SOC code). shift: number of the title's addition.
        employer, town: numbers in the vocabulary. day: days since 1970-01-01. feed: where it appeared first.
        positions: how many people it wants; 0 where the ad does not say.
        pay_low: USD per hour, 0 where the ad does not say; the range ends `pay_width` above.
        education, years: positions in `wording.EDUCATION_LEVELS` and `wording.EXPERIENCE_YEARS`.
        coding: UNCODED, ONET_2019 or SOC_2010. may_copy: whether copies may follow. requisition: 0 where none.
        phrase, kind: [n, SLOTS] what a slot speaks of and how; kind 0 is an empty slot.
    """

    job: Ints
    content: Ints
    tie: Ints
    title: Ints
    shift: Ints
    employer: Ints
    town: Ints
    day: Ints
    feed: Ints
    positions: Ints
    pay_low: Ints
    pay_width: Ints
    education: Ints
    years: Ints
    coding: Ints
    may_copy: npt.NDArray[np.bool_]
    requisition: Ints
    phrase: Ints
    kind: Ints

    def __len__(self) -> int:
        return len(self.job)

    def take(self, where: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Jobs:
        """Some of the rows."""
        return Jobs(**{f.name: getattr(self, f.name)[where] for f in fields(self)})


# How often the ads of an occupation say something about a credential, in percent: occupation (or major group)|phrase|
# required preferred after_hire mention negated. Made up.
_PROFILE = """
29-1141|rn|88 0 2 1 0
29-1141|bls|45 10 6 3 0
29-1141|acls|18 16 2 2 0
29-1141|ccrn|1 8 0 2 0
29-1141|pals|4 5 2 1 1
29|bls|35 8 6 3 1
29|driver|6 2 0 0 1
31-1131|cna|75 8 9 1 0
31-1131|bls|22 8 6 2 0
31-1131|driver|6 3 0 0 4
31|bls|18 9 5 2 2
29-1292|rdh|90 0 0 1 0
29-1292|bls|35 6 3 0 0
29-1126|rrt|55 6 2 0 0
29-1126|bls|40 5 3 1 0
29-2011|mls|50 14 6 2 0
29-2011|mls/mlt|12 4 0 0 0
29-2012|mlt|45 14 6 2 0
29-2052|cpht|50 18 14 3 2
13-2011|cpa|26 28 3 8 2
13-2011|cma|2 7 0 2 0
13-2011|cpa/cma|3 6 0 0 0
13-2011|cia|2 9 0 3 0
13-2011|ea|1 4 0 1 0
13-2099|cfe|14 20 2 3 1
11|pmp|5 14 0 3 1
11|driver|5 2 0 0 1
13|pmp|7 16 0 4 1
13|shrm|3 7 0 2 0
13|capm|1 4 0 1 0
15|secplus|9 12 5 3 1
15|netplus/ccna|5 6 1 0 0
15|aws|4 13 0 4 1
15|csm|2 8 0 2 1
15|cissp|4 8 0 3 0
15-1232|aplus|28 22 8 4 3
15-1232|netplus|9 12 3 2 1
15-1232|itil|2 9 0 2 0
17|pe|12 14 2 3 2
17|fe|7 10 2 1 0
17|fe/pe|3 3 0 0 0
23-1011|bar|80 2 2 1 0
23-2011|notary|6 14 8 1 1
25-2021 25-2022 25-2031|teach|82 3 6 1 1
33-3051|post|40 12 30 2 0
33-3051|driver|55 2 0 0 0
33|driver|30 4 1 0 2
35|servsafe|18 10 20 3 4
37|driver|20 4 0 0 3
41|driver|24 3 0 0 2
43|notary|1 4 2 1 1
47-2111|elec|62 12 4 2 2
47-2111|osha10|14 10 8 2 1
47|osha10|18 12 9 2 1
47|osha30|5 7 1 1 0
47|driver|35 3 0 0 1
49|driver|38 3 0 0 1
49|osha10|7 7 5 1 1
51-4121|weld|28 20 8 3 2
51-4041|nims|7 14 2 2 1
51|osha10|5 5 4 1 2
53-2011|atp|72 8 0 2 0
53-3032|cdla|86 2 9 2 0
53|driver|35 4 1 0 3
45|driver|24 4 0 0 2
21|driver|38 5 0 0 1
"""


class BulkModel:
    """The made-up labour market from which openings are drawn: weights of occupations, employers, towns.

    Args:
        openings: how many there will be; sets how many employers and towns there are.
        first_day, days: the span of the original ads.
    """

    def __init__(self, seed: int, openings: int, first_day: int, days: int, towns: int | None = None) -> None:
        self.seed, self.openings, self.first_day, self.days = seed, openings, first_day, days
        self.town_count = min(towns or max(24, openings // 500), wording.MAX_TOWNS)
        self.towns = (*wording.towns(self.town_count), *wording.UNMAPPED_TOWNS)
        self.sectors = tuple(wording.SECTORS)
        self.employer_count = max(90, openings // 30)
        self.employers = [
            (wording.employer_name(n // len(self.sectors), self.sectors[n % len(self.sectors)]), self.sectors[n % 9])
            for n in range(self.employer_count)
        ]
        self._weigh_occupations()
        self._read_profile()

    @cached_property
    def vocabulary(self) -> wording.Vocabulary:
        """The pieces for these employers and towns."""
        return wording.Vocabulary(self.employers, self.towns)

    def _weigh_occupations(self) -> None:
        """Chance of each title: the jobs of its line, shared out among its components and titles."""
        weight = np.zeros(len(TITLES.all))
        for code, line in occupations.lines().items():
            parts = line.components or (code,)
            for part in parts:
                numbers = TITLES.of_soc.get(part, [])
                for number in numbers:
                    weight[number] += line.base / len(parts) / len(numbers)
        for number, title in enumerate(TITLES.all):
            # a title that is itself the name of a licence would be a mention
            if any(word in title.text for word in ("Licensed", "Emergency Medical", "Paramedic")):
                weight[number] = 0.0
        weight[TITLES.first_uncodable :] = weight.sum() * 0.03 / (len(TITLES.all) - TITLES.first_uncodable)
        self._cumulative = np.cumsum(weight) / weight.sum()
        sector_number = {sector: n for n, sector in enumerate(self.sectors)}
        pairs = [wording.SECTOR_OF_MAJOR.get(t.major, ("office", "hospitality")) for t in TITLES.all]
        self._sector = np.array([[sector_number[s] for s in pair] for pair in pairs])
        levels = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4}
        zones = [levels.get(occupations.zone_of(t.soc_code), 1) if t.soc_code else 1 for t in TITLES.all]
        self._education = np.array(zones)
        self._pay = np.array([_hourly(t.soc_code) for t in TITLES.all])

    def _read_profile(self) -> None:
        numbers = wording.phrase_number()
        self._phrase = np.zeros((len(TITLES.all), SLOTS), dtype=np.int64)
        self._chance = np.zeros((len(TITLES.all), SLOTS, 5))
        rows: dict[str, list[tuple[int, list[float]]]] = {}
        for line in _PROFILE.strip().splitlines():
            where, keys, percents = line.split("|")
            shares = [float(percent) / 100 for percent in percents.split()]
            for code in where.split():
                rows.setdefault(code, []).append((numbers[tuple(keys.split("/"))], shares))
        for number, title in enumerate(TITLES.all):
            found = rows.get(title.soc_code) or rows.get(title.major) or []
            for slot, (phrase, chances) in enumerate(found[:SLOTS]):
                self._phrase[number, slot] = phrase
                self._chance[number, slot] = np.cumsum(chances)

    def month_days(self, first: int, last: int) -> tuple[int, int]:
        """Ids [start, stop) of the openings whose day lies in [first, last)."""
        span = self.days

        def id_at(day: int) -> int:
            return -(-(min(max(day - self.first_day, 0), span)) * self.openings // span)

        return id_at(first), id_at(last)

    def day_of(self, ids: Ints) -> Ints:
        """Openings follow each other evenly through the span."""
        result: Ints = self.first_day + ids * self.days // self.openings
        return result

    def ties(self, ids: Ints) -> tuple[Ints, Ints]:
        """(tie, content) of each opening: which one lends it its words."""
        seed, place = self.seed, ids % 8
        chance = draws.share(seed, "tie", ids)
        back = -(-LATE_DAYS * self.openings // self.days // 8) * 8 + 8
        tie = np.zeros(len(ids), dtype=np.int64)
        tie[(place >= 2) & (place <= 4) & (chance < 0.55)] = SIBLING
        tie[repeats_words(seed, ids)] = OTHER_REQUISITION
        tie[(place == 7) & (chance < 0.30) & (ids >= back)] = LATE_REPOST
        content = ids.copy()
        content[tie == SIBLING] -= place[tie == SIBLING]
        content[tie == OTHER_REQUISITION] -= 1
        # the model of a late repost stands at place 1 of a block, which lends its words to nobody else
        content[tie == LATE_REPOST] -= back + 6
        return tie, content

    def at(self, ids: Ints) -> Jobs:
        """The openings with these ids."""
        seed = self.seed
        tie, content = self.ties(ids)
        title = np.searchsorted(self._cumulative, draws.share(seed, "title", content), side="right")
        sector = self._sector[title, (draws.share(seed, "sector", content) < 0.2).astype(np.int64)]
        per_sector = self.employer_count // len(self.sectors)
        rank = (per_sector * draws.share(seed, "employer", content) ** 1.6).astype(np.int64)
        employer = rank * len(self.sectors) + sector
        town = self._town(employer, draws.pick(seed, "branch", content, 4))
        moved = tie == SIBLING
        step = 1 + (ids % 8) + draws.pick(seed, "move", content, max(self.town_count - 9, 1))
        town[moved] = (town[moved] + step[moved]) % self.town_count
        lost = draws.share(seed, "lost", content) < 0.008
        town[lost & ~moved] = self.town_count + content[lost & ~moved] % 2
        coded = draws.share(seed, "coded", content)
        coding = np.where(coded < 0.55, ONET_2019, np.where(coded < 0.65, SOC_2010, UNCODED))
        alone = stands_alone(seed, ids)
        feed = draws.pick(seed, "feed", ids, 3)
        feed[alone] = NLX
        numbered = alone | (draws.share(seed, "numbered", ids) < 0.4)
        return Jobs(
            job=ids,
            content=content,
            tie=tie,
            title=title,
            employer=employer,
            town=town,
            day=self.day_of(ids),
            feed=feed,
            coding=np.where(title >= TITLES.first_uncodable, UNCODED, coding),
            may_copy=~alone,
            requisition=np.where(numbered, 10_000 + ids, 0),
            phrase=self._phrase[title],
            kind=self._kinds(title, content),
            **self.drawn(title, content),
        )

    def drawn(self, title: Ints, content: Ints) -> dict[str, Ints]:
        """What an ad says besides: shift, positions, pay, education and experience."""
        seed = self.seed
        low = np.maximum(self._pay[title] * (0.85 + 0.3 * draws.share(seed, "pay", content)), 12).astype(np.int64)
        low[draws.share(seed, "says pay", content) < 0.45] = 0
        return {
            "shift": draws.pick(seed, "shift", content, len(wording.SHIFTS)),
            "positions": self._positions(content),
            "pay_low": low,
            "pay_width": 1 + draws.pick(seed, "pay width", content, 9),
            "education": self._education[title],
            "years": draws.pick(seed, "years", content, len(wording.EXPERIENCE_YEARS)),
        }

    def _town(self, employer: Ints, branch: Ints) -> Ints:
        """One of an employer's four places; large towns have more of them."""
        where: Ints = (self.town_count * draws.share(self.seed, "town", employer * 4 + branch) ** 1.7).astype(np.int64)
        return where

    def _kinds(self, title: Ints, content: Ints) -> Ints:
        chance = np.stack([draws.share(self.seed, f"slot {n}", content) for n in range(SLOTS)], axis=1)
        below = chance[:, :, None] < self._chance[title]
        kind: Ints = np.where(below.any(axis=2), below.argmax(axis=2) + REQUIRED, 0)
        return kind

    def _positions(self, content: Ints) -> Ints:
        chance = draws.share(self.seed, "positions", content)
        several = 2 + draws.pick(self.seed, "several", content, 9)
        many = 20 + draws.pick(self.seed, "many", content, 60)
        result: Ints = np.where(chance < 0.015, many, np.where(chance < _POSITIONS_CHANCE, several, 0))
        return result


def repeats_words(seed: int, ids: Ints) -> npt.NDArray[np.bool_]:
    """Openings that use the words of the one before them under another requisition."""
    result: npt.NDArray[np.bool_] = (ids % 8 == 6) & (draws.share(seed, "requisition", ids) < 0.10)
    return result


def stands_alone(seed: int, ids: Ints) -> npt.NDArray[np.bool_]:
    """Openings without copies: both of a pair that only the requisition tells apart."""
    return repeats_words(seed, ids) | repeats_words(seed, ids + 1)


def _hourly(soc_code: str) -> float:
    """A made-up hourly wage around which the ads of an occupation pay."""
    line = occupations.lines().get(soc_code)
    if line is not None and line.wage:
        return line.wage
    part = occupations.components().get(soc_code)
    return part.wage if part is not None and isinstance(part.wage, float) else 26.0


KIND_ORDER = (REQUIRED, PREFERRED, AFTER_HIRE, MENTION, NEGATED)
