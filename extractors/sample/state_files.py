"""The files that Alder itself supplies: regional projections, wages, living wage, regions, industries, sources, lists.

Headers are the documented layouts (names of the raw tables), except where an agency's own layout is the point:
the regional projections (annual openings in one file, ten-year totals in the other: K13) and the ten-column wages.
"""

from __future__ import annotations

from dataclasses import replace

from extractors.model import RawTable
from extractors.raw_tables import (
    INDUSTRY_OCCUPATIONS,
    INDUSTRY_SECTORS,
    LIVING_WAGE,
    REFERENCE_LISTS,
    REGIONS,
    SOURCE_INVENTORY,
)
from extractors.sample import edges, figures, occupations, state
from extractors.sample.figures import Projection, rng
from extractors.sample.packing import Row, csv_bytes

ANNUAL_HEADER = (
    "Area Code", "Area Name", "SOC Code", "Occupation", "Base Year", "Base Year Employment", "Projected Year",
    "Projected Year Employment", "Change", "Percent Change", "Annual Exits", "Annual Transfers", "Annual Openings",
)  # fmt: skip
# The agency's own layout of its regions: one column map serves both files, and a column says what openings are (K13).
REGION_HEADER = (
    "Region", "Region Name", "SOC Code", "Occupation", "Base Year", "Base Employment", "Projected Year",
    "Projected Employment", "Numeric Change", "Percent Change", "Exits", "Transfers", "Openings", "Openings Are",
)  # fmt: skip
OPENINGS_ARE = {"annual": "annual average", "total": "ten-year total"}
REGION_COLUMN_MAP: tuple[Row, ...] = (
    ("target", "source", "transform", "required"),
    ("area_code", "Region", "", "yes"),
    ("area_name", "Region Name", "", "yes"),
    ("area_kind", "", "constant:region", "yes"),
    ("occ_code", "SOC Code", "", "yes"),
    ("title", "Occupation", "", "yes"),
    ("base_year", "Base Year", "", "yes"),
    ("base", "Base Employment", "", "yes"),
    ("proj_year", "Projected Year", "", "yes"),
    ("proj", "Projected Employment", "", "yes"),
    ("change", "Numeric Change", "", "yes"),
    ("pct_change", "Percent Change", "", "yes"),
    ("exits", "Exits", "", "yes"),
    ("transfers", "Transfers", "", "yes"),
    ("openings", "Openings", "", "yes"),
    ("openings_basis", "Openings Are", "lookup:annual average=annual;ten-year total=total", "yes"),
)
OEWS_COLUMN_MAP: tuple[Row, ...] = (
    ("target", "source", "transform", "required"),
    ("area_kind", "Area Type", "lookup:1=state;10=region", "yes"),
    ("area", "Area", "", "yes"),
    ("area_title", "Area Name", "", "yes"),
    ("occ_code", "Standard Occupational Code", "", "yes"),
    ("occ_title", "Occupational Title", "", "yes"),
    ("tot_emp", "Employment", "", "yes"),
    ("a_mean", "Mean Wage", "", "yes"),
    ("a_median", "Median Wage", "", "yes"),
    ("a_entry", "Entry Wage", "", "yes"),
    ("a_experienced", "Experienced Wage", "", "yes"),
    ("annual_only", "", "constant:true", "yes"),
)

DATA_YEAR = 2026
SOURCE_NOTE = f"{state.MARK}: made-up numbers, no real calculator"
LICENCE_NOTE = f"{state.MARK}, free to use"
FAMILIES = tuple(
    f"{adults}{kind}{children}C" for adults, kind in (("1", "A"), ("2", "A1W"), ("2", "A2W")) for children in range(4)
)
MINIMUM_WAGE = 11.50
REGION_LIVING_WAGE_FACTORS = (1.09, 1.02, 0.96, 0.92)

