"""A copy of the dbt project with a build database of its own, driven through dbt's command line.

For tests only: nothing is written into the checkout, no network, no Dagster.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration import exam_records
from orchestration.handover import raw_contracts
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.raw_views import prepare_build_database
from warehouse.vault import Vault

IGNORED = shutil.ignore_patterns("target", "logs", "dbt_packages", ".user.yml", "__pycache__")


@dataclass(frozen=True)
class Workbench:
    """A dbt project, its target folder and its build database.

    Attributes:
        project: the copy that may be edited.
        target: dbt's artifacts.
        database: the DuckDB file that dbt writes.
    """

    project: Path
    target: Path
    database: Path

    def dbt(self, *arguments: str, timeout: int = 540) -> subprocess.CompletedProcess[str]:
        """Run dbt in a process of its own; the caller looks at `returncode`."""
        command = (
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            "--no-use-colors",
            "--quiet",
            *arguments,
        )
        places = ("--project-dir", self.project, "--profiles-dir", self.project, "--target-path", self.target)
        return subprocess.run(
            [*command, *map(str, places), "--log-path", str(self.target)],
            env={
                **os.environ,
                "CURRENCY_BUILD_DATABASE": str(self.database),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "DO_NOT_TRACK": "1",
            },
            cwd=self.project,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def manifest(self) -> dict[str, Any]:
        """dbt's manifest of the last invocation."""
        loaded: dict[str, Any] = json.loads((self.target / "manifest.json").read_text(encoding="utf-8"))
        return loaded

    def results(self) -> list[dict[str, Any]]:
        """What came of each node in the last invocation that ran any."""
        loaded: list[dict[str, Any]] = json.loads((self.target / "run_results.json").read_text(encoding="utf-8"))[
            "results"
        ]
        return loaded

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query on the build database, as dictionaries."""
        import duckdb

        with duckdb.connect(str(self.database), read_only=True) as connection:
            cursor = connection.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def write_seed(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Replace the rows of a policy seed; its columns stay as committed."""
        import csv

        path = self.project / "seeds" / "policy" / f"{name}.csv"
        header = next(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(rows)


def workbench(folder: Path, database: Path | None = None) -> Workbench:
    """A fresh copy of the checkout's dbt project under `folder`."""
    project = folder / "dbt_project"
    shutil.copytree(CHECKOUT / "dbt_project", project, ignore=IGNORED)
    return Workbench(project, folder / "target", database or folder / "warehouse.duckdb")


def empty_workbench(folder: Path) -> Workbench:
    """A workbench whose raw schema has every table, the restricted ones too, and no row.

    It has keys of its own: without them the restricted database is one in memory, and what one dbt process built there
    is gone for the next, which reads the types of a unit test's columns from it.
    """
    root = DataRoot(folder / "data").ensure()
    Vault.open(root, create=True)
    database = prepare_build_database(root, {}, [], [], raw_contracts(), restricted=exam_records.views(root))
    return workbench(folder, database)
