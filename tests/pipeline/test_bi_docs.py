"""The connection examples of `docs/bi.md` run as they stand, against a release made here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.release_factory import release
from warehouse.paths import CHECKOUT, DataRoot

PAGE = CHECKOUT / "docs" / "bi.md"
TESTED = {"DuckDB": 1, "SQLAlchemy": 1, "pandas": 2, "Polars": 2}
UNTESTED = ("Tableau", "Power BI", "Metabase", "Superset")


def blocks(language: str) -> list[tuple[str, str]]:
    """(heading, code) of every fenced block in that language."""
    found, heading = [], ""
    for part in re.split(r"^(## .*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if part.startswith("## "):
            heading = part.removeprefix("## ").strip()
        else:
            found += [(heading, code) for code in re.findall(rf"^```{language}\n(.*?)^```", part, flags=re.M | re.S)]
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    """A data root with two releases."""
    made = DataRoot(tmp_path_factory.mktemp("bi"))
    release(made)
    release(made, version=2)
    return made


@pytest.mark.parametrize(
    ("heading", "code"), [pytest.param(*block, id=f"{block[0]}-{n}") for n, block in enumerate(blocks("python"))]
)
def test_the_example_runs(
    root: DataRoot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], heading: str, code: str
) -> None:
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(root.root))
    exec(compile(code, f"docs/bi.md, {heading}", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out.strip(), "an example shows what it read"


def test_every_reader_that_we_promise_has_its_example() -> None:
    headings = [heading for heading, _ in blocks("python")]
    assert {heading: headings.count(heading) for heading in TESTED} == TESTED
    assert set(headings) == set(TESTED)
    page = PAGE.read_text(encoding="utf-8")
    for tool in UNTESTED:
        assert f"\n## {tool}\n" in page
        section = page.split(f"\n## {tool}\n")[1].split("\n## ")[0]
        assert "credential_currency.duckdb" in section
        assert re.search(r"read.only", section, flags=re.IGNORECASE), tool


def test_the_address_for_superset_connects(root: DataRoot) -> None:
    from sqlalchemy import create_engine, inspect, text

    (address,) = (line for _, code in blocks("text") for line in code.split() if line.startswith("duckdb:///"))
    engine = create_engine(address.replace("/data/credential_currency.duckdb", str(root.served_database)))
    with engine.connect() as con:
        assert con.execute(text("select current_setting('access_mode')")).fetchall() == [("read_only",)]
    assert "mart_priority_occupation" in inspect(engine).get_table_names("identify")
    engine.dispose()


def test_the_page_names_the_files_as_they_are(root: DataRoot) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert root.served_database.name in page and root.current_pointer.name in page
    assert Path(root.served_database).exists()
