"""Review of links as people do it: worklists out, verdicts in, the next linking goes by them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from extractors.link_review import assign, store
from orchestration import exam_records
from orchestration.cli import main
from tests.unit.extractors.exam_records.files import csv_of
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries
from warehouse.vault.destroy import destroy
from warehouse.vault.duck import read_parquet
from warehouse.vault.roles import set_role, whoami

DAY, CANARY, FORMULA = "2026-11-22", "Zwyndlekrux", "=HYPERLINK(1)"
ASKED = 12
"""Sittings under another first name: a person must look. Those of even number are of district 0101."""
SYLLABLES = ("bra", "kel", "vor", "zan", "dri", "mux", "tol", "fen", "gar", "wix")


def _name(number: int) -> str:
    return "".join(SYLLABLES[int(d)] for d in f"{number:03d}").capitalize()


def _person(number: int) -> dict[str, Any]:
    return {
        "FirstName": f"Q{_name(number + 500).lower()}",
        "LastOrSurname": CANARY if number == 0 else _name(number),
        "Birthdate": f"2008-{number % 12 + 1:02d}-{number % 27 + 1:02d}",
        "AddressPostalCode": f"88{700 + number}",
        "AddressStreetNumberAndName": FORMULA if number == 1 else f"{number + 10} Nowhere Lane",
        "SocialSecurityNumber": "",
    }


def _student(number: int) -> dict[str, Any]:
    district = f"010{number % 2 + 1}"
    given = {"StudentIdentifierState": f"{9_000_000_000 + number}", "LEAIdentifierSea": district}
    return _person(number) | given | {"SchoolIdentifierSea": f"{district}01"}


def _sitting(number: int) -> dict[str, Any]:
    other = {"FirstName": f"Hy{_name(number + 300).lower()}"} if number < ASKED else {}
    return (
        _person(number)
        | other
        | {"AssessmentResult": ("pass", "fail")[number % 2], "CandidateIdentifier": f"c{number}"}
    )


def run(root: DataRoot, *arguments: str, user: str | None = None) -> Result:
    environment = {"CURRENCY_VAULT_USER": user} if user else {}
    return CliRunner().invoke(main, ["--data-dir", str(root.root), *arguments], env=environment, catch_exceptions=False)


def told(root: DataRoot, *arguments: str, user: str | None = None, code: int = 0) -> Any:
    done = run(root, *arguments, "--json", user=user)
    assert done.exit_code == code, done.output
    return json.loads(done.output)


def deliver(root: DataRoot, tmp_path: Path, kind: str, name: str, agreement: str, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / name
    path.write_text(csv_of(kind, *rows), encoding="utf-8")
    done = run(root, "exams", "import", str(path), "--agreement", agreement, "--today", DAY,
               "--override", "rows_jump=for the test")  # fmt: skip
    assert done.exit_code == 0, done.output
    path.unlink()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    """60 students of two districts, 40 sittings of them, ASKED of which wait for a person."""
    root = DataRoot(tmp_path / "data").ensure()
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(root.root))
    monkeypatch.setattr("orchestration.cli._landing_gate", lambda capture, parsed: [])
    monkeypatch.setattr(assign, "DOUBLE_SHARE", 0.0)
    Vault.open(root, create=True)
    for number, user in ((1, "rev_one"), (2, "rev_two")):
        set_role(root, user, "district_reviewer", [f"010{number}"])
    set_role(root, "rev_all", "district_reviewer", ["0101", "0102"])
    set_role(root, "an_analyst", "analyst", [])
    students = [_student(n) for n in range(60)]
    for n in (0, 1):
        deliver(root, tmp_path, "student_file", f"students_010{n + 1}_2026.csv", f"XA-D-010{n + 1}", students[n::2])
    deliver(root, tmp_path, "vendor_exam_file", "vendor_2026.csv", "XA-V-QUILL", [_sitting(n) for n in range(40)])
    linked, problem = exam_records.link(root)
    assert problem is None and linked.by_status == {"auto": 40 - ASKED, "review": ASKED}
    return root


def worklist(root: DataRoot, tmp_path: Path, user: str, *reviewers: str) -> list[dict[str, str]]:
    """The rows of a reviewer's worklist, as the reviewer opens it."""
    names = [part for name in reviewers for part in ("--reviewer", name)]
    made = told(root, "linkage", "review", "--out", str(tmp_path / "out"), "--format", "csv", *names)
    (file,) = next(w["files"] for w in made["worklists"] if w["reviewer"] == user)
    assert CANARY.encode() not in Path(file).read_bytes()
    target = tmp_path / "plain.csv"
    opened = run(root, "vault", "unseal", file, str(target), user=user)
    assert opened.exit_code == 0, opened.output
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    target.unlink()
    return rows


