"""The screening once more, independently: plain pandas to read the agencies' files, Decimal and sets to judge them.

Nothing here reads what the SQL or the parsers made, and no rule is taken from the project's seeds: thresholds stand
below as the states published them. Slow and direct on purpose.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pandas as pd

Codes = frozenset[str]
HOURS = Decimal(2080)
TINY = Decimal("1e-9")
OPERATORS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": lambda value, bar: value >= bar,
    ">": lambda value, bar: value > bar,
}


@dataclass(frozen=True)
class Condition:
    """One condition of a demand rule, as the state published it."""

    parameter: str
    alternative: int
    measure: str
    operator: str
    threshold: Decimal


@dataclass(frozen=True)
class Policy:
    """What a state's published rule says; `wage` is ("fixed", USD or None) or ("share", percent)."""

    conditions: tuple[Condition, ...]
    job_zone: int | None
    wage: tuple[str, Decimal | None]
    wage_operator: str


def _conditions(*rows: tuple[str, int, str, str, str]) -> tuple[Condition, ...]:
    return tuple(Condition(*head, Decimal(threshold)) for *head, threshold in rows)  # type: ignore[arg-type]


POLICIES = {
    # At least 500 openings and 1.26 % a year, or at least 1,200 openings and any growth; Job Zone 3.
    "florida_2018": Policy(
        _conditions(
            ("demand.min_openings", 1, "openings", ">=", "500"),
            ("demand.min_growth_pct", 1, "growth_simple", ">=", "1.26"),
            ("demand.high_openings", 2, "openings", ">=", "1200"),
            ("demand.high_openings_growth_pct", 2, "growth_simple", ">", "0"),
        ),
        3,
        ("fixed", None),
        ">=",
    ),
    # More than 620 openings, or more than 20 new jobs a year; 80 % of the state's median wage; no skill bar.
    "ohio_2021": Policy(
        _conditions(
            ("demand.min_openings", 1, "openings", ">", "620"),
            ("demand.min_jobs_per_year", 2, "jobs_per_year", ">", "20"),
        ),
        None,
        ("share", Decimal(80)),
        ">=",
    ),
    # More than 40 openings, more than 10 % in ten years, more than $31.19 an hour, all three.
    "colorado_2021_tier1": Policy(
        _conditions(
            ("demand.min_openings", 1, "openings", ">", "40"),
            ("demand.min_total_growth_pct", 1, "growth_total", ">", "10"),
        ),
        None,
        ("fixed", Decimal("31.19")),
        ">",
    ),
}


@dataclass(frozen=True)
class Line:
    """A published line of one area and what it covers."""

    code: str
    title: str
    codes: Codes
    base: Decimal
    change: Decimal
    percent: Decimal
    openings: Decimal
    years: int

    def measure(self, name: str, rounding: Decimal = Decimal(0), last_digit: Decimal = Decimal(0)) -> Decimal:
        """A measure at the published value, or moved by what the agency's rounding leaves open."""
        if name == "openings":
            return self.openings + rounding
        if name == "jobs_per_year":
            return (self.change + rounding) / self.years
        if name == "growth_total":
            return self.percent + last_digit
        assert name == "growth_simple", name
        return (self.percent + last_digit) / self.years


@dataclass(frozen=True)
class WageRow:
    """One row of a wage file. `hourly` is None where it is suppressed or top-coded."""

    code: str
    codes: Codes
    employment: Decimal | None
    hourly: Decimal | None
    is_top_coded: bool
    prse: Decimal | None
    in_place_of_detail: bool


@dataclass(frozen=True)
class Wage:
    """The wage that stands for a line."""

    method: str
    hourly: Decimal | None = None
    is_top_coded: bool = False
    is_lower_bound: bool = False
    error: Decimal | None = None

    @property
    def is_approximate(self) -> bool:
        return self.method in {"components_weighted", "covering_row"}


