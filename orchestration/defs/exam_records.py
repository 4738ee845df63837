"""Files of people: districts' and vendors' exam records, landed into the restricted zone and linked to students.

Belongs here: the assets of the restricted raw tables and of the links, and their blocking checks. Does not belong here:
reading the files (`extractors.exam_records`), linking (`extractors.person_linkage`), keys (`warehouse.vault`).

Metadata are counts. No name, number, token or row of a file stands in an event: the failing rows of a landing gate go
into an encrypted workbook that a steward opens.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import dagster as dg

from extractors.raw_tables_students import EXAM_LINK, MADE_HERE, OFFICIAL_CELL, RESTRICTED_TABLES, STUDENT_IDENTITY
from orchestration import exam_records, metadata, official
from orchestration.defs.raw import raw_key
from orchestration.exam_drops import Round
from orchestration.failures import explained
from orchestration.naming import BUILD_POOL, STUDENT_DATA_OWNER, on_news
from orchestration.progress import tell
from orchestration.resources import Workspace

Result = dg.MaterializeResult[Any] | dg.AssetCheckResult
LANDED = tuple(name for name in RESTRICTED_TABLES if name not in MADE_HERE)
LINKED = "exams_are_linked"
DROPS_TAKEN = "dropped_exam_files_are_taken"
DROPS_ASSET = STUDENT_IDENTITY.full_name
"""The raw table on whose page refused files of the drop folder stand: every district sends it first."""
READ_WITH = ("school_directory__school", "course_crosswalk__course_credential", "vendor_exam_crosswalk__exam")
"""Lists of the state that files of people are read with."""


def landed_keys() -> list[dg.AssetKey]:
    """The assets of what files of people hold."""
    return [raw_key(name) for name in (*LANDED, OFFICIAL_CELL.full_name)]


def link_key() -> dg.AssetKey:
    """The asset of the links."""
    return raw_key(EXAM_LINK.full_name)


def _spec(name: str, **more: Any) -> dg.AssetSpec:
    table = RESTRICTED_TABLES[name]
    return dg.AssetSpec(
        raw_key(name),
        description=f"{table.description}.\n\nRestricted: encrypted on disk under the key of each agreement, for named "
        "staff only.",
        owners=[STUDENT_DATA_OWNER],
        kinds={"python", "parquet"},
        metadata={"dagster/column_schema": metadata.of_raw_columns(table)},
        **more,
    )


@dg.multi_asset(
    name="land_exam_records",
    specs=[
        _spec(
            name,
            deps=[raw_key(table) for table in READ_WITH],
            group_name=f"raw_{RESTRICTED_TABLES[name].source}",
            tags={"layer": "raw", "zone": "restricted"},
        )
        for name in (*LANDED, OFFICIAL_CELL.full_name)
    ],
    check_specs=[
        dg.AssetCheckSpec(
            f"landing__{name}",
            asset=raw_key(name),
            blocking=True,
            description="Landing gate: a file that fails one of its error-severity checks is refused; what the same "
            "sender delivered before keeps feeding the build. Counts only: rows of people are never shown here.",
        )
        for name in LANDED
    ]
    + [
        dg.AssetCheckSpec(
            DROPS_TAKEN,
            asset=raw_key(DROPS_ASSET),
            description="No refused file lies in restricted/drop/<agreement>/. One that does stops nothing; the reason "
            "stands beside it as text, see docs/runbooks/exam-files.md.",
        )
    ],
)
def land_exam_records(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Result]:
    """What people dropped, and every file of the restricted archive that is not landed yet: judged, encrypted."""
    tell("landing exam records")
    with explained():
        landed = exam_records.land(workspace.root)
    for name in LANDED:
        shut = landed.shut.get(name, [])
        yield dg.AssetCheckResult(
            check_name=f"landing__{name}",
            asset_key=raw_key(name),
            passed=not shut,
            metadata={
                "verdict": "; ".join(shut) or landed.headline,
                "rows": landed.rows.get(name, 0),
                "deliveries": landed.deliveries,
            },
        )
        yield dg.MaterializeResult(
            asset_key=raw_key(name),
            metadata={"dagster/row_count": landed.rows.get(name, 0)},
            data_version=dg.DataVersion(landed.fingerprint),
        )
    yield dg.MaterializeResult(
        asset_key=raw_key(OFFICIAL_CELL.full_name),
        metadata={"official years": len(official.files(workspace.root))},
        data_version=dg.DataVersion(official.fingerprint(workspace.root) or "none"),
    )
    yield _drops_check(landed.drops)


def _drops_check(drops: Round) -> dg.AssetCheckResult:
    """Refused files by agreement and reason; neither name nor cell of a file."""
    reasons = Counter(drops.refused)
    return dg.AssetCheckResult(
        check_name=DROPS_TAKEN,
        asset_key=raw_key(DROPS_ASSET),
        passed=not drops.refused,
        metadata={
            "taken": sum(drops.taken.values()),
            "refused": len(drops.refused),
            "reasons": metadata.table(
                {"agreement": who, "reason": why, "files": n} for (who, why), n in sorted(reasons.items())
            ),
        },
    )


@dg.multi_asset(
    name="link_exams",
    specs=[
        _spec(
            EXAM_LINK.full_name,
            deps=landed_keys(),
            group_name="enrich",
            tags={"layer": "enrich", "zone": "restricted"},
            automation_condition=on_news(),
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            LINKED,
            asset=link_key(),
            description="The sittings of all vendors were looked for among the students. If not, attainment is held "
            "back; everything else is built.",
        )
    ],
    pool=BUILD_POOL,
)
def link_exams(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Result]:
    """Which student each sitting of a vendor belongs to; read anew where students, sittings or verdicts changed."""
    linked, problem = exam_records.link(workspace.root)
    yield dg.MaterializeResult(
        asset_key=link_key(),
        metadata={
            "sittings": linked.rows,
            **{f"sittings {status}": n for status, n in linked.by_status.items()},
            "verdicts on rows that are gone": linked.verdicts_gone,
        },
        data_version=dg.DataVersion(linked.fingerprint),
    )
    said = {"verdict": f"{linked.rows:,} sittings, {linked.by_status.get('auto', 0):,} linked by themselves"}
    if problem is not None:
        said = {"verdict": problem.found, "where": problem.where, "what to do": problem.remedy}
    yield dg.AssetCheckResult(check_name=LINKED, asset_key=link_key(), passed=problem is None, metadata=said)