def hand_in(root: DataRoot, tmp_path: Path, rows: list[dict[str, str]], user: str | None = None, code: int = 0) -> Any:
    path = tmp_path / "filled.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return told(root, "linkage", "verdicts", str(path), user=user, code=code)


def links(root: DataRoot) -> dict[str, dict[str, Any]]:
    linked, problem = exam_records.link(root)
    assert problem is None
    path = exam_records._link_file(root, linked.fingerprint)
    return {row["exam_key"]: row for row in read_parquet(path, Vault.open(root)).to_pylist()}


def test_a_round_of_review(root: DataRoot, tmp_path: Path) -> None:
    from extractors.archive import Archive
    from orchestration.handover import input_fingerprint

    lock = Archive(root).lock()
    before = input_fingerprint(root, lock)
    rows = worklist(root, tmp_path, "rev_all", "rev_all")
    assert len(rows) == ASKED and {r["Reviewer"] for r in rows} == {"rev_all"}
    asked = next(r for r in rows if r["ExamLastOrSurname"] == CANARY)
    assert asked["StudentLastOrSurname"] == CANARY and asked["ExamFirstName"] != asked["StudentFirstName"]
    assert asked["WhyAsked"].startswith("another first name") and float(asked["WeightBits"]) > 5
    assert asked["StudentBirthdate"] == "2008-01-01" and asked["StudentDistricts"] == "0101"
    homes = {r["StudentAddressStreetNumberAndName"] for r in rows}
    assert f"'{FORMULA}" in homes and FORMULA not in homes
    decided = [{**r, "Decision": ("accept", "Reject", "")[n % 3]} for n, r in enumerate(rows)]
    done = hand_in(root, tmp_path, decided, user="rev_all")
    assert (done["accepted"], done["rejected"], done["undecided"], done["gone"]) == (4, 4, 4, [])
    assert done["review"]["by_reviewer"] == {"rev_all": {"accept": 4, "reject": 4}}
    assert input_fingerprint(root, lock) != before, "verdicts are news for a refresh"
    for _ in range(2):
        found = links(root)
        for row in decided:
            link = found[row["ExamKey"]]
            if row["Decision"] == "accept":
                assert (link["status"], link["method"]) == ("verdict_accept", "verdict")
                assert link["student_token"] == row["StudentToken"]
            elif row["Decision"]:
                assert (link["status"], link["student_token"]) == ("verdict_reject", None)
            else:
                assert link["status"] == "review"
        deliver(root, tmp_path, "vendor_exam_file", "vendor_2026.csv", "XA-V-QUILL", [_sitting(n) for n in range(41)])
    assert len(worklist(root, tmp_path, "rev_all", "rev_all")) == 4, "what is decided is not asked again"
    status = run(root, "linkage", "status").output
    assert "4 sittings wait, 4 of them without a verdict; 8 were judged" in status and CANARY not in status
    logged = [e for e in entries(root) if e["command"].startswith("linkage")]
    assert [e["command"] for e in logged] == ["linkage review", "linkage verdicts", "linkage review"]
    assert logged[1]["counts"] == {"verdicts": 8, "gone": 0, "changed": 0} and logged[1]["user"] == "rev_all"


