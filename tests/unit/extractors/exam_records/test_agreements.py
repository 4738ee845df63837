"""Nothing loads outside its agreement: every reason, at its edges."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extractors.exam_records.agreements import (
    check_agreement,
    check_arrival,
    check_passes,
    denied_columns,
    refusals,
)
from extractors.exam_records.register import Register, read_register
from extractors.failures import PermanentFailure
from warehouse.paths import CHECKOUT

TODAY = date(2026, 11, 22)
VENDOR = "vendor_exam_file"


def with_terms(register: Register, agreement_id: str, **terms: Any) -> Register:
    changed = replace(register.agreements[agreement_id], **terms)
    return replace(register, agreements={**register.agreements, agreement_id: changed})


def codes(register: Register, agreement_id: str, day: date = TODAY, mode: str = "sftp", **more: Any) -> list[str]:
    return [r.code for r in check_agreement(register, agreement_id, more.pop("kind", VENDOR), day, mode, **more)]


def test_a_standing_agreement_has_no_remark(register: Register) -> None:
    assert codes(register, "XA-V-CERTA") == []


def test_unknown(register: Register) -> None:
    (remark,) = check_agreement(register, "XA-V-NOBODY", VENDOR, TODAY, "sftp")
    assert (remark.kind, remark.code) == ("refused", "unknown_agreement")
    assert "XA-V-CERTA" in remark.remedy


@pytest.mark.parametrize("who", ["signed_state_on", "signed_party_on"])
def test_both_must_have_signed(register: Register, who: str) -> None:
    assert codes(with_terms(register, "XA-V-CERTA", **{who: None}), "XA-V-CERTA") == ["unsigned"]
    later = with_terms(register, "XA-V-CERTA", **{who: date(2026, 11, 23)})
    assert codes(later, "XA-V-CERTA") == ["unsigned"]
    assert codes(with_terms(register, "XA-V-CERTA", **{who: TODAY}), "XA-V-CERTA") == []


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2016, 1, 20), ["not_started"]),
        (date(2016, 1, 21), []),
        (date(2021, 9, 30), []),
        (date(2021, 10, 1), ["ended"]),
    ],
)
def test_the_period_of_the_example_agreement(register: Register, day: date, found: list[str]) -> None:
    """M6: 2016-01-21 to 2021-09-30, both days in it."""
    assert [c for c in codes(register, "XA-V-NOVEX-2016", day) if c != "indemnification"] == found


def test_an_amendment_extends_from_its_day_when_both_have_signed(register: Register) -> None:
    assert codes(register, "XA-V-ABLE") == []
    assert register.on("XA-V-ABLE", date(2026, 6, 30)).effective_to == date(2026, 9, 30)  # type: ignore[union-attr]
    assert register.on("XA-V-ABLE", date(2026, 7, 1)).effective_to == date(2031, 9, 30)  # type: ignore[union-attr]
    unsigned = [replace(a, signed_party_on=None) for a in register.amendments]
    assert codes(replace(register, amendments=unsigned), "XA-V-ABLE") == ["ended"]


def test_an_amendment_widens_the_purposes(register: Register) -> None:
    assert "purpose" in codes(register, "XA-V-CERTA", date(2024, 6, 30), purpose="incentive")
    assert codes(register, "XA-V-CERTA", date(2024, 7, 1), purpose="incentive") == []
    assert "purpose" in codes(register, "XA-V-QUILL", date(2027, 2, 1), purpose="research")


@pytest.mark.parametrize(("bits", "found"), [(127, ["weak_cipher"]), (128, []), (0, ["weak_cipher"])])
def test_at_least_128_bit(register: Register, bits: int, found: list[str]) -> None:
    assert codes(with_terms(register, "XA-V-CERTA", cipher_bits=bits), "XA-V-CERTA") == found


@pytest.mark.parametrize(
    ("named", "approved", "mode", "found"),
    [
        ("sftp", False, "sftp", []),
        ("sftp", False, "folder", ["mode_not_approved"]),
        ("sftp", True, "folder", ["other_mode"]),
        ("folder", True, "folder", []),
        ("folder", False, "folder", ["mode_not_approved"]),
        ("folder", False, "sftp", ["other_mode"]),
    ],
)
def test_ways_of_sending(register: Register, named: str, approved: bool, mode: str, found: list[str]) -> None:
    """M8: SFTP always, anything else with the state's approval."""
    changed = with_terms(register, "XA-V-CERTA", transfer_mode=named, mode_approved=approved)
    assert codes(changed, "XA-V-CERTA", mode=mode) == found


