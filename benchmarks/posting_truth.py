"""Postings with known duplicates, at any scale: the truth that `posting_duplicates` measures against.

Belongs here: made-up openings, and what sites do to an ad. Does not belong here: any code of the package that is
measured, so that its rules are not tested with its own words.

An opening belongs to an employer, a town and a title with or without a ward. Its text has three parts: the employer's
boilerplate, the duties of the occupation (the same for all wards and employers), and what is its own (30-60 %). Two
openings of one employer, town and occupation so have 40-70 % of their text in common. Words are syllables put together,
with frequencies as in English.

Copies: other sites, within 20 days (headers and footers, words exchanged, cut off, title and employer decorated,
employer hidden, requisition shown or not, no text); reposts 30-55 days after one another (the same opening); openings
again after 75 days and more (another one); the same text in other towns, and under another requisition in the same town
(other ones).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

TOWNS = 600
SITES = 8
FIRST_DAY = dt.date(2025, 1, 1).toordinal() - dt.date(1970, 1, 1).toordinal()
DAYS = 365
PER_CHUNK = 10_000  # openings
COPIES = 2.4  # postings per opening, about


def _list(words: str) -> list[str]:
    return words.split("|")


_OCCUPATIONS = _list(
    "Registered Nurse|Licensed Practical Nurse|Medical Assistant|Physical Therapist|Pharmacy Technician|"
    "Radiologic Technologist|Phlebotomist|Social Worker|Case Manager|Respiratory Therapist|"
    "Surgical Technologist|Patient Care Technician|"
    "Truck Driver|Forklift Operator|Warehouse Associate|Diesel Mechanic|Dispatcher|Delivery Driver|Material Handler|"
    "Line Cook|Server|Dishwasher|Housekeeper|Front Desk Agent|Bartender|Security Officer|Janitor|Groundskeeper|"
    "Software Engineer|Data Analyst|Systems Administrator|Network Engineer|Help Desk Technician|Business Analyst|"
    "Accountant|Bookkeeper|Payroll Clerk|Loan Officer|Teller|Claims Adjuster|Customer Service Representative|"
    "Sales Associate|Cashier|Store Manager|Merchandiser|Assistant Manager|Welder|Machinist|Electrician|Plumber|"
    "Maintenance Technician|Quality Inspector|Production Worker|HVAC Technician|Carpenter|Civil Engineer|"
    "Teacher|Paraprofessional|School Nurse|Bus Driver|Custodian|Substitute Teacher"
)
_WARDS = _list(
    "|Emergency|Cardiology|Oncology|Pediatrics|Surgery|Orthopedics|Downtown|Airport|Operations|Field|Commercial|"
    "Residential|Evening Program"
)
_RANKS = ("", "", "", "", "", "Senior ", "Lead ", "Junior ")
_GRADES = ("", "", "", "", " I", " II", " III")
_KINDS = _list(
    "Hospital|Health System|Logistics|Restaurants|Hotels|Bank|Manufacturing|School District|Retail|Systems|"
    "Construction|Clinic|Energy|Foods"
)
_TITLE_TAILS = _list(
    " - Full time|(Remote)| - {town}, {state}| at {employer}| $21.50/hr| - Urgently hiring!| #48213| - Immediate Start|"
    " (Full-Time)| - New| | {town} {state}| - $2,000 Sign On Bonus| | "
)
_EMPLOYER_TAILS = _list(", Inc.| LLC| Inc| Corp.|, Co.| - {town}| Careers| | | ")
_AGENCIES = ("Northwind Staffing", "Brightway Recruiting", "Confidential", "Rapid Talent Partners")


class Chunk(NamedTuple):
    """Some postings and, for each, the number of its opening."""

    postings: pa.RecordBatch
    opening: NDArray[np.int64]


@njit(cache=True)
def _mix(a, b):
    h = (np.uint64(a) ^ (np.uint64(b) * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(32)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(29))


@njit(cache=True)
def _render(words, sizes, common, seeds, starts, lengths, keep, edits, own, town, out, offsets):
    """Write the texts: segments [n, s] (seed, first word, words), at most keep [n] words, edits [n] of 65,536
    exchanged."""
    at = 0
    for row in range(len(seeds)):
        offsets[row] = at
        written = 0
        for segment in range(seeds.shape[1]):
            for k in range(lengths[row, segment]):
                if written == keep[row]:
                    break
                position = starts[row, segment] + k
                h = _mix(seeds[row, segment], position)
                if edits[row] and (_mix(own[row], written) & np.uint64(0xFFFF)) < edits[row]:
                    h = _mix(own[row], written + 1_000_003)
                word = common[h & np.uint64(0xFFFF)]
                if segment == 1 and position == 7:
                    word = town[row]
                for c in range(sizes[word]):
                    letter = words[word, c]
                    out[at] = letter - 32 if c == 0 and position % 13 == 0 else letter
                    at += 1
                if position % 13 == 12:
                    out[at] = 46
                    at += 1
                out[at] = 10 if position % 39 == 38 else 32
                at += 1
                written += 1
    offsets[len(seeds)] = at


class Truth:
    """A generator of postings; the same numbers give the same postings.

    Args:
        postings: about how many rows.
    """

    def __init__(self, postings: int, seed: int = 7) -> None:
        self.openings = max(50, int(postings / COPIES))
        self._seed = seed
        rng = np.random.default_rng(seed)
        syllables = [
            a + b for a in _list("b|d|f|g|k|l|m|n|p|r|s|t|v|z|ch|st|tr") for b in _list("a|e|i|o|u|ar|en|il|on")
        ]
        names = sorted({"".join(rng.choice(syllables, rng.integers(1, 5))) for _ in range(9000)})
        rng.shuffle(names)
        self._words = np.zeros((len(names), 20), np.uint8)
        self._sizes = np.array([len(n) for n in names], np.int64)
        for row, name in enumerate(names):
            self._words[row, : len(name)] = np.frombuffer(name.encode(), np.uint8)
        weights = 1 / (np.arange(len(names)) + 3.0)
        self._common = rng.choice(len(names), 65536, p=weights / weights.sum())
        self._town_word = rng.integers(0, len(names), TOWNS)
        self._towns = [
            f"{names[w].title()}{end}"
            for w, end in zip(self._town_word, rng.choice(["", "ville", " Springs", " City"], TOWNS), strict=True)
        ]
        self._states = rng.choice(["IL", "OH", "PA", "TX"], TOWNS)
        self._town_weight = 1 / (np.arange(TOWNS) + 5.0) ** 0.9
        self._town_weight /= self._town_weight.sum()
        count = max(20, self.openings // 50)
        self._employers = [
            f"{names[a].title()} {names[b].title()} {_KINDS[k]}" if both else f"{names[a].title()} {_KINDS[k]}"
            for a, b, k, both in zip(
                rng.integers(0, len(names), count), rng.integers(0, len(names), count),
                rng.integers(0, len(_KINDS), count),
                rng.random(count) < 0.6, strict=True,
            )
        ]  # fmt: skip
        self._employer_weight = 1 / (np.arange(count) + 10.0) ** 0.7
        self._employer_weight /= self._employer_weight.sum()
        self._home = rng.choice(TOWNS, (count, 4), p=self._town_weight)
        self._trade = rng.integers(0, len(_OCCUPATIONS), (count, 12))

    def chunks(self) -> Iterator[Chunk]:
        """All postings, some openings at a time."""
        for number, start in enumerate(range(0, self.openings, PER_CHUNK)):
            yield self._chunk(number, min(PER_CHUNK, self.openings - start))

    def _chunk(self, number: int, count: int) -> Chunk:
        rng = np.random.default_rng((self._seed, number))
        job = self._jobs(rng, number, count)
        # one line per opening: (ad, town, opening, first day, requisition)
        lines: list[tuple[NDArray[Any], ...]] = [
            (np.arange(count), job["town"], job["start"], job["requisition"], np.zeros(count, bool))
        ]
        again = np.flatnonzero(rng.random(count) < 0.08)  # the same ad, long after
        start = job["start"][again] + job["chain"][again] + 75 + rng.integers(0, 60, len(again))
        requisition = np.where(rng.random(len(again)) < 0.5, 0, job["requisition"][again])
        lines.append((again, job["town"][again], start, requisition, np.zeros(len(again), bool)))
        taken = job["town"].copy()
        for _ in range(2):  # other towns
            elsewhere = np.flatnonzero(rng.random(count) < 0.1)
            town = rng.choice(TOWNS, len(elsewhere), p=self._town_weight)
            free = (town != job["town"][elsewhere]) & (town != taken[elsewhere])
            elsewhere, town = elsewhere[free], town[free]
            taken[elsewhere] = town
            start = job["start"][elsewhere] + rng.integers(0, 15, len(elsewhere))
            lines.append((elsewhere, town, start, job["requisition"][elsewhere], np.zeros(len(elsewhere), bool)))
        twins = np.flatnonzero((rng.random(count) < 0.03) & (job["requisition"] > 0))  # another requisition, same town
        lines.append(
            (twins, job["town"][twins], job["start"][twins], job["requisition"][twins] + 7, np.ones(len(twins), bool))
        )
        told = np.zeros(count, bool)
        told[twins] = True
        lines[0] = (*lines[0][:4], told)
        ad, town, start, requisition, always = (np.concatenate(column) for column in zip(*lines, strict=True))
        copies = np.minimum(rng.geometric(1 / 1.75, len(ad)), 12)
        opening = np.repeat(np.arange(len(ad)), copies)
        first = np.append(True, opening[1:] != opening[:-1])
        delay = np.where(first, 0, rng.integers(0, 21, len(opening)))
        # reposts: the chain of an ad's own opening goes on, each within the window of the last
        wave = np.where((opening < count) & ~first, rng.integers(0, 4, len(opening)), 0)
        wave = np.minimum(wave, job["waves"][ad[opening]])
        wave[first] = 0
        rows = [(opening, delay, wave)]
        for w in (1, 2, 3):  # every wave of a chain has an ad on its first day
            at = np.flatnonzero(job["waves"] >= w)
            rows.append((at, np.zeros(len(at), int), np.full(len(at), w)))
        opening, delay, wave = (np.concatenate(column) for column in zip(*rows, strict=True))
        day = start[opening] + delay + wave * job["gap"][ad[opening]]
        order = rng.permutation(len(opening))
        opening, day = opening[order], day[order]
        offset = np.int64(number) * 1_000_000
        batch = self._postings(rng, number, job, ad[opening], town[opening], day, requisition[opening], always[opening])
        return Chunk(batch, opening + offset)

    def _jobs(self, rng: np.random.Generator, number: int, count: int) -> dict[str, NDArray[Any]]:
        employer = rng.choice(len(self._employers), count, p=self._employer_weight)
        slot = np.minimum(rng.geometric(0.25, count) - 1, 11)
        waves = np.where(rng.random(count) < 0.12, rng.integers(1, 4, count), 0)
        gap = rng.integers(30, 39, count)  # with a delay of 20 days still within 60 of the last
        return {
            "employer": employer,
            "town": self._home[employer, rng.integers(0, 4, count)],
            "occupation": self._trade[employer, slot],
            "ward": np.where(rng.random(count) < 0.55, 0, rng.integers(1, len(_WARDS), count)),
            "rank": rng.integers(0, len(_RANKS), count),
            "grade": rng.integers(0, len(_GRADES), count),
            "start": rng.integers(0, DAYS - 120, count) + FIRST_DAY,
            "waves": waves,
            "gap": gap,
            "chain": waves * gap + 20,
            "requisition": np.where(rng.random(count) < 0.5, rng.integers(10_000, 9_000_000, count) * 10, 0),
            "seed": np.int64(number) * 1_000_000 + np.arange(count) + 1_000_000_000,
            "total": np.clip(rng.normal(300, 70, count), 150, 600).astype(int),
            "own": rng.uniform(0.3, 0.6, count),
        }

    def _postings(
        self, rng: np.random.Generator, number: int, job: dict[str, NDArray[Any]], ad: NDArray[Any], town: NDArray[Any],
        day: NDArray[Any], requisition: NDArray[Any], always: NDArray[Any],
    ) -> pa.RecordBatch:  # fmt: skip
        n = len(ad)
        site = rng.integers(0, SITES, n)
        kind = rng.random(n)
        framed = (kind < 0.30) | (kind > 0.88)
        edited = ((kind >= 0.30) & (kind < 0.42)) | (kind > 0.93)
        cut = (kind >= 0.42) & (kind < 0.54)
        bare = (kind >= 0.54) & (kind < 0.565)
        total, share = job["total"][ad], job["own"][ad]
        own = (total * share).astype(int)
        rest = total - own
        seeds = np.stack(
            [
                site + 10,
                job["seed"][ad],
                job["employer"][ad] + 1000,
                job["occupation"][ad] + 100,
                job["seed"][ad],
                site + 30,
            ],
            1,
        )
        starts = np.zeros((n, 6), np.int64)
        starts[:, 4] = own // 2
        lengths = np.stack(
            [
                np.where(framed, 10 + 3 * site, 0),
                own // 2,
                rest // 2,
                rest - rest // 2,
                own - own // 2,
                np.where(framed, 12 + 5 * site, 0),
            ],
            1,
        )
        words = lengths.sum(1)
        keep = np.where(cut, (words * rng.uniform(0.25, 0.75, n)).astype(int), words)
        keep[bare] = 0
        edits = np.where(edited, rng.integers(650, 3300, n), 0)  # of 65,536: 1-5 %; two copies differ in up to 10
        out = np.empty(int(keep.sum()) * 22 + 64, np.uint8)
        offsets = np.empty(n + 1, np.int64)
        _render(
            self._words, self._sizes, self._common, seeds, starts, lengths, keep, edits, rng.integers(1, 1 << 40, n),
            self._town_word[town], out, offsets,
        )  # fmt: skip
        text = pa.StringArray.from_buffers(
            n, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out[: offsets[-1]].copy())
        )
        if bare.any():
            text = pc.if_else(pa.array(bare), pa.scalar(None, pa.string()), text)
        titles, employers, requisitions = self._names(rng, job, ad, town, requisition, always, bare)
        date = pa.array(day.astype(np.int32)).cast(pa.date32())
        key = (np.int64(number) << 32) + np.arange(n)
        strings = {
            "title": titles, "employer": employers, "city": [self._towns[t] for t in town],
            "county_fips": None, "zip_code": None,
            "state_postal": [self._states[t] for t in town], "location_text": None, "requisition_id": requisitions,
            "feed": [f"site{s}" for s in site], "posting_id": [str(k) for k in key],
        }  # fmt: skip
        columns = {"posting_key": pa.array(key * np.int64(0x9E3779B97F4A7C1) ^ np.int64(0x5DEECE66D))}
        columns |= {k: pa.nulls(n, pa.string()) if v is None else pa.array(v, pa.string()) for k, v in strings.items()}
        columns |= {"posted_date": date, "description": text}
        return pa.RecordBatch.from_pydict(columns)

    def _names(
        self, rng: np.random.Generator, job: dict[str, NDArray[Any]], ad: NDArray[Any], town: NDArray[Any],
        requisition: NDArray[Any], always: NDArray[Any], bare: NDArray[Any],
    ) -> tuple[list[str], list[str | None], list[str | None]]:  # fmt: skip
        n = len(ad)
        titles: list[str] = []
        employers: list[str | None] = []
        requisitions: list[str | None] = []
        decorated, shout, hidden = rng.random(n) < 0.5, rng.random(n), rng.random(n)
        tail, tail2, form, shown = (
            rng.integers(0, len(_TITLE_TAILS), n), rng.integers(0, len(_EMPLOYER_TAILS), n), rng.integers(0, 3, n),
            rng.random(n),
        )  # fmt: skip
        for i, a in enumerate(ad.tolist()):
            place, state = self._towns[town[i]], str(self._states[town[i]])
            employer: str | None = self._employers[job["employer"][a]]
            occupation, ward = _OCCUPATIONS[job["occupation"][a]], _WARDS[job["ward"][a]]
            title = f"{_RANKS[job['rank'][a]]}{occupation}{_GRADES[job['grade'][a]]}" + (f" - {ward}" if ward else "")
            if decorated[i]:
                title += _TITLE_TAILS[tail[i]].format(town=place, state=state, employer=employer)
                employer = (employer or "") + _EMPLOYER_TAILS[tail2[i]].format(town=place)
            if shout[i] < 0.05:
                title = title.upper()
            elif shout[i] < 0.1:
                title = title.lower()
            if not bare[i]:
                employer = None if hidden[i] < 0.01 else _AGENCIES[i % 4] if hidden[i] < 0.02 else employer
            titles.append(title)
            employers.append(employer)
            number = int(requisition[i])
            plain = (f"REQ-{number:09d}", f"R{number}", str(number))[form[i]]
            requisitions.append(plain if number and (always[i] or shown[i] < 0.5) else None)
        return titles, employers, requisitions


def pair_quality(opening: NDArray[np.int64], group: NDArray[np.int64]) -> tuple[float, float, int, int]:
    """(precision, recall, true pairs, found pairs) over pairs of postings."""

    def pairs(*columns: NDArray[np.int64]) -> int:
        order = np.lexsort(columns)
        new = np.append(True, np.any([c[order[1:]] != c[order[:-1]] for c in columns], axis=0))
        sizes = np.diff(np.append(np.flatnonzero(new), len(order)))
        return int((sizes * (sizes - 1) // 2).sum())

    both, found, true = pairs(opening, group), pairs(group), pairs(opening)
    return both / max(found, 1), both / max(true, 1), true, found
