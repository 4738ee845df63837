"""Captures: one asset per dataset, the only place where a run touches the network.

Belongs here: asking `extractors.ingest` for a draft and saying what came. Does not belong here: the manners of a
source (`extractors.sources`), parsing and judging (`defs.raw`): a capture leaves a draft, never an accepted capture.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import dagster as dg

from extractors.catalogue import DATASETS
from extractors.release_calendar import capture_cron
from orchestration import metadata
from orchestration.failures import explained
from orchestration.naming import DEFAULT_OWNER
from orchestration.progress import tell
from orchestration.resources import Workspace

if TYPE_CHECKING:
    from extractors.ingest import IngestResult
    from extractors.model import DatasetSpec

NOTHING_TO_IMPORT = (
    "{title} arrives by import. Put the file into {drop} (with a <file>.yml beside it that names vintage, state and "
    "column map), or run: currency archive import {name} <file>"
)


class CaptureConfig(dg.Config):
    """How a capture is taken; without a path it is fetched.

    Attributes:
        path: files that a person supplied, absolute.
        state: postal code of the state that supplied them, for datasets of states.
        vintage: vintage as declared; None lets the source tell it from the files.
        column_map: CSV that maps the file's columns, for layouts that are not the agency's own.
        states: fetch these areas only (postal codes); empty for all.
        force: ask again even if the agency says that nothing changed.
    """

    path: list[str] = []  # noqa: RUF012 - pydantic copies it
    state: str | None = None
    vintage: str | None = None
    column_map: str | None = None
    states: list[str] = []  # noqa: RUF012
    force: bool = False


def capture_key(dataset: str) -> dg.AssetKey:
    """The asset of a dataset's captures."""
    return dg.AssetKey(["capture", dataset.split("@")[0]])


def pool_of(spec: "DatasetSpec") -> str | None:
    """One pool per host, so that an agency is asked one thing at a time; None where nothing is fetched.

    The pool is named after the agency's own host even when an environment variable points elsewhere.
    """
    host = urlsplit(spec.default_host or "").hostname
    return f"host_{host.replace('.', '_').replace('-', '_')}" if spec.fetchable and host else None


def capture_asset(spec: "DatasetSpec") -> dg.AssetsDefinition:
    """The asset that takes captures of one dataset."""

    @dg.asset(
        key=capture_key(spec.name),
        group_name=f"capture_{spec.source}",
        description=_description(spec),
        metadata=metadata.of_dataset(spec),
        owners=[DEFAULT_OWNER],
        kinds={"python", "https"} if spec.fetchable else {"python", "file"},
        tags={"layer": "capture", "arrives": "fetch" if spec.fetchable else "import"},
        pool=pool_of(spec),
        output_required=False,
    )
    def capture(context: dg.AssetExecutionContext, config: CaptureConfig, workspace: Workspace) -> Any:
        tell(f"asking for {spec.title}" if spec.fetchable else f"taking {spec.title}")
        with explained(workspace.retries, workspace.retry_wait_seconds):
            result = take(workspace, spec, config)
        if result.outcome == "failed":
            raise dg.Failure("; ".join(f.message for f in result.findings) or "no capture", allow_retries=False)
        if result.capture is not None:
            yield dg.MaterializeResult(metadata=_said(workspace, result))

    return capture


def take(workspace: Workspace, spec: "DatasetSpec", config: CaptureConfig) -> "IngestResult":
    """Fetch or import one dataset; leaves a draft or finds the accepted capture unchanged.

    Raises:
        PermanentFailure: refused, or nothing was given to import.
        TransientFailure: the source is down.
    """
    from extractors import ingest
    from extractors.failures import PermanentFailure

    root = workspace.root
    if config.path:
        return ingest.import_file(
            root,
            spec.name,
            [Path(p) for p in config.path],
            state=config.state,
            vintage=config.vintage,
            column_map=Path(config.column_map) if config.column_map else None,
        )
    if not spec.fetchable:
        raise PermanentFailure(
            "no file was given",
            where=spec.name,
            expected="a file to import",
            remedy=NOTHING_TO_IMPORT.format(title=spec.title, drop=root.drop / spec.name, name=spec.name),
        )
    return ingest.fetch_dataset(
        root, spec.name, states=config.states or None, client=workspace.client(), force=config.force
    )


def capture_assets() -> list[dg.AssetsDefinition]:
    """One asset per dataset of the catalogue."""
    return [capture_asset(spec) for spec in DATASETS.values()]


def fetchable() -> list[str]:
    """The datasets that are fetched unless somebody names others."""
    return [name for name, spec in DATASETS.items() if spec.fetchable and not spec.only_on_request]


def _description(spec: "DatasetSpec") -> str:
    asked = capture_cron(spec.name)
    how = f"Asked for news on the schedule {asked}." if asked else "Arrives as a file that a person supplies."
    return (
        f"{spec.title}, as {spec.publisher} publishes it. {how}\n\n"
        "Bytes are kept as they came, with address, time and hash; the same bytes again change nothing."
    )


def _said(workspace: Workspace, result: "IngestResult") -> dict[str, Any]:
    capture = result.capture
    assert capture is not None
    said = {
        "outcome": result.outcome,
        **metadata.of_capture(capture),
        "seconds": round(result.seconds, 2),
    }
    if result.findings:
        said["findings"] = metadata.table(
            {"severity": f.severity, "code": f.code, "message": f.message} for f in result.findings
        )
    return said
