"""A policy CSV is edited; until the new list is released: at most 20 s."""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

from benchmarks.harness import Bench, Figure, currency, expect, main, timed
from warehouse.paths import CHECKOUT

NAME, LIMIT = "policy CSV edited, until released", 20.0


def measure(bench: Bench) -> Figure:
    """`currency build` after the least number of openings of the default policy went from 500 to 400."""
    bench.released()
    project = bench.folder / "dbt_project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(CHECKOUT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    environment = {**bench.environment, "CURRENCY_DBT_PROJECT_DIR": str(project)}
    # A state edits the project that it built before; the copy is built once so that this is so here too. Not timed.
    expect(currency("build", "--force", "--json", environment=environment), "released")
    _edit(project / "seeds" / "policy" / "policy_demand_condition.csv", "default", "demand.min_openings", "400")
    run = expect(currency("build", "--json", environment=environment), "released")
    return timed(NAME, LIMIT, run, {"phases": run.report()["seconds"]})


def _edit(path: Path, policy: str, parameter: str, threshold: str) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if (row["policy_id"], row["parameter"]) == (policy, parameter):
            row["threshold"] = threshold
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.modules[__name__])
