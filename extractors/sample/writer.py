"""Writes the whole sample state into a folder: one call, one seed, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from extractors.failures import PermanentFailure
from extractors.sample import figures, oews, onet, projections_central, soc, state, state_files
from extractors.sample.manifest import SampleDataset, SampleManifest
from extractors.sample.truth import truth

# The day on which the sample's vintages are the newest ones by the release calendar: `today` for fetches of the sample.
AS_OF = dt.date(2026, 11, 1)
MAX_SCALE = 50  # beyond, three-digit county codes run out
_STATE_FOLDER = f"state/{state.POSTAL}"


def generate(seed: int, scale: int, out: Path) -> SampleManifest:
    """Write every source of the fictional state, its manifest and its truth file.

    Args:
        seed: any whole number; the same seed gives byte-identical files.
        scale: 1 is Alder with four regions; N has 4 N regions and OEWS areas, and N - 1 further states (at most 17).
        out: folder; created where missing, files of the same names are replaced.

    Raises:
        PermanentFailure: a scale outside 1-50, or `out` is a file.
    """
    if not 1 <= scale <= MAX_SCALE:
        raise PermanentFailure(
            f"scale {scale}", where="sample", expected=f"1 to {MAX_SCALE}", remedy="choose another scale"
        )
    if out.exists() and not out.is_dir():
        raise PermanentFailure(f"{out} is a file", where="sample", expected="a folder", remedy="choose another folder")
    files: dict[str, bytes] = {"SAMPLE_NOTICE.txt": (state.NOTICE + "\n").encode()}
    datasets: list[SampleDataset] = []
    for entry, contents in (*_national(seed, scale), *_classification(), *_supplied(seed, scale)):
        datasets.append(entry)
        files |= contents
    files |= _beside_postings(seed)
    files["truth.json"] = (json.dumps(truth(seed, scale), indent=1, ensure_ascii=False) + "\n").encode()
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = SampleManifest(out, seed, scale, tuple(datasets), soc.expected_counts(), hashes)
    (out / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return manifest


Part = tuple[SampleDataset, dict[str, bytes]]


def _national(seed: int, scale: int) -> Iterator[Part]:
    """Projections Central, OEWS and O*NET."""
    yield from _projections(seed, scale)
    for year, role in ((figures.PREVIOUS_OEWS_YEAR, "previous"), (figures.OEWS_YEAR, "current")):
        zips = oews.OewsFiles(seed, scale, year).zips()
        for kind, dataset in (
            ("nat", "oews_national"),
            ("st", "oews_state"),
            ("ma", "oews_metro"),
            ("all", "oews_all"),
        ):
            name = f"oesm{year % 100:02d}{kind}.zip"
            used = "alternative" if kind == "all" else role
            yield SampleDataset(dataset, None, f"{year}-05", used, (f"bls/{name}",)), {f"bls/{name}": zips[name]}
    for name, release, role, content in (
        (onet.TEXT_ZIP, onet.TEXT_RELEASE, "alternative", onet.text_zip(seed)),
        (onet.CSV_ZIP, onet.CSV_RELEASE, "current", onet.csv_zip(seed)),
    ):
        yield SampleDataset("onet", None, release, role, (f"onet/{name}",)), {f"onet/{name}": content}


def _projections(seed: int, scale: int) -> Iterator[Part]:
    """The bulk CSV of each cycle for the import, and the same rows as JSON for the server."""
    for years, dataset, stem, role in (
        (figures.PREVIOUS_LONG, "projections_long", "lt", "previous"),
        (figures.LONG, "projections_long", "lt", "current"),
        (figures.SHORT, "projections_short", "st", "current"),
    ):
        rows = projections_central.json_rows(seed, scale, years)
        cycle = f"{years[0]}-{years[1]}"
        name = f"projections_central/{stem}projections_{years[0]}_{years[1]}.csv"
        service = f"projections_central/{stem}_{cycle}.json"
        served = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        entry = SampleDataset(dataset, None, cycle, role, (name,), rows=len(rows))
        yield entry, {name: projections_central.bulk_csv(rows), service: served}


def _classification() -> Iterator[Part]:
    counts, contents = soc.expected_counts(), soc.files()
    for dataset, vintage, name, folder in (
        ("soc_structure", "2018", soc.STRUCTURE, "bls"),
        ("soc_2010_2018", "2018", soc.CROSSWALK, "bls"),
        ("soc_oews_hybrid", "2019", soc.HYBRID, "bls"),
        ("soc_onet", "2019", soc.ONET_TO_SOC, "onet"),
    ):
        written = {f"{folder}/{name}": contents[name]}
        if dataset == "soc_onet":
            written[f"onet/{soc.ONET_TO_SOC_XLSX}"] = contents[soc.ONET_TO_SOC_XLSX]
        yield (
            SampleDataset(dataset, None, vintage, "current", (f"{folder}/{name}",), rows=counts[dataset]["rows"]),
            written,
        )


def _supplied(seed: int, scale: int) -> Iterator[Part]:
    """The files that the state itself supplies."""
    maps = {f"{_STATE_FOLDER}/{name}": content for name, content in state_files.column_maps().items()}
    wages_map, regions_map = maps
    csvs = state_files.regional_projections_csvs(seed, scale)
    regional = {f"{_STATE_FOLDER}/{name}": content for name, content in csvs.items()}
    cycle = f"{figures.LONG[0]}-{figures.LONG[1]}"
    yield _state_entry("state_projections", cycle, regional, regions_map), regional | {regions_map: maps[regions_map]}
    wages = {f"{_STATE_FOLDER}/alder_oews_regions.csv": oews.state_agency_csv(seed, scale, figures.OEWS_YEAR)}
    yield _state_entry("state_oews", str(figures.OEWS_YEAR), wages, wages_map), wages | {wages_map: maps[wages_map]}
    year = str(state_files.DATA_YEAR)
    for dataset, vintage, content in (
        ("state_projections_supplement", cycle, state_files.supplement_csv(seed)),
        ("living_wage", year, state_files.living_wage_csv(scale)),
        ("regions", year, state_files.regions_csv(scale)),
        ("industry_map", year, state_files.industry_map_csv(seed)),
        ("industry_sectors", year, state_files.industry_sectors_csv()),
        ("source_inventory", year, state_files.source_inventory_csv()),
        ("reference_lists", year, state_files.reference_lists_csv()),
    ):
        written = {f"{_STATE_FOLDER}/alder_{dataset}.csv": content}
        yield _state_entry(dataset, vintage, written), written
    yield from _credentials()
    yield from _school_lists()
    yield from _postings(seed)


def _school_lists() -> Iterator[Part]:
    """Schools, courses and vendors' exams; the students themselves are written by `students.write`, elsewhere."""
    from extractors.sample.students import lists

    for dataset, content in lists.files():
        written = {f"{_STATE_FOLDER}/alder_{dataset}.csv": content}
        yield _state_entry(dataset, lists.VINTAGE, written), written


