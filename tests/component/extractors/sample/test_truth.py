"""The truth file against the files: every line computed once more, from the written bytes, with other code."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from extractors.sample import SampleManifest, edges, generate

THRESHOLD = 29.80
TOP = 115.0


@dataclass
class Files:
    """What the outcome rests on, read from the sample's files."""

    lines: dict[str, tuple[int, int, float | None]]  # code -> base, openings, published percent
    titles: dict[str, str]
    wages: dict[str, dict[str, Any]]
    zones: dict[str, list[tuple[str, int]]]
    components: dict[str, set[str]]


def read_files(folder: Path, *, cycle: str = "2024-2034", year: int = 2025) -> Files:
    lines: dict[str, tuple[int, int, float | None]] = {}
    titles: dict[str, str] = {}
    for row in json.loads((folder / f"projections_central/lt_{cycle}.json").read_text()):
        if row["STFIPS"] == "88":
            pct = float(row["PercentChange"]) if row["PercentChange"] else None
            lines[row["OccCode"]] = (int(row["Base"]), int(row["AvgAnnualOpenings"]), pct)
            titles[row["OccCode"]] = row["Title"]
    with (folder / "state/XA/alder_state_projections_supplement.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            assert row["SOC Code"] not in lines, "the supplement fills gaps only"
            lines[row["SOC Code"]] = (
                int(row["Base Year Employment"]), int(row["Annual Openings"]), float(row["Percent Change"])
            )  # fmt: skip
    with zipfile.ZipFile(folder / f"bls/oesm{year % 100}st.zip") as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read(archive.namelist()[0])), read_only=True)
    table = list(book.worksheets[0].iter_rows(values_only=True))
    wages = {}
    for cells in table[1:]:
        record = dict(zip(table[0], cells, strict=True))
        if record["AREA"] == "88" and record["O_GROUP"] == "detailed":
            wages[record["OCC_CODE"]] = record
    zones: dict[str, list[tuple[str, int]]] = {}
    with zipfile.ZipFile(folder / "onet/db_31_0_csv.zip") as archive:
        text = archive.read("db_31_0_csv/job_zones.csv").decode("utf-8-sig")
    for record in csv.DictReader(io.StringIO(text)):
        if record["Job Zone"]:
            zones.setdefault(record["O*NET-SOC Code"][:7], []).append(
                (record["O*NET-SOC Code"], int(record["Job Zone"]))
            )
    components: dict[str, set[str]] = {}
    hybrid = openpyxl.load_workbook(folder / "bls/oes_2019_hybrid_structure.xlsx", read_only=True).worksheets[0]
    for cells in hybrid.iter_rows(values_only=True):
        if cells[0] and cells[2] and "-" in str(cells[2]):
            components.setdefault(str(cells[0]), set()).add(str(cells[2]))
    return Files(lines, titles, wages, zones, components)


def demand(files: Files, code: str) -> str:
    base, openings, pct = files.lines[code]
    clauses = []
    for least, bar, strict in ((500, 1.26, False), (1200, 0.0, True)):
        if openings < least:
            clauses.append("fail")
        elif pct is None or base == 0:
            clauses.append("unknown")
        else:
            growth = pct / 10
            clauses.append("pass" if (growth > bar if strict else growth >= bar) else "fail")
    return "pass" if "pass" in clauses else "unknown" if "unknown" in clauses else "fail"


def zone(files: Files, code: str) -> int | None:
    rated = files.zones.get(code, [])
    own = [z for onetsoc, z in rated if onetsoc.endswith(".00")]
    return own[0] if own else max((z for _, z in rated), default=None)


def parts_of(files: Files, code: str) -> list[str]:
    found = files.components.get(code, {code})
    return [] if found == {code} else sorted(found)


def employment(files: Files, parts: list[str]) -> list[float]:
    jobs = [files.wages[p]["TOT_EMP"] if p in files.wages else None for p in parts]
    return [float(j) for j in jobs] if all(isinstance(j, (int, float)) for j in jobs) else [1.0] * len(parts)


def skill(files: Files, code: str) -> str:
    parts = parts_of(files, code)
    if not parts:
        value = zone(files, code)
        return "unknown" if value is None else "pass" if value >= 3 else "fail"
    weights = employment(files, parts)
    above = sum(w for p, w in zip(parts, weights, strict=True) if (zone(files, p) or 0) >= 3)
    return "pass" if above / sum(weights) >= 0.5 else "fail"


def median(record: dict[str, Any] | None) -> float | None:
    """USD per hour; the top code where `#`; None where not available."""
    if record is None:
        return None
    value = record["A_MEDIAN"] if record["ANNUAL"] == "TRUE" else record["H_MEDIAN"]
    if value == "#":
        return TOP
    if isinstance(value, str):
        return None
    return float(value) / 2080 if record["ANNUAL"] == "TRUE" else float(value)


def wage_value(files: Files, code: str) -> float | None:
    parts = parts_of(files, code)
    if code in files.wages or not parts:
        return median(files.wages.get(code))
    weights = employment(files, parts)
    medians = [median(files.wages.get(p)) for p in parts]
    return sum(w * m for w, m in zip(weights, medians, strict=True) if m is not None) / sum(
        w for w, m in zip(weights, medians, strict=True) if m is not None
    )


