"""Alder, the fictional state of the sample: its codes, counties, ZIPs, regions and OEWS areas.

Every code is unassigned in the real world: postal codes that begin with X, state FIPS 80 to 98, ZIP prefix 887,
OEWS area codes 98xxx. Nothing here can be mistaken for, or join to, a real place.
"""

from __future__ import annotations

from dataclasses import dataclass

MARK = "SAMPLE"
NOTICE = (
    "SAMPLE DATA. Every number in these files is made up by extractors/sample; the state of Alder does not exist. "
    "Occupation codes and titles are those of the public classifications. Do not use for any decision."
)
NAME, POSTAL, FIPS = "Alder", "XA", "88"
LABEL = f"{NAME} ({MARK})"
NATION_LABEL = f"United States ({MARK})"
ZIP_PREFIX = "887"
REGION_SCHEME = "workforce_region"

_TREES = (
    "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gumtree", "Hazel", "Ironwood", "Juniper", "Katsura", "Larch", "Maple",
    "Nutmeg", "Oak", "Pine", "Quince", "Rowan",
)  # fmt: skip
_EXTRA_FIPS = tuple(str(n) for n in range(80, 99) if str(n) != FIPS)[: len(_TREES)]

# Compass names of the first four regions; further ones (scale > 1) repeat them with a number.
_REGION_NAMES = ("Northern Alder", "Alder Coast", "Alder Plains", "Alder Uplands")
_SHARES = (0.46, 0.27, 0.17, 0.10)
_WAGE_FACTORS = (1.06, 1.01, 0.95, 0.91)
_COUNTIES_PER_REGION = (3, 2, 2, 3)
_COUNTY_NAMES = ("Aspen", "Bramble", "Clover", "Damson", "Elder", "Fern", "Gorse", "Heather", "Ivy", "Jasmine")
_CITIES = ("Alderport", "Saltmere", "Wheatham")


@dataclass(frozen=True)
class County:
    """A fictional county: five-digit FIPS and name."""

    fips: str
    name: str


@dataclass(frozen=True)
class OewsArea:
    """An OEWS area of the sample: `area_type` 4 is metropolitan, 6 nonmetropolitan."""

    code: str
    title: str
    area_type: int


@dataclass(frozen=True)
class Region:
    """A workforce region with its members.

    Attributes:
        share: share of the state's jobs, 0-1.
        wage_factor: its wages relative to the state's.
        openings_basis: how its projections file publishes openings (K13): "annual" or "total".
    """

    code: str
    name: str
    share: float
    wage_factor: float
    openings_basis: str
    counties: tuple[County, ...]
    zips: tuple[str, ...]
    oews_area: OewsArea

    @property
    def label(self) -> str:
        """Name with the SAMPLE mark."""
        return f"{self.name} ({MARK})"


@dataclass(frozen=True)
class ExtraState:
    """A further fictional state that a scale above 1 adds."""

    name: str
    postal: str
    fips: str
    size: float

    @property
    def label(self) -> str:
        """Name with the SAMPLE mark."""
        return f"{self.name} ({MARK})"


def regions(scale: int = 1) -> tuple[Region, ...]:
    """The 4 x `scale` workforce regions; each group of four ends with a nonmetropolitan one that publishes totals."""
    result = []
    county_number = zip_number = 0
    for index in range(4 * scale):
        group, position = divmod(index, 4)
        suffix = "" if group == 0 else f" {group + 1}"
        counties = []
        for _ in range(_COUNTIES_PER_REGION[position]):
            name = _COUNTY_NAMES[county_number % 10] + ("" if county_number < 10 else f" {county_number // 10 + 1}")
            counties.append(County(f"{FIPS}{2 * county_number + 1:03d}", f"{name} County ({MARK})"))
            county_number += 1
        zips = tuple(f"{ZIP_PREFIX}{n:02d}" for n in range(zip_number, min(zip_number + 6, 100)))
        zip_number += 6
        if position < 3:
            area = OewsArea(
                f"{98010 + 2 * (3 * group + position)}", f"{_CITIES[position]}{suffix}, {POSTAL} ({MARK})", 4
            )
        else:
            area = OewsArea(f"{FIPS}{group + 1:05d}", f"Uplands{suffix} {NAME} nonmetropolitan area ({MARK})", 6)
        result.append(
            Region(
                code=str(index + 1),
                name=_REGION_NAMES[position] + suffix,
                share=_SHARES[position] / scale,
                wage_factor=_WAGE_FACTORS[position],
                openings_basis="total" if position == 3 else "annual",
                counties=tuple(counties),
                zips=zips,
                oews_area=area,
            )
        )
    return tuple(result)


def extra_states(scale: int = 1) -> tuple[ExtraState, ...]:
    """The further fictional states: one per step of scale above 1, at most 17."""
    return tuple(
        ExtraState(name, f"X{name[0]}", fips, 0.4 + 0.15 * (n % 5))
        for n, (name, fips) in enumerate(zip(_TREES, _EXTRA_FIPS, strict=True))
        if n < scale - 1
    )
