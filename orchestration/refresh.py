"""`currency refresh`: capture, build, publish, in one process.

Belongs here: the order of the phases, what stops what, the report. Does not belong here: what a phase does (`defs`),
how it looks on a terminal (`console`).

Each phase is a Dagster run on the persistent instance, so everything is in the UI afterwards. Nothing heavy is imported
before it is needed: when no input changed since the current release, neither dbt nor Great Expectations is.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.failures import CurrencyFailure, PermanentFailure, TransientFailure
from orchestration.dead_runs import REFRESH_TAG, bury_the_dead
from orchestration.home import environment_of, seldom_collected
from orchestration.home import instance as open_instance
from orchestration.progress import Listener, listening, tell
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions, ExecuteInProcessResult

    from extractors.archive import Lock
    from warehouse.release_model import Release

RELEASED, NOTHING_NEW, NOTHING_RELEASED, DRY_RUN = "released", "nothing_new", "nothing_released", "dry_run"


@dataclass
class Report:
    """What a refresh came to.

    Attributes:
        outcome: released | nothing_new | nothing_released | dry_run.
        captures: dataset -> new | unchanged | failed (agencies that were asked, files that were supplied).
        rows: rows of the accepted captures: in = used + excluded + quarantined.
        gates_passed, gates_failed: names of landing and release gates that were judged or remembered in this run.
        tests_passed, tests_failed: dbt tests.
        held_back: domain -> reason.
        problems: what a person should read, each with its remedy.
        steps: Dagster steps that ran, and that failed.
        seconds: phase -> wall seconds; `start-up` is the import of tools, counted apart.
        cpu_seconds: the same in CPU seconds of this process, which a busy machine does not blur.
    """

    outcome: str = NOTHING_RELEASED
    release_id: str | None = None
    release_folder: str | None = None
    served_file: str | None = None
    captures: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    gates_passed: list[str] = field(default_factory=list)
    gates_failed: list[str] = field(default_factory=list)
    tests_passed: int = 0
    tests_failed: list[str] = field(default_factory=list)
    held_back: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=lambda: {"ran": 0, "failed": 0})
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 all well, 1 released (or standing) but something failed or was held back, 3 nothing is released."""
        if self.outcome == NOTHING_RELEASED:
            return 3
        return 1 if self.problems or self.held_back or self.gates_failed or self.tests_failed else 0

    def headline(self) -> str:
        """One sentence."""
        return {
            RELEASED: f"Release {self.release_id} is served.",
            NOTHING_NEW: f"Nothing new: release {self.release_id} stands.",
            NOTHING_RELEASED: "Nothing was released; what was served before is still served."
            if self.release_id
            else "Nothing was released.",
            DRY_RUN: "Nothing was changed.",
        }[self.outcome]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "headline": self.headline(), "exit_code": self.exit_code}


def refresh(
    root: DataRoot,
    *,
    sample: bool = False,
    locked: str | None = None,
    only: Sequence[str] | None = None,
    dry_run: bool = False,
    force: bool = False,
    progress: Listener | None = None,
    instance: DagsterInstance | None = None,
) -> Report:
    """Bring the release up to date.

    Args:
        root: the data root.
        sample: make the sample state first, play its services on loopback, and take its files.
        locked: a `sources.lock.json`; exactly its captures are built, no agency is asked.
        only: datasets or sources to ask; the build takes all accepted captures all the same.
        dry_run: say what would be done.
        force: build and release even if no input changed.
        progress: told what is at work.
        instance: a Dagster instance at hand; by default the persistent one of the data root.

    Returns:
        the report. A source, a gate or a domain that fails is in it and stops nothing else.

    Raises:
        PermanentFailure: wrong arguments, or sample and real data would mix.
        TransientFailure: another refresh is at work on this data root.
    """
    root.ensure()
    report = Report()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone(root))
        stack.enter_context(seldom_collected())
        stack.enter_context(environment_of(root))
        stack.enter_context(listening(progress))
        clock = _Clock(report)
        _mend_lock(root, locked)
        _refuse_mixture(root, sample, locked)
        if dry_run:
            return _plan(root, report, locked, only)
        parsed = _get_helpers_ready(stack, root, locked, force)
        supplied: dict[str, dict[str, Any]] = {}
        if sample:
            from orchestration.sample import playing

            with clock("sample"):
                supplied = stack.enter_context(playing(root))
        with clock("start-up"):
            tell("starting Dagster")
            import dagster  # noqa: F401

            at_work = instance or stack.enter_context(open_instance(root))
            runner = _Runner(root, at_work, report, locked)
            bury_the_dead(at_work)
        if not locked:
            with clock("capture"):
                _capture(runner, only, supplied, clock)
        _build_and_publish(runner, clock, force, parsed)
    return report


