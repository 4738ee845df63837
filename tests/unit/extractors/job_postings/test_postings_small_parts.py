"""Dates, pay, places, months, months' files, ids seen before, the narrow sample, the newest month of an export."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.job_postings import dates, nlx_api, places, values
from extractors.model import FetchedFile


@pytest.mark.parametrize(
    ("text", "pay"),
    [
        ("$22-$44", (22, 44, "hour", "USD")),
        ("$65,000 - $80,000", (65000, 80000, "year", "USD")),
        ("65-80k", (65000, 80000, "year", None)),
        ("£31,365 to £37,890 a year", (31365, 37890, "year", "GBP")),
        ("$4,000 per month", (4000, 4000, "month", "USD")),
        ("$900", (900, 900, None, "USD")),  # neither an hour's nor a year's for sure
        ("negotiable", (None, None, None, None)),
        ("2 of 3", (None, None, None, None)),
        ("€18,50 / hr", (18, 50, "hour", "EUR")),
    ],
)
def test_pay_in_words(text: str, pay: tuple[Any, ...]) -> None:
    assert values.pay(text) == pay


def test_years_of_experience() -> None:
    read = [values.years(t) for t in ("3", "3+ years", "2-4 years", "18 months", "two", "400")]
    assert read == [3.0, 3.0, 2.0, 1.5, None, None]


def test_codes() -> None:
    assert [values.soc(t) for t in ("29-1141.00", "291141", "29-1141.00 Nurses", "99-9999.00", "RN")] == [
        "29-1141.00",
        "29-1141",
        "29-1141.00",
        None,
        None,
    ]
    assert [values.naics(t) for t in ("622110", "62.0", "31-33", "999999", "n")] == [
        "622110",
        "62",
        "31-33",
        None,
        None,
    ]


def test_places() -> None:
    assert [places.country(t) for t in ("USA", "united  states", "Germany", "uk", "Narnia")] == [
        "US",
        "US",
        "DE",
        "GB",
        None,
    ]
    assert [places.state_postal(t, "XA") for t in ("Ohio", "39", "oh", "XA", "Bayern", "US-OH")] == [
        "OH",
        "OH",
        "OH",
        "XA",
        None,
        "OH",
    ]
    assert places.split_place("Fenton, XA 88001", "XA") == ("Fenton", "XA", "88001")
    assert places.split_place("Paris, France") is None
    assert (places.zip_code("2134"), places.zip_code("02134-1111"), places.zip_code("SW1A 1AA")) == (
        "02134",
        "02134",
        None,
    )
    assert (places.county_fips("5139"), places.county_fips("0"), places.county_fips("12.0")) == ("05139", None, None)


def test_day_first_and_odd_dates() -> None:
    assert dates.parse_day("03/04/2026", "dmy") == dt.date(2026, 4, 3)
    assert dates.parse_day("31/12/2026") == dates.NO_SUCH_DAY
    assert dates.parse_day("Smarch 3, 2026") == dates.NOT_A_DATE
    assert dates.parse_as("3.4.2026", "%d.%m.%Y") == dt.date(2026, 4, 3)


def test_ids_seen_before_survive_growth() -> None:
    import numpy as np

    from extractors.job_postings.repeats import SeenIds

    seen = SeenIds(slots=16)
    keys = np.arange(-500, 500, dtype=np.int64) * 7 + 3
    contents = np.arange(1000, dtype=np.uint64)
    for part in np.array_split(np.arange(1000), 7):
        assert not seen.judge(keys[part], contents[part]).any()
    assert (seen.judge(keys, contents) == 1).all()
    assert (seen.judge(keys, contents + np.uint64(1)) == 2).all()


def test_months_come_in_any_order_and_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from extractors.job_postings import month_files

    monkeypatch.setattr(month_files, "GROUP_ROWS", 50)
    monkeypatch.setattr(month_files, "WAITING_BYTES", 2_000)
    monkeypatch.setattr(month_files, "OPEN", 3)
    schema = pa.schema([("title", pa.string()), ("n", pa.int64())])
    writer = month_files.MonthFiles(tmp_path, schema)
    for n in range(300):
        writer.add(f"2026-{n % 6 + 1:02d}", pa.table({"title": [f"t{n}"] * 3, "n": [n] * 3}, schema))
    files = writer.close()
    assert len({f.month for f in files}) == 6 and sum(f.rows for f in files) == 900
    for file in files:
        table = pq.ParquetFile(file.path).read()
        assert table.num_rows == file.rows
        assert {f"2026-{n % 6 + 1:02d}" for n in table["n"].to_pylist()} == {file.month}
        assert file.path.parent.name == f"month={file.month}"


def test_the_sample_does_not_depend_on_batches() -> None:
    import numpy as np
    import pyarrow as pa

    from extractors.job_postings.profile import NarrowSample

    keys = np.random.default_rng(3).integers(-(2**62), 2**62, 5000)
    table = pa.table({"row_number": np.arange(5000), "posting_key": keys})
    drawn = []
    for batches in (1, 13):
        sample = NarrowSample(rows=100)
        for part in np.array_split(np.arange(5000), batches):
            sample.add(table.take(pa.array(part)), keys[part])
        drawn.append(sample.table())
    assert drawn[0] is not None and drawn[0].num_rows == 100
    assert drawn[0].equals(drawn[1])


def test_profile_counts_by_month(land: Callable[..., Any]) -> None:
    head = "id,title,company,posted,text,pay,soc,cred,req,n\n"
    column_map = (
        "target,source\nposting_id,id\ntitle,title\nemployer,company\nposted_date,posted\ndescription,text\nsalary_min,pay\n"
        "source_soc_code,soc\ncredentials_required,cred\nrequisition_id,req\nposition_count,n\n"
    )
    body = head + (
        "1,Cook,Alder,2026-04-30,<p>Mail a@b.org</p>,20,35-2014,Card,R1,2\n2,Cook,Alder,2026-05-01,x,,,,,\n"
        "3,Cook,,2026-05-31,,,,,,5\n4,Cook,Birch,2026-05-02,212-555-0147,,,,,1\n"
    )
    april, may = land({"a.csv": body}, column_map).profile.to_pylist()
    assert april == {
        "dataset": "job_postings@XA+board+d1",
        "capture_id": "2026-06-00000000",
        "row_number": 1,
        "posted_month": "2026-04",
        "row_count": 1,
        "title_null_count": 0,
        "employer_null_count": 0,
        "place_null_count": 1,
        "text_null_count": 0,
        "salary_count": 1,
        "source_soc_count": 1,
        "credential_named_count": 1,
        "distinct_employer_count": 1,
        "requisition_count": 1,
        "position_count_sum": 2,
        "text_length_sum": 13,
        "masked_email_count": 1,
        "masked_phone_count": 0,
        "markup_count": 1,
        "earliest_date": dt.date(2026, 4, 30),
        "latest_date": dt.date(2026, 4, 30),
    }
    assert (may["row_count"], may["employer_null_count"], may["distinct_employer_count"]) == (3, 1, 2)
    assert (may["text_null_count"], may["masked_phone_count"], may["position_count_sum"]) == (1, 1, 6)
    assert (may["earliest_date"], may["latest_date"]) == (dt.date(2026, 5, 1), dt.date(2026, 5, 31))


def test_newest_month_is_the_vintage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors.sources import job_postings

    monkeypatch.delenv("CURRENCY_SAMPLE", raising=False)
    path = tmp_path / "export.csv"
    path.write_text("ID,TITLE_RAW,COMPANY_NAME,POSTED\n1,a,b,3/9/2026\n2,a,b,2/1/2026\n3,a,b,1/1/2199\n4,a,b,\n5,x\n")
    assert job_postings.vintage_of([FetchedFile("export.csv", path)], "job_postings@XA+lightcast+q1") == "2026-03"
    path.write_text("ID,TITLE_RAW,COMPANY_NAME,POSTED\n1,a,b,soon\n")
    with pytest.raises(PermanentFailure, match="--vintage"):
        job_postings.vintage_of([FetchedFile("export.csv", path)], "job_postings@XA+lightcast+q1")


def test_a_constant_date_is_the_vintage(tmp_path: Path) -> None:
    from extractors.sources import job_postings

    (tmp_path / "a.csv").write_text("t\nCook\n")
    (tmp_path / "m.csv").write_text("target,source,transform\ntitle,t,\nposted_date,,constant:2022-04-26\n")
    files = [FetchedFile("a.csv", tmp_path / "a.csv"), FetchedFile("column_map.csv", tmp_path / "m.csv")]
    assert job_postings.vintage_of(files, "job_postings@XA+board+d1") == "2022-04"


def test_what_the_registry_gets(land: Callable[..., Any], tmp_path: Path) -> None:
    from extractors.job_postings.stream import Capture
    from extractors.raw_tables_postings import JOB_POSTINGS, MONTH_PROFILE
    from extractors.sources import job_postings

    folder = tmp_path / "capture"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "ID,TITLE_RAW,COMPANY_NAME,POSTED,BODY\n1,Cook,A,3/9/2026,x\n2,Cook\n1,Cook,A,3/9/2026,x\n"
    )
    capture = Capture("job_postings@XA+lightcast+q1", "2026-03-00000000", "2026-03", folder, ("a.csv",), "draft", {})
    out = tmp_path / "out"
    out.mkdir()
    rows, months = job_postings.parse_streamed(capture, out)
    assert (rows.raw_table, months.raw_table) == (JOB_POSTINGS, MONTH_PROFILE)
    assert (rows.rows_in, rows.rows_used, rows.rows_quarantined, sum(rows.excluded.values())) == (3, 1, 1, 1)
    assert rows.streamed is not None
    assert sorted(p.name for p in rows.streamed.folder.iterdir()) == ["month=2026-03", "quarantine.parquet"]
    assert "description" not in rows.table.schema.names
    assert months.table["row_count"].to_pylist() == [1]


def test_days_that_a_delivery_names() -> None:
    assert nlx_api.days_of("2026-03") == (dt.date(2026, 3, 1), dt.date(2026, 4, 1))
    assert nlx_api.days_of("2025-q4") == (dt.date(2025, 10, 1), dt.date(2026, 1, 1))
    assert nlx_api.days_of("2025") == (dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    assert nlx_api.days_of("2026-01-05.2026-02-10") == (dt.date(2026, 1, 5), dt.date(2026, 2, 10))
    for odd in ("march", "2026-13", "2026-02-10.2026-01-05", "2026-q5"):
        with pytest.raises(PermanentFailure, match="does not name the days"):
            nlx_api.days_of(odd)


def test_windows_touch_and_are_short() -> None:
    found = list(nlx_api.windows(dt.date(2026, 1, 1), dt.date(2027, 1, 1)))
    assert found[0][0] == dt.date(2026, 1, 1) and found[-1][1] == dt.date(2027, 1, 1)
    assert all(one[1] == two[0] for one, two in itertools.pairwise(found))
    assert max((stop - start).days for start, stop in found) == 35
