"""Invented students with households, siblings and twins: the same people for the same seed, a million in seconds.

    people(seed=1, n=1_000_000)      # a pyarrow table, see SCHEMA
    outsiders(students, seed=2, n=16_000)   # people who sit exams and are in no student file

Belongs here: who there is. Does not belong here: where they go to school, what they sit, how a vendor writes them.
Shares (twins, households, who has an SSN) are round figures of the author, for a state that does not exist.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample import state
from extractors.sample.students import names

SCHEMA = pa.schema(
    [
        pa.field("student_number", pa.int64(), nullable=False),
        pa.field("state_id", pa.string(), nullable=False),
        pa.field("first_name", pa.string(), nullable=False),
        pa.field("middle_name", pa.string()),
        pa.field("last_name", pa.string(), nullable=False),
        pa.field("suffix", pa.string()),
        pa.field("former_last_name", pa.string()),
        pa.field("birth_date", pa.date32(), nullable=False),
        pa.field("ssn", pa.string()),
        pa.field("zip", pa.string(), nullable=False),
        pa.field("home_address", pa.string(), nullable=False),
        pa.field("gender", pa.string(), nullable=False),
        pa.field("race_ethnicity", pa.string(), nullable=False),
        pa.field("name_style", pa.string(), nullable=False),
        pa.field("household_id", pa.int64(), nullable=False),
        pa.field("twin_of", pa.int64()),
    ]
)
"""student_number runs from `first_number`; twin_of is the twin's student_number; former_last_name is a surname that an
earlier year's file has; name_style is one of `names.STYLES`; race_ethnicity one of RACES; ssn has nine digits."""

RACES = ("hispanic", "white", "black", "asian", "two_or_more", "american_indian", "pacific_islander")
_RACE_SHARES = (0.27, 0.46, 0.15, 0.06, 0.045, 0.01, 0.005)
# Which styles the names of a group have; rows as RACES, columns as names.STYLES.
_STYLE_SHARES = (
    (0.10, 0.05, 0.84, 0.00, 0.01),
    (0.88, 0.03, 0.02, 0.00, 0.07),
    (0.85, 0.04, 0.01, 0.00, 0.10),
    (0.25, 0.02, 0.05, 0.58, 0.10),
    (0.68, 0.10, 0.12, 0.05, 0.05),
    (0.85, 0.05, 0.05, 0.00, 0.05),
    (0.60, 0.05, 0.05, 0.20, 0.10),
)
HOUSEHOLD_SIZES = (0.55, 0.30, 0.12, 0.03)
"""Share of households with 1, 2, 3, 4 students."""
TWIN_HOUSEHOLDS = 0.054
"""Share of the households of two and more whose first two are twins: 3 % of all students."""
ALIKE_TWINS = 0.12
"""Share of twins whose first names differ in their last letters only."""
_OTHER_SURNAME, _DOUBLE, _NO_MIDDLE, _SUFFIX, _FORMER, _NO_SSN, _X = 0.10, 0.55, 0.25, 0.02, 0.025, 0.35, 0.003
_HYPHEN_OF_DOUBLE = 0.25
BIRTH_YEARS = (2005, 2012)
_ZIP_PREFIXES = (state.ZIP_PREFIX, "886", "888", "892", "896", "899", "866", "867", "868", "869")  # none is assigned
_PEOPLE_PER_ZIP = 1_000
_STREET_TYPES = ("St", "Ave", "Rd", "Ln", "Dr", "Ct", "Blvd", "Way")
_STREETS = 3_000

Strings = npt.NDArray[np.object_]