def wage(files: Files, code: str) -> str:
    value = wage_value(files, code)
    return "unknown" if value is None else "pass" if value >= THRESHOLD else "fail"


@pytest.fixture(scope="module")
def files(sample_folder: Path) -> Files:
    return read_files(sample_folder)


@pytest.fixture(scope="module")
def truth(sample: SampleManifest) -> dict[str, Any]:
    return sample.truth()


def _lines(truth: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return iter(truth["lists"][0]["lines"])


def test_every_line_comes_out_as_the_truth_says(files: Files, truth: dict[str, Any]) -> None:
    seen = set()
    for line in _lines(truth):
        code = line["line_code"]
        seen.add(code)
        got = {"demand": demand(files, code), "skill": skill(files, code), "wage": wage(files, code)}
        assert got == {name: test["result"] for name, test in line["tests"].items()}, code
        expected = "dropped" if "fail" in got.values() else "unknown" if "unknown" in got.values() else "listed"
        assert line["outcome"] == expected, code
        stated = line["tests"]["wage"]["median_hourly_usd"]
        if stated is not None:
            assert wage_value(files, code) == pytest.approx(stated, abs=1e-4), code
        assert line["component_codes"] == parts_of(files, code), code
    assert seen == set(files.lines) - {"00-0000", "39-7010"}
    assert {e["line_code"] for e in truth["lists"][0]["excluded"]} == {"00-0000", "39-7010"}


def test_the_list_is_neither_empty_nor_everything(truth: dict[str, Any]) -> None:
    counts = truth["lists"][0]["counts"]
    assert counts["listed"] >= 30 and counts["dropped"] >= 60 and counts["unknown"] >= 4
    assert sum(counts.values()) == truth["lists"][0]["line_count"]
    assert truth["lists"][0]["listed"] == [x["line_code"] for x in _lines(truth) if x["outcome"] == "listed"]


@pytest.mark.parametrize("edge", edges.EDGES, ids=lambda e: e.id)
def test_each_edge_shows_what_it_claims(edge: edges.Edge, files: Files, truth: dict[str, Any]) -> None:
    assert demand(files, edge.line) == edge.demand
    assert skill(files, edge.line) == edge.skill
    assert wage(files, edge.line) == edge.wage
    stated = next(e for e in truth["edges"] if e["id"] == edge.id)
    assert stated["expected"] == {"demand": edge.demand, "skill": edge.skill, "wage": edge.wage}
    line = next(x for x in _lines(truth) if x["line_code"] == edge.line)
    assert line["outcome"] == stated["outcome"] and line["edge"] == edge.id


def test_the_border_figures_stand_in_the_files(files: Files) -> None:
    figures = {e.id: files.lines[e.line] for e in edges.EDGES}
    assert figures["openings_499"][1] == 499 and figures["openings_500"][1] == 500
    assert figures["growth_1_25"][2] == 12.5 and figures["growth_1_26"][2] == 12.6
    for openings in (1199, 1200):
        assert figures[f"openings_{openings}_growth_0"][1:] == (openings, 0.0)
        assert figures[f"openings_{openings}_growth_0_01"][1:] == (openings, 0.1)
    assert figures["zero_base"] == (0, 20, None) and figures["zero_base_published_pct"] == (0, 0, 25.0)
    assert figures["negative_growth"][2] == -5.0
    assert files.wages["29-1215"]["H_MEDIAN"] == "#" and files.wages["19-1042"]["H_MEDIAN"] == "*"
    assert files.wages["49-9041"]["H_MEDIAN"] == 29.80 and files.wages["49-3023"]["H_MEDIAN"] == 29.79
    assert files.wages["13-1199"]["TOT_EMP"] == "**"
    assert "27-1013" not in files.wages and "15-1256" not in files.wages and "31-1120" in files.wages
    assert (
        sum(row["H_MEDIAN"] == "#" for row in files.wages.values() if row["OCC_CODE"] in files.components["29-1228"])
        == 7
    )


def test_percent_and_jobs_agree_on_every_border(sample_folder: Path) -> None:
    """A reader may take the published percent or compute it: the edges of growth come out the same."""
    rows = json.loads((sample_folder / "projections_central/lt_2024-2034.json").read_text())
    by_code = {r["OccCode"]: r for r in rows if r["STFIPS"] == "88"}
    for edge in edges.EDGES:
        if edge.line in by_code and edge.base != 0:
            row = by_code[edge.line]
            base, proj = int(row["Base"]), int(row["Projected"])
            assert proj - base == int(row["Change"])
            computed = 100 * (proj - base) / base
            assert round(computed, 1) == float(row["PercentChange"]), edge.id
            if "growth" in edge.id:
                assert computed == pytest.approx(float(row["PercentChange"]), abs=1e-9), edge.id


def test_lines_that_are_no_edge_keep_clear_of_every_border(files: Files, truth: dict[str, Any]) -> None:
    for line in _lines(truth):
        if line["edge"] is not None or line["outcome"] == "unknown":
            continue
        base, openings, pct = files.lines[line["line_code"]]
        assert base > 0 and pct is not None
        assert min(abs(openings - 500), abs(openings - 1200)) > 20, line["line_code"]
        if openings > 450:
            assert abs(pct / 10 - 1.26) > 0.2 and abs(pct) > 1, line["line_code"]
        value = wage_value(files, line["line_code"])
        record = files.wages.get(line["line_code"])
        error = value * float(record["MEAN_PRSE"]) / 100 if record is not None and value is not None else 0.0
        assert value is not None and abs(value - THRESHOLD) > 1.645 * error, line["line_code"]


def test_stability_claims(sample_folder: Path, files: Files, truth: dict[str, Any]) -> None:
    before = read_files(sample_folder, cycle="2022-2032", year=2024)
    for line in _lines(truth):
        code, causes = line["line_code"], line["stability_causes"]
        if causes is None:
            continue
        if code in before.lines:
            flips = demand(before, code) != demand(files, code) or wage(before, code) != wage(files, code)
            assert flips == ("previous_vintage" in causes), code
        record = files.wages.get(code)
        value = wage_value(files, code)
        if record is not None and value not in (None, TOP) and isinstance(record["MEAN_PRSE"], (int, float)):
            within = abs(value - THRESHOLD) <= value * record["MEAN_PRSE"] / 100
            assert within == ("oews_standard_error" in causes), code
        if "projection_rounding" in causes:
            assert min(abs(files.lines[code][1] - 500), abs(files.lines[code][1] - 1200)) <= 5


def test_new_line_is_missing_from_the_previous_cycle(sample_folder: Path) -> None:
    rows = json.loads((sample_folder / "projections_central/lt_2022-2032.json").read_text())
    assert "29-1171" not in {r["OccCode"] for r in rows if r["STFIPS"] == "88"}


def test_regions_on_both_bases(sample_folder: Path, truth: dict[str, Any]) -> None:
    got: dict[str, dict[str, tuple[float, float]]] = {}
    bases: dict[str, set[str]] = {}
    totals: dict[str, float] = {}
    for name in ("annual", "total"):
        with (sample_folder / f"state/XA/alder_regions_{name}_openings.csv").open(newline="") as stream:
            for row in csv.DictReader(stream):
                times = 10 if row["Openings Are"] == "ten-year total" else 1
                openings = int(row["Openings"]) / times
                exits, transfers, change = (int(row[c]) for c in ("Exits", "Transfers", "Numeric Change"))
                assert openings == (exits + transfers) / times + change / 10
                if row["SOC Code"] == "00-0000":
                    totals[row["Region"]] = openings
                    continue
                got.setdefault(row["Region"], {})[row["SOC Code"]] = (openings, float(row["Percent Change"]) / 10)
                bases.setdefault(row["Region"], set()).add(name)
    assert bases == {"1": {"annual"}, "2": {"annual"}, "3": {"annual"}, "4": {"total"}}
    for region in truth["regions"]:
        rows = {x["line_code"]: x for x in region["lines"]}
        there = got[region["region_code"]]
        assert totals[region["region_code"]] == sum(openings for openings, _ in there.values())
        assert {c: x["openings_per_year"] for c, x in rows.items()} == {
            c: openings for c, (openings, _) in there.items()
        }
        assert {c: x["growth_pct_per_year"] for c, x in rows.items()} == pytest.approx(
            {c: g for c, (_, g) in there.items()}
        )
        assert "45-1011" not in rows


def test_industry_review(sample_folder: Path, truth: dict[str, Any]) -> None:
    with (sample_folder / "state/XA/alder_industry_sectors.csv").open(newline="") as stream:
        priority = {r["sector_code"] for r in csv.DictReader(stream) if r["is_priority"] == "true"}
    shares: dict[str, float] = {}
    with (sample_folder / "state/XA/alder_industry_map.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if row["sector_code"] in priority:
                shares[row["soc_code"]] = shares.get(row["soc_code"], 0.0) + float(row["employment_share"])
    flagged = [c for c in truth["lists"][0]["listed"] if round(shares.get(c, 0.0), 4) < 0.10]
    assert flagged == truth["industry_review"]["flagged"] == [edges.INDUSTRY_ANOMALY]


@pytest.mark.parametrize("seed", [2, 77])
def test_edges_hold_for_other_seeds(seed: int, tmp_path: Path) -> None:
    manifest = generate(seed, 1, tmp_path)
    files = read_files(tmp_path)
    for line in manifest.truth()["lists"][0]["lines"]:
        code = line["line_code"]
        got = {"demand": demand(files, code), "skill": skill(files, code), "wage": wage(files, code)}
        assert got == {name: test["result"] for name, test in line["tests"].items()}, code
    for edge in edges.EDGES:
        assert (demand(files, edge.line), skill(files, edge.line), wage(files, edge.line)) == (
            edge.demand,
            edge.skill,
            edge.wage,
        )