@dataclass(frozen=True)
class Test:
    """One test of a line: what is shown, and what came of it (None is unknown)."""

    __test__ = False

    value: Decimal | None
    threshold: Decimal | None
    result: bool | None
    parameter: str | None = None
    is_approximate: bool = False

    @property
    def label(self) -> str:
        return {True: "pass", False: "fail", None: "unknown"}[self.result]


@dataclass(frozen=True)
class Outcome:
    """What a line came to."""

    line: Line
    demand: Test
    skill: Test
    wage: Test
    terminal_state: str
    conditions: Mapping[str, tuple[Decimal, bool]]
    flips: frozenset[str] = field(default_factory=frozenset)


class Crosswalks:
    """Which SOC 2018 occupations a code covers, by the version of the file that publishes it."""

    def __init__(self, folder: Path) -> None:
        structure = _sheet(folder / "soc" / "soc_structure_2018.xlsx", header=0)
        levels = ["major", "minor", "broad", "detailed"]
        structure.columns = pd.Index([*levels, "title"])
        self.level = {code: level for level in levels for code in structure[level] if code}
        self.detailed = {code for code, level in self.level.items() if level == "detailed"}
        self.hybrid = _covers(_sheet(folder / "soc" / "oes_2019_hybrid_structure.xlsx", header=5), 0, 2)
        self.soc_2010 = _covers(_sheet(folder / "soc" / "soc_2010_to_2018_crosswalk.xlsx", header=8), 0, 2)
        self._known: dict[tuple[str, str], Codes] = {}

    def codes(self, code: str, version: str) -> Codes:
        """The occupations inside a code; empty for totals, major and minor groups and what nothing explains."""
        if (code, version) not in self._known:
            self._known[code, version] = self._read(code, version)
        return self._known[code, version]

    def _read(self, code: str, version: str) -> Codes:
        if code.endswith("-0000") or self.level.get(code) in {"major", "minor"} or re.fullmatch(r"\d\d-[1-9]000", code):
            return frozenset()
        stem = code[:6]
        soc_2018 = frozenset({code}) if code in self.detailed else frozenset()
        broad = frozenset(d for d in self.detailed if d[:6] == stem) if self.level.get(code) == "broad" else frozenset()
        broad_2010: Codes = frozenset()
        if code.endswith("0"):
            broad_2010 = frozenset().union(*(new for old, new in self.soc_2010.items() if old[:6] == stem))
        hybrid, soc_2010 = self.hybrid.get(code, frozenset()), self.soc_2010.get(code, frozenset())
        orders = {
            "2018": (soc_2018, broad, hybrid, soc_2010, broad_2010),
            "hybrid": (hybrid, soc_2018, broad, soc_2010, broad_2010),
        }
        return next((found for found in orders[version] if found), frozenset())

    def is_broad(self, code: str, version: str) -> bool:
        """A broad group of SOC 2018, or one of SOC 2010 that only its digits tell."""
        covered = self.codes(code, version)
        return bool(covered) and (
            self.level.get(code) == "broad"
            or (code not in self.detailed and code not in self.hybrid and code not in self.soc_2010)
        )