def test_two_reviewers_differ_and_then_agree(root: DataRoot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assign, "DOUBLE_SHARE", 1.0)
    set_role(root, "rev_more", "district_reviewer", ["0101", "0102"])
    both = ("rev_all", "rev_more")
    first = worklist(root, tmp_path, "rev_all", *both)
    second = worklist(root, tmp_path, "rev_more", *both)
    assert len(first) == len(second) == ASKED and {r["SecondReview"] for r in first} == {"yes"}
    hand_in(root, tmp_path, [{**r, "Decision": "accept"} for r in first], user="rev_all")
    links(root)
    assert len(worklist(root, tmp_path, "rev_more", *both)) == ASKED, (
        "the second look is asked for after a linking, too"
    )
    said = [{**r, "Decision": "reject" if n < 3 else "accept"} for n, r in enumerate(second)]
    standing = hand_in(root, tmp_path, said, user="rev_more")["review"]
    assert (standing["agreement"]["pairs"], standing["agreement"]["raw"]) == (ASKED, (ASKED - 3) / ASKED)
    assert standing["agreement"]["kappa"] == 0.0 and standing["second_missing"] == 0
    disputed = {r["ExamKey"] for r in said[:3]}
    assert set(standing["disputed"]) == disputed
    assert {key for key, link in links(root).items() if link["status"] == "review"} == disputed
    again = worklist(root, tmp_path, "rev_more", *both)
    assert {r["ExamKey"] for r in again} == disputed
    done = hand_in(root, tmp_path, [{**r, "Decision": "accept"} for r in again], user="rev_more")
    assert done["changed"] == 3 and done["review"]["disputed"] == []
    assert {link["status"] for link in links(root).values()} == {"auto", "verdict_accept"}


def test_a_reviewer_sees_and_judges_own_districts(root: DataRoot, tmp_path: Path) -> None:
    made = told(root, "linkage", "review", "--out", str(tmp_path / "a"), user="rev_one")
    assert made["waiting"] == ASKED and made["unassigned"] == ASKED / 2
    mine = worklist(root, tmp_path, "rev_one", "rev_one", "rev_two")
    assert len(mine) == ASKED / 2 and {r["StudentDistricts"] for r in mine} == {"0101"}
    theirs = worklist(root, tmp_path, "rev_two", "rev_one", "rev_two")
    own = [{**r, "Decision": "accept"} for r in mine]
    for rows, why in (
        ([{**r, "Decision": "accept", "Reviewer": "rev_one"} for r in theirs], "a student of another district"),
        ([{**own[0], "Reviewer": "rev_two"}], "another reviewer's verdict"),
    ):
        assert why in hand_in(root, tmp_path, rows, user="rev_one", code=1)["error"]["found"]
    assert hand_in(root, tmp_path, own, user="rev_one")["accepted"] == ASKED / 2
    for arguments in (("review", "--out", str(tmp_path / "b")), ("status",)):
        error = told(root, "linkage", *arguments, user="an_analyst", code=1)["error"]
        assert "analyst and may not review" in error["found"]
    error = told(root, "linkage", "review", "--out", str(tmp_path), "--reviewer", "rev_two", user="rev_one", code=1)
    assert "may not have it" in error["error"]["found"]
    for name in ("an_analyst", "nobody"):
        assert "may not have it" in told(
            root, "linkage", "review", "--out", str(tmp_path), "--reviewer", name, code=1
        )["error"]["found"]  # fmt: skip


def test_a_file_that_cannot_be_believed_changes_nothing(root: DataRoot, tmp_path: Path) -> None:
    rows = [{**r, "Decision": "accept"} for r in worklist(root, tmp_path, "rev_all", "rev_all")]
    first, second = rows[:2]
    for bad, why in (
        ([{**first, "Decision": CANARY}], "row 2: a decision that is none"),
        ([{**first, "Reviewer": "=1+1"}], "row 2: no reviewer"),
        ([first, {**first, "Decision": "reject"}], "row 3: the same pair has another decision"),
        ([first, {**first, "StudentToken": second["StudentToken"]}], "row 3: a second student is accepted"),
    ):
        error = hand_in(root, tmp_path, bad, code=1)["error"]
        assert why in error["found"] and CANARY not in json.dumps(error)
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("ExamKey,Decision\nx,accept\n", encoding="utf-8")
    assert "lacks StudentToken, Reviewer" in told(root, "linkage", "verdicts", str(lacking), code=1)["error"]["found"]
    assert store.verdict_files(root) == []
    dry = tmp_path / "one.csv"
    dry.write_text(",".join(first) + "\n" + ",".join(f'"{v}"' for v in first.values()) + "\n", encoding="utf-8")
    assert told(root, "linkage", "verdicts", str(dry), "--dry-run")["kept"] is False
    assert store.verdict_files(root) == []


