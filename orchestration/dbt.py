"""dbt, inside this process.

Belongs here: keeping the manifest fresh, one `dbt build`, what came of each node. Does not belong here: Dagster
events (`defs.transform`), SQL (`dbt_project`).

Why inside the process: a child process imports dbt again (3.3 s) and parses again; the run that follows a policy
edit has 20 s in all. Importing dbt happens inside functions, so a command that builds nothing pays nothing.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from extractors.failures import PermanentFailure
from orchestration.home import dbt_target_dir, seldom_collected
from orchestration.restricted import restricted_ids, without_values
from warehouse.paths import CHECKOUT, DataRoot, data_root, dbt_project_dir

IGNORED = {"target", "logs", "dbt_packages", "__pycache__"}
SAMPLE_ROWS = 20

Progress = Callable[[str, int, int], None]  # node name, done, of

#: What this thread parsed last: path of manifest.json, its time of change, dbt's own object.
_parsed: ContextVar[tuple[Path, int, Any] | None] = ContextVar("parsed", default=None)


@dataclass(frozen=True)
class NodeOutcome:
    """What became of one dbt node.

    Attributes:
        unique_id: dbt's id.
        resource_type: model | seed | test.
        status: success | pass | warn | fail | error | skipped.
        message: dbt's own words.
        seconds: wall time of the node.
        failures: failing rows of a test, else None.
        compiled: compiled SQL of a test, to show its failing rows.
    """

    unique_id: str
    resource_type: str
    status: str
    message: str
    seconds: float
    failures: int | None = None
    compiled: str | None = None

    @property
    def ok(self) -> bool:
        """True unless the node failed, errored or was skipped; a warning is fine."""
        return self.status in {"success", "pass", "warn", "no-op"}


def project_files(project: Path | None = None) -> Iterator[Path]:
    """Every file of the dbt project that changes what it builds, sorted."""
    top = project or dbt_project_dir()
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in IGNORED and not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(files) if not name.startswith("."))


def manifest_path(root: DataRoot) -> Path:
    """Where dbt leaves the manifest of this data root."""
    return dbt_target_dir(root) / "manifest.json"


def manifest_is_fresh(root: DataRoot) -> bool:
    """True when the manifest is newer than every file and folder of the project (a deleted file touches its folder)."""
    path = manifest_path(root)
    if not path.is_file():
        return False
    written = path.stat().st_mtime
    files = list(project_files())
    folders = {parent for file in files for parent in (file.parent,)} | {dbt_project_dir()}
    return all(item.stat().st_mtime <= written for item in (*files, *folders))


def ensure_manifest(root: DataRoot) -> dict[str, Any]:
    """The manifest, parsed anew when any file of the project is newer. Needs no database and no network.

    Raises:
        PermanentFailure: the project does not parse; dbt's message is in `found`.
    """
    if manifest_is_fresh(root):
        with contextlib.suppress(ValueError):  # a parse that was killed while writing
            return _load(root)
    parse(root)
    return _load(root)


def _load(root: DataRoot) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(manifest_path(root).read_text(encoding="utf-8"))
    return loaded


@contextlib.contextmanager
def parsing_aside(root: DataRoot, *, wanted: bool) -> Iterator[Callable[[], None]]:
    """Parses in a child process, on the second core, while agencies are asked: ten seconds from nothing.

    Only a first parse is worth it: a change of some files is parsed in one second by the process that builds.

    Yields:
        a function to call before the manifest is needed: it waits for the child. What the child could not do,
        `ensure_manifest` does and explains.
    """
    child = None
    if wanted and not (dbt_target_dir(root) / "partial_parse.msgpack").is_file():
        path = os.pathsep.join(p for p in (str(CHECKOUT), os.environ.get("PYTHONPATH", "")) if p)
        child = subprocess.Popen(
            [sys.executable, "-m", "orchestration.dbt", str(root.root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
    try:
        yield child.wait if child else lambda: None  # type: ignore[misc]
    finally:
        if child and child.poll() is None:
            child.kill()
            child.wait()


def parse(root: DataRoot) -> None:
    """`dbt parse`. Raises PermanentFailure with dbt's message when the project does not parse."""
    result = _invoke(root, ["parse"])
    if not result.success:
        raise PermanentFailure(
            str(result.exception or "dbt could not parse the project").strip(),
            where=str(dbt_project_dir()),
            expected="a dbt project that parses",
            remedy="correct the file that dbt names, then run the same command again",
        )
    os.utime(manifest_path(root))  # a partial parse without changes may leave the file as it was
    _parsed.set((manifest_path(root), manifest_path(root).stat().st_mtime_ns, result.result))


def build(
    root: DataRoot,
    *,
    progress: Progress | None = None,
    seeds: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
) -> list[NodeOutcome]:
    """`dbt build` without unit tests: they judge the SQL, not the data, and run with the project's tests.

    Args:
        root: the data root.
        progress: told each finished node.
        seeds: only these seeds and what follows from them; None builds everything.
        models: only these models and what they are made of, with the tests that need nothing else.

    Returns:
        the outcome of every node that ran, in the order in which dbt finished them.

    Raises:
        PermanentFailure: dbt stopped before it ran a node (a missing seed, a locked build file ...).
    """
    # --no-write-json: the manifest is fresh, and what came of each node is read from the result (a second saved)
    arguments = ["--no-write-json", "build", "--exclude-resource-type", "unit_test"]
    if seeds is not None:
        if not seeds:
            return []
        arguments += ["--select", *(f"{name}+" for name in seeds)]
    elif models is not None:
        arguments += ["--indirect-selection", "cautious", "--select", *(f"+{name}" for name in models)]
    result = _invoke(root, arguments, progress, _manifest_at_hand(root))
    ran = getattr(result.result, "results", None)
    if ran is None:
        raise PermanentFailure(
            str(result.exception or "dbt stopped before it ran a node").strip(),
            where=str(root.build_database),
            expected="a build database that this process may write, with the raw views in place",
            remedy="close programs that have the build file open, then run the same command again",
        )
    # A model in Python leaves relations in cycles of references, and each holds the connection, and so the file, open.
    gc.collect()
    hidden = restricted_ids(item.node for item in ran)
    return [_outcome(item, is_restricted=item.node.unique_id in hidden) for item in ran]