class RealFiles:
    """The agencies' files as plain tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.crosswalks = Crosswalks(folder)

    @cached_property
    def projections(self) -> pd.DataFrame:
        return pd.read_csv(
            self.folder / "projections_central" / "ltprojections_2020_2030.csv", dtype=str, keep_default_na=False
        )

    def areas(self) -> list[str]:
        """Postal codes of every area of the projections, the nation among them."""
        return sorted(POSTAL[fips.zfill(2)] for fips in self.projections["stfips"].unique())

    def of_area(self, postal: str) -> pd.DataFrame:
        fips = self.projections["stfips"].str.zfill(2).map(POSTAL)
        return self.projections[fips == postal]

    def rounding_unit(self, postal: str) -> int:
        """Hundreds or tens: what all counts of an area are multiples of; never finer than tens."""
        counts = [Decimal(v) for c in ("base", "avgannualopenings") for v in self.of_area(postal)[c]]
        return 100 if all(count % 100 == 0 for count in counts) else 10

    def lines(self, postal: str) -> list[Line]:
        """The occupations of an area: no totals, and no broad group beside its own detail."""
        rows = self.of_area(postal).to_dict("records")
        covered = {row["code"]: self.crosswalks.codes(row["code"], "hybrid") for row in rows}
        single = {next(iter(codes)) for code, codes in covered.items() if len(codes) == 1 and not self._broad(code)}
        lines = []
        for row in rows:
            code, codes = row["code"], covered[row["code"]]
            if code.endswith("-0000") or re.fullmatch(r"\d\d-[1-9]000", code):
                continue
            if self._broad(code) and len(codes) > 1 and codes & single:
                continue
            numbers = {c: Decimal(row[c]) for c in ("base", "change", "percentchange", "avgannualopenings")}
            years = int(row["projyear"]) - int(row["baseyear"])
            lines.append(Line(code, row["name"], codes, *numbers.values(), years))
        return lines

    def _broad(self, code: str) -> bool:
        return self.crosswalks.is_broad(code, "hybrid")

    def wages(self, postal: str, *, before: bool = False) -> list[WageRow]:
        """The wage file of an area: May 2024 for the nation (2019 before it), the state's own for New York."""
        if postal == "US":
            return self._bls(2019, "hybrid") if before else self._bls(2024, "2018")
        return self._new_york() if postal == "NY" and not before else []

    def _bls(self, year: int, version: str) -> list[WageRow]:
        sheet = _sheet(self.folder / "oews" / f"national_M{year}_dl.xlsx", header=0)
        sheet.columns = sheet.columns.str.upper()
        whole = sheet[(sheet["NAICS"] == "000000") & (sheet["OWN_CODE"] == "1235")]
        rows: dict[str, WageRow] = {}
        for row in whole.sort_values("O_GROUP", key=lambda c: c != "detailed", kind="stable").to_dict("records"):
            annual = _number(row["A_MEDIAN"])
            hourly = _number(row["H_MEDIAN"])
            top = row["H_MEDIAN"] == "#" or (hourly is None and row["A_MEDIAN"] == "#")
            hourly = hourly if hourly is not None else annual / HOURS if annual is not None else None
            rows.setdefault(
                row["OCC_CODE"],
                self._wage_row(
                    row["OCC_CODE"],
                    version,
                    _number(row["TOT_EMP"]),
                    hourly,
                    top,
                    _number(row["MEAN_PRSE"]),
                    row["O_GROUP"] == "detailed",
                ),
            )
        return list(rows.values())

    def _new_york(self) -> list[WageRow]:
        with (self.folder / "state_oews" / "oews-newyork.csv").open(newline="", encoding="utf-8") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file)][1:]
        return [
            self._wage_row(row[3], "2018", _number(row[5]), _hourly(_number(row[7])), False, None, True)
            for row in rows
            if row[0] == "1"
        ]

    def _wage_row(
        self,
        code: str,
        version: str,
        employment: Decimal | None,
        hourly: Decimal | None,
        top: bool,
        prse: Decimal | None,
        published_as_detail: bool,
    ) -> WageRow:
        codes = self.crosswalks.codes(code, version)
        broad = self.crosswalks.is_broad(code, version)
        in_place = published_as_detail if broad else len(codes) > 1
        return WageRow(code, codes, employment or None, hourly or None, top, prse, in_place)

    def topcode(self) -> Decimal:
        """The hourly top code of May 2024, from the notes of the workbook."""
        notes = pd.read_excel(self.folder / "oews" / "national_M2024_dl.xlsx", sheet_name=1, dtype=str, header=None)
        words = "\n".join(str(cell) for row in notes.itertuples(index=False) for cell in row)
        found = re.search(r"equal to or greater than \$([\d.]+) per hour", words)
        assert found, "the workbook's notes do not state the top code"
        return Decimal(found.group(1))

    def a_real_median(self, postal: str) -> Decimal:
        """The hourly median of licensed practical nurses, to the cent: a bar that a real line meets exactly."""
        found = next(row.hourly for row in self.wages(postal) if row.code == "29-2061")
        assert found is not None
        return found.quantize(Decimal("0.01"))

    def median_of_all(self, postal: str) -> Decimal | None:
        return next((row.hourly for row in self.wages(postal) if row.code == "00-0000"), None)

    @cached_property
    def job_zones(self) -> dict[str, int]:
        """SOC 2018 code -> Job Zone: the .00 row's, else the highest of the others."""
        folder = self.folder / "onet_30_1_text"
        read = {"sep": "\t", "dtype": str, "keep_default_na": False, "quoting": csv.QUOTE_NONE}
        rated = pd.read_csv(folder / "Job Zones.txt", **read)  # type: ignore[call-overload]
        zone = {code: int(z) for code, z in zip(rated["O*NET-SOC Code"], rated["Job Zone"], strict=True) if z}
        crosswalk = pd.read_csv(self.folder / "soc" / "2019_to_SOC_Crosswalk.csv", dtype=str)
        members: dict[str, list[str]] = {}
        for onet, soc in zip(crosswalk["O*NET-SOC 2019 Code"], crosswalk["2018 SOC Code"], strict=True):
            members.setdefault(soc, []).append(onet)
        zones = {}
        for soc, children in members.items():
            base = [zone[c] for c in children if c.endswith(".00") and c in zone]
            rest = [zone[c] for c in children if c in zone]
            if base or rest:
                zones[soc] = max(base or rest)
        return zones


