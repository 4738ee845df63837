"""The jobs that a person or a schedule starts.

Belongs here: which assets a job takes. Does not belong here: what they do.

    capture_all   ask every agency, land what is new
    intake        land files that people supply, those of districts and vendors too (the drop folders start it)
    build         accepted captures -> marts -> gates -> candidates
    publish       candidates -> release
    refresh       the three of them, one after the other

Build and publish are runs of their own because in Dagster a failed blocking check ends everything downstream of the
same run, while a gate is to hold back its own domain only.
"""

from typing import Any

import dagster as dg

from extractors.catalogue import DATASETS
from extractors.raw_tables import RAW_TABLES
from orchestration.defs.capture import capture_key, fetchable
from orchestration.defs.exam_records import landed_keys
from orchestration.defs.raw import raw_key, raw_sets
from orchestration.resources import Workspace

CAPTURE_ALL, INTAKE, BUILD, PUBLISH, REFRESH = "capture_all", "intake", "build", "publish", "refresh"


def selection_of(datasets: list[str]) -> dg.AssetSelection:
    """Captures of these datasets, and the raw tables that they feed with everything that is landed together."""
    keys = [capture_key(name) for name in datasets]
    for raw_set in raw_sets():
        if set(raw_set.datasets) & set(datasets):
            keys += [raw_key(table) for table in raw_set.tables]
    return dg.AssetSelection.assets(*keys)


def capture_all_job() -> Any:
    """Ask every agency; land every draft, those that people supplied too.

    Files of districts and vendors are none of it: they would be skipped with every list of the state that is as it was.
    """
    landed = dg.AssetSelection.assets(*(raw_key(table) for table in RAW_TABLES))
    return dg.define_asset_job(
        CAPTURE_ALL,
        selection=selection_of(fetchable()) | landed,
        description="Ask every agency for news, land what came. No agency stops another.",
    )


def intake_job() -> Any:
    """Land a file that a person supplied."""
    return dg.define_asset_job(
        INTAKE,
        selection=selection_of(list(DATASETS)) | dg.AssetSelection.assets(*landed_keys()),
        description="Land files that people supply; a drop folder starts it with one dataset at a time, or with the "
        "files of districts and vendors.",
    )


def build_job(prepared: list[dg.AssetKey], transform: dg.AssetsDefinition, candidates: list[dg.AssetKey]) -> Any:
    """Raw views, dbt, release gates, candidates."""
    return dg.define_asset_job(
        BUILD,
        selection=dg.AssetSelection.assets(*prepared, *candidates) | dg.AssetSelection.assets(transform),
        description="From accepted captures to candidates, without the network. Gates hold back their own domain only.",
    )


def publish_job(releases: list[dg.AssetKey]) -> Any:
    """The release for everyone, and the one for named staff."""
    return dg.define_asset_job(
        PUBLISH,
        selection=dg.AssetSelection.assets(*releases),
        description="Assemble the candidates and switch. Readers see the old release or the new one, never a mixture.",
    )


@dg.op(name="refresh_everything", description="Capture, build and publish as runs of their own; see their pages.")
def refresh_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """`currency refresh` inside a Dagster run."""
    from orchestration.refresh import refresh

    report = refresh(workspace.root, instance=context.instance, locked=workspace.locked)
    context.add_output_metadata({"report": dg.MetadataValue.json(report.as_dict())})
    if report.exit_code:
        raise dg.Failure(report.headline(), allow_retries=False)


@dg.job(name=REFRESH, description="Capture, build and publish; what `currency refresh` does.")
def refresh_job() -> None:
    """The three phases in order, each a run of its own."""
    refresh_everything()