def failing_rows(root: DataRoot, outcome: NodeOutcome, limit: int = SAMPLE_ROWS) -> list[dict[str, str]]:
    """Rows that a failed test found, as text, at most `limit`; empty when the query itself does not run."""
    import duckdb

    from warehouse.connection import connect

    if not outcome.compiled:
        return []
    try:
        with connect(root.build_database, read_only=True) as connection:
            cursor = connection.execute(f"select * from ({outcome.compiled}) as failing limit {int(limit)}")  # noqa: S608 - dbt's own SQL
            names = [column[0] for column in cursor.description or []]
            return [
                {n: "" if v is None else str(v) for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()
            ]
    except duckdb.Error:
        return []


def row_counts(root: DataRoot) -> dict[str, int]:
    """`schema.table` -> rows of every table of the build database. Views are left out: counting them runs them."""
    from warehouse.connection import connect

    with connect(root.build_database, read_only=True) as connection:
        found = connection.execute("select schema_name || '.' || table_name, estimated_size from duckdb_tables()")
        return {str(name): int(size) for name, size in found.fetchall()}


def results_path(root: DataRoot) -> Path:
    """What came of each node in the last build; candidates and reports read it."""
    return root.build / "dbt_results.json"


def write_results(root: DataRoot, outcomes: list[NodeOutcome]) -> None:
    """Keep the outcomes beside the build database."""
    from extractors.atomic import write_json

    write_json(results_path(root), [asdict(outcome) for outcome in outcomes])


def read_results(root: DataRoot) -> dict[str, NodeOutcome]:
    """Unique id -> outcome of the last build; empty when there was none."""
    path = results_path(root)
    if not path.is_file():
        return {}
    return {item["unique_id"]: NodeOutcome(**item) for item in json.loads(path.read_text(encoding="utf-8"))}


def _manifest_at_hand(root: DataRoot) -> Any:
    """dbt's own manifest object while nothing changed since the parse: of this process, else as the parse left it."""
    from orchestration.dbt_lean import saved_manifest

    kept = _parsed.get()
    path = manifest_path(root)
    if not manifest_is_fresh(root):
        return None
    if kept and kept[:2] == (path, path.stat().st_mtime_ns):
        return kept[2]
    return saved_manifest(dbt_target_dir(root))


@seldom_collected()
def _invoke(root: DataRoot, arguments: list[str], progress: Progress | None = None, manifest: Any = None) -> Any:
    from dbt.cli.main import dbtRunner

    from orchestration.dbt_lean import take_weight_off

    take_weight_off()
    dbt_target_dir(root).mkdir(parents=True, exist_ok=True)
    root.build.mkdir(parents=True, exist_ok=True)
    callbacks = [_reporter(progress)] if progress else []
    project = str(dbt_project_dir())
    with _quiet_root_logger(), _database_released():
        return dbtRunner(manifest=manifest, callbacks=callbacks).invoke(
            [
                "--no-send-anonymous-usage-stats",
                "--log-level", "none",
                "--log-level-file", "none",
                "--log-path", str(dbt_target_dir(root)),
                *arguments,
                "--project-dir", project,
                "--profiles-dir", project,
                "--target-path", str(dbt_target_dir(root)),
            ]
        )  # fmt: skip


def _reporter(progress: Progress) -> Callable[[Any], None]:
    """A dbt callback that tells each finished node; an event without these fields is no such event."""

    def on_event(event: Any) -> None:
        if event.info.name in {"LogModelResult", "LogSeedResult", "LogTestResult"}:
            data = event.data  # tests call the total `num_models`; what is raised here would fail the node
            total = int(getattr(data, "total", 0) or getattr(data, "num_models", 0))
            progress(data.node_info.node_name, data.index, total)

    return on_event


@contextlib.contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """dbt adds handlers to the root logger; Dagster's console must not print everything twice afterwards."""
    import logging

    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    try:
        yield
    finally:
        logger.handlers = handlers
        logger.setLevel(level)


@contextlib.contextmanager
def _database_released() -> Iterator[None]:
    """dbt-duckdb keeps its connection for the next command of the same process; we need the file."""
    try:
        yield
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()


def _outcome(item: Any, *, is_restricted: bool) -> NodeOutcome:
    """What came of a node; of one that reads rows of people neither values nor the query that would show them."""
    node = item.node
    kind = str(getattr(node.resource_type, "value", node.resource_type))
    status = str(getattr(item.status, "value", item.status))
    message = str(item.message or "")
    return NodeOutcome(
        unique_id=node.unique_id,
        resource_type=kind,
        status=status,
        message=without_values(message) if is_restricted and "Error" in message else message,
        seconds=float(item.execution_time or 0.0),
        failures=item.failures if kind == "test" else None,
        compiled=getattr(node, "compiled_code", None)
        if kind == "test" and status in {"fail", "warn"} and not is_restricted
        else None,
    )


if __name__ == "__main__":
    with contextlib.suppress(PermanentFailure):
        ensure_manifest(data_root(sys.argv[1]))
