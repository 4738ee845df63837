"""The life of an audit, what it holds back, evidence, sign-off and frozen counts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.audit import signoff, state
from expectations.audit.evidence import check_evidence, shared_hashes
from expectations.audit.policy import AuditFailure
from expectations.audit.signoff import counts_hash, freeze, key_of, preview, restatements, shown_again, sign, unsigned

TODAY = dt.date(2026, 9, 10)


def _audit(*steps: str, audit_id: str = "edu-2026", year: int = 2026, at: str = "2026-09-01") -> state.AuditState:
    audit = state.planned(audit_id, "XA", [year], at=at, by="steward")
    for step in steps:
        audit = state.moved(audit, step, at=at, by="steward")
    return audit


def test_only_known_steps_are_taken() -> None:
    audit = _audit("drawn", "open", "escalated", "drawn", "open", "failed")
    assert (audit.round, audit.status, len(audit.history)) == (2, "failed", 7)
    allowed = {(a, b) for a, found in state._NEXT.items() for b in found}
    for a in state.STATES:
        for b in state.STATES:
            if (a, b) not in allowed:
                from dataclasses import replace

                with pytest.raises(AuditFailure, match="cannot become"):
                    state.moved(replace(audit, status=a), b, at="x", by="y")


@pytest.mark.parametrize(
    ("steps", "is_allowed"),
    [
        ((), True),
        (("drawn",), False),
        (("drawn", "open"), False),
        (("drawn", "open", "escalated"), False),
        (("drawn", "open", "failed"), False),
        (("drawn", "open", "passed"), True),
    ],
)
def test_attainment_waits_from_the_draw_until_it_passes(steps: tuple[str, ...], is_allowed: bool) -> None:
    may = state.may_release([_audit(*steps)], [2026], is_required=False)
    assert may.is_allowed == is_allowed
    assert (may.audits == ()) == is_allowed
    assert is_allowed or "2026: audit edu-2026" in may.reason


def test_other_years_do_not_wait_and_a_new_audit_stands_for_a_failed_one() -> None:
    failed = _audit("drawn", "open", "failed")
    assert state.may_release([failed], [2024, 2025], is_required=False).is_allowed
    again = _audit("drawn", "open", "passed", audit_id="edu-2026-b", at="2026-10-01")
    assert state.may_release([again, failed], [2026], is_required=True).is_allowed
    begun = _audit(audit_id="edu-2026-b", at="2026-10-01")
    assert not state.may_release([begun, failed], [2026], is_required=False).is_allowed, "a plan is no audit"


def test_a_required_audit_that_is_missing_holds_back() -> None:
    may = state.may_release([], [2025, 2026], is_required=True)
    assert not may.is_allowed and "2025: no audit" in may.reason
    assert state.may_release([], [2025, 2026], is_required=False).is_allowed


# ------------------------------------------------------------------------------------------------------------ evidence


def _row(key: str, student: str, **changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "exam_key": key,
        "student_token": student,
        "evidence_sha256": key * 4,
        "evidence_pathway": "ITN",
        "evidence_student_token": student,
        "evidence_school_year": 2026,
        "evidence_area": "Networks",
    }
    return {**whole, **changes}


def test_four_fields_make_an_evidence() -> None:
    rows = [
        _row("a", "s1"),
        _row("b", "s2", evidence_pathway=None),
        _row("c", "s3", evidence_student_token="s9"),
        _row("d", "s4", evidence_sha256=None, evidence_area=""),
    ]
    found = check_evidence(rows)
    assert [check.evidence_ok for check in found] == [True, False, False, False]
    assert found[1].missing == ("pathway",) and found[2].names_another_student
    assert not found[3].has_evidence and found[3].missing == ("certification area",)


def test_one_file_of_two_students_is_flagged_for_both() -> None:
    rows = [
        _row("a", "s1", evidence_sha256="F" * 64),
        _row("b", "s2", evidence_sha256="f" * 64),
        _row("c", "s1", evidence_sha256="f" * 64),
        _row("d", "s3", evidence_sha256="e" * 64),
        _row("e", "s3", evidence_sha256="e" * 64),
    ]
    assert shared_hashes(rows) == {"f" * 64: ("s1", "s2")}
    assert [check.shared_with for check in check_evidence(rows)] == [1, 1, 1, 0, 0]
    assert shared_hashes([_row("a", "s1", evidence_sha256=None), _row("b", "s2", evidence_sha256=None)]) == {}


# ------------------------------------------------------------------------------------------------------------ sign-off


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 9)))
def test_fingerprint_of_counts_does_not_know_their_order(counts: dict[str, int]) -> None:
    assert counts_hash(counts) == counts_hash(dict(reversed(counts.items())))
    assert counts_hash(counts) != counts_hash({**counts, "more": 1})


@given(st.lists(st.text(alphabet="a|\\p", max_size=4), min_size=2, max_size=3), st.data())
def test_keys_of_different_parts_differ(parts: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.text(alphabet="a|\\p", max_size=4), min_size=len(parts), max_size=len(parts)))
    assert (key_of(parts) == key_of(other)) == (parts == other)


def test_a_signature_holds_for_the_counts_that_were_shown() -> None:
    counts = {"graduates": 120}
    given_ = preview("0101", 2026, counts, 14, TODAY)
    assert given_.window_ends_on == dt.date(2026, 9, 24)
    assert shown_again(given_, counts, 14, TODAY + dt.timedelta(days=3)) == given_
    signed = sign(given_, counts, "reviewer", TODAY)
    with pytest.raises(AuditFailure, match="changed since"):
        sign(given_, {"graduates": 121}, "reviewer", TODAY)
    corrected = shown_again(signed, {"graduates": 121}, 14, TODAY + dt.timedelta(days=10))
    assert corrected.status == signoff.PREVIEW and corrected.window_ends_on == dt.date(2026, 10, 4)
    assert corrected.signed_by is None


def test_counts_are_frozen_when_every_district_had_its_say() -> None:
    counts = {"XA": 300}
    shown = [preview(d, 2026, counts, 14, TODAY) for d in ("0101", "0102")]
    assert set(unsigned(shown, ["0101", "0102", "0103"], TODAY)) == {"0101", "0102", "0103"}
    one = [sign(shown[0], counts, "reviewer", TODAY), shown[1]]
    with pytest.raises(AuditFailure, match="0102 may correct until 2026-09-24"):
        freeze(2026, counts, one, ["0101", "0102"], by="steward", today=dt.date(2026, 9, 24))
    official = freeze(2026, counts, one, ["0101", "0102"], by="steward", today=dt.date(2026, 9, 25))
    assert official.counts == counts
    assert restatements(official, counts) == []
    found = restatements(official, {"XA": 298, "new": 1})
    assert [(r.key, r.official, r.now) for r in found] == [("XA", 300, 298), ("new", None, 1)]