# id|title|kind|evidence class|mode|owner|analysis date|base year|horizon|counts|percent|replacement|update|licence ends
_SOURCES = """
wioa_plan_2026|Alder WIOA plan|wioa_plan|primary|traditional|Alder Labor|2026-03-01|2024|10|true|true|true|false|-
projections_long|Alder projections|projections|primary|traditional|Alder Labor|2026-06-30|2024|10|true|true|true|false|-
oews_2025|OEWS May 2025|wages|primary|traditional|Statistics Bureau|2026-05-15|2025|-|true|false|-|false|-
onet_31|O*NET 31.0|skills|primary|traditional|Skills Center|2026-08-15|-|-|false|false|-|false|-
advisory_2021|Industry councils|advisory|secondary|traditional|Alder Councils|2021-06-15|-|-|false|false|false|true|-
postings_2026|Online postings|postings|secondary|real_time|Postings Vendor|2026-07-31|-|-|true|true|-|false|2027-06-30
"""

# NAICS sector: title, share of the state's jobs, priority of the state.
SECTORS: dict[str, tuple[str, float, bool]] = {
    "11": ("Agriculture, Forestry, Fishing and Hunting", 0.03, False),
    "21": ("Mining, Quarrying, and Oil and Gas Extraction", 0.01, False),
    "22": ("Utilities", 0.01, False),
    "23": ("Construction", 0.07, True),
    "31-33": ("Manufacturing", 0.11, True),
    "42": ("Wholesale Trade", 0.04, False),
    "44-45": ("Retail Trade", 0.11, False),
    "48-49": ("Transportation and Warehousing", 0.06, True),
    "51": ("Information", 0.03, True),
    "52": ("Finance and Insurance", 0.05, False),
    "53": ("Real Estate and Rental and Leasing", 0.01, False),
    "54": ("Professional, Scientific, and Technical Services", 0.08, True),
    "55": ("Management of Companies and Enterprises", 0.01, False),
    "56": ("Administrative and Support Services", 0.05, False),
    "61": ("Educational Services", 0.08, False),
    "62": ("Health Care and Social Assistance", 0.14, True),
    "71": ("Arts, Entertainment, and Recreation", 0.01, False),
    "72": ("Accommodation and Food Services", 0.06, False),
    "81": ("Other Services", 0.02, False),
    "92": ("Public Administration", 0.02, False),
}
# Home sectors of each major group: where most of its jobs are.
_HOME = {
    "11": "54 31-33", "13": "54 52", "15": "51 54", "17": "54 31-33", "19": "54 62", "21": "62 61", "23": "54 92",
    "25": "61 62", "27": "51 71", "29": "62 61", "31": "62 81", "33": "92 56", "35": "72 61", "37": "56 72",
    "39": "81 71", "41": "44-45 42", "43": "54 62", "45": "11 42", "47": "23 31-33", "49": "31-33 23",
    "51": "31-33 42", "53": "48-49 42",
}  # fmt: skip


def living_wage_csv(scale: int) -> bytes:
    """Living, poverty and minimum wage for twelve families in the state and each region."""
    places: list[tuple[str, str, float]] = [("state", state.FIPS, 1.0)]
    for n, region in enumerate(state.regions(scale)):
        places.append(("region", region.code, REGION_LIVING_WAGE_FACTORS[n % 4]))
    rows: list[Row] = []
    for geo_type, code, factor in places:
        for family in FAMILIES:
            living, poverty = _wages_of(family)
            for measure, value in (
                ("living_wage", living * factor),
                ("poverty_wage", poverty),
                ("minimum_wage", MINIMUM_WAGE),
            ):
                rows.append(
                    [
                        state.POSTAL,
                        geo_type,
                        code,
                        family,
                        measure,
                        f"{value:.2f}",
                        DATA_YEAR,
                        SOURCE_NOTE,
                        LICENCE_NOTE,
                        f"{DATA_YEAR}-03-02",
                    ]
                )
    return csv_bytes([_header(LIVING_WAGE), *rows])


