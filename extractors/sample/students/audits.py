"""The awards of a school year as an audit of the sample state finds them, and what is true of them (P4-P7).

Belongs here: the frame out of what the generator knows, the truth beside it. Does not belong here: the draw and the
judgement, which are the warehouse's (`expectations.audit`); what an auditor finds in one evidence (`verdicts`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from extractors.sample import state
from extractors.sample.students import evidence_files, plan, reporting
from extractors.sample.students.district_files import exam_table
from extractors.sample.students.priority import tier_on
from extractors.sample.students.schooling import DID_NOT_SIT, PASS, Ints
from extractors.sample.students.verdicts import CONFIRMED, verdict
from extractors.sample.students.world import World

YEAR = 2024
AUDIT_ID = f"alder-{YEAR}"
OWNERS = ("edu", "work")
"""Agencies that share the audit: the party codes of their agreements, in lower case."""
SEED = f"lottery of Alder, 3 11 19 27 34 41 ({state.MARK})"
RATE = "0.2"
"""Of so few awards a tenth could not pass, however good they were."""
DRAWN_ON, REVIEWED_ON = f"{YEAR}-10-15", f"{YEAR}-11-04"


def award_rows(world: World, year: int) -> Ints:
    """Rows of the sittings that earned a credential in the year and that a district reports."""
    s, r = world.schooling.sittings, world.reports
    passed = np.where(r.in_vendor, r.vendor_result, r.district_result) == PASS
    counted = r.is_known & (s.result != DID_NOT_SIT) & ~(r.is_self & ~r.in_vendor) & passed
    rows = np.flatnonzero(counted)
    rows = rows[np.argsort(s.day[rows], kind="stable")]
    _, first = np.unique(s.student[rows] * len(plan.exams()) + s.exam[rows], return_index=True)
    first_passes = rows[np.sort(first)]
    mine: Ints = first_passes[(s.year[first_passes] == year) & r.in_district[first_passes]]
    return mine


def award_frame(world: World, year: int = YEAR) -> pa.Table:
    """The frame of an audit, but for the warehouse's `exam_key`; `lot_name` is the number that the district knows.

    Beside the frame stand `state_id`, `day` and `attempt_number`, of which a warehouse makes its key.
    """
    s, r = world.schooling.sittings, world.reports
    rows = np.sort(award_rows(world, year))
    file = exam_table(world)
    place = np.full(len(s.student), -1)
    place[file.column("row").to_numpy()] = np.arange(file.num_rows)
    file = file.take(pa.array(place[rows]))
    codes, days = file.column("CredentialCode").to_pylist(), s.day[rows].astype("datetime64[D]")
    shared = np.zeros(len(s.student), bool)
    again = np.flatnonzero(r.same_evidence_as >= 0)
    shared[again] = shared[r.same_evidence_as[again]] = True
    districts, files = file.column("LEAIdentifierSea").to_pylist(), evidence_files.statuses(world)
    return pa.table(
        {
            "district_code": pa.array(districts, pa.string()),
            "tier": pa.array([tier_on(c, d) for c, d in zip(codes, days.tolist(), strict=True)], pa.string()),
            "verification_status": pa.array(np.where(r.in_vendor[rows], "vendor", "district").tolist(), pa.string()),
            "school_year": pa.array(s.year[rows], pa.int64()),
            "school_code": file.column("SchoolIdentifierSea"),
            "credential_code": pa.array(codes, pa.string()),
            "test_date": pa.array(days).cast(pa.string()),
            "evidence_name": file.column("EvidenceFileName"),
            "evidence_missing": pa.array([_missing(world, row, files.get(row, "")) for row in rows.tolist()]),
            "is_evidence_shared": pa.array(shared[rows]),
            "lot_name": pa.array(
                [f"{d}_{year}_{row:07d}" for d, row in zip(districts, rows.tolist(), strict=True)], pa.string()
            ),
            "state_id": file.column("StudentIdentifierState"),
            "day": pa.array(days),
            "attempt_number": file.column("AttemptNumber"),
        }
    )


def _missing(world: World, row: int, file: str) -> str:
    """What the evidence of a sitting lacks, as the build would say it."""
    lacks_field = world.reports.evidence_flaw[row] != reporting.NO_FLAW
    parts = ["one of four fields"] if lacks_field else []
    parts += ["the file itself"] if file == evidence_files.MISSING else []
    parts += ["the file that was announced"] if file == evidence_files.ANOTHER_CONTENT else []
    return "|".join(parts)


def audit_truth(world: World, year: int = YEAR) -> dict[str, Any]:
    """The `audit` part of the truth: awards that no vendor has verified, and how many of them an auditor would refute.

    By district as well. Whatever is drawn of them: the interval of a passed audit must hold the rate of all.
    """
    frame = award_frame(world, year)
    is_open = [status != "vendor" for status in frame.column("verification_status").to_pylist()]
    found = [verdict(world, name)[0] for name in frame.column("evidence_name").to_pylist()]
    districts = frame.column("district_code").to_pylist()
    all_of = Counter(d for d, is_ours in zip(districts, is_open, strict=True) if is_ours)
    wrong = Counter(d for d, o, said in zip(districts, is_open, found, strict=True) if o and said != CONFIRMED)
    return {
        "audit_id": AUDIT_ID,
        "school_year": year,
        "awards_that_no_vendor_verified": sum(all_of.values()),
        "of_them_wrong_or_unproven": sum(wrong.values()),
        "true_error_rate": round(sum(wrong.values()) / sum(all_of.values()), 6) if all_of else None,
        "by_district": {d: {"awards": n, "wrong_or_unproven": wrong[d]} for d, n in sorted(all_of.items())},
    }
