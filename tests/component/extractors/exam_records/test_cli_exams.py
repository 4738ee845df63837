"""`currency exams` and `currency template district` as a person uses them, with the real gates."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from extractors.exam_records import store
from extractors.exam_records.templates import FIELDS
from extractors.ingest import accept, import_file, parse_capture
from orchestration.cli import main
from tests.unit.extractors.exam_records.files import BASE, csv_of
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault

DAY = "2026-11-22"
SECRETS = ("Zzsample", "Nowhere Lane", "900-12-3456", "9000000001")
CODE, ENDED = "COMPT001", "COMPT002"  # of the lexicon; the second ends in the crosswalk of these tests


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    found = DataRoot(tmp_path / "data").ensure()
    Vault.open(found, create=True)
    return found


@pytest.fixture
def with_lists(root: DataRoot, tmp_path: Path) -> DataRoot:
    """The state's three lists, accepted."""
    lists = {
        "school_directory": "district_code,district_name,school_code,school_name,effective_from\n"
        "0101,Alder Falls,010101,=Alder High,2020-07-01\n",
        "course_crosswalk": "course_code,course_title,pathway_code,pathway_title,credential_code,effective_from\n"
        f"C1,Networks,P1,Computing,{CODE},2020-07-01\n",
        "vendor_exam_crosswalk": "vendor_code,vendor_exam_code,vendor_exam_name,credential_code,effective_from,"
        f"effective_to\nQUILL,Q1,One,{CODE},2020-09-02,\nQUILL,Q2,Two,{ENDED},2020-09-02,2025-12-31\n",
    }
    for dataset, body in lists.items():
        path = tmp_path / f"{dataset}.csv"
        path.write_text(body, encoding="utf-8")
        result = import_file(root, dataset, [path], state="XA", vintage="2026")
        assert result.capture is not None
        accept(root, result.capture, parse_capture(root, result.capture))
    return root


def run(root: DataRoot, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(root.root), *arguments], catch_exceptions=False)


def file_of(tmp_path: Path, kind: str, name: str, *changes: dict[str, Any]) -> str:
    path = tmp_path / name
    path.write_text(csv_of(kind, *changes), encoding="utf-8")
    return str(path)


def test_import_status_and_import_again(with_lists: DataRoot, tmp_path: Path) -> None:
    exam = {"CredentialCode": CODE}
    path = file_of(tmp_path, "district_exam_file", "exams_0101_2026.csv", exam, {**exam, "AssessmentResult": "pass",
                   "AttemptNumber": "2"}, {**exam, "CredentialCode": "NOPE"})  # fmt: skip
    refused = run(with_lists, "exams", "import", path, "--agreement", "XA-D-0101", "--today", DAY)
    assert refused.exit_code == 1, refused.output
    assert "quarantine_share" in refused.output, "a third of the rows is set aside: the gate stays shut"

    many = [{**exam, "StudentIdentifierState": str(n), "AssessmentResult": ("pass", "fail")[n % 2]} for n in range(40)]
    path = file_of(tmp_path, "district_exam_file", "exams_0101_2026.csv", *many, {**exam, "CredentialCode": "NOPE"})
    done = run(with_lists, "exams", "import", path, "--agreement", "XA-D-0101", "--today", DAY, "--json")
    assert done.exit_code == 0, done.output
    (landed,) = json.loads(done.output)["landed"]
    assert landed["outcome"] == "accepted"
    assert landed["tables"]["student_records__district_exam"] == {
        "rows_in": 41,
        "used": 40,
        "excluded": 0,
        "quarantined": 1,
    }
    assert landed["reasons"] == [["CredentialCode", "unknown credential code", 1]]

    again = run(with_lists, "exams", "import", path, "--agreement", "XA-D-0101", "--today", DAY)
    assert again.exit_code == 0 and "stands (the same content as before)" in again.output

    shown = json.loads(run(with_lists, "exams", "status", "--json", "--today", DAY).output)["agreements"]
    by_id = {a["agreement_id"]: a for a in shown}
    assert by_id["XA-D-0101"]["is_overdue"] is False
    assert by_id["XA-D-0101"]["deliveries"][0]["rows"] == 40
    assert by_id["XA-V-QUILL"]["is_overdue"] is True
    assert by_id["XA-V-NOVEX-2016"]["standing"] == ["ended"]
    assert by_id["XA-V-TALLY"]["standing"] == ["unsigned"]
    words = run(with_lists, "exams", "status", "--today", DAY).output
    assert "OVERDUE: 2026 was due on 2026-09-01" in words and "40 rows, 1 set aside" in words