def test_terms(register: Register) -> None:
    without = {"legal_basis": "handshake", "has_indemnification_notice": False, "is_state_counsel_displaced": True}
    found = check_agreement(with_terms(register, "XA-V-CERTA", **without), "XA-V-CERTA", VENDOR, TODAY, "sftp")
    assert [(r.code, r.kind) for r in found] == [
        ("no_legal_basis", "refused"),
        ("indemnification", "flagged"),
        ("state_counsel", "flagged"),
    ]


def test_a_district_does_not_deliver_vendors_files(register: Register) -> None:
    assert codes(register, "XA-D-0101") == ["wrong_party"]
    assert codes(register, "XA-V-CERTA", kind="student_file") == ["wrong_party"]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2025, 9, 1), ["year_not_begun"]),
        (date(2025, 9, 2), ["year_running"]),
        (date(2026, 8, 31), ["year_running"]),
        (date(2026, 9, 1), []),
        (date(2026, 9, 2), ["late"]),
    ],
)
def test_due_on_the_first_of_september(register: Register, day: date, found: list[str]) -> None:
    """M2."""
    assert [r.code for r in check_arrival(register.agreements["XA-V-CERTA"], 2026, day)] == found


def test_the_years_of_a_window_have_neither_gap_nor_overlap(register: Register) -> None:
    agreement = register.agreements["XA-V-CERTA"]
    for year in range(2020, 2032):
        assert (agreement.window(year + 1)[0] - agreement.window(year)[1]).days == 1


@pytest.mark.parametrize(
    ("sat", "passed", "allows", "found"),
    [
        (10, 9, False, []),
        (10, 10, False, ["passes_only"]),
        (10, 10, True, []),
        (0, 0, False, []),
        (9, 10, True, ["passed_exceeds_sat"]),
    ],
)
def test_takers_and_passers(register: Register, sat: int, passed: int, allows: bool, found: list[str]) -> None:
    """M3, M4."""
    agreement = replace(register.agreements["XA-V-CERTA"], allows_passes_only=allows)
    assert [r.code for r in check_passes(agreement, sat, passed, max(0, sat - passed))] == found


def test_harmless_columns_are_not_denied(register: Register) -> None:
    fine = ["First Name", "LunaFirst", "Evaluation Date", "Family Name", "Reduced Fee Code", "Farm Management Exam"]
    for party in ("vendor", "district"):
        assert refusals(denied_columns(fine, register.denied, party)) == []


# ------------------------------------------------------------------------------------------------- reading the register


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds" / "policy"
    shutil.copytree(CHECKOUT / "dbt_project" / "seeds" / "policy", folder)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("09-02,09-01", "09-03,09-01", "window_from_month_day"),
        ("2022-01-21", "21.1.2022", "effective_from"),
        ("attainment|outcome|roi|research", "attainment|sales", "permitted_use"),
        ("vendor,ABLE", "friend,ABLE", "party_kind"),
        (",128,true,", ",128,maybe,", "mode_approved"),
        ("XA-V-NOVEX-2016", "XA-V-NOVEX", "stands twice"),
    ],
)
def test_a_register_that_cannot_be_read_says_where(project: Path, old: str, new: str, said: str) -> None:
    path = project / "seeds" / "policy" / "data_agreement.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(PermanentFailure, match=said):
        read_register(project)


def test_an_amendment_of_nothing(project: Path) -> None:
    path = project / "seeds" / "policy" / "data_agreement_amendment.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("XA-V-ABLE", "XA-V-GONE"), encoding="utf-8")
    with pytest.raises(PermanentFailure, match="row 2: agreement_id is 'XA-V-GONE'"):
        read_register(project)


def test_a_missing_register(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="cannot be read"):
        read_register(tmp_path)
