"""Landing gate of the verdicts of an audit: by counts, never by rows (P4-P7)."""

from __future__ import annotations

from expectations import counting
from expectations.checks import raw_contract
from expectations.landing.student_records import common, restricted_gate, token

_VERDICT = raw_contract(
    string="state_postal! agreement_id! audit_id! exam_key! district_code! verdict! error_kind reviewer!",
    date="reviewed_on!",
)

GATES = (
    restricted_gate(
        "audit_verdicts__verdict",
        ("audit_id", "exam_key"),
        _VERDICT,
        common(
            exam_key_form=token("exam_key"),
            verdict_known=(
                counting.not_in("verdict", ("confirmed", "error", "no_evidence")),
                "A verdict is confirmed, error or no_evidence.",
                "P7",
            ),
            not_in_future=(counting.after_today("reviewed_on"), "No finding lies in the future.", "P7"),
        ),
    ),
)
