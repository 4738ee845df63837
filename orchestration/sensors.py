"""What starts runs without a clock: files that people drop, and news that flows down.

Belongs here: watching and asking for runs. Does not belong here: the work of the drop folder (`dropfolder`).
"""

from __future__ import annotations

import dagster as dg

from orchestration import dropfolder, exam_drops
from orchestration.defs.capture import capture_key
from orchestration.defs.exam_records import landed_keys
from orchestration.defs.jobs import INTAKE
from orchestration.defs.raw import raw_key, raw_sets
from orchestration.schedules import is_unattended
from warehouse.paths import data_root

DROP_TAG = "currency/dropped"
SECONDS = 30


def drop_folder_sensor() -> dg.SensorDefinition:
    """Takes what people put into `drop/<dataset or dataset@STATE>/`; on by default, it only looks at a local folder."""

    @dg.sensor(
        name="drop_folder",
        job_name=INTAKE,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Lands files that people put into drop/<dataset>/ or drop/<dataset>@<STATE>/ of the data root "
        "with a <file>.yml beside them for vintage, state and column map. Taken files go to drop/_taken, refused to "
        "drop/_refused with the reason as text.",
    )
    def drop_folder(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        root = data_root().ensure()
        for item in dropfolder.claim(root):
            context.log.info("claimed %s", item.file.name)
        requests = []
        for item in dropfolder.working(root):
            run = _latest_run(context.instance, item.key)
            if run is None:
                requests.append(_request(item))
            elif run.is_finished:
                reason = None if run.is_success else _why(context.instance, run.run_id)
                dropfolder.finish(root, item, reason)
        return dg.SensorResult(run_requests=requests, skip_reason=None if requests else dg.SkipReason("nothing new"))

    return drop_folder


def exam_drop_sensor() -> dg.SensorDefinition:
    """Takes files of districts and vendors from `restricted/drop/<agreement>/`; looks at a local folder only."""

    @dg.sensor(
        name="exam_drop_folder",
        job_name=INTAKE,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Seals and lands files that people put into restricted/drop/<agreement>/ of the data root. A "
        "refused one stays there with the reason as text, and shows as a failed check.",
    )
    def exam_drop_folder(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        mark = exam_drops.standing_still(data_root().ensure())
        if not mark:
            return dg.SkipReason("nothing new")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=mark, asset_selection=landed_keys())])

    return exam_drop_folder


def downstream_sensor() -> dg.AutomationConditionSensorDefinition:
    """Lets accepted captures flow to the release by themselves."""
    return dg.AutomationConditionSensorDefinition(
        name="downstream",
        target=dg.AssetSelection.all(),
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if is_unattended() else dg.DefaultSensorStatus.STOPPED,
        description="When an accepted capture changed a raw table: builds, judges and releases what depends on it.",
    )


def _request(item: dropfolder.Dropped) -> dg.RunRequest:
    raw_set = next(s for s in raw_sets() if item.dataset in s.datasets)
    capture = capture_key(item.dataset)
    return dg.RunRequest(
        run_key=item.key,
        asset_selection=[capture, *(raw_key(table) for table in raw_set.tables)],
        run_config={"ops": {capture.to_python_identifier(): {"config": item.config()}}},
        tags={DROP_TAG: item.key},
    )


def _latest_run(instance: dg.DagsterInstance, key: str) -> dg.DagsterRun | None:
    runs = instance.get_runs(dg.RunsFilter(tags={DROP_TAG: key}), limit=1)
    return runs[0] if runs else None


def _why(instance: dg.DagsterInstance, run_id: str) -> str:
    """What the failed steps of a run said, for the person who dropped the file."""
    said = []
    for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records:
        event = record.event_log_entry.dagster_event
        failure = event.step_failure_data if event else None
        if failure and failure.user_failure_data:
            said.append(str(failure.user_failure_data.description))
        elif failure and failure.error:
            said.append(failure.error.message.strip())
    return "\n\n".join(said) or f"run {run_id} did not end well; its page in the UI has the log"
