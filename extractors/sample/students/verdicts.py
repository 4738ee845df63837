"""What Alder's auditors find in the evidence of the awards that an audit has drawn.

The draw is made by the warehouse with keys that the generator cannot know, so that verdicts are given to a worklist:
each row is recognised by the name of its evidence file. What is found was settled when the sample was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from extractors.sample.students.reporting import AUDIT_ERRORS, NO_EVIDENCE, SOUND
from extractors.sample.students.world import World

CONFIRMED, ERROR, MISSING = "confirmed", "error", "no_evidence"
_ROW = re.compile(r"_(\d{7})\.pdf$")


def verdict(world: World, evidence_name: str | None) -> tuple[str, str | None]:
    """(verdict, kind of error or None) of the sitting that an evidence belongs to; no evidence is an answer, too."""
    found = _ROW.search(evidence_name or "")
    if not found:
        return MISSING, None
    error = int(world.reports.audit_error[int(found.group(1))])
    if error == SOUND:
        return CONFIRMED, None
    return (MISSING, None) if error == NO_EVIDENCE else (ERROR, AUDIT_ERRORS[error])


def verdict_rows(world: World, worklist: Iterable[Mapping[str, Any]], reviewed_on: str) -> list[dict[str, Any]]:
    """A filled worklist: rows of the audit verdict file, in the order of the worklist.

    Args:
        worklist: rows with AuditIdentifier, ExamKey, LEAIdentifierSea and EvidenceFileName.
    """
    rows = []
    for entry in worklist:
        said, kind = verdict(world, entry["EvidenceFileName"])
        rows.append(
            {
                "AuditIdentifier": entry["AuditIdentifier"],
                "ExamKey": entry["ExamKey"],
                "LEAIdentifierSea": entry["LEAIdentifierSea"],
                "Verdict": said,
                "ErrorKind": kind,
                "Reviewer": f"auditor-{entry['LEAIdentifierSea']}",
                "ReviewedOn": reviewed_on,
            }
        )
    return rows