def _wages_of(family: str) -> tuple[float, float]:
    """(living wage, poverty wage) per working adult and hour; 1A1C is the policy's threshold."""
    children = int(family[-2])
    earners = 2 if "2W" in family else 1
    adults = int(family[0])
    living = {("1", 0): 18.20, ("1", 1): edges.LIVING_WAGE_1A1C, ("1", 2): 37.10, ("1", 3): 45.60}.get(
        (family[0], children), 0.0
    )
    if not living:
        living = (25.40 + 5.35 * children) if earners == 1 else (13.15 + 3.80 * children)
    poverty = (7.40 + 2.62 * (adults + children - 1)) / earners
    return living, round(poverty, 2)


def regions_csv(scale: int) -> bytes:
    """Counties, ZIPs and OEWS areas of each region."""
    rows: list[Row] = []
    for region in state.regions(scale):
        members: list[tuple[str, str, str]] = [("county", c.fips, c.name) for c in region.counties]
        members += [("zip", z, f"{region.name} {z} ({state.MARK})") for z in region.zips]
        members.append(("oews_area", region.oews_area.code, region.oews_area.title))
        for kind, code, name in members:
            rows.append(
                [state.POSTAL, state.REGION_SCHEME, region.code, region.label, kind, code, name, "2024-01-01", None]
            )
    return csv_bytes([_header(REGIONS), *rows])


def industry_map_csv(seed: int) -> bytes:
    """Share of each line's jobs by sector; the shares of a line sum to exactly 1.00."""
    rows: list[Row] = []
    for code in occupations.lines():
        for sector, share in sector_shares(seed, code).items():
            rows.append([state.POSTAL, code, sector, f"{share:.2f}"])
    return csv_bytes([_header(INDUSTRY_OCCUPATIONS), *rows])


def sector_shares(seed: int, code: str) -> dict[str, float]:
    """Sector to share of the line's jobs, 0-1. One line has only 4 % in priority sectors (I25)."""
    if code == edges.INDUSTRY_ANOMALY:
        return {"23": 0.04, "92": 0.56, "52": 0.40}
    first, second = _HOME[code[:2]].split()
    main = rng(seed, "industry", code).randint(55, 80)
    result = {first: main / 100, second: (90 - main) / 100}
    result["62" if "62" not in (first, second) else "31-33"] = 0.10
    return result


def industry_sectors_csv() -> bytes:
    """The twenty NAICS sectors with jobs, employers and priority; the shares sum to 1."""
    rows: list[Row] = []
    for code, (title, share, priority) in SECTORS.items():
        jobs = round(1_250_000 * share)
        rows.append(
            [
                state.POSTAL,
                code,
                f"{title} ({state.MARK})",
                "true" if priority else "false",
                jobs,
                jobs // 14,
                f"{share:.2f}",
            ]
        )
    return csv_bytes([_header(INDUSTRY_SECTORS), *rows])


def source_inventory_csv() -> bytes:
    """Six sources: traditional and real-time, primary and secondary, one of them older than three years (I3, I34)."""
    return csv_bytes([_header(SOURCE_INVENTORY), *(_source(line) for line in _SOURCES.strip().splitlines())])


def _source(line: str) -> Row:
    """A row of the inventory from one line of `_SOURCES`; `-` is an empty cell."""
    source_id, title, *facts, licence_ends = (None if cell == "-" else cell for cell in line.split("|"))
    name, url = f"{title} ({state.MARK})", f"https://alder.example/{source_id}"
    return [state.POSTAL, source_id, name, *facts, LICENCE_NOTE, licence_ends, url]


def reference_lists_csv() -> bytes:
    """The list of an invented neighbour and one of a state agency; some codes are on Alder's own list, some are not."""
    neighbour = ("29-1141", "13-2011", "15-1256", "49-9041", "47-2111", "53-3032", "29-1292", "25-2031")
    agency = ("29-1141", "31-1131", "51-4121", "47-2152", "15-1212")
    rows: list[Row] = []
    for kind, publisher, name, day, codes in (
        ("other_state", f"Sample neighbour state ({state.MARK})", "Priority occupations 2025", "2025-09-01", neighbour),
        (
            "agency",
            f"Alder Higher Education Commission ({state.MARK})",
            "Occupations in need 2026",
            "2026-02-01",
            agency,
        ),
    ):
        for code in codes:
            title = occupations.lines()[code].title
            rows.append([state.POSTAL, kind, publisher, name, day, code, title, "https://neighbour.example/list"])
    return csv_bytes([_header(REFERENCE_LISTS), *rows])


