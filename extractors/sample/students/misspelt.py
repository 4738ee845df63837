"""What vendors make of a student's identity: 13-field rows with realistic errors, and which errors they are.

    rows = misspelt(students, seed=5)     # one vendor identity per row of `students`, in the same order (SCHEMA)

Belongs here: kinds of errors, how often they come, how they look. Does not belong here: who the people are (`people`),
how a linkage copes. An error is drawn independently of the others, so that some rows have several; `error_kinds` names
those that changed something. The nicknames here are a list of their own and not what the linkage reads: some are in
no table, as in life.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample.students import names

SCHEMA = pa.schema(
    [
        pa.field("student_number", pa.int64(), nullable=False),
        pa.field("first_name", pa.string()),
        pa.field("middle_name", pa.string()),
        pa.field("last_name", pa.string()),
        pa.field("birth_month", pa.int8()),
        pa.field("birth_day", pa.int8()),
        pa.field("birth_year", pa.int16()),
        pa.field("ssn", pa.string()),
        pa.field("zip", pa.string()),
        pa.field("home_address", pa.string()),
        pa.field("error_kinds", pa.list_(pa.string()), nullable=False),
    ]
)
"""Fields M1 of a vendor's row, and the truth: whose it is, and what is wrong with it ([] where only the case, the
accents or the blanks differ)."""

# What people are called, by the name in the school's file. Real ones first, a made-up form after them.
NICKNAMES = {
    "Elizabeth": "Liz Beth Betsy Eliza Lizzie", "Katherine": "Kate Katie Kathy Kat", "Margaret": "Maggie Meg Peggy",
    "Jennifer": "Jen Jenny", "Jessica": "Jess Jessie", "Samantha": "Sam Sammi", "Alexandra": "Alex Lexi Sandra",
    "Rebecca": "Becky Becca", "Victoria": "Vicky Tori", "Abigail": "Abby Gail", "Madeline": "Maddie", "Natalie": "Nat",
    "Isabella": "Bella Izzy", "Gabriella": "Gabby", "Christina": "Chris Tina Chrissy", "Stephanie": "Steph",
    "Amanda": "Mandy", "Deborah": "Debbie Deb", "Susan": "Sue Susie", "Patricia": "Pat Patty Trish", "Barbara": "Barb",
    "Kimberly": "Kim", "Cynthia": "Cindy", "Pamela": "Pam", "Theresa": "Terri Tess", "Josephine": "Jo Josie",
    "Jacqueline": "Jackie", "Eleanor": "Ellie Nora", "Charlotte": "Charlie Lottie", "Penelope": "Penny",
    "Angela": "Angie", "Olivia": "Liv Livvy", "Melissa": "Missy Mel", "Danielle": "Dani", "Veronica": "Ronnie",
    "Valerie": "Val", "Caroline": "Carrie", "William": "Will Bill Billy Liam", "Robert": "Rob Bob Bobby",
    "Michael": "Mike Mikey", "Joseph": "Joe Joey", "Thomas": "Tom Tommy", "Christopher": "Chris Topher Kit",
    "Daniel": "Dan Danny", "Matthew": "Matt Matty", "Anthony": "Tony Ant", "Nicholas": "Nick Nicky Cole",
    "Alexander": "Alex Xander Sasha", "Benjamin": "Ben Benny", "Samuel": "Sam Sammy", "Jonathan": "Jon Johnny",
    "Andrew": "Andy Drew", "Joshua": "Josh", "Edward": "Ed Eddie Ted", "Charles": "Charlie Chuck", "James": "Jim Jimmy",
    "David": "Dave Davey", "Richard": "Rick Dick Richie", "Steven": "Steve", "Timothy": "Tim Timmy", "Kenneth": "Ken",
    "Gregory": "Greg", "Zachary": "Zach Zack", "Nathaniel": "Nate Nathan", "Jacob": "Jake", "Theodore": "Ted Theo",
    "Frederick": "Fred Freddy", "Lawrence": "Larry", "Raymond": "Ray", "Leonard": "Leo Lenny", "Patrick": "Pat Paddy",
    "Phillip": "Phil", "Ronald": "Ron Ronnie", "Douglas": "Doug", "Vincent": "Vince Vinny", "Gerald": "Jerry",
    "Harold": "Harry Hal", "María": "Mari", "Guadalupe": "Lupe Lupita", "Isabel": "Chabela Isa", "Dolores": "Lola",
    "Rosario": "Charo Chayo", "Concepción": "Concha", "Mercedes": "Meche", "Consuelo": "Chelo", "Graciela": "Chela",
    "Beatriz": "Bea Betty", "Teresa": "Tere", "Sofía": "Sofi Chofi", "Leticia": "Lety", "José": "Pepe Chepe Joe",
    "Francisco": "Paco Pancho Frank", "Guillermo": "Memo Will", "Jesús": "Chuy", "Enrique": "Quique Rick",
    "Eduardo": "Lalo Eddie", "Alejandro": "Alex Ale", "Roberto": "Beto Robert", "Ignacio": "Nacho", "Manuel": "Manny",
    "Antonio": "Tony Toño", "Luis": "Lucho Louis", "Rafael": "Rafa",
}  # fmt: skip
_NEIGHBOURS = "a:sq b:vn c:xv d:sf e:wr f:dg g:fh h:gj i:uo j:hk k:jl l:k m:nj n:bm o:ip p:ol q:w r:et s:ad t:ry u:yi"
_NEAR = dict(pair.split(":") for pair in [*_NEIGHBOURS.split(" "), "v:cb", "w:qe", "x:zc", "y:tu", "z:ax"])
"""Which letters lie beside a letter on the keyboard."""


@dataclass(frozen=True)
class Rates:
    """Shares of rows, 0-1, that an error is tried on; of names without a second part a hyphen error changes nothing.

    Careless rows have `careless_times` the errors, the others fewer, so that errors come together. The defaults make
    two exact rules find four students in five, and seven rules a little over nine in ten.
    """

    nickname: float = 0.08
    typo_first: float = 0.034
    typo_last: float = 0.04
    compound: float = 0.30
    compound_given: float = 0.25
    swapped_names: float = 0.01
    middle_as_first: float = 0.012
    changed_surname: float = 0.014
    swapped_day_month: float = 0.018
    typo_birth_date: float = 0.02
    wrong_birth_year: float = 0.007
    missing_birth_part: float = 0.022
    missing_birth_date: float = 0.004
    moved: float = 0.15
    missing_zip: float = 0.01
    missing_address: float = 0.30
    other_address: float = 0.08
    typo_ssn: float = 0.015
    other_ssn: float = 0.002
    has_ssn: float = 0.17
    careless: float = 0.18
    careless_times: float = 3.6
    upper_case: float = 0.45
    plain_letters: float = 0.70
    middle_kept: float = 0.25
    middle_initial: float = 0.35


def misspelt(students: pa.Table, seed: int, rates: Rates | None = None) -> pa.Table:
    """One vendor identity per student row, in their order (SCHEMA); the same for the same seed.

    `has_ssn` is a share of all rows; the SSNs are given to people whose SSN is in `students`.
    """
    rates = rates or Rates()
    draw = _Draw(np.random.default_rng([seed, 3]), students.num_rows, rates)
    column = {name: students.column(name).to_numpy(zero_copy_only=False) for name in students.schema.names}
    first, middle, last = (column[f"{part}_name"].copy() for part in ("first", "middle", "last"))
    former = column["former_last_name"]
    draw.change("nickname", rates.nickname, first, lambda i: _nickname(first[i], draw.rng))
    draw.change("middle_as_first", rates.middle_as_first, first, lambda i: middle[i] or first[i])
    draw.change("compound_given", rates.compound_given, first, lambda i: _part_given(first[i], draw.rng))
    draw.change("changed_surname", rates.changed_surname, last, lambda i: former[i] or _married(last[i], draw.rng))
    draw.change("compound", rates.compound, last, lambda i: _part(last[i], draw.rng))
    draw.change("typo_first", rates.typo_first, first, lambda i: _typo(first[i], draw.rng))
    draw.change("typo_last", rates.typo_last, last, lambda i: _typo(last[i], draw.rng))
    swapped = draw.hit("swapped_names", rates.swapped_names)
    first[swapped], last[swapped] = last[swapped], first[swapped]
    suffix = column["suffix"]
    for i in np.flatnonzero(_present(suffix) & draw.some(0.4)):
        last[i] = f"{last[i]} {suffix[i]}"
    _middles(middle, draw, rates)
    for names_ in (first, last):
        _as_typed(names_, draw, rates)
    born = students.column("birth_date")
    month, day, year = (f(born).to_numpy().astype(np.int32) for f in (pc.month, pc.day, pc.year))
    no_month, no_day, no_year = _birth_dates(month, day, year, draw, rates)
    code, address = _moves(column, draw, rates)
    ssn = _ssns(column["ssn"], draw, rates)
    return pa.table(
        {
            "student_number": students.column("student_number"),
            "first_name": pa.array(first, pa.string()),
            "middle_name": pa.array(middle, pa.string()),
            "last_name": pa.array(last, pa.string()),
            "birth_month": pa.array(month, pa.int8(), mask=no_month),
            "birth_day": pa.array(day, pa.int8(), mask=no_day),
            "birth_year": pa.array(year, pa.int16(), mask=no_year),
            "ssn": pa.array(ssn, pa.string()),
            "zip": pa.array(code, pa.string()),
            "home_address": pa.array(address, pa.string()),
            "error_kinds": pa.array(draw.kinds, pa.list_(pa.string())),
        },
        schema=SCHEMA,
    )


class _Draw:
    """Random choices, and which errors have happened to which row."""

    def __init__(self, rng: np.random.Generator, count: int, rates: Rates) -> None:
        self.rng, self.count = rng, count
        is_careless = rng.random(count) < rates.careless
        others = max(1 - rates.careless * rates.careless_times, 0) / (1 - rates.careless)
        self.times = np.where(is_careless, rates.careless_times, others)
        self.kinds: list[list[str]] = [[] for _ in range(count)]

    def some(self, rate: float) -> np.ndarray:
        """A mask of about that share of the rows."""
        return self.rng.random(self.count) < rate

    def slips(self, rate: float) -> np.ndarray:
        """A mask of about that share of the rows, careless ones above all."""
        return self.rng.random(self.count) < rate * self.times

    def hit(self, kind: str, rate: float, among: np.ndarray | None = None) -> np.ndarray:
        """Row numbers to which the error happens; they are marked with it."""
        mask = self.slips(rate)
        rows = np.flatnonzero(mask if among is None else mask & among)
        self.mark(kind, rows)
        return rows

    def mark(self, kind: str, rows: np.ndarray) -> None:
        """Note an error."""
        for row in rows.tolist():
            self.kinds[row].append(kind)

    def change(self, kind: str, rate: float, values: np.ndarray, made: Callable[[int], str]) -> None:
        """Replace some values; a row is marked where its value became another."""
        for row in np.flatnonzero(self.slips(rate)).tolist():
            new = made(row)
            if new != values[row]:
                values[row] = new
                self.kinds[row].append(kind)


# -------------------------------------------------------------------------------------------------------------- names


def _nickname(name: str, rng: np.random.Generator) -> str:
    """One that people know, or the name cut short, as any name is among friends."""
    known = NICKNAMES.get(name, "").split()
    if known and rng.random() < 0.9:
        return str(known[int(rng.integers(len(known)))])
    if len(name) < 5:
        return name
    short = name[: int(rng.integers(3, 5))]
    return short + str(rng.choice(["", "", "y", "ie"]))


def _part_given(name: str, rng: np.random.Generator) -> str:
    """Of a given name in two parts one, or both as one word."""
    for sign in ("-", " "):
        if sign in name:
            left, _, right = name.partition(sign)
            return str(rng.choice([left, left + right.lower(), f"{left} {right}", right]))
    return name


def _part(name: str, rng: np.random.Generator) -> str:
    """Of a double or hyphenated surname one part, both joined otherwise, or both the other way round."""
    for sign in ("-", " "):
        left, found, right = name.rpartition(sign)
        if found and left not in {"De la", "Van", "St."} and not left.startswith("Al"):
            ways = [left, left, right, left + right, f"{left} {right}", f"{left}-{right}", f"{right} {left}"]
            return str(rng.choice(ways))
    return name


def _married(name: str, rng: np.random.Generator) -> str:
    """Another surname, or the old one with another behind a hyphen."""
    new = str(names.surnames("plain").draw(rng, 1)[0])
    return new if rng.random() < 0.6 else f"{name}-{new}"


def _typo(name: str, rng: np.random.Generator) -> str:
    """One slip of the finger: a letter more, less, another, or two the other way round; sometimes two slips."""
    for _ in range(1 + int(rng.random() < 0.12)):
        at = int(rng.integers(max(len(name), 1)))
        way = int(rng.integers(4))
        letter = name[at : at + 1].lower()
        near = _NEAR.get(letter, "ae")
        other = near[int(rng.integers(len(near)))]
        if way == 0 and len(name) > 2:
            name = name[:at] + name[at + 1 :]
        elif way == 1:
            name = name[:at] + other + name[at:]
        elif way == 2:
            name = name[:at] + other + name[at + 1 :]
        elif at + 1 < len(name):
            name = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name


def _middles(middle: np.ndarray, draw: _Draw, rates: Rates) -> None:
    """Whole, an initial, or nothing."""
    how = draw.rng.random(draw.count)
    for i in np.flatnonzero(_present(middle)).tolist():
        if how[i] >= rates.middle_kept + rates.middle_initial:
            middle[i] = None
        elif how[i] >= rates.middle_kept:
            middle[i] = middle[i][:1]


def _as_typed(values: np.ndarray, draw: _Draw, rates: Rates) -> None:
    """Capitals and bare letters: no error, but not the school's writing either."""
    for i in np.flatnonzero(draw.some(rates.plain_letters)).tolist():
        values[i] = plain(values[i])
    for i in np.flatnonzero(draw.some(rates.upper_case)).tolist():
        values[i] = values[i].upper()