def test_a_verdict_whose_sitting_is_gone_is_named_and_decides_nothing(root: DataRoot, tmp_path: Path) -> None:
    rows = [{**r, "Decision": "accept"} for r in worklist(root, tmp_path, "rev_all", "rev_all")]
    gone = next(r for r in rows if r["ExamLastOrSurname"] == CANARY)
    hand_in(root, tmp_path, rows)
    deliver(root, tmp_path, "vendor_exam_file", "vendor_2026.csv", "XA-V-QUILL", [_sitting(n) for n in range(1, 40)])
    linked, _ = exam_records.link(root)
    assert linked.verdicts_gone == 1 and linked.by_status == {"auto": 40 - ASKED, "verdict_accept": ASKED - 1}
    standing = told(root, "linkage", "status")
    assert standing["gone"] == {"XA-V-QUILL": [gone["ExamKey"]]}
    left = next(r for r in reversed(rows) if r is not gone)
    late = hand_in(root, tmp_path, [gone, {**left, "Decision": "reject"}])
    assert late["gone"] == [2] and late["rejected"] == 1 and late["changed"] == 1


def test_workbooks_go_out_and_come_back_sealed_or_not(root: DataRoot, tmp_path: Path) -> None:
    made = told(root, "linkage", "review", "--out", str(tmp_path / "out"), "--format", "xlsx")
    ((file,),) = [w["files"] for w in made["worklists"]]
    plain = tmp_path / "list.xlsx"
    assert run(root, "vault", "unseal", file, str(plain)).exit_code == 0
    book = openpyxl.load_workbook(plain)
    sheet = book.active
    assert sheet is not None
    header = [cell.value for cell in sheet[1]]
    assert all(cell.data_type != "f" for line in sheet.iter_rows(min_row=2) for cell in line)
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, header.index("Decision") + 1, "accept")
    book.save(plain)
    assert told(root, "linkage", "verdicts", file)["undecided"] == ASKED, "an empty one decides nothing"
    assert told(root, "linkage", "verdicts", str(plain))["accepted"] == ASKED


def test_verdicts_go_with_their_agreement(root: DataRoot, tmp_path: Path) -> None:
    rows = [{**r, "Decision": "accept"} for r in worklist(root, tmp_path, "rev_all", "rev_all")]
    hand_in(root, tmp_path, rows)
    vault = Vault.open(root)
    for path in store.folder(root).rglob("*.parquet"):
        content = path.read_bytes()
        assert rows[0]["ExamKey"].encode() not in content and path.stat().st_mode & 0o777 == 0o600
    destroy(vault, "XA-V-QUILL", whoami(root))
    assert store.verdict_files(root) == [] and not store.candidates_file(root).exists()
    assert store.read_verdicts(root, vault.reload()).num_rows == 0


def test_a_vendor_whose_rows_find_too_few_students_is_an_alert(root: DataRoot, tmp_path: Path) -> None:
    by_id = {a["agreement_id"]: a for a in told(root, "exams", "status", "--today", DAY)["agreements"]}
    quill = by_id["XA-V-QUILL"]
    assert (quill["matched_share"], quill["least_share"], quill["is_match_low"]) == (0.7, 0.9, True)
    assert by_id["XA-D-0101"]["is_match_low"] is False
    assert "70.0% matched, BELOW 90%" in run(root, "exams", "status", "--today", DAY).output
    rows = [{**r, "Decision": "accept"} for r in worklist(root, tmp_path, "rev_all", "rev_all")]
    hand_in(root, tmp_path, rows)
    shapes = {(link["name_shape"], link["has_ssn"]) for link in links(root).values()}
    assert shapes == {("plain", False)}
    assert "BELOW" not in run(root, "exams", "status", "--today", DAY).output