def test_check_stores_nothing_and_needs_no_vault(tmp_path: Path) -> None:
    bare = DataRoot(tmp_path / "bare").ensure()
    path = file_of(tmp_path, "student_file", "students_0101_2026.csv", {}, {"Birthdate": "yesterday"})
    before = sorted(p.name for p in bare.restricted.rglob("*"))
    done = run(bare, "exams", "check", path, "--agreement", "XA-D-0101", "--today", DAY)
    assert done.exit_code == 0, done.output
    assert "2 rows in: 1 usable" in done.output
    assert "1 x Birthdate: not a date (YYYY-MM-DD or M/D/YYYY) (rows 3 …)" in done.output
    assert not any(secret in done.output for secret in SECRETS)
    assert sorted(p.name for p in bare.restricted.rglob("*")) == before
    dry = run(bare, "exams", "import", path, "--agreement", "XA-D-0101", "--today", DAY, "--dry-run", "--json")
    assert json.loads(dry.output)["used"] == 1
    assert sorted(p.name for p in bare.restricted.rglob("*")) == before


@pytest.mark.parametrize(
    ("agreement", "name", "said"),
    [
        ("XA-V-TALLY", "vendor_2026.csv", "unsigned"),
        ("XA-V-NOBODY", "vendor_2026.csv", "there is no agreement"),
        ("XA-V-QUILL", "vendor_2026.pdf", "ending is none that is read"),
        ("XA-V-QUILL", "vendor.csv", "neither the name nor the command says the school year"),
        ("XA-D-0101", "grades_2026.csv", "does not say what kind of file"),
    ],
)
def test_what_is_refused_says_why(root: DataRoot, tmp_path: Path, agreement: str, name: str, said: str) -> None:
    path = file_of(tmp_path, "vendor_exam_file", name, {})
    done = run(root, "exams", "import", path, "--agreement", agreement, "--today", DAY)
    assert done.exit_code == 1 and said in done.output
    as_json = run(root, "exams", "import", path, "--agreement", agreement, "--today", DAY, "--json")
    assert as_json.exit_code == 1 and said in json.loads(as_json.output)["error"]["found"]


def test_a_role_that_may_not_land_is_stopped(root: DataRoot, tmp_path: Path) -> None:
    text = root.roles_file.read_text(encoding="utf-8").replace("steward", "analyst")
    root.roles_file.write_text(text, encoding="utf-8")
    path = file_of(tmp_path, "student_file", "students_0101_2026.csv", {})
    done = run(root, "exams", "import", path, "--agreement", "XA-D-0101", "--today", DAY)
    assert done.exit_code == 1 and "land" in done.output
    assert not (root.restricted / "archive").exists()


def test_the_drop_folder(with_lists: DataRoot, tmp_path: Path) -> None:
    folder = store.drop_folder(with_lists) / "XA-V-QUILL"
    folder.mkdir(mode=0o700)
    (folder / "quill.yml").write_text(
        "columns: {first_name: A, last_name: B, birth_date: C, vendor_exam_code: D, result: E, test_date: F}\n",
        encoding="utf-8",
    )
    good = folder / "vendor_2026.csv"
    good.write_text(
        "A,B,C,D,E,F\nTesta,Zzsample,2008-01-01,Q1,pass,2026-04-01\nTesto,Zzsample,2008-01-02,Q1,fail,2026-04-01\n",
        encoding="utf-8",
    )
    passes = folder / "vendor_2025.csv"
    passes.write_text("A,B,C,D,E,F\nTesta,Zzsample,2008-01-01,Q1,pass,2025-04-01\n", encoding="utf-8")
    odd = folder / "Zzsample; DROP.csv"
    odd.write_text("x", encoding="utf-8")
    growing = folder / "vendor_2024.csv"
    growing.write_text("x", encoding="utf-8")
    for path in (good, passes, odd):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    done = run(with_lists, "exams", "pull", "--today", DAY, "--json")
    told = json.loads(done.output)
    assert sorted(t["outcome"] for t in told["taken"]) == ["new", "new", "refused"]
    outcomes = {one["dataset"]: one["outcome"] for one in told["landed"]}
    assert outcomes == {"vendor_exam_file@XA+quill+2026": "accepted", "vendor_exam_file@XA+quill+2025": "refused"}
    assert done.exit_code == 1
    assert sorted(p.name for p in folder.iterdir()) == [
        "Zzsample; DROP.csv",
        "Zzsample; DROP.csv.refused.txt",
        "quill.yml",
        "vendor_2024.csv",
    ]
    assert "Zzsample" not in done.output
    os.utime(growing, (1_700_000_000, 1_700_000_000))
    again = run(with_lists, "exams", "pull", "--today", DAY)
    assert "XA-V-QUILL, file 1: new" in again.output, "the refused one is not looked at again while it is unchanged"