def plain(text: str) -> str:
    """Without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


# ---------------------------------------------------------------------------------------------- dates, places, numbers


def _birth_dates(
    month: np.ndarray, day: np.ndarray, year: np.ndarray, draw: _Draw, rates: Rates
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors in place; returned are the masks of missing months, days and years."""
    swap = draw.hit("swapped_day_month", rates.swapped_day_month, (day <= 12) & (day != month))
    day[swap], month[swap] = month[swap], day[swap]
    for row in draw.hit("typo_birth_date", rates.typo_birth_date).tolist():
        if draw.rng.random() < 0.6:
            day[row] = (day[row] - 1 + draw.rng.choice([1, 9, 10, 20, 27])) % 28 + 1
        else:
            month[row] = (month[row] - 1 + draw.rng.choice([1, 2, 11])) % 12 + 1
    wrong = draw.hit("wrong_birth_year", rates.wrong_birth_year)
    year[wrong] += draw.rng.choice([-10, -1, 1, 1, 10], len(wrong))
    masks = [np.zeros(draw.count, bool) for _ in range(3)]
    for row in draw.hit("missing_birth_part", rates.missing_birth_part).tolist():
        masks[int(draw.rng.choice([0, 1, 1, 2]))][row] = True
    none = draw.hit("missing_birth_date", rates.missing_birth_date)
    for mask in masks:
        mask[none] = True
    return masks[0], masks[1], masks[2]


