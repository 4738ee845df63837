"""All 54 areas and the nation of the real projections screened: at most 15 s of dbt.

Needs the real files (CURRENCY_REALDATA_DIR, by default the sibling `../shared/data`); skipped where they are absent.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path

from benchmarks.harness import Bench, Figure, Run, Skipped, main, run, timed
from warehouse.paths import CHECKOUT, DataRoot

NAME, LIMIT = "54 areas and the nation screened, dbt", 15.0
FILES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("oews_national", "oews/national_M2019_dl.xlsx", {}),
    ("oews_national", "oews/national_M2024_dl.xlsx", {}),
    ("state_oews", "state_oews/oews-newyork.csv", {"state": "NY", "vintage": "2023"}),
    ("projections_long", "projections_central/ltprojections_2020_2030.csv", {}),
    ("onet", "onet_30_1_text", {}),
    ("soc_structure", "soc/soc_structure_2018.xlsx", {}),
    ("soc_2010_2018", "soc/soc_2010_to_2018_crosswalk.xlsx", {}),
    ("soc_oews_hybrid", "soc/oes_2019_hybrid_structure.xlsx", {}),
    ("soc_onet", "soc/2019_to_SOC_Crosswalk.csv", {}),
)


def measure(bench: Bench) -> Figure:
    """`dbt build` with one list per area; dbt's own time is the figure, the process with its start-up stands beside."""
    labor = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data") / "labor"
    missing = [path for _, path, _ in FILES if not (labor / path).exists()]
    if missing:
        raise Skipped(f"the real files are not at hand ({labor / missing[0]}); set CURRENCY_REALDATA_DIR")
    root, project = DataRoot(bench.folder / "real").ensure(), bench.folder / "real_dbt_project"
    _prepare(root, labor)
    areas = _write_lists(project)
    target = bench.folder / "real_target"
    found = _build(root, project, target)
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    detail = {
        "process with start-up": f"{found.seconds:.2f} s",
        "lists": areas,
        "lines screened": _lines(root),
        "nodes": len(results["results"]),
    }
    figure = timed(NAME, LIMIT, found, detail)
    return Figure(
        figure.name,
        LIMIT,
        results["elapsed_time"],
        startup=figure.startup,
        detail=figure.detail,
        peak_bytes=found.peak_bytes,
    )


def _prepare(root: DataRoot, labor: Path) -> None:
    """Import, parse and accept the files, and lay the raw views. Not part of the figure."""
    from extractors import ingest
    from extractors.archive import Archive
    from orchestration.handover import prepare_build

    for dataset, path, options in FILES:
        capture = ingest.import_file(root, dataset, [labor / path], **options).raise_if_failed().capture  # type: ignore[arg-type]
        assert capture is not None
        ingest.accept(root, capture, ingest.parse_capture(root, capture))
    prepare_build(root, Archive(root).lock())


def _write_lists(project: Path) -> int:
    """A copy of the dbt project with one list per state, territory and the nation under the Florida rule."""
    shutil.copytree(CHECKOUT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    with (project / "seeds" / "reference" / "state.csv").open(newline="", encoding="utf-8") as file:
        states = [
            row
            for row in csv.DictReader(file)
            if row["is_sample"] == "false" and row["state_postal"] not in {"AS", "MP"}
        ]
    policy = project / "seeds" / "policy"
    for name in ("list_parameter", "occupation_decision", "occupation_wage_override", "team_member"):
        header = (policy / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        (policy / f"{name}.csv").write_text(f"{header}\n", encoding="utf-8")
    with (policy / "occupation_list.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["list_id", "title", "state_postal", "cycle", "as_of_date", "policy_id", "include_regions", "owner"]
        )
        for row in states:
            postal = row["state_postal"]
            title = f"{row['state_name']} under Florida's rule"
            writer.writerow(
                [f"{postal.lower()}-2026", title, postal, "2026", "2026-07-01", "florida_2018", "false", "bench"]
            )
    return len(states)


def _build(root: DataRoot, project: Path, target: Path) -> Run:
    command: list[str | Path] = [
        sys.executable,
        "-c",
        "from dbt.cli.main import cli; cli()",
        "--quiet",
        "build",
        "--exclude-resource-type",
        "unit_test",
    ]
    places: list[str | Path] = [
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        "--target-path",
        target,
        "--log-path",
        target,
    ]
    environment = {"CURRENCY_BUILD_DATABASE": str(root.build_database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    return run(command + places, environment)


def _lines(root: DataRoot) -> int:
    import duckdb

    with duckdb.connect(str(root.build_database), read_only=True) as connection:
        found = connection.execute("select count(*) from identify.mart_occupation_outcome").fetchall()
    return int(found[0][0])


if __name__ == "__main__":
    main(sys.modules[__name__])
