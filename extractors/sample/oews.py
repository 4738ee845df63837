"""BLS OEWS special-request zips and a state agency's own layout, with the real member names, columns and marks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from extractors.sample import figures, occupations, state
from extractors.sample.figures import OewsPlace, Wage
from extractors.sample.packing import Cell, csv_bytes, xlsx_bytes, zip_bytes

COLUMNS = (
    "AREA", "AREA_TITLE", "AREA_TYPE", "PRIM_STATE", "NAICS", "NAICS_TITLE", "I_GROUP", "OWN_CODE", "OCC_CODE",
    "OCC_TITLE", "O_GROUP", "TOT_EMP", "EMP_PRSE", "JOBS_1000", "LOC_QUOTIENT", "PCT_TOTAL", "PCT_RPT", "H_MEAN",
    "A_MEAN", "MEAN_PRSE", "H_PCT10", "H_PCT25", "H_MEDIAN", "H_PCT75", "H_PCT90", "A_PCT10", "A_PCT25", "A_MEDIAN",
    "A_PCT75", "A_PCT90", "ANNUAL", "HOURLY",
)  # fmt: skip
TOPCODE_NOTE = "#  = indicates a wage equal to or greater than $115.00 per hour or $239,200 per year "
STATE_COLUMNS = (
    "Area Type", " Area", " Area Name", " Standard Occupational Code", " Occupational Title", " Employment",
    "Mean Wage", " Median Wage", " Entry Wage", " Experienced Wage" + " " * 249,
)  # fmt: skip

_FIELDS = (
    ("area", "U.S. (99), state FIPS code, MSA code, or OEWS-specific nonmetropolitan area code"),
    ("area_type", "1= U.S.; 2= State; 3= U.S. Territory; 4= Metropolitan Statistical Area; 6= Nonmetropolitan Area"),
    ("occ_code", "The 6-digit Standard Occupational Classification (SOC) code or OEWS-specific code"),
    ("o_group", "total, major, minor, broad, detailed"),
    ("tot_emp", "Estimated total employment rounded to the nearest 10 (excludes self-employed)"),
    ("emp_prse", "Percent relative standard error for the employment estimate"),
    ("h_median", "Hourly median wage (or the 50th percentile)"),
    ("a_median", "Annual median wage (or the 50th percentile)"),
    ("annual", 'Contains "TRUE" if only annual wages are released'),
    ("hourly", 'Contains "TRUE" if only hourly wages are released'),
)

Row = list[Cell]


class OewsFiles:
    """The zips of one May. `seed` and `scale` as everywhere; each method returns bytes."""

    def __init__(self, seed: int, scale: int, year: int) -> None:
        self.seed, self.scale, self.year = seed, scale, year
        self._nation = figures.wages(seed, figures.nation_place(), year)
        self._nation_total = _jobs(self._nation)
        self._nation_jobs = {w.code: w.jobs for w in self._nation}
        self._minor_of = {d.broad: d.minor for d in occupations.detailed().values()}
        self._titles = {code: (title, broad) for code, title, broad in figures.oews_codes()}

    def zips(self) -> dict[str, bytes]:
        """File name to content: nat, st, ma and all."""
        yy = f"{self.year % 100:02d}"
        national = self._national_rows()
        states = [
            row
            for place in (figures.alder_place(), *figures.other_states(self.scale))
            for row in self._area_rows(place)
        ]
        local = [(p, self._area_rows(p)) for p in figures.local_places(self.scale)]
        metro = [row for place, rows in local if place.area_type == 4 for row in rows]
        rest = [row for place, rows in local if place.area_type == 6 for row in rows]
        everything = [*national, *self._industry_rows(), *states, *metro, *rest]
        workbooks = {
            "nat": [(f"national_M{self.year}_dl.xlsx", national)],
            "st": [(f"state_M{self.year}_dl.xlsx", states)],
            "ma": [(f"MSA_M{self.year}_dl.xlsx", metro), (f"BOS_M{self.year}_dl.xlsx", rest)],
            "all": [(f"all_data_M_{self.year}.xlsx", everything)],
        }
        return {
            f"oesm{yy}{kind}.zip": zip_bytes(
                ((f"oesm{yy}{kind}/{name}", self._workbook(name, rows)) for name, rows in members), level=1
            )
            for kind, members in workbooks.items()
        }

    def _workbook(self, name: str, rows: list[Row]) -> bytes:
        fields: list[Row] = [[field, text] for field, text in _FIELDS]
        notes: list[Row] = [
            [f"May {self.year} OEWS Estimates"],
            [state.NOTICE],
            ["Occupational Employment and Wage Statistics (OEWS) Survey"],
            [],
            ["Not all fields are available for every type of estimate"],
            [],
            ["Field", "Field Description"],
            *fields,
            [],
            ["Notes:"],
            ["*  = indicates that a wage estimate is not available"],
            ["**  = indicates that an employment estimate is not available"],
            [TOPCODE_NOTE],
            ["~ =indicates that the percent of establishments reporting the occupation is less than 0.5%"],
        ]
        sheets: list[tuple[str, list[Row]]] = [
            (name.removesuffix(".xlsx"), [list(COLUMNS), *rows]),
            ("Field Descriptions", notes),
        ]
        return xlsx_bytes(sheets, f"{state.MARK} OEWS {name}")

    def _national_rows(self) -> list[Row]:
        """All levels: total, major, minor, broad and detailed; a broad code without own details appears twice."""
        place = figures.nation_place()
        rows = [
            self._row(place, figures.summary("00-0000", "All Occupations", "total", self._nation), self._nation_total)
        ]
        by_broad: dict[str, list[Wage]] = {}
        for wage in self._nation:
            by_broad.setdefault(self._titles[wage.code][1], []).append(wage)
        levels: list[Wage] = []
        for code, title in occupations.majors().items():
            levels.append(figures.summary(code, title, "major", [w for w in self._nation if w.code[:2] == code[:2]]))
        for code, title in occupations.minors().items():
            inside = [w for broad, members in by_broad.items() if self._minor_of[broad] == code for w in members]
            levels.append(figures.summary(code, title, "minor", inside))
        for code, title in occupations.broads().items():
            if code in by_broad:
                levels.append(_broad(code, title, by_broad[code]))
        order = {"major": 0, "minor": 1, "broad": 2, "detailed": 3}
        ordered = sorted(
            [*levels, *self._nation], key=lambda w: (w.code[:2], *self._place_in_tree(w), order[w.o_group])
        )
        return [*rows, *(self._row(place, wage, self._nation_total) for wage in ordered)]

    def _place_in_tree(self, wage: Wage) -> tuple[str, str, str]:
        if wage.o_group == "major":
            return ("", "", "")
        if wage.o_group == "minor":
            return (wage.code, "", "")
        broad = wage.code if wage.o_group == "broad" else self._titles[wage.code][1]
        return (self._minor_of[broad], broad, wage.code if wage.o_group == "detailed" else "")

    def _area_rows(self, place: OewsPlace) -> list[Row]:
        """State and local files hold total, major and detailed rows only."""
        wages = figures.wages(self.seed, place, self.year)
        total = _jobs(wages)
        rows = [self._row(place, figures.summary("00-0000", "All Occupations", "total", wages), total)]
        for code, title in occupations.majors().items():
            inside = [w for w in wages if w.code[:2] == code[:2]]
            rows.append(self._row(place, figures.summary(code, title, "major", inside), total))
            rows.extend(self._row(place, w, total) for w in inside)
        return rows

    def _industry_rows(self) -> list[Row]:
        """A few national rows by industry for the all-data file; one cell of PCT_RPT holds `~`."""
        rows: list[Row] = []
        for naics, title, share in (("62", "Health Care and Social Assistance", 0.6), ("31-33", "Manufacturing", 0.1)):
            for wage in self._nation[:40:4]:
                row = self._row(figures.nation_place(), wage, self._nation_total)
                row[4], row[5], row[6], row[7] = naics, f"{title} ({state.MARK})", "sector", "5"
                row[11] = figures.rounded(row[11] * share) if not isinstance(row[11], (str, type(None))) else row[11]
                row[15], row[16] = 0.12, "~" if not rows else 3.4
                rows.append(row)
        return rows

    def _row(self, place: OewsPlace, wage: Wage, total: float) -> Row:
        per_1000: Cell = None
        quotient: Cell = None
        if place.area_type != 1:
            per_1000, quotient = self._shares(wage, total)
        return [
            place.code, place.title, str(place.area_type), place.prim_state, "000000", "Cross-industry",
            "cross-industry", "1235", wage.code, wage.title, wage.o_group, wage.jobs, wage.emp_prse, per_1000,
            quotient, None, None, wage.h[0], wage.a[0], wage.mean_prse, *wage.h[1:], *wage.a[1:],
            "TRUE" if wage.annual_only else "", "TRUE" if wage.hourly_only else "",
        ]  # fmt: skip

    def _shares(self, wage: Wage, total: float) -> tuple[Cell, Cell]:
        """Jobs per 1,000 and location quotient; `**` where employment is not published."""
        if isinstance(wage.jobs, str):
            return "**", "**"
        here = wage.jobs / total
        nation = self._nation_jobs.get(wage.code)
        base = wage.jobs if not isinstance(nation, (int, float)) or not nation else nation
        there = base / self._nation_total if isinstance(nation, (int, float)) else here
        return round(1000 * here, 3), round(here / there, 2)


def _jobs(wages: Iterable[Wage]) -> float:
    return sum(w.jobs for w in wages if not isinstance(w.jobs, str))


def _broad(code: str, title: str, members: list[Wage]) -> Wage:
    """A broad row: the member's own figures where there is one, else a summary."""
    if len(members) == 1:
        return replace(members[0], code=code, title=title, o_group="broad")
    return figures.summary(code, title, "broad", members)


def state_agency_csv(seed: int, scale: int, year: int) -> bytes:
    """The regions' wages in a ten-column layout like New York's: padded header, annual wages, blanks for suppressed."""
    rows: list[Row] = [list(STATE_COLUMNS)]
    for region, place in zip(state.regions(scale), figures.local_places(scale), strict=True):
        wages = figures.wages(seed, place, year)
        total = figures.summary("00-0000", "Total, All Occupations", "total", wages)
        rows.extend(["10", region.code, region.label, w.code, w.title, *_agency_cells(w)] for w in (total, *wages))
    return csv_bytes(rows)


def _agency_cells(wage: Wage) -> list[Cell]:
    """Employment, mean, median, entry and experienced annual wage; entry and experienced from p10 and p75."""

    def blank(value: float | str) -> Cell:
        return None if isinstance(value, str) else int(value)

    mean, p10, _, median, p75, _ = wage.a
    return [blank(wage.jobs), blank(mean), blank(median), blank(p10), blank(p75)]