def _moves(column: dict[str, np.ndarray], draw: _Draw, rates: Rates) -> tuple[np.ndarray, np.ndarray]:
    """ZIP and address: somebody else's home after a move; two moves in three are within the ZIPs around."""
    code, address = column["zip"].copy(), column["home_address"].copy()
    moved = draw.hit("moved", rates.moved)
    to = draw.rng.integers(0, draw.count, len(moved))
    new, near = column["zip"][to], draw.rng.random(len(moved)) < 0.67
    new[near] = [
        z[:3] + f"{(int(z[3:]) + s) % 100:02d}" for z, s in zip(code[moved][near], to[near] % 9 + 1, strict=True)
    ]
    code[moved] = new
    house = draw.rng.integers(1, 9_900, draw.count)
    address[moved] = [
        f"{house[row]} {column['home_address'][at].partition(' ')[2]}" for row, at in zip(moved, to, strict=True)
    ]
    for row in draw.hit("other_address", rates.other_address).tolist():
        address[row] = column["home_address"][int(draw.rng.integers(draw.count))]
    code[draw.hit("missing_zip", rates.missing_zip)] = None
    address[draw.some(rates.missing_address)] = None
    return code, address


def _ssns(known: np.ndarray, draw: _Draw, rates: Rates) -> np.ndarray:
    """The SSN of some, with a wrong digit or another person's in a few."""
    ssn = known.copy()
    held = _present(ssn)
    share = rates.has_ssn / max(float(held.mean()) if draw.count else 1.0, 1e-9)
    ssn[~draw.some(share)] = None
    held = _present(ssn)
    for row in draw.hit("typo_ssn", rates.typo_ssn, held).tolist():
        at = int(draw.rng.integers(3, 9))
        ssn[row] = f"{ssn[row][:at]}{(int(ssn[row][at]) + 1 + int(draw.rng.integers(9))) % 10}{ssn[row][at + 1 :]}"
    held_by = np.flatnonzero(_present(known))
    for row in draw.hit("other_ssn", rates.other_ssn, held).tolist():
        ssn[row] = known[held_by[int(draw.rng.integers(len(held_by)))]]
    return ssn


def _present(values: np.ndarray) -> np.ndarray:
    """A mask of the values that are there."""
    return np.array([value is not None for value in values.tolist()], bool)