# ------------------------------------------------------------------------------------------------- regional projections


def regional_projections(seed: int, scale: int) -> dict[str, list[Projection]]:
    """Region code to its long-term rows (no total, no aggregate, no supplement); openings a year in all of them."""
    result = {}
    for region in state.regions(scale):
        rows = figures.area_projections(seed, f"region {region.code}", region.share, 10)
        result[region.code] = [r for r in rows if r.code not in occupations.SUPPLEMENT_LINES and r.base >= 20]
    return result


def split_openings(row: Projection) -> tuple[int, int, int]:
    """(exits, transfers, openings) a year; openings = exits + transfers + change / 10 (I6)."""
    growth = figures.rounded(row.change / 10, 1)
    replacement = max(row.openings - growth, 0)
    exits = figures.rounded(replacement * 0.42, 1)
    return exits, replacement - exits, exits + (replacement - exits) + growth


def regional_projections_csvs(seed: int, scale: int) -> dict[str, bytes]:
    """Two files: regions with annual openings, regions with ten-year totals (K13); a total row comes first."""
    tables: dict[str, list[Row]] = {"annual": [], "total": []}
    rows_of = regional_projections(seed, scale)
    for region in state.regions(scale):
        rows = [(row, split_openings(row)) for row in rows_of[region.code]]
        plain = [row for row, _ in rows]
        total = replace(figures.total_of(plain), change=sum(row.change for row in plain))
        exits, transfers, openings = (sum(parts[n] for _, parts in rows) for n in range(3))
        tables[region.openings_basis].extend(
            _region_row(region, row, parts) for row, parts in [(total, (exits, transfers, openings)), *rows]
        )
    return {f"alder_regions_{basis}_openings.csv": csv_bytes([REGION_HEADER, *rows]) for basis, rows in tables.items()}


def _region_row(region: state.Region, row: Projection, parts: tuple[int, int, int]) -> Row:
    """A row of a region's file; `parts` are exits, transfers and openings a year."""
    times = 1 if region.openings_basis == "annual" else 10
    what = (region.code, region.label, row.code, row.title)
    jobs = (figures.LONG[0], row.base, figures.LONG[1], row.proj, row.change, _pct(row))
    return [*what, *jobs, *(times * part for part in parts), OPENINGS_ARE[region.openings_basis]]


def supplement_rows(seed: int) -> list[Projection]:
    """The agricultural lines of the whole state that Projections Central leaves out (I9, K15)."""
    return [r for r in figures.alder_long(seed) if r.code in occupations.SUPPLEMENT_LINES]


def supplement_csv(seed: int) -> bytes:
    """The supplement in the usual layout of annual openings; its area is the whole state."""
    rows: list[Row] = []
    for row in supplement_rows(seed):
        exits = figures.rounded(row.openings * 0.4, 1)
        growth = figures.rounded(row.change / 10, 1)
        rows.append(
            [
                state.POSTAL,
                state.LABEL,
                row.code,
                row.title,
                figures.LONG[0],
                row.base,
                figures.LONG[1],
                row.proj,
                row.change,
                _pct(row),
                exits,
                row.openings - exits - growth,
                row.openings,
            ]
        )
    return csv_bytes([ANNUAL_HEADER, *rows])


def _pct(row: Projection) -> str | None:
    return None if row.pct is None else f"{row.pct:.1f}"


def _header(table: RawTable) -> list[str]:
    """The documented layout: the raw table's column names (marks are not columns of a file)."""
    return [c.name for c in table.columns if not c.name.endswith("_mark")]


def column_maps() -> dict[str, bytes]:
    """The column maps that the imports of the regional files need."""
    return {
        "alder_oews_column_map.csv": csv_bytes(OEWS_COLUMN_MAP),
        "alder_regions_column_map.csv": csv_bytes(REGION_COLUMN_MAP),
    }
