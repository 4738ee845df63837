"""Runs of a refresh that was killed: end them, and give back the pools that they hold.

Belongs here: what a killed refresh leaves in Dagster's storage. Does not belong here: what it leaves in the data root
(each writer mends its own).

A step waits for its pool as long as it takes, so a slot that nobody gives back would hold up every later refresh for
good. The slots go first: whoever is killed while he buries has then lost nothing, and the next one finds them again,
whatever state the run they belong to is said to be in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

REFRESH_TAG = "currency/refresh"


def bury_the_dead(instance: DagsterInstance) -> None:
    """End the unfinished runs of refreshes and free the slots of every run that is over.

    The caller holds the lock of the data root, so no other refresh is alive; runs from the UI and from schedules that
    are at work keep what they hold.
    """
    from dagster import DagsterRunStatus, RunsFilter

    storage = instance.event_log_storage
    for run_id in _holders(instance):
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished or REFRESH_TAG in run.tags:
            storage.free_concurrency_slots_for_run(run_id)
    alive = [status for status in DagsterRunStatus if status not in _finished()]
    for run in instance.get_runs(RunsFilter(statuses=alive)):
        if REFRESH_TAG in run.tags:
            instance.report_run_failed(run, "the process of this refresh ended before the run did")


def _holders(instance: DagsterInstance) -> set[str]:
    """Runs that hold a slot, or stand in line for one: a death between the two leaves only one of them."""
    storage = instance.event_log_storage
    infos = [storage.get_concurrency_info(key) for key in storage.get_concurrency_keys()]
    return storage.get_concurrency_run_ids() | {slot.run_id for info in infos for slot in info.claimed_slots}


def _finished() -> set[object]:
    from dagster import DagsterRunStatus

    return {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}