class Screening:
    """One area under one policy."""

    def __init__(self, files: RealFiles, postal: str, policy: str, bar: Decimal | None = None) -> None:
        self.files, self.postal, self.policy = files, postal, POLICIES[policy]
        self.rows, self.rows_before = files.wages(postal), files.wages(postal, before=True)
        self.single = [row for row in self.rows if len(row.codes) == 1]
        self.topcode = files.topcode() if postal == "US" else None
        self.half_unit = Decimal(files.rounding_unit(postal)) / 2
        kind, figure = self.policy.wage
        median = files.median_of_all(postal)
        shared = median * figure / 100 if kind == "share" and figure and median is not None else None
        self.bar = shared if kind == "share" else figure if figure is not None else bar

    def outcomes(self) -> dict[str, Outcome]:
        """Line code -> outcome."""
        return {line.code: self._judge(line) for line in self.files.lines(self.postal)}

    # ------------------------------------------------------------------------------------------------------- demand

    def demand(self, line: Line, rounding: Decimal = Decimal(0), last_digit: Decimal = Decimal(0)) -> bool:
        """OR over the alternatives of AND over their conditions."""
        return any(
            all(
                OPERATORS[c.operator](line.measure(c.measure, rounding, last_digit), c.threshold)
                for c in self.policy.conditions
                if c.alternative == alternative
            )
            for alternative in {c.alternative for c in self.policy.conditions}
        )

    def _demand_test(self, line: Line) -> Test:
        """The binding condition: the tightest of the alternative that passes or comes closest."""

        def margin(condition: Condition) -> Decimal:
            bar = condition.threshold
            return (line.measure(condition.measure) - bar) / max(abs(bar), TINY)

        def met(condition: Condition) -> bool:
            return OPERATORS[condition.operator](line.measure(condition.measure), condition.threshold)

        alternatives: dict[int, list[Condition]] = {}
        for condition in self.policy.conditions:
            alternatives.setdefault(condition.alternative, []).append(condition)
        best = min(
            alternatives.items(),
            key=lambda item: (not all(map(met, item[1])), -min(map(margin, item[1])), item[0]),
        )[1]
        shown = min(best, key=lambda c: (met(c), margin(c), c.parameter))
        return Test(line.measure(shown.measure), shown.threshold, self.demand(line), shown.parameter)

    # -------------------------------------------------------------------------------------------------------- skill

    def _weights(self, codes: Codes) -> dict[str, Decimal]:
        """Component -> share of the line: by the area's employment, equal where none is published."""
        employment = {code: row.employment if (row := self._component(code, self.single)) else None for code in codes}
        known = {code: jobs for code, jobs in employment.items() if jobs is not None}
        if not known:
            return {code: Decimal(1) / len(codes) for code in codes}
        total = sum(known.values())
        return {code: known.get(code, Decimal(0)) / total for code in codes}

    def _skill_test(self, line: Line) -> Test:
        bar = self.policy.job_zone
        if bar is None:
            return Test(None, None, True)
        if not line.codes:
            return Test(None, Decimal(bar), None)
        weights, zones = self._weights(line.codes), {c: self.files.job_zones.get(c) for c in line.codes}
        if len(line.codes) == 1:
            zone = next(iter(zones.values()))
            return Test(None if zone is None else Decimal(zone), Decimal(bar), None if zone is None else zone >= bar)
        passing = sum((w for c, w in weights.items() if (z := zones[c]) is not None and z >= bar), Decimal(0))
        unknown = sum((w for c, w in weights.items() if zones[c] is None), Decimal(0))
        half = Decimal("0.5")
        result = True if passing >= half - TINY else None if passing + unknown >= half - TINY else False
        return Test(None if unknown >= 1 - TINY else passing, half, result, is_approximate=True)

    # --------------------------------------------------------------------------------------------------------- wage

    @staticmethod
    def _component(code: str, rows: Iterable[WageRow]) -> WageRow | None:
        """The row of exactly one occupation, under its own code where there is one."""
        found = [row for row in rows if row.codes == {code}]
        return min(found, key=lambda row: row.code != code, default=None)

    def wage(self, line: Line, rows: list[WageRow]) -> Wage:
        """Own row by what it covers, else components by employment, else the smallest combination around the line."""
        own = [row for row in rows if line.codes and row.codes == line.codes]
        if own:
            row = min(own, key=lambda r: (r.code != line.code, r.in_place_of_detail, r.code))
            error = row.hourly * row.prse / 100 if row.hourly is not None and row.prse is not None else None
            return Wage("own_row", row.hourly, row.is_top_coded, False, error)
        if len(line.codes) > 1:
            parts = [row for code in sorted(line.codes) if (row := self._component(code, rows))]
            parts = [row for row in parts if row.hourly is not None or row.is_top_coded]
            if parts:
                return self._weighted(parts)
        around = [row for row in rows if line.codes and row.codes > line.codes and row.in_place_of_detail]
        if around:
            row = min(around, key=lambda r: (len(r.codes), r.code))
            error = row.hourly * row.prse / 100 if row.hourly is not None and row.prse is not None else None
            return Wage("covering_row", row.hourly, row.is_top_coded, False, error)
        return Wage("not_published")

    def _weighted(self, parts: list[WageRow]) -> Wage:
        if all(row.is_top_coded for row in parts):
            return Wage("components_weighted", None, True)
        counted = any(row.employment is not None for row in parts)
        weights = [(row.employment or Decimal(0)) if counted else Decimal(1) for row in parts]
        values = [self.topcode if row.is_top_coded else row.hourly for row in parts]
        assert all(value is not None for value in values)
        hourly = sum((v * w for v, w in zip(values, weights, strict=True) if v), Decimal(0)) / sum(weights)
        bound = any(row.is_top_coded and weight for row, weight in zip(parts, weights, strict=True))
        error = None
        if all(row.prse is not None for row in parts):
            prse = sum((row.prse * w for row, w in zip(parts, weights, strict=True) if row.prse), Decimal(0))
            error = hourly * prse / sum(weights) / 100
        return Wage("components_weighted", hourly, False, bound, error)

    def _compare(self, wage: Wage, moved: Decimal = Decimal(0)) -> bool | None:
        if self.bar is None:
            return None
        if wage.is_top_coded:
            return True
        if wage.hourly is None:
            return None
        return OPERATORS[self.policy.wage_operator](wage.hourly + moved, self.bar)

    def _wage_result(self, wage: Wage) -> bool | None:
        """A lower bound can pass, but not fail."""
        result = self._compare(wage)
        return None if wage.is_lower_bound and result is False else result

    # ------------------------------------------------------------------------------------------------------ verdict

    def _judge(self, line: Line) -> Outcome:
        wage = self.wage(line, self.rows)
        demand, skill = self._demand_test(line), self._skill_test(line)
        value = None if wage.is_top_coded else wage.hourly
        shown = Test(value, self.bar, self._wage_result(wage), is_approximate=wage.is_approximate)
        state = "listed"
        for name, result in (("demand", demand.result), ("skill", skill.result), ("wage", shown.result)):
            if result is not True:
                state = f"{'unknown' if result is None else 'failed'}_{name}"
                break
        met = {
            c.parameter: (v := line.measure(c.measure), OPERATORS[c.operator](v, c.threshold))
            for c in self.policy.conditions
        }
        return Outcome(line, demand, skill, shown, state, met, self._flips(line, wage, state == "listed", skill.result))

    def _flips(self, line: Line, wage: Wage, passes: bool, skill: bool | None) -> frozenset[str]:
        """What would change whether the line passes all tests."""
        half, digit = self.half_unit, Decimal("0.05")
        demand, paid = self.demand(line), self._wage_result(wage) is True
        good = skill is True
        rounded = {self.demand(line, sign * half, sign * digit) and good and paid for sign in (-1, 1)}
        error = wage.error or Decimal(0)
        erring = {demand and good and self._compare(wage, sign * error) is True for sign in (-1, 1)}
        before = self.wage(line, self.rows_before)
        then = self._wage_result(before)
        differs = then is not None and before.hourly is not None and then is not self._wage_result(wage)
        found = {
            "rounding": rounded != {passes},
            "error": erring != {passes},
            "vintage": (demand and good and (then is True if differs else paid)) != passes,
        }
        return frozenset(name for name, does in found.items() if does)