def test_nothing_that_a_command_prints_or_leaves_names_a_person(with_lists: DataRoot, tmp_path: Path) -> None:
    changes = [{}, {"SchoolYear": "x"}, {"LEAIdentifierSea": "9"}, {"Sex": "Zzsample"}, {"CipCode": "Zzsample"}]
    path = file_of(tmp_path, "student_file", "students_0101_2026.csv", *changes)
    outputs = [
        run(with_lists, "exams", command, path, "--agreement", "XA-D-0101", "--today", DAY, *options).output
        for command in ("check", "import")
        for options in ([], ["--json"])
    ]
    assert "set aside" in outputs[0]
    for output in outputs:
        assert not any(secret in output for secret in SECRETS)
    for found in with_lists.root.rglob("*"):
        if found.is_file():
            assert not any(secret.encode() in found.read_bytes() for secret in SECRETS), found


def test_layouts_names_what_is_read_and_what_is_not(root: DataRoot) -> None:
    told = json.loads(run(root, "exams", "layouts", "--json").output)
    assert {"template", "new_mexico_stars", "edfi_student_assessment"} <= {x["layout"] for x in told["layouts"]}
    assert "Certiport" in {name for name, _ in told["unsupported"]}
    assert "write a column map" in run(root, "exams", "layouts").output


# ----------------------------------------------------------------------------------------------------------- templates


def test_the_workbook_of_a_district(with_lists: DataRoot, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(with_lists, "template", "district", "--out", str(out), "--today", DAY)
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in out.iterdir()) == [
        "courses_template.xlsx",
        "exams_template.xlsx",
        "students_template.xlsx",
    ]
    book = openpyxl.load_workbook(out / "exams_template.xlsx")
    assert book.sheetnames == ["exams", "Columns", "Codes", "Courses", "Pathways", "Schools", "Guidance"]
    assert [c.value for c in book["exams"][1]] == [f.header for f in FIELDS["district_exam_file"]]
    assert [c.value for c in book["Codes"]["A"]] == ["CredentialCode", CODE], "what has ended is not offered (P20)"
    assert book["Codes"]["D2"].value == "C1"
    assert book["Schools"]["D2"].value == "'=Alder High" and book["Schools"]["D2"].data_type == "s"
    guidance = " ".join(str(r[0].value) for r in book["Guidance"].iter_rows())
    for word in ("P18", "did_not_sit", "replaces", "Alder Department of Education", "1 September"):
        assert word in guidance or word == "P18"
    checks = book["exams"].data_validations.dataValidation
    assert any("Codes!$A$2:$A$2" in (rule.formula1 or "") for rule in checks)


def test_a_filled_template_is_read(with_lists: DataRoot, tmp_path: Path) -> None:
    run(with_lists, "template", "district", "--out", str(tmp_path / "out"), "--today", DAY)
    for name, kind in (("students", "student_file"), ("courses", "course_file"), ("exams", "district_exam_file")):
        path = tmp_path / "out" / f"{name}_template.xlsx"
        book = openpyxl.load_workbook(path)
        row = {**BASE[kind], "CredentialCode": CODE}
        book[name].append([row.get(f.header) for f in FIELDS[kind]])
        book.save(tmp_path / f"{name}_0101_2026.xlsx")
        done = run(
            with_lists, "exams", "check", str(tmp_path / f"{name}_0101_2026.xlsx"), "--agreement", "XA-D-0101",
            "--today", DAY, "--json",
        )  # fmt: skip
        found = json.loads(done.output)
        assert (found["rows_in"], found["used"], found["absent"], found["ignored"]) == (1, 1, [], []), done.output


def test_templates_as_csv(root: DataRoot, tmp_path: Path) -> None:
    """Without crosswalks the codes are the lexicon's."""
    done = run(root, "template", "district", "--out", str(tmp_path / "out"), "--format", "csv", "--today", DAY)
    assert done.exit_code == 0 and "the codes are the whole lexicon" in done.output
    with (tmp_path / "out" / "codes.csv").open(encoding="utf-8", newline="") as file:
        codes = list(csv.DictReader(file))
    assert len(codes) > 1000
    assert not [c for c in codes if any(v.startswith(("=", "+", "-", "@")) for v in c.values())]
    assert (tmp_path / "out" / "guidance.md").read_text(encoding="utf-8").startswith("# Exam records of districts, XA")
