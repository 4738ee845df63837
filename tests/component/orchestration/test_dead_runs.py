"""A refresh that was killed holds up nobody: its runs are ended, its pools are free again."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from orchestration.dead_runs import REFRESH_TAG, bury_the_dead
from orchestration.home import environment_of
from orchestration.home import instance as open_instance
from warehouse.paths import DataRoot

POOL = "build"


@dg.op(pool=POOL)
def _step() -> None: ...


@dg.job
def _work() -> None:
    _step()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    root = DataRoot(tmp_path_factory.mktemp("dead") / "data")
    root.ensure()
    with environment_of(root), open_instance(root) as at_hand:
        at_hand.event_log_storage.set_concurrency_slots(POOL, 1)
        yield at_hand


@pytest.fixture
def instance(opened: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    yield opened
    for run_id in opened.event_log_storage.get_concurrency_run_ids():
        opened.event_log_storage.free_concurrency_slots_for_run(run_id)
    for run in opened.get_runs():
        opened.delete_run(run.run_id)


def _run(instance: dg.DagsterInstance, status: DagsterRunStatus, *, of_refresh: bool) -> str:
    """A run in that state that holds the pool's one slot."""
    tags = {REFRESH_TAG: "1"} if of_refresh else {}
    run = instance.create_run_for_job(_work, status=status, tags=tags)
    claim = instance.event_log_storage.claim_concurrency_slot(POOL, run.run_id, "_step")
    assert claim.is_claimed
    return run.run_id


def _others_may_go_on(instance: dg.DagsterInstance) -> bool:
    claim = instance.event_log_storage.claim_concurrency_slot(POOL, "another run", "_step")
    return bool(claim.is_claimed)


# A run in this process is never queued.
@pytest.mark.parametrize("status", [s for s in DagsterRunStatus if s is not DagsterRunStatus.QUEUED])
def test_a_slot_of_a_dead_refresh_is_free_whatever_its_run_is_said_to_be(
    instance: dg.DagsterInstance, status: DagsterRunStatus
) -> None:
    """Also FAILURE: the process that buried the run may have been killed before it freed the slot."""
    run_id = _run(instance, status, of_refresh=True)
    bury_the_dead(instance)
    run = instance.get_run_by_id(run_id)
    assert run is not None and run.is_finished
    assert _others_may_go_on(instance)


def test_a_place_in_the_line_without_its_slot_is_given_back(instance: dg.DagsterInstance) -> None:
    """Dagster frees the slot and leaves the line in two transactions: a death between them leaves only the place."""
    run_id = _run(instance, DagsterRunStatus.SUCCESS, of_refresh=True)
    instance.event_log_storage._free_concurrency_slots(run_id=run_id)  # type: ignore[attr-defined]
    bury_the_dead(instance)
    assert _others_may_go_on(instance)


def test_a_slot_of_a_run_that_is_over_or_was_deleted_is_free(instance: dg.DagsterInstance) -> None:
    _run(instance, DagsterRunStatus.FAILURE, of_refresh=False)
    bury_the_dead(instance)
    instance.event_log_storage.free_concurrency_slots_for_run("another run")
    instance.delete_run(_run(instance, DagsterRunStatus.STARTED, of_refresh=False))
    bury_the_dead(instance)
    assert _others_may_go_on(instance)


def test_a_run_from_the_ui_that_is_at_work_keeps_its_slot(instance: dg.DagsterInstance) -> None:
    run_id = _run(instance, DagsterRunStatus.STARTED, of_refresh=False)
    bury_the_dead(instance)
    run = instance.get_run_by_id(run_id)
    assert run is not None and run.status is DagsterRunStatus.STARTED
    assert not _others_may_go_on(instance)
