"""`currency postings`: what a person sees of an export before it is loaded."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from extractors.cli_postings import postings

BODY = (
    "Job ID,Position,Firm,Opened,Details,Odd\n"
    "1,Cook,Alder Kitchens,3/4/2026,Mail jo@works.example about the secret sauce,x\n"
    "2,Baker,Birch,soon,Bread,y\n"
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(BODY)
    return path


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(postings, [str(a) for a in arguments])
    return done.exit_code, done.output


def test_template_then_preview(export: Path, tmp_path: Path) -> None:
    column_map = tmp_path / "map.csv"
    code, _ = run("template", export, "-o", column_map)
    lines = {row["source"]: row["target"] for row in csv.DictReader(io.StringIO(column_map.read_text()))}
    assert code == 0
    assert lines == {
        "Job ID": "posting_id",
        "Position": "title",
        "Firm": "",
        "Opened": "",
        "Details": "description",
        "Odd": "",
        "": "posted_date",
    }
    text = column_map.read_text().replace(",Firm,,", "employer,Firm,,").replace(",Opened,,", "posted_date,Opened,,")
    column_map.write_text("\n".join(line for line in text.splitlines() if "constant:" not in line) + "\n")
    code, said = run("preview", export, "--column-map", column_map)
    assert code == 0, said
    assert "2 records looked at: 1 usable, 1 set aside" in said and "1 x not a date" in said
    assert "columns that are not read: Odd" in said
    assert "masked: 1 e-mail addresses" in said
    assert "secret sauce" not in said and "works.example" not in said
    code, said = run("preview", export, "--column-map", column_map, "--json")
    (found,) = json.loads(said)["files"]
    assert found["rows_in"] == found["usable"] + found["quarantined"]
    assert "secret sauce" not in said


def test_a_file_without_layout_leads_to_template(export: Path) -> None:
    code, said = run("preview", export)
    assert code == 1 and "currency postings template" in said
    code, said = run("preview", export, "--json")
    assert code == 1 and json.loads(said)["error"]["remedy"]


def test_layouts_name_what_is_not_supported() -> None:
    code, said = run("layouts")
    assert code == 0
    assert all(name in said for name in ("lightcast", "nlx", "schema_org", "markdown_toml", "JobsEQ"))
    assert "layouts" in json.loads(run("layouts", "--json")[1])


def test_nothing_heavy_is_imported_for_help() -> None:
    code = (
        "import sys, extractors.cli_postings, extractors.sources.job_postings;"
        "print([m for m in ('pyarrow', 'numba', 'numpy', 'requests', 'selectolax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