def _get_helpers_ready(
    stack: contextlib.ExitStack, root: DataRoot, locked: str | None, force: bool
) -> Callable[[], object]:
    """Use the second core: where a build is certain, the judge loads and dbt parses while agencies are asked."""
    from extractors.archive import Archive, Lock
    from orchestration import dbt
    from orchestration.judge import judge_at_hand
    from warehouse.release import current_release

    lock = Lock.read(Path(locked)) if locked else Archive(root).lock()
    current = current_release(root)
    certain = force or current is None or not _stands(root, current, lock)
    judge = stack.enter_context(judge_at_hand())
    if certain:
        judge.start()
    return stack.enter_context(dbt.parsing_aside(root, wanted=certain))


def _build_and_publish(runner: _Runner, clock: _Clock, force: bool, parsed: Callable[[], object]) -> None:
    from warehouse.release import current_release

    root, report = runner.root, runner.report
    lock = runner.lock()
    current = current_release(root)
    if not lock.datasets:
        report.problems.append(
            "No capture is accepted yet: fetch or import one first (`currency refresh --sample` shows how it looks)."
        )
        return
    if current is not None and not force and _stands(root, current, lock):
        _say_release(report, root, current, NOTHING_NEW)
        _count_rows(root, lock, report)
        return
    if current is not None:
        _say_release(report, root, current, NOTHING_RELEASED)
    if force:
        from orchestration import basis

        basis.forget(root)
    with clock("start-up"):
        tell("starting dbt")
        parsed()
        definitions = runner.full_definitions()
    with clock("build"):
        _build(runner, definitions)
        _count_rows(root, lock, report)
    with clock("publish"):
        _publish(runner, definitions)


# ---------------------------------------------------------------------------------------------------------- the phases


def _capture(
    runner: _Runner, only: Sequence[str] | None, supplied: Mapping[str, dict[str, Any]], clock: _Clock
) -> None:
    """Ask and land. Where a capture failed, what it fed was skipped: a second run lands what else is there."""
    with clock("start-up"):
        import dagster as dg

        from orchestration.build import capture_defs
        from orchestration.defs.capture import capture_key, fetchable
        from orchestration.defs.exam_records import landed_keys
        from orchestration.defs.jobs import selection_of
        from orchestration.restricted import has_keys
    asked = _chosen(fetchable(), only)
    names = [*asked, *(name for name in supplied if name not in asked)]
    config = {capture_key(name).to_python_identifier(): {"config": said} for name, said in supplied.items()}
    definitions = capture_defs(runner.resources())
    result = runner.run(
        definitions, "capture_all", selection_of(names) | _landing(only), {"ops": config} if config else {}
    )
    runner.note_captures(result, names)
    skipped = runner.skipped_raw(result)
    if skipped:
        runner.run(definitions, "capture_all", skipped, {})
    if not only and has_keys(runner.root):
        # A run of its own: within one, a list that did not change would skip whatever is read with it.
        runner.run(definitions, "intake", dg.AssetSelection.assets(*landed_keys()), {})


def _landing(only: Sequence[str] | None) -> Any:
    """Raw tables whose drafts are landed besides: all of them, unless somebody named what to ask."""
    import dagster as dg

    from extractors.raw_tables import RAW_TABLES
    from orchestration.defs.raw import raw_key

    keys = [] if only else [raw_key(table) for table in RAW_TABLES]
    return dg.AssetSelection.assets(*keys)


def _build(runner: _Runner, definitions: Definitions) -> None:
    """Raw views, dbt, gates, candidates. Domains that are whole go on alone when dbt broke another one."""
    result = runner.run(definitions, "build", None, {})
    intact = runner.intact_candidates(result)
    if intact:
        import dagster as dg

        runner.run(definitions, "build", dg.AssetSelection.assets(*intact), {})


def _publish(runner: _Runner, definitions: Definitions) -> None:
    from warehouse.release import current_release

    result = runner.run(definitions, "publish", None, {})
    release = current_release(runner.root)
    if release is None or not result.success:
        return
    _say_release(runner.report, runner.root, release, RELEASED)
    runner.report.held_back = {n: d.reason for n, d in release.domains.items() if d.status != "built"}


# --------------------------------------------------------------------------------------------------------- Dagster runs