def _sheet(path: Path, header: int) -> pd.DataFrame:
    """The first sheet of a workbook, every cell as trimmed text."""
    read = pd.read_excel(path, header=header, dtype=str, keep_default_na=False, engine="calamine")
    read.columns = read.columns.astype(str).str.strip()
    return read.apply(lambda column: column.str.strip())


def _covers(sheet: pd.DataFrame, source: int, target: int) -> dict[str, Codes]:
    covered: dict[str, set[str]] = {}
    for old, new in zip(sheet.iloc[:, source], sheet.iloc[:, target], strict=True):
        if re.fullmatch(r"\d\d-\d{4}", old) and new:
            covered.setdefault(old, set()).add(new)
    return {old: frozenset(new) for old, new in covered.items()}


def _number(cell: str) -> Decimal | None:
    """A number, or None for the marks and for an empty cell."""
    return Decimal(cell.replace(",", "")) if re.fullmatch(r"-?[\d,]+(\.\d+)?", cell) else None


def _hourly(annual: Decimal | None) -> Decimal | None:
    return None if annual is None else annual / HOURS


# ANSI INCITS 38:2009; Projections Central calls the nation 0.
POSTAL = dict(
    re.findall(
        r"(\d\d) (\w\w)",
        """
        00 US, 01 AL, 02 AK, 04 AZ, 05 AR, 06 CA, 08 CO, 09 CT, 10 DE, 11 DC, 12 FL, 13 GA, 15 HI, 16 ID, 17 IL,
        18 IN, 19 IA, 20 KS, 21 KY, 22 LA, 23 ME, 24 MD, 25 MA, 26 MI, 27 MN, 28 MS, 29 MO, 30 MT, 31 NE, 32 NV,
        33 NH, 34 NJ, 35 NM, 36 NY, 37 NC, 38 ND, 39 OH, 40 OK, 41 OR, 42 PA, 44 RI, 45 SC, 46 SD, 47 TN, 48 TX,
        49 UT, 50 VT, 51 VA, 53 WA, 54 WV, 55 WI, 56 WY, 66 GU, 72 PR, 78 VI,
        """,
    )
)