def people(
    seed: int,
    n: int,
    *,
    first_number: int = 1,
    birth_years: tuple[int, int] = BIRTH_YEARS,
    zips: tuple[str, ...] | None = None,
) -> pa.Table:
    """`n` people (SCHEMA), households and twins with them, in an order that says nothing.

    Args:
        first_number: the lowest student_number; state ids and SSNs follow from the number alone, so people whose
            numbers do not overlap share none.
        birth_years: first and last year of birth.
        zips: five-digit codes to live in, by default one per 1,000 people.
    """
    if n == 0:
        return SCHEMA.empty_table()
    rng = np.random.default_rng([seed, 1])
    household, position = _households(rng, n)
    homes = int(household[-1]) + 1
    is_twin_home = (rng.random(homes) < TWIN_HOUSEHOLDS)[household] & _has_second(household, position)
    race = np.searchsorted(np.cumsum(_RACE_SHARES), rng.random(homes), side="right").clip(0, len(RACES) - 1)
    style = _styles(rng, race)
    surname = _surnames(rng, style)
    stepchild = (rng.random(n) < _OTHER_SURNAME) & (position > 0) & ~is_twin_home
    last = surname[household]
    last[stepchild] = _surnames(rng, style[household][stepchild])
    gender = np.where(rng.random(n) < 0.49, "F", "M").astype(object)
    first = _given(rng, style[household], gender)
    middle = _given(rng, style[household], gender)
    span = (dt.date(birth_years[1] + 1, 1, 1) - dt.date(birth_years[0], 1, 1)).days
    # Brothers and sisters are years apart: a third of the span and a little.
    at = (rng.random(homes)[household] + position * 0.31 + rng.random(n) * 0.03) % 1
    born = (np.datetime64(f"{birth_years[0]}-01-01") + (at * span).astype(int)).astype("datetime64[D]")
    first, born, twin = _twins(rng, is_twin_home, position, first, born)
    middle[rng.random(n) < _NO_MIDDLE] = None
    address, code = _homes(rng, homes, zips or _zips(n))
    suffix = _only((gender == "M") & (rng.random(n) < _SUFFIX), rng.choice(["Jr", "II", "III"], n))
    former = _only(rng.random(n) < _FORMER, _surnames(rng, style[household]))
    order = rng.permutation(n)
    number = np.empty(n, np.int64)
    number[order] = np.arange(n) + first_number
    twin_number = np.where(twin >= 0, number[twin], -1)
    gender[rng.random(n) < _X] = "X"
    columns: dict[str, Any] = {
        "student_number": number,
        "state_id": _state_ids(number),
        "first_name": first,
        "middle_name": middle,
        "last_name": last,
        "suffix": suffix,
        "former_last_name": former,
        "birth_date": born,
        "ssn": _only(rng.random(n) >= _NO_SSN, _ssns(number)),
        "zip": code[household],
        "home_address": address[household],
        "gender": gender,
        "race_ethnicity": np.array(RACES, object)[race][household],
        "name_style": np.array(names.STYLES, object)[style][household],
        "household_id": household + first_number,
    }
    made = {name: pa.array(values[order], SCHEMA.field(name).type) for name, values in columns.items()}
    made["twin_of"] = pa.array(twin_number[order], pa.int64(), mask=twin_number[order] < 0)
    return pa.table(made, schema=SCHEMA)


def outsiders(students: pa.Table, seed: int, n: int, *, siblings: float = 0.10, twins: float = 0.01) -> pa.Table:
    """`n` people who are no students: strangers, and some brothers, sisters and twins of students (SCHEMA).

    Args:
        siblings, twins: shares whose surname and home (twins: birth date as well) are a student's; such as a brother
            at a private school. They are what a linkage must not take for the student.
    """
    top = int(pc.max(students.column("student_number")).as_py() or 0)
    born = pc.year(students.column("birth_date"))
    years = (int(pc.min(born).as_py()), int(pc.max(born).as_py()))
    codes = tuple(sorted(pc.unique(students.column("zip")).to_pylist()))
    table = people(seed, n, first_number=top + 1, birth_years=years, zips=codes)
    rng = np.random.default_rng([seed, 2])
    kin = pa.array(rng.integers(0, students.num_rows, n))
    draw = rng.random(n)
    for name in ("last_name", "zip", "home_address", "household_id", "name_style", "race_ethnicity", "birth_date"):
        upto = twins if name == "birth_date" else siblings + twins
        mixed = pc.if_else(pa.array(draw < upto), students.column(name).take(kin), table.column(name))
        table = table.set_column(table.schema.get_field_index(name), SCHEMA.field(name), mixed)
    return table


# -------------------------------------------------------------------------------------------------------------- parts


