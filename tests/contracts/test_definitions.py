"""Laws of the orchestration: definitions load with nothing, every table is guarded, only it knows Dagster."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.raw_tables import RAW_TABLES
from warehouse.paths import CHECKOUT, DataRoot

#: Who may import whom (docs/architecture.md, principle 2); `warehouse.paths` and `warehouse.vault` are free to all.
LAYERS = {
    "extractors": {"extractors", "warehouse.paths", "warehouse.vault", "warehouse.failures"},
    "expectations": {"expectations", "warehouse.paths", "warehouse.vault", "warehouse.failures"},
    "warehouse": {"warehouse"},
    "orchestration": {"orchestration", "extractors", "expectations", "warehouse"},
}
#: Catalogue and contracts of raw tables are plain data that the landing gates hold tables against.
ALLOWED = {("expectations", "extractors.raw_tables"), ("expectations", "extractors.model")}
HEAVY = {"dagster", "dagster_dbt", "dbt"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    return DataRoot(tmp_path_factory.mktemp("nothing") / "data")


@pytest.fixture(scope="module")
def defs(root: DataRoot) -> Any:
    from orchestration.build import build_defs

    before = dict(os.environ)
    os.environ["CURRENCY_DATA_DIR"] = str(root.root)
    try:
        return build_defs(root=root)
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def graph(defs: Any) -> Any:
    return defs.resolve_asset_graph()


def test_definitions_load_with_nothing(tmp_path: Path) -> None:
    """No captures, no warehouse, no key, no contact, and a network on which every connection is refused."""
    said = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "socket.getaddrinfo = refuse\n"
        "from orchestration.definitions import defs\n"
        "import dagster as dg\n"
        "dg.Definitions.validate_loadable(defs)\n"
        "print(len(defs.resolve_asset_graph().get_all_asset_keys()))\n"
    )
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("CURRENCY_", "ONET_", "DAGSTER_"))}
    kept = {k: v for k, v in os.environ.items() if k == "CURRENCY_DBT_PROJECT_DIR"}
    ran = subprocess.run(
        [sys.executable, "-c", said],
        env={**bare, **kept, "CURRENCY_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout.splitlines()[-1]) > 80
    assert not (tmp_path / "data" / "build" / "warehouse.duckdb").exists()


def test_a_missing_manifest_does_not_make_the_graph_smaller(graph: Any, root: DataRoot) -> None:
    manifest = json.loads((root.state / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    models = [n for n in manifest["nodes"].values() if n["resource_type"] in {"model", "seed"}]
    expected = len(models) + len(DATASETS) + len(RAW_TABLES)
    assert len(graph.get_all_asset_keys()) >= expected


def test_every_raw_table_has_a_blocking_landing_gate(graph: Any) -> None:
    from orchestration.defs.raw import raw_key

    checks = {(key.asset_key, key.name) for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    missing = [t for t in RAW_TABLES if (raw_key(t), f"landing__{t}") not in checks]
    assert missing == []


def test_every_mart_has_a_blocking_release_gate_and_a_candidate(graph: Any) -> None:
    blocking = {
        (key.asset_key.to_user_string(), key.name)
        for key in graph.asset_check_keys
        if graph.get_check_spec(key).blocking
    }
    marts = [key for key in graph.get_all_asset_keys() if key.path[0] == "marts"]
    assert marts
    assert [m for m in marts if (m.to_user_string(), f"release__{m.path[-1]}") not in blocking] == []
    domains = {m.path[1] for m in marts}
    candidates = {k.path[1] for k in graph.get_all_asset_keys() if k.path[0] == "release_candidate"}
    assert candidates == domains


def test_dbt_tests_are_checks(graph: Any, root: DataRoot) -> None:
    manifest = json.loads((root.state / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    attached = {
        n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test" and n.get("attached_node")
    }
    names = {key.name for key in graph.asset_check_keys}
    assert attached and attached <= names


def test_every_dataset_has_a_capture_and_a_freshness_check(graph: Any) -> None:
    from orchestration.defs.capture import capture_key

    names = {(k.asset_key, k.name) for k in graph.asset_check_keys}
    for dataset in DATASETS:
        assert graph.has(capture_key(dataset))
        assert (capture_key(dataset), f"freshness__{dataset}") in names


def test_an_analyst_reads_every_asset_without_code(graph: Any) -> None:
    dumb = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if not (
            graph.get(key).description and graph.get(key).owners and graph.get(key).group_name not in (None, "default")
        )
    ]
    assert dumb == []


def test_lineage_is_whole(graph: Any) -> None:
    """From a capture to the release; raw tables are made here, not stubs that dbt invented."""
    from dagster import AssetKey

    stubs = [k.to_user_string() for k in graph.get_all_asset_keys() if not graph.get(k).is_materializable]
    assert stubs == []
    upstream = graph.get_ancestor_asset_keys(AssetKey(["release", "general"]))
    assert {AssetKey(["capture", d]) for d in ("projections_long", "oews_state", "onet", "living_wage")} <= upstream


def test_jobs_of_the_architecture_are_there(defs: Any) -> None:
    jobs = {job.name for job in defs.resolve_all_job_defs()}
    assert {"capture_all", "intake", "build", "publish", "refresh"} <= jobs


def test_every_fetched_source_has_a_schedule(defs: Any) -> None:
    from orchestration.defs.capture import fetchable
    from orchestration.schedules import capture_groups

    assert sorted(d for _, datasets in capture_groups().values() for d in datasets) == sorted(fetchable())
    assert {s.name for s in defs.schedules} == set(capture_groups())


def _imports(file: Path) -> set[tuple[str, bool]]:
    """(module, at import time) of every import; those under `if TYPE_CHECKING` are left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[tuple[str, bool]] = set()

    def walk(node: ast.AST, top: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                found.update((alias.name, top) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                found.add((child.module, top))
            walk(child, top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    walk(tree, True)
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_dependencies_point_one_way(layer: str) -> None:
    ours = set(LAYERS)
    wrong = []
    for file in sorted((CHECKOUT / layer).rglob("*.py")):
        if (CHECKOUT / "warehouse" / "data") in file.parents:
            continue
        for module, _ in _imports(file):
            package = module.split(".")[0]
            if package in HEAVY and layer != "orchestration":
                wrong.append(f"{file.relative_to(CHECKOUT)} imports {module}")
            known = any(module == a or module.startswith(a + ".") for a in LAYERS[layer])
            if package in ours and not known and not any(layer == a and module == b for a, b in ALLOWED):
                wrong.append(f"{file.relative_to(CHECKOUT)} imports {module}")
    assert wrong == []


def test_the_vault_costs_nothing_until_it_is_opened() -> None:
    """Every layer imports it, student records or not."""
    said = "import sys, warehouse.vault, warehouse.cli_vault; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, cwd=CHECKOUT, check=True)
    heavy = {"cryptography", "duckdb", "pyarrow", "yaml", "filelock", "numpy", "pandas"}
    assert heavy.isdisjoint(module.split(".")[0] for module in ran.stdout.split())


def test_great_expectations_is_imported_inside_functions_only() -> None:
    wrong = [
        f"{file.relative_to(CHECKOUT)}: {module}"
        for layer in LAYERS
        for file in sorted((CHECKOUT / layer).rglob("*.py"))
        for module, top in _imports(file)
        if top and module.split(".")[0] == "great_expectations"
    ]
    assert wrong == []


def test_every_file_of_orchestration_says_what_does_not_belong() -> None:
    silent = [
        file.name
        for file in sorted((CHECKOUT / "orchestration").rglob("*.py"))
        if "elong" not in (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "")
        and file.name not in {"__init__.py"}
    ]
    assert silent == []


def test_help_answers_at_once() -> None:
    import time

    begun = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "orchestration.cli", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert ran.returncode == 0 and "refresh" in ran.stdout
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ran.stderr.splitlines()}
    assert loaded.isdisjoint({"dagster", "dbt", "great_expectations", "pandas", "pyarrow", "duckdb"})
    assert time.monotonic() - begun < 5  # under a second on an idle machine; the modules above are what matters
