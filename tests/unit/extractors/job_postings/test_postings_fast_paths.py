"""The compiled shortcuts say what the careful way says, or nothing: masks, and the cells of a delimited file."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from extractors.job_postings import cleaning, contacts, masking, naming
from extractors.job_postings.engine import Engine
from extractors.job_postings.layouts import LAYOUTS
from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading import delimited
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


_CELLS = [
    "",
    "x",
    "12",
    "e9",
    '"a ""b"" c"',
    '"two\nlines"',
    '"a"b',
    'x"y',
    '"q""r"z',
    "long " * 30,
    '"' + "w " * 60 + '"',
    '""',
]


def _odd_file(rng: random.Random) -> tuple[str, int]:
    """(text, cells of its header): most records are whole, some are too long or too short, one may never end."""
    width = rng.randint(1, 4)
    ends = ["\n"] * 6 + ["\r\n", "\n\n"]
    records = [[f"c{i}" for i in range(width)]]
    for _ in range(rng.randint(0, 60)):
        records.append(rng.choices(_CELLS, k=width if rng.random() < 0.95 else rng.randint(1, 6)))
    text = "".join(",".join(cells) + rng.choice(ends) for cells in records)
    return text + rng.choice(["", "", "1,2", '1,"never closed\n']), width


def _by_arrow(path: Path, width: int) -> tuple[list[list[bytes]], list[tuple[int, int]]]:
    """(cells of the whole records, number and cells of the others) as Arrow reads them."""
    broken = []

    def on_broken(row: pa_csv.InvalidRow) -> str:
        broken.append((row.number - 1, row.actual_columns))
        return "skip"

    names = [f"c{i}" for i in range(width)]
    options = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False)
    table = pa_csv.read_csv(
        path,
        pa_csv.ReadOptions(use_threads=False, column_names=names, skip_rows_after_names=1),
        pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=on_broken),
        options,
    )
    return [list(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)], broken


@pytest.mark.parametrize("block", [1 << 10, 1 << 20])
def test_cells_are_those_that_arrow_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    rng = random.Random(11)
    monkeypatch.setattr(delimited, "BATCH_BYTES", block)
    path = tmp_path / "a.csv"
    for _ in range(150):
        text, width = _odd_file(rng)
        path.write_text(text, encoding="utf-8", newline="")
        expected, broken = _by_arrow(path, width)
        accounts = Accounts()
        batches = list(DelimitedReader(path).batches(None, accounts))
        cells = [list(row) for b in batches for row in zip(*(c.to_pylist() for c in b.columns.values()), strict=True)]
        assert cells == expected, text
        numbers = [n for b in batches for n in b.row_numbers.tolist()]
        set_aside = [(e["row_number"], int(e["value"].split()[0])) for e in accounts.shown]
        assert set_aside == broken, text
        assert sorted(numbers + [number for number, _ in broken]) == list(range(1, accounts.rows_in + 1))


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