def _households(rng: np.random.Generator, n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of each person the household (from 0) and the place in it."""
    sizes = rng.choice(len(HOUSEHOLD_SIZES), n, p=HOUSEHOLD_SIZES) + 1
    household = np.repeat(np.arange(n), sizes)[:n]
    begin = np.concatenate(([0], np.cumsum(sizes)))[household]
    return household, np.arange(n) - begin


def _has_second(household: npt.NDArray[np.int64], position: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.bincount(household, position == 1).astype(bool)[household]


def _only(mask: npt.NDArray[np.bool_], values: npt.NDArray[Any]) -> Strings:
    """The values where the mask is true, None elsewhere."""
    kept = np.full(len(mask), None, object)
    kept[mask] = values[mask]
    return kept


def _styles(rng: np.random.Generator, race: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    cumulative = np.cumsum(_STYLE_SHARES, axis=1)[race]
    return (rng.random(len(race))[:, None] > cumulative).sum(axis=1).clip(0, len(names.STYLES) - 1)


def _surnames(rng: np.random.Generator, style: npt.NDArray[np.int64]) -> Strings:
    """A surname for each style: two parts for hyphenated ones and for half of the Spanish-style ones."""
    made = np.empty(len(style), object)
    for code, name in enumerate(names.STYLES):
        here = np.flatnonzero(style == code)
        single = names.surnames("plain" if name == "hyphenated" else name).draw(rng, len(here))
        if name == "hyphenated":
            single = single + "-" + names.surnames("plain").draw(rng, len(here))
        elif name == "spanish":
            sign = np.where(rng.random(len(here)) < _HYPHEN_OF_DOUBLE, "-", " ").astype(object)
            double = single + sign + names.surnames("spanish").draw(rng, len(here))
            single = np.where(rng.random(len(here)) < _DOUBLE, double, single)
        made[here] = single
    return made


def _given(rng: np.random.Generator, style: npt.NDArray[np.int64], gender: Strings) -> Strings:
    made = np.empty(len(style), object)
    for code, name in enumerate(names.STYLES):
        for sex in ("F", "M"):
            here = np.flatnonzero((style == code) & (gender == sex))
            made[here] = names.given(name, sex).draw(rng, len(here))
    return made


def _twins(
    rng: np.random.Generator,
    is_twin_home: npt.NDArray[np.bool_],
    position: npt.NDArray[np.int64],
    first: Strings,
    born: Any,
) -> tuple[Strings, Any, npt.NDArray[np.int64]]:
    """First names, birth dates, and of each person the row of the twin or -1. Twins never share their first name."""
    twin = np.full(len(first), -1, np.int64)
    younger = np.flatnonzero(is_twin_home & (position == 1))
    elder = younger - 1
    twin[younger], twin[elder] = elder, younger
    born[younger] = born[elder]
    alike = rng.random(len(younger)) < ALIKE_TWINS
    endings = rng.choice(["an", "el", "is", "on", "ya"], len(younger))
    for row, other, is_alike, ending in zip(younger, elder, alike, endings, strict=True):
        if is_alike and len(first[other]) > 4:
            first[row] = first[other][:-2] + ending
        if first[row] == first[other]:
            first[row] = first[other] + "y"
    return first, born, twin


def _homes(rng: np.random.Generator, homes: int, zips: tuple[str, ...]) -> tuple[Strings, Strings]:
    """Address and ZIP of each household: large ZIPs and small ones."""
    share = (np.arange(len(zips)) + 8.0) ** -0.6
    code = rng.choice(len(zips), homes, p=share / share.sum())
    streets = names.surnames("plain").names[:_STREETS]
    street = streets[(code * 37 + rng.integers(0, 60, homes)) % len(streets)]
    kind = np.array(_STREET_TYPES, object)[rng.integers(0, len(_STREET_TYPES), homes)]
    house = rng.integers(1, 9_900, homes).astype(str).astype(object)
    address = house + " " + street + " " + kind
    flat = rng.random(homes) < 0.2
    address[flat] = address[flat] + " Apt " + rng.integers(1, 400, int(flat.sum())).astype(str).astype(object)
    return address, np.array(zips, object)[code]


def _zips(n: int) -> tuple[str, ...]:
    count = min(max(n // _PEOPLE_PER_ZIP, 20), 100 * len(_ZIP_PREFIXES))
    return tuple(f"{_ZIP_PREFIXES[i // 100]}{i % 100:02d}" for i in range(count))


def _state_ids(number: npt.NDArray[np.int64]) -> Strings:
    """Ten digits that follow from the number alone."""
    mixed = (number.astype(np.uint64) * np.uint64(7_368_787)) % np.uint64(9_999_999_967)
    return np.char.zfill(mixed.astype(str), 10).astype(object)


def _ssns(number: npt.NDArray[np.int64]) -> Strings:
    """Nine digits that are never issued: area 9xx with a group below 50. They follow from the number alone, so that
    people with different numbers never share one."""
    walk = (number.astype(np.uint64) * np.uint64(15_485_863)) % np.uint64(49_979_687)
    area, rest = np.divmod(walk, np.uint64(500_000))
    group, serial = np.divmod(rest, np.uint64(10_000))
    parts = [np.char.zfill(part.astype(str), size) for part, size in ((area, 2), (group, 2), (serial, 4))]
    return np.char.add(np.char.add(np.char.add("9", parts[0]), parts[1]), parts[2]).astype(object)
