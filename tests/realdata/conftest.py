"""Real agency files, where they are at hand: `CURRENCY_REALDATA_DIR`, by default the sibling `../shared/data`.

They are imported, judged by the landing gates and accepted once per session; one build screens every list that the
tests look at. Nothing of them is committed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.landing import Landing
from tests.dbt_workbench import Workbench, workbench
from tests.realdata.recomputation import RealFiles
from warehouse.paths import CHECKOUT, DataRoot

# (dataset, files under labor/, options of the import), older vintages first
IMPORTS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("oews_national", "oews/national_M2019_dl.xlsx", {}),
    ("oews_national", "oews/national_M2024_dl.xlsx", {}),
    ("oews_metro", "oews/msa_la/MSA_M2016_LosAngeles_31084.csv", {}),
    ("oews_metro", "oews/msa_la/MSA_M2021_LosAngeles_31080.csv", {}),
    ("state_oews", "state_oews/oews-newyork.csv", {"state": "NY", "vintage": "2023"}),
    ("projections_long", "projections_central/ltprojections_2020_2030.csv", {}),
    ("onet", "onet_30_1_text", {}),
    ("soc_structure", "soc/soc_structure_2018.xlsx", {}),
    ("soc_2010_2018", "soc/soc_2010_to_2018_crosswalk.xlsx", {}),
    ("soc_oews_hybrid", "soc/oes_2019_hybrid_structure.xlsx", {}),
    ("soc_onet", "soc/2019_to_SOC_Crosswalk.csv", {}),
)
POLICIES = ("florida_2018", "ohio_2021", "colorado_2021_tier1")
AS_OF = "2026-07-01"


@dataclass(frozen=True)
class Imported:
    """A data root with the real captures accepted, and what became of each file."""

    root: DataRoot
    landings: Mapping[str, Landing]


@dataclass(frozen=True)
class Screened:
    """The build of all lists.

    Attributes:
        bench: the copy of the dbt project with its built database.
        bars: postal code -> the test-only wage bar under Florida's rule, USD per hour.
    """

    bench: Workbench
    bars: Mapping[str, Decimal]


def list_id(postal: str, policy: str) -> str:
    """One list per area and policy."""
    return f"{postal.lower()}-{policy}"


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder `labor/` of the real files; skips with a reason where it is absent."""
    folder = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data") / "labor"
    missing = [path for _, path, _ in IMPORTS if not (folder / path).exists()]
    if missing:
        pytest.skip(
            f"the real files are not at hand ({missing[0]} and {len(missing) - 1} more are missing in {folder}); "
            "set CURRENCY_REALDATA_DIR to the folder that holds labor/"
        )
    return folder


@pytest.fixture(scope="session")
def files(realdata: Path) -> RealFiles:
    """The same files, read by the tests' own few lines of pandas."""
    return RealFiles(realdata)


@pytest.fixture(scope="session")
def imported(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Every file through the one way in: import, parse, landing gate, acceptance."""
    from extractors import ingest
    from orchestration.landing import land

    root = DataRoot(tmp_path_factory.mktemp("realdata") / "data").ensure()
    landings = {}
    for dataset, path, options in IMPORTS:
        result = ingest.import_file(root, dataset, [realdata / path], **options).raise_if_failed()
        assert result.capture is not None
        landings[path] = land(root, result.capture)
    return Imported(root, landings)


@pytest.fixture(scope="session")
def screened(imported: Imported, files: RealFiles, tmp_path_factory: pytest.TempPathFactory) -> Screened:
    """New York and the nation under three policies, every other area under Florida's demand rule, in one build."""
    from extractors.archive import Archive
    from orchestration.handover import prepare_build

    refused = {path: landing.problem for path, landing in imported.landings.items() if landing.outcome != "accepted"}
    assert not refused
    prepare_build(imported.root, Archive(imported.root).lock())
    bench = workbench(tmp_path_factory.mktemp("realdata_dbt"), imported.root.build_database)
    areas = files.areas()
    # Florida's source states no wage rule. The bar is one line's own median, so that equality is met on real figures.
    bars = {postal: files.a_real_median(postal) for postal in ("US", "NY")}
    lists = [(postal, policy) for postal in ("US", "NY") for policy in POLICIES]
    lists += [(postal, "florida_2018") for postal in areas if postal not in bars]
    bench.write_seed("occupation_list", (_list_row(postal, policy) for postal, policy in lists))
    bench.write_seed("list_parameter", [_bar_row(postal, bar) for postal, bar in bars.items()])
    for name in ("occupation_decision", "occupation_wage_override", "team_member"):
        bench.write_seed(name, [])
    done = bench.dbt("build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout + done.stderr
    return Screened(bench, bars)


def _list_row(postal: str, policy: str) -> dict[str, str]:
    return {
        "list_id": list_id(postal, policy),
        "title": f"{postal} under {policy}",
        "state_postal": postal,
        "cycle": "2026",
        "as_of_date": AS_OF,
        "policy_id": policy,
        "include_regions": "false",
        "owner": "test",
    }


def _bar_row(postal: str, bar: Decimal) -> dict[str, str]:
    return {
        "list_id": list_id(postal, "florida_2018"),
        "parameter": "wage.threshold_hourly_usd",
        "value": str(bar),
        "unit": "USD per hour",
        "reason": "test only",
        "citation": "test only",
    }
