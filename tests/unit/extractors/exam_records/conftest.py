"""A vault, the register of the sample state, and deliveries that a test writes as text."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extractors.exam_records.codes import CodeList, ExamCrosswalk
from extractors.exam_records.delivery import Delivery, Parsed
from extractors.exam_records.intake import Arrival, Received, receive
from extractors.exam_records.landing import Known, Landing, due, land
from extractors.exam_records.parsing import parse_content
from extractors.exam_records.register import Register, read_register
from extractors.exam_records.store import restricted_archive
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault

TODAY = date(2026, 11, 22)
PARTY = {
    "student_file": "XA-D-0101",
    "course_file": "XA-D-0101",
    "district_exam_file": "XA-D-0101",
    "evidence_file": "XA-D-0101",
    "vendor_exam_file": "XA-V-QUILL",
    "audit_verdict_file": "XA-A-EDU",
}
CODES = CodeList(
    {"AAAAA001": (None, None), "AAAAA002": (None, date(2025, 12, 31)), "AAAAA003": (date(2026, 3, 1), None)},
    {"AAAAA001": "First", "AAAAA002": "Second", "AAAAA003": "Third"},
)
CROSSWALK = ExamCrosswalk(
    {
        ("QUILL", "Q1"): [(date(2020, 9, 2), None, "AAAAA001")],
        ("QUILL", "Q2"): [(date(2020, 9, 2), date(2025, 12, 31), "AAAAA002")],
        ("QUILL", "Q0"): [(date(2020, 9, 2), None, None)],
    }
)
KNOWN = Known(CODES, CROSSWALK, frozenset({"P1"}))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    for name in ("CURRENCY_VAULT_KEY", "CURRENCY_VAULT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    return DataRoot(tmp_path / "data").ensure()


@pytest.fixture
def vault(root: DataRoot) -> Vault:
    return Vault.open(root, create=True)


@pytest.fixture(scope="session")
def register() -> Register:
    return read_register()


@pytest.fixture
def parse(vault: Vault, register: Register) -> Callable[..., Parsed]:
    """The raw tables of a file given as text or bytes."""

    def run(kind: str, body: str | bytes, suffix: str = ".csv", **changed: Any) -> Parsed:
        column_map = changed.pop("column_map", None)
        agreement = register.on(changed.pop("agreement_id", PARTY[kind]), TODAY)
        assert agreement is not None
        delivery = Delivery(
            dataset=f"{kind}@XA+{agreement.party_code.lower()}+2026",
            capture_id="2026-00000000",
            state="XA",
            agreement=agreement,
            school_year=2026,
            today=TODAY,
            vault=vault,
            codes=CODES,
            crosswalk=CROSSWALK,
            pathways=KNOWN.pathways,
            min_passes=20,
        )
        content = body.encode() if isinstance(body, str) else body
        parsed = parse_content(content, suffix, replace(delivery, **changed), register, column_map, "file")
        for table in parsed.tables.values():
            assert table.rows_in == table.rows_used + sum(table.excluded.values()) + table.rows_quarantined
        return parsed

    return run


@pytest.fixture
def deliver(root: DataRoot, vault: Vault, register: Register) -> Callable[..., Received]:
    """Hand a file in; it becomes a sealed draft."""

    def run(kind: str, body: str | bytes, **changed: Any) -> Received:
        today = changed.pop("today", TODAY)
        said: dict[str, Any] = {"agreement_id": PARTY[kind], "kind": kind, "school_year": 2026, "mode": "folder"}
        arrival = Arrival(**{**said, "suffix": ".csv", **changed})
        content = body.encode() if isinstance(body, str) else body
        return receive(root, vault, register, io.BytesIO(content), arrival, today)

    return run


@pytest.fixture
def land_due(root: DataRoot, vault: Vault, register: Register) -> Callable[..., list[Landing]]:
    """Land what is due with the codes of the tests."""

    def run(**options: Any) -> list[Landing]:
        archive = restricted_archive(root)
        return [land(root, vault, register, TODAY, capture, KNOWN, **options) for capture in due(archive)]

    return run
