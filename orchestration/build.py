"""The one place where the parts become Dagster's `Definitions`.

Belongs here: putting together. Does not belong here: any part. Loading needs no network, no secret, no capture and no
warehouse; it parses the dbt project when the manifest is older than a file of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.defs import capture, checks, enrich, exam_records, jobs, raw
from orchestration.home import environment
from orchestration.resources import default_resources
from warehouse.paths import DataRoot, data_root


def build_defs(
    resource_overrides: Mapping[str, Any] | None = None,
    *,
    root: DataRoot | None = None,
    manifest: Mapping[str, Any] | None = None,
) -> dg.Definitions:
    """Everything: assets, checks, jobs, schedules, sensors.

    Args:
        resource_overrides: replaces resources by key, for tests and other deployments.
        root: data root whose dbt manifest is used; by default the one in force.
        manifest: a dbt manifest already at hand.
    """
    import os

    from orchestration import dbt, schedules, sensors
    from orchestration.defs import release, restricted_release, transform

    root = root or data_root()
    if manifest is None:
        os.environ.update(environment(root))  # dbt reads the path of the build database from there
        manifest = dbt.ensure_manifest(root)
    built = transform.transform_assets(manifest)
    candidates = release.candidate_assets(manifest)
    candidates += restricted_release.restricted_candidates(manifest)
    released = release.release_asset(manifest)
    for_staff = restricted_release.restricted_release_asset(manifest)
    return dg.Definitions(
        assets=[
            *capture.capture_assets(),
            *raw.raw_assets(),
            exam_records.land_exam_records,
            enrich.read_postings,
            exam_records.link_exams,
            transform.prepare_build,
            built,
            *candidates,
            released,
            for_staff,
        ],
        asset_checks=[checks.freshness_checks, *checks.release_gates(manifest)],
        jobs=[
            jobs.capture_all_job(),
            jobs.intake_job(),
            jobs.build_job(
                [*enrich.enriched_keys(), exam_records.link_key(), transform.CAPTURE_KEY, transform.DISPOSITION_KEY],
                built,
                [c.key for c in candidates],
            ),
            jobs.publish_job([released.key, for_staff.key]),
            jobs.refresh_job,
        ],
        schedules=schedules.capture_schedules(),
        sensors=[sensors.drop_folder_sensor(), sensors.exam_drop_sensor(), sensors.downstream_sensor()],
        resources={**default_resources(), **(resource_overrides or {})},
        executor=dg.in_process_executor,
    )


def capture_defs(resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The part without dbt: enough to ask and to land, and four seconds quicker to import. For `refresh` only."""
    return dg.Definitions(
        assets=[*capture.capture_assets(), *raw.raw_assets(), exam_records.land_exam_records],
        asset_checks=[checks.freshness_checks],
        jobs=[jobs.capture_all_job()],
        resources={**default_resources(), **(resource_overrides or {})},
        executor=dg.in_process_executor,
    )
