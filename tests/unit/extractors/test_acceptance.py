"""What acceptance refuses, warns of and lets pass; each rule at its edge."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from extractors import acceptance
from extractors.acceptance import Finding, check, check_files
from extractors.archive import Archive, spec_of
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables import RAW_TABLES
from extractors.release_calendar import load_calendar
from warehouse.paths import DataRoot

TODAY = date(2026, 11, 22)
SPEC = spec_of("oews_national")
Make = Callable[..., FetchedFile]


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


WORKBOOK = zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>" * 200})
PAGE = b"\n<!DOCTYPE html><html><body>Access denied</body></html>"


def codes(findings: list[Finding]) -> list[str]:
    return [f.code for f in findings]


def judge(tmp_path: Path, name: str, content: bytes) -> list[Finding]:
    (tmp_path / "one").mkdir(exist_ok=True)
    path = tmp_path / "one" / "file"
    path.write_bytes(content)
    return check_files({name: path})


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip", "a.csv", "a.txt", "a.json", "a.XLSX"])
def test_html_in_disguise_is_seen_whatever_the_name(tmp_path: Path, name: str) -> None:
    (finding,) = judge(tmp_path, name, PAGE)
    assert (finding.severity, finding.code, finding.where) == (
        "error",
        "html_in_disguise",
        name,
    ) and "browser" in finding.remedy


@pytest.mark.parametrize("member", ["table__csv", "table__xlsx", "table__txt"])
def test_html_in_disguise_is_seen_inside_a_zip(tmp_path: Path, member: str) -> None:
    (finding,) = judge(tmp_path, "a.zip", zipped(readme__md=b"hello", **{member: PAGE}))
    assert finding.code == "html_in_disguise" and finding.where == f"a.zip/{member.replace('__', '.')}"


def test_sound_files_pass(tmp_path: Path) -> None:
    for name, content in (
        ("a.csv", b"a,b\n1,2\n"),
        ("a.xlsx", WORKBOOK),
        ("a.zip", zipped(inner__xlsx=WORKBOOK, notes__htm=PAGE, inner__csv=b"a,b\n")),
        ("a.json", b'{"html": "<html>"}'),
        ("page.html", PAGE),
    ):
        assert judge(tmp_path, name, content) == [], name


@pytest.mark.parametrize("cut", [10, 100, -1, -30])
def test_a_truncated_zip_is_seen(tmp_path: Path, cut: int) -> None:
    """Cut off near the start, in a member, in the central directory (the end is missing in all cases)."""
    whole = zipped(data__csv=bytes(range(256)) * 40)
    for name in ("a.zip", "a.xlsx"):
        assert codes(judge(tmp_path, name, whole[:cut])) == ["truncated_zip"]


def test_a_damaged_member_is_seen(tmp_path: Path) -> None:
    whole = bytearray(zipped(data__csv=bytes(range(256)) * 40))
    whole[60] ^= 0xFF
    (finding,) = judge(tmp_path, "a.zip", bytes(whole))
    assert finding.code == "truncated_zip"


def test_a_truncated_workbook_inside_a_sound_zip_is_seen(tmp_path: Path) -> None:
    (finding,) = judge(tmp_path, "a.zip", zipped(inner__xlsx=WORKBOOK[:150]))
    assert (finding.code, finding.where) == ("truncated_zip", "a.zip/inner.xlsx")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"\xef\xbb\xbf \r\n", "empty_file"),
        ("a.zip", zipped(), "empty_file"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0 old excel", "wrong_type"),
        ("a.xlsx", b"a,b\n1,2\n", "wrong_type"),
        ("a.xlsx", zipped(data__csv=b"a"), "wrong_type"),
        ("a.csv", WORKBOOK, "wrong_type"),
        ("a.txt", b"\x1f\x8bgzip", "wrong_type"),
    ],
)
def test_empty_files_and_wrong_types(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    assert codes(judge(tmp_path, name, content)) == [code]


def test_an_encrypted_zip_and_a_zip_bomb_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bytearray(zipped(data__csv=b"a,b"))
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    assert codes(judge(tmp_path, "a.zip", bytes(whole))) == ["encrypted_zip"]
    monkeypatch.setattr(acceptance, "_MAX_UNZIPPED", 1000)
    assert codes(judge(tmp_path, "a.zip", zipped(data__csv=b"0" * 1001))) == ["zip_too_large"]


# ---- against the last accepted capture


@pytest.fixture
def capture(root: DataRoot, make_file: Make) -> Callable[..., Capture]:
    """`capture(vintage, {name: content}, accepted_rows=…)`: a draft, or an accepted capture where rows are given."""
    archive = Archive(root)

    def make(
        vintage: str, files: dict[str, bytes], rows: int | None = None, dataset: str = "oews_national", **options: Any
    ) -> Capture:
        spec = spec_of(dataset)
        stored = [make_file(name, content) for name, content in files.items()]
        draft = archive.store(spec, dataset, vintage, stored, **{"mode": "fetch", **options})
        if rows is None:
            return draft
        return archive.accept(draft, {"rows": {spec.raw_tables[0]: {"rows_in": rows, "rows_used": rows}}})

    return make


def parsed(rows: int, table: str = "bls_oews__wages", quarantined: int = 0) -> ParsedTable:
    entries: list[dict[str, Any]] = [{"reason": "x"}] * quarantined
    return ParsedTable(RAW_TABLES[table], pa.table({"x": list(range(rows))}), rows + quarantined, {}, entries)


def look(new: Capture, last: Capture | None, rows: int | None = None, **options: Any) -> list[Finding]:
    tables = None if rows is None else [parsed(rows, spec_of(new.dataset).raw_tables[0])]
    return check(new, last, spec_of(new.dataset), tables, TODAY, load_calendar(), **options)


def test_the_first_capture_needs_no_other(capture: Callable[..., Capture]) -> None:
    assert look(capture("2025-05", {"a.csv": b"1"}), None, 10) == []


@pytest.mark.parametrize(("size", "bad"), [(49, True), (50, False), (300, False), (301, True)])
def test_size_jumps(capture: Callable[..., Capture], size: int, bad: bool) -> None:
    last = capture("2024-05", {"a.csv": b"x" * 100}, rows=10)
    found = look(capture("2025-05", {"a.csv": b"x" * size}), last)
    assert codes(found) == (["size_jump"] if bad else [])
    assert not bad or f"{size} bytes against 100" in found[0].message


@pytest.mark.parametrize(("rows", "bad"), [(949, True), (950, False), (1500, False), (1501, True)])
def test_row_jumps(capture: Callable[..., Capture], rows: int, bad: bool) -> None:
    last = capture("2024-05", {"a.csv": b"x"}, rows=1000)
    found = look(capture("2025-05", {"a.csv": b"y"}), last, rows)
    assert codes(found) == (["rows_jump"] if bad else [])
    assert not bad or f"{rows:,} rows against 1,000" in found[0].message


def test_soc_tables_may_not_change_by_a_row(capture: Callable[..., Capture]) -> None:
    last = capture("2018", {"a.csv": b"x"}, rows=867, dataset="soc_structure")
    assert codes(look(capture("2018", {"a.csv": b"y"}, dataset="soc_structure"), last, 866)) == ["rows_jump"]
    assert look(capture("2018", {"a.csv": b"z"}, dataset="soc_structure"), last, 867) == []


def test_a_person_may_override_a_jump_with_a_reason(capture: Callable[..., Capture]) -> None:
    last = capture("2024-05", {"a.csv": b"x"}, rows=1000)
    new = capture("2025-05", {"a.csv": b"y"})
    (finding,) = look(new, last, 500, overrides={"rows_jump": "areas merged, notice of 2026-05-01"})
    assert finding.severity == "warn" and "areas merged" in finding.message
    assert codes(look(new, last, 500, overrides={"size_jump": "another code"})) == ["rows_jump"]
    assert codes(look(new, last, 500, overrides={"rows_jump": " "})) == ["rows_jump"]
    older = capture("2023-05", {"a.csv": b"z"})
    assert "vintage_older_than_accepted" in codes(
        look(older, last, 1000, overrides={"vintage_older_than_accepted": "please"})
    )


def test_a_missing_table_is_an_error(capture: Callable[..., Capture]) -> None:
    new = capture("2025-05", {"a.csv": b"y"})
    assert codes(check(new, None, SPEC, [], TODAY, load_calendar())) == ["missing_table"]
    assert codes(check(new, None, SPEC, [parsed(0, quarantined=5)], TODAY, load_calendar())) == ["missing_table"]
    assert codes(check(new, None, SPEC, [parsed(5, quarantined=2)], TODAY, load_calendar())) == ["quarantined_rows"]


def test_a_missing_file_is_named(capture: Callable[..., Capture]) -> None:
    last = capture(
        "2024-05", {"national_M2024_dl.csv": b"1", "MSA_M2024_dl.csv": b"2", "BOS_M2024_dl.csv": b"3"}, rows=1
    )
    whole = {"national_M2025_dl.csv": b"4", "MSA_M2025_dl.csv": b"5", "BOS_M2025_dl.csv": b"6"}
    assert look(capture("2025-05", whole), last, 1) == []
    del whole["BOS_M2025_dl.csv"]
    (finding,) = look(capture("2025-05", whole), last, 1)
    assert finding.code == "missing_file" and "BOS_M2024_dl.csv" in finding.message


def test_a_missing_area_file_is_not_taken_for_another(capture: Callable[..., Capture]) -> None:
    last = capture("2022-2032", {"area_32.json": b"[1]", "area_36.json": b"[2]"}, rows=1, dataset="projections_long")
    new = capture("2024-2034", {"area_36.json": b"[3]"}, dataset="projections_long")
    assert codes(look(new, last)) == ["missing_file"]


def test_fewer_pages_are_no_missing_files(capture: Callable[..., Capture]) -> None:
    last = capture(
        "2022-2032", {"page-0000.json": b"[1]", "page-0001.json": b"[2]"}, rows=1, dataset="projections_long"
    )
    assert look(capture("2024-2034", {"page-0000.json": b"[1,2]"}, dataset="projections_long"), last) == []


def test_other_names_altogether_are_a_warning(capture: Callable[..., Capture]) -> None:
    """O*NET by zip after O*NET by its service: nothing to compare by name or size; the rows still are."""
    last = capture("30.3", {"job_zones-1.json": b"[1]", "tasks-1.json": b"[2]"}, rows=10, dataset="onet")
    new = capture("31.0", {"db_31_0_text.zip": zipped(a__txt=b"x" * 9000)}, dataset="onet")
    assert codes(look(new, last)) == ["layout_changed"]


def test_imported_files_may_be_called_as_people_like(capture: Callable[..., Capture]) -> None:
    last = capture("2024-05", {"wages final v2.csv": b"1"}, rows=1)
    assert look(capture("2025-05", {"oews 2025.csv": b"2"}, mode="import"), last, 1) == []


def test_expected_files_of_a_source_win(capture: Callable[..., Capture]) -> None:
    new = capture("2025-05", {"MSA_M2025_dl.csv": b"1"})
    found = look(new, None, expected_files=("msa_*", "bos_*"))
    assert codes(found) == ["missing_file"] and "'bos_*'" in found[0].message


def test_an_older_vintage_is_an_error_and_a_skipped_one_a_warning(capture: Callable[..., Capture]) -> None:
    last = capture("2023-05", {"a.csv": b"1"}, rows=1)
    assert "vintage_older_than_accepted" in codes(look(capture("2022-05", {"a.csv": b"2"}), last, 1))
    (skipped,) = look(capture("2025-05", {"a.csv": b"3"}), last, 1)
    assert (skipped.severity, skipped.code) == ("warn", "vintage_skipped") and "2024-05" in skipped.message
    assert (
        look(
            capture("2023-05", {"a.csv": b"4"}),
            last,
            1,
        )[-1].code
        == "overdue"
    )


def test_an_overdue_vintage_is_a_warning(capture: Callable[..., Capture]) -> None:
    (finding,) = look(capture("2024-05", {"a.csv": b"1"}), None, 1)
    assert (finding.severity, finding.code) == (
        "warn",
        "overdue",
    ) and "2025-05 was due on 2026-05-15" in finding.message


def test_a_vintage_in_the_future_would_block_all_later_ones(capture: Callable[..., Capture]) -> None:
    assert codes(look(capture("2039-05", {"a.csv": b"1"}), None, 1)) == ["vintage_in_future"]
    assert codes(look(capture("2027", {"a.csv": b"1"}, dataset="regions@NY"), None, 1)) == []


def test_a_malformed_vintage_is_an_error(capture: Callable[..., Capture]) -> None:
    odd = replace(capture("2025-05", {"a.csv": b"1"}), vintage="unknown")
    assert codes(look(odd, None, 1)) == ["vintage_malformed"]


def test_sample_and_real_data_do_not_mix(capture: Callable[..., Capture]) -> None:
    real = capture("2025-05", {"a.csv": b"1"}, rows=10)
    assert "sample_over_real" in codes(look(capture("2025-05", {"a.csv": b"2"}, is_sample=True), real, 10))


def test_real_data_are_not_compared_with_sample_data(capture: Callable[..., Capture]) -> None:
    sample = capture("2025-05", {"a.csv": b"1"}, rows=10, is_sample=True)
    found = look(capture("2024-05", {"a.csv": b"2" * 1000}), sample, 10_000)
    assert not acceptance.errors(found) and codes(found) == ["first_real_capture", "overdue"]


def test_a_refusal_says_everything(capture: Callable[..., Capture]) -> None:
    last = capture("2024-05", {"a.csv": b"x" * 100}, rows=1000)
    new = capture("2025-05", {"a.csv": b"y"})
    failure = acceptance.refuse(new.dataset, look(new, last, 5), str(new.folder))
    text = str(failure)
    assert "[size_jump]" in text and "[rows_jump]" in text and str(new.folder) in text and "--override" in text