class _Runner:
    """Runs jobs on the instance and collects what they came to."""

    def __init__(self, root: DataRoot, instance: DagsterInstance, report: Report, locked: str | None) -> None:
        self.root, self.instance, self.report, self.locked = root, instance, report, locked
        self.id = uuid.uuid4().hex[:8]
        self._manifest: Mapping[str, Any] | None = None

    def lock(self) -> Lock:
        """The captures that the build reads."""
        from extractors.archive import Archive, Lock

        return Lock.read(Path(self.locked)) if self.locked else Archive(self.root).lock()

    def resources(self) -> dict[str, Any]:
        """A person waits: what may heal by itself was retried by the HTTP client, no step waits a minute more."""
        from orchestration.resources import Workspace

        return {"workspace": Workspace(data_dir=str(self.root.root), retries=0, locked=self.locked)}

    def full_definitions(self) -> Definitions:
        """Everything, with dbt; keeps the manifest for later questions."""
        from orchestration import dbt
        from orchestration.build import build_defs

        self._manifest = dbt.ensure_manifest(self.root)
        return build_defs(self.resources(), root=self.root, manifest=self._manifest)

    def run(
        self, definitions: Definitions, job: str, selection: Any, config: Mapping[str, Any]
    ) -> ExecuteInProcessResult:
        """One job, or the part of it that `selection` names; its failures go into the report and are not raised."""
        job_def = _job(definitions, job, selection)
        result = job_def.execute_in_process(
            run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            instance=self.instance,
            tags={REFRESH_TAG: self.id, "currency/pid": str(os.getpid())},
            raise_on_error=False,
        )
        self._collect(result)
        return result

    def _collect(self, result: ExecuteInProcessResult) -> None:
        report = self.report
        for event in result.all_events:
            if event.is_step_success or event.is_step_failure:
                report.steps["ran"] += 1
            if event.is_step_failure:
                report.steps["failed"] += 1
                report.problems.append(_failure_text(event))
        for check in result.get_asset_check_evaluations():
            self._note_check(check.check_name, check.passed, check.severity.value == "WARN")

    def _note_check(self, name: str, passed: bool, warns: bool) -> None:
        report = self.report
        if name.startswith(("landing__", "release__")):
            if passed and name not in report.gates_failed:
                report.gates_passed.append(name)
            if not passed:
                report.gates_failed.append(name)
        elif name.startswith("freshness__") or name == "every_domain_released":
            return
        elif passed:
            report.tests_passed += 1
        elif not warns:
            report.tests_failed.append(name)

    def note_captures(self, result: ExecuteInProcessResult, names: Sequence[str]) -> None:
        """What each capture came to."""
        from orchestration.defs.capture import capture_key

        for name in names:
            step = capture_key(name).to_python_identifier()
            events = result.events_for_node(step) if result.job_def.has_node_named(step) else []
            said = [e.step_materialization_data.materialization.metadata for e in events if e.is_step_materialization]
            outcome = str(said[0]["outcome"].value) if said else "failed"
            self.report.captures[name] = outcome

    def skipped_raw(self, result: ExecuteInProcessResult) -> Any:
        """The raw tables whose step was skipped because a capture failed; None where there is none."""
        import dagster as dg

        from orchestration.defs.raw import raw_key, raw_sets

        skipped = {e.step_key for e in result.all_events if e.event_type_value == "STEP_SKIPPED"}
        keys = [raw_key(table) for s in raw_sets() if s.name in skipped for table in s.tables]
        return dg.AssetSelection.assets(*keys) if keys else None

    def intact_candidates(self, result: ExecuteInProcessResult) -> list[Any]:
        """Candidates whose step did not run although nothing that they are made of is broken."""
        from orchestration import handover, marts
        from orchestration.defs.release import candidate_key

        assert self._manifest is not None
        if result.success:
            return []
        tried = {e.step_key for e in result.all_events if e.is_step_success or e.is_step_failure}
        return [
            candidate_key(domain)
            for zone in (False, True)
            for domain in marts.marts_by_domain(self._manifest, restricted=zone)
            if f"release_gate_{domain}" not in tried
            and not handover.broken_upstream(self.root, self._manifest, domain, restricted=zone)
        ]


def _job(definitions: Definitions, name: str, selection: Any) -> Any:
    """The job; with a selection, a job of the same name that takes only those assets (and their checks)."""
    import dagster as dg

    if selection is None:
        return definitions.resolve_job_def(name)
    part = dg.define_asset_job(name, selection=selection)
    return dg.Definitions(
        assets=definitions.assets,
        asset_checks=definitions.asset_checks,
        jobs=[part],
        resources=definitions.resources,
        executor=definitions.executor,
    ).resolve_job_def(name)


def _failure_text(event: Any) -> str:
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error = data.error
    if error is None:
        return f"{event.step_key} failed"
    cause = error.cause or error
    return f"{event.step_key}: {cause.message.strip()}"


# ------------------------------------------------------------------------------------------------------------- helpers


class _Clock:
    """Seconds per phase; what one phase spends inside another is counted once, for the inner one."""

    def __init__(self, report: Report) -> None:
        self._report, self._inner = report, [(0.0, 0.0)]

    @contextlib.contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), time.process_time()
        self._inner.append((0.0, 0.0))
        try:
            yield
        finally:
            wall, cpu = time.monotonic() - wall, time.process_time() - cpu
            inner_wall, inner_cpu = self._inner.pop()
            before_wall, before_cpu = self._inner[-1]
            self._inner[-1] = (before_wall + wall, before_cpu + cpu)
            for into, spent in ((self._report.seconds, wall - inner_wall), (self._report.cpu_seconds, cpu - inner_cpu)):
                into[phase] = round(into.get(phase, 0.0) + spent, 3)


