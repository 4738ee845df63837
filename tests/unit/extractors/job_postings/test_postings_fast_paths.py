"""The compiled shortcuts say what the careful way says, or nothing: masks, and the days of a delimited file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from extractors.job_postings import cleaning, contacts, masking, naming
from extractors.job_postings.engine import Engine
from extractors.job_postings.layouts import LAYOUTS
from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading.base import Batch, gathered
from extractors.job_postings.reading.delimited import DelimitedReader

_PIECES = """@ | @ |.|-|_| |(|)|[|]|/|,|+|1|0|555|212|(212)|( 312 )|(415) 555-0123|415-555-0199|202 555.0111|2125551234
call |tel. |ext. 5|#|AB-|jobs|a|hr.dept|example|com|é|•|–|at|(at)| (at) |dot|at )|(ATP)|2020-2021|12|99999|$50,000
first.last@host.example|x@y.example|a @ b.example|ä@b.example|=|;|+44 20 7946 0958|020 7946 0958"""
PIECES = [*_PIECES.replace("\n", "|").split("|"), "\n", "’"]


def _hide(texts: list[str], kinds: list[int]) -> list[tuple[int, str, int, int]]:
    cut = [t.encode() for t in texts]
    ends = np.cumsum([0, *map(len, cut)])
    found = np.array([[i, ends[i], ends[i + 1], k] for i, k in enumerate(kinds)], np.int64)
    data = np.frombuffer(b"".join(cut), np.uint8)
    out_ends, verdicts = np.zeros(len(cut) + 1, np.int32), np.zeros(len(cut), np.uint8)
    tallies = np.zeros((len(cut), 2), np.int32)
    work, out = np.empty(2 * max(map(len, cut)) + 16, np.uint8), np.empty(2 * len(data) + 16, np.uint8)
    contacts.hide(data, found, work, out, out_ends, verdicts, tallies)
    return [
        (int(verdicts[i]), out[out_ends[i] : out_ends[i + 1]].tobytes().decode(), *map(int, tallies[i]))
        for i in range(len(cut))
    ]


def test_a_certain_verdict_is_that_of_the_patterns() -> None:
    rng = random.Random(5)
    texts = ["".join(rng.choices(PIECES, k=rng.randint(1, 12))) or "x" for _ in range(20_000)]
    kinds = [(masking.AT if "@" in t else 0) | rng.choice((0, masking.SPELLED)) | masking.DIGITS for t in texts]
    seen = set()
    for text, kind, (verdict, hidden, emails, phones) in zip(texts, kinds, _hide(texts, kinds), strict=True):
        seen.add(verdict)
        if verdict == contacts.LEAVE:
            assert masking.mask(text, kind) == (text, 0, 0), text
        elif verdict == contacts.HIDDEN:
            assert masking.mask(text, kind) == (hidden, emails, phones), text
    assert seen == {contacts.LEAVE, contacts.HIDDEN, contacts.UNSURE}


def test_an_ordinary_address_and_number_need_no_pattern() -> None:
    text = "Questions? Write to jobs@north.example or call (212) 555-0141 soon."
    expected = (contacts.HIDDEN, "Questions? Write to [e-mail] or call [phone] soon.", 1, 1)
    assert _hide([text], [masking.AT | masking.DIGITS]) == [expected]


def _file(path: Path, rows: list[list[str]], end: str = "\n") -> DelimitedReader:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([["id", "day", "text"], *rows])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    return DelimitedReader(path)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_different_days_are_those_of_the_rows(tmp_path: Path, end: str) -> None:
    rows = [[str(i), f"2026-03-{1 + i % 28:02}", f'a "b"\n{"c, " * (i % 900)}'] for i in range(9_000)]
    reader = _file(tmp_path / "a.csv", rows, end)
    (days,) = reader.different_cells(["day"])
    assert sorted(days.to_pylist()) == sorted({r[1].encode() for r in rows})
    read = [c for b in reader.batches(["day"], Accounts()) for c in b.columns["day"].to_pylist()]
    assert set(read) == set(days.to_pylist())


@pytest.mark.parametrize("odd", ["1,2026-03-01\n", "1,2026-03-01,a,b\n", '1,2026-03-01,"never closed\n', '1,x"y,z\n'])
def test_a_file_with_an_odd_row_is_left_to_the_careful_reader(tmp_path: Path, odd: str) -> None:
    _file(tmp_path / "a.csv", [["1", "2026-03-01", "text"]])
    path = tmp_path / "a.csv"
    path.write_text(path.read_text() + odd)
    assert DelimitedReader(path).different_cells(["day"]) is None


def test_batches_are_gathered_without_losing_their_rows() -> None:

    parts = [Batch({"a": pa.array([str(i)] * 3)}, np.arange(3 * i, 3 * i + 3)) for i in range(5)]
    other = Batch({"a": pa.array([1.0])}, np.array([15]))
    found = list(gathered(iter([*parts, other])))
    assert [len(b.row_numbers) for b in found] == [15, 1]
    assert found[0].pieces == [3] * 5
    assert found[0].columns["a"].to_pylist() == [str(i) for i in range(5) for _ in range(3)]


def test_keys_of_a_column_are_those_of_its_texts() -> None:
    ids = pa.array(["left out", "a", "", "é-7", "x" * 300])
    for column in (ids, ids.slice(1), ids.slice(2, 2), ids.slice(0, 0)):
        assert naming.keys_of_column("nlx", column).tolist() == naming.posting_keys("nlx", column.to_pylist()).tolist()


@pytest.mark.parametrize(
    "odd", ["", " b", "a  b", "a&amp;b", "a<b>c</b>", "e\u0301", "\ufeffa", "a\x00b", "a\tb", None]
)
def test_codes_without_blanks_are_as_the_careful_way_leaves_them(odd: str | None) -> None:
    for texts in (["a-1", "https://x.example/?d=1#e", "x@y.example"], ["a-1", odd]):
        column = pa.array(["not looked at ", *texts], pa.string()).slice(1)
        found = cleaning.clean(column, masked=False).values.to_pylist()
        assert found == [
            cleaning.clean(pa.array([t, "a b"], pa.string()), masked=False).values[0].as_py() for t in texts
        ]


def test_a_place_is_split_the_same_in_every_batch_of_a_file(tmp_path: Path) -> None:
    rows = ["ID,POSTED,TITLE_RAW,COMPANY_NAME,CITY_NAME"]
    towns = ['"Springfield, IL 62701"', "Remote", '"Paris, France"', '"Fenton, XA"', "n/a", ""]
    rows += [f"{i},2026-03-{i % 28 + 1:02d},Cook,Acme,{towns[i % 6]}" for i in range(40)]
    (tmp_path / "e.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    reader = DelimitedReader(tmp_path / "e.csv")
    engine = Engine(LAYOUTS["lightcast"], list(reader.header), "e.csv", Accounts(), "XA", dt.date(2026, 7, 1))
    batch = next(reader.batches(engine.wanted, Accounts()))
    for start in (0, 12, 30):
        columns = {name: column.slice(start, 6) for name, column in batch.columns.items()}
        found = engine.apply(Batch(columns, batch.row_numbers[start : start + 6])).columns
        assert found["city"].to_pylist() == ["Springfield", None, None, "Fenton", None, None]
        assert found["state_postal"].to_pylist() == ["IL", None, None, "XA", None, None]
        assert found["zip_code"].to_pylist() == ["62701", None, None, None, None, None]
        assert found["is_remote"].to_pylist() == [None, True, None, None, None, None]