def _credentials() -> Iterator[Part]:
    """The state's credential list, programmes and verdicts on titles; the crosswalk of programmes to occupations."""
    from extractors.sample.postings import lists

    for dataset, vintage, content in (
        ("credential_list", lists.LIST_VINTAGE, lists.credential_list_csv()),
        ("training_programs", lists.PROGRAM_VINTAGE, lists.programs_csv()),
        ("occupation_verdicts", lists.PROGRAM_VINTAGE, lists.verdicts_csv()),
    ):
        written = {f"{_STATE_FOLDER}/alder_{dataset}.csv": content}
        yield _state_entry(dataset, vintage, written), written
    crosswalk = {"nces/soc2018_cip2020_crosswalk.csv": lists.cip_soc_csv()}
    rows = sum(content.count(b"\n") - 1 for content in crosswalk.values())
    yield SampleDataset("cip_soc_crosswalk", None, lists.CIP_VINTAGE, "current", tuple(crosswalk), rows=rows), crosswalk


def _postings(seed: int) -> Iterator[Part]:
    """The exports of job postings: one file and one capture per feed."""
    from extractors.sample.postings import files  # Arrow is loaded only when the sample is made

    for export in files.exports(seed):
        yield (
            SampleDataset(
                "job_postings",
                state.POSTAL,
                files.DELIVERY,
                "current",
                (export.name,),
                rows=export.counts["records"],
                feed=export.feed,
                delivery=files.DELIVERY,
            ),
            {export.name: export.content},
        )


def _beside_postings(seed: int) -> dict[str, bytes]:
    """Every row of the exports with what it truly is: no capture."""
    from extractors.sample.postings import files

    return {"truth_postings.csv": files.truth_csv(seed)}


def _state_entry(dataset: str, vintage: str, files: dict[str, bytes], column_map: str | None = None) -> SampleDataset:
    rows = sum(content.count(b"\n") - 1 for content in files.values())
    return SampleDataset(dataset, state.POSTAL, vintage, "current", tuple(files), column_map, rows)