@contextlib.contextmanager
def _alone(root: DataRoot) -> Iterator[None]:
    """One refresh at a time; the system frees the lock when its holder dies."""
    from filelock import FileLock, Timeout

    lock = FileLock(root.state / "refresh.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise TransientFailure(
            "another refresh is at work",
            where=str(root.root),
            expected="one refresh at a time",
            remedy="wait for it to end, then run the same command again",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _refuse_mixture(root: DataRoot, sample: bool, locked: str | None) -> None:
    """Sample and real captures never feed one release."""
    from extractors.archive import Archive

    if locked:
        return
    archive = Archive(root)
    kinds = {
        bool(archive.get(d, c).metadata.get("is_sample"))
        for d, c, role in archive.lock().captures()
        if role == "current"
    }
    if kinds and (not sample) in kinds:
        here, wanted = ("the sample state", "real data") if not sample else ("real data", "the sample state")
        raise PermanentFailure(
            f"this data root holds {here}, and {wanted} would be mixed in",
            where=str(root.root),
            expected=f"a data root of its own for {wanted}",
            remedy="set CURRENCY_DATA_DIR to another folder"
            + ("" if sample else ", or add --sample to refresh the sample state"),
        )


def _chosen(names: Sequence[str], only: Sequence[str] | None) -> list[str]:
    """The datasets to ask, by dataset or source name. Raises PermanentFailure for a name that nobody knows."""
    from extractors.catalogue import DATASETS

    if not only:
        return list(names)
    chosen = [
        n for n, spec in DATASETS.items() if spec.fetchable and (n in only or (spec.source in only and n in names))
    ]
    unknown = [o for o in only if not any(o in (n, DATASETS[n].source) for n in chosen)]
    if unknown:
        known = sorted(
            {n for n in DATASETS if DATASETS[n].fetchable} | {s.source for s in DATASETS.values() if s.fetchable}
        )
        raise PermanentFailure(
            f"{', '.join(unknown)} cannot be asked",
            where="--only",
            expected=f"one of {', '.join(known)}",
            remedy="name a dataset or a source that is fetched; others arrive by `currency archive import`",
        )
    return chosen


def _stands(root: DataRoot, current: Release, lock: Lock) -> bool:
    """True when the current release was made of exactly these inputs and no domain was held back."""
    from orchestration.handover import input_fingerprint

    whole = all(domain.status == "built" for domain in current.domains.values())
    return whole and current.provenance.get("input_fingerprint") == input_fingerprint(root, lock)


def _say_release(report: Report, root: DataRoot, release: Release, outcome: str) -> None:
    report.outcome, report.release_id = outcome, release.release_id
    report.release_folder, report.served_file = str(release.folder), str(root.served_database)


def _count_rows(root: DataRoot, lock: Lock, report: Report) -> None:
    from extractors import ingest

    try:
        rows = ingest.row_dispositions(root, lock)
    except CurrencyFailure:
        return  # raw Parquet is missing, so nothing was built either; the failed step says it
    found = {"used": 0, "excluded": 0, "quarantined": 0}
    for row in rows:
        found[row["disposition"]] += row["row_count"]
    report.rows = {"in": sum(found.values()), **found}


def _plan(root: DataRoot, report: Report, locked: str | None, only: Sequence[str] | None) -> Report:
    """What would be done, without doing it."""
    from extractors.archive import Archive, Lock
    from orchestration.defs.capture import fetchable
    from warehouse.release import current_release

    report.outcome = DRY_RUN
    lock = Lock.read(Path(locked)) if locked else Archive(root).lock()
    if not locked:
        report.captures = dict.fromkeys(_chosen(fetchable(), only), "would be asked")
    current = current_release(root)
    if current is None:
        report.captures["build and publish"] = "would run: nothing has been released yet"
    else:
        report.release_id = current.release_id
        stands = _stands(root, current, lock)
        report.captures["build and publish"] = "only if a capture changes" if stands else "would run: an input changed"
    return report


def _mend_lock(root: DataRoot, locked: str | None) -> None:
    """Where the lock in force is gone or broken, the one that was named becomes it: the way back after an accident.

    Otherwise `--locked` leaves it alone: it says what to build once, not what to build from now on.
    """
    from extractors.archive import Archive

    if not locked:
        return
    archive = Archive(root)
    try:
        broken = not root.lock_file.exists() or not archive.lock().datasets
    except PermanentFailure:
        broken = True
    if broken:
        archive.use_lock(Path(locked))
