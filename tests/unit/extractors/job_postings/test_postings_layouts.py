"""Documented layouts land in one contract; what is not documented needs a column map."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.job_postings import quarantine
from extractors.job_postings.stream import StreamedPostings

Land = Callable[..., StreamedPostings]
Rows = Callable[[StreamedPostings], list[dict[str, Any]]]

LIGHTCAST = """ID,DUPLICATES,POSTED,EXPIRED,URL,TITLE_RAW,TITLE_NAME,BODY,COMPANY_NAME,COMPANY_IS_STAFFING,\
MIN_EDULEVELS_NAME,MIN_YEARS_EXPERIENCE,SALARY_FROM,SALARY_TO,ORIGINAL_PAY_PERIOD,CITY_NAME,COUNTY,STATE,STATE_NAME,NAICS6,\
NAICS6_NAME,SKILLS_NAME,CERTIFICATIONS_NAME,ONET,ONET_2019,REMOTE_TYPE_NAME,EMPLOYMENT_TYPE_NAME
a1,3,6/2/2026,6/9/2026,https://x.example/1,Welder II,Welders,"Weld pipes.
Call 212-555-0147.",Alder Works,FALSE,High school or GED,2,22.5,26,hour,"Salem, OR",5139,41,Oregon,238220,Plumbing,\
"[
  ""Welding"",
  ""MIG""
]","[""Certified Welder""]",51-4121.06,51-4121.00,[None],Full-time (> 32 hours)
a2,0,6/3/2026,,,,Cooks,,Unclassified,TRUE,[None],,45000,52000,hour,"Fenton, XA",,,,999999,,[],[],,,Remote,
"""


def test_lightcast(land: Land, rows: Rows) -> None:
    result = land({"export.csv": LIGHTCAST}, feed="lightcast")
    first, second = rows(result)
    assert result.layouts == {"export.csv": "lightcast"}
    assert {
        k: first[k] for k in ("posting_id", "title", "employer", "is_staffing", "city", "state_postal", "country")
    } == {
        "posting_id": "a1",
        "title": "Welder II",
        "employer": "Alder Works",
        "is_staffing": False,
        "city": "Salem",
        "state_postal": "OR",
        "country": "US",
    }
    assert (str(first["posted_date"]), first["posted_month"], str(first["expired_date"])) == (
        "2026-06-02",
        "2026-06",
        "2026-06-09",
    )
    assert (first["county_fips"], first["naics_code"], first["source_duplicate_count"]) == ("05139", "238220", 3)
    assert (first["skills_unspecified"], first["credentials_unspecified"]) == ("Welding|MIG", "Certified Welder")
    assert (first["skills_required"], first["credentials_required"], first["education_required"]) == (None, None, None)
    assert (first["education_unspecified"], first["experience_unspecified_years"]) == ("High school or GED", 2.0)
    assert (first["source_soc_code"], first["source_soc_taxonomy"]) == ("51-4121.00", "onet_soc_2019")
    assert (first["salary_min"], first["salary_max"], first["salary_unit"], first["salary_currency"]) == (
        22.5,
        26.0,
        "hour",
        "USD",
    )
    assert first["description"] == "Weld pipes.\nCall [phone]."
    assert (second["title"], second["employer"], second["is_remote"], second["naics_code"]) == (
        "Cooks",
        None,
        True,
        None,
    )
    assert (second["state_postal"], second["salary_unit"]) == (
        "XA",
        "year",
    )  # the sample state's own code; a year's amount


NLX_HEADER = (
    "file_name,file_id,fein,system_job_id,job_id,title,description,link,city,state,country,zipcode,expired,expired_date,"
    "date_compiled,created_date,last_updated_date,date_acquired,source_state,fedcontractor,ghostjob,jobclass,"
    "parameters_positions_max,parameters_salary_min,parameters_salary_max,parameters_salary_unit,"
    "requirements_min_education,requirements_experience,requirements_license,classifications_onet_code,"
    "classifications_onet_code_25,classifications_naics_code,application_company"
)


def _nlx(**cells: str) -> dict[str, str]:
    return dict.fromkeys(NLX_HEADER.split(","), "") | cells


def _nlx_records() -> list[dict[str, str]]:
    one = _nlx(
        system_job_id="s1",
        job_id="R-77",
        title="RN",
        description="<p>Care &amp; more</p>",
        city="Fenton",
        state="XA",
        zipcode="2134",
        created_date="2026-05-03T10:00:00",
        parameters_positions_max="12",
        parameters_salary_min="30",
        parameters_salary_max="41.5",
        parameters_salary_unit="Hourly",
        requirements_min_education="Associate's degree",
        requirements_experience="2 years",
        requirements_license="State nursing license",
        classifications_onet_code="29-1111",
        classifications_onet_code_25="29-1141.00",
        classifications_naics_code="622110",
        application_company="Alder Clinic",
    )
    two = _nlx(
        system_job_id="s2",
        title="Coder",
        state="New York",
        created_date="2026-05-04",
        requirements_license="TRUE",
        classifications_onet_code="15-1121",
        ghostjob="TRUE",
    )
    return [one, two]


@pytest.mark.parametrize("container", ["csv", "ndjson", "parquet"])
def test_nlx_in_three_containers(land: Land, rows: Rows, container: str) -> None:
    import csv

    records = _nlx_records()
    out = io.StringIO()
    writer = csv.DictWriter(out, NLX_HEADER.split(","))
    writer.writeheader()
    writer.writerows(records)
    content: bytes | str = out.getvalue()
    if container == "ndjson":
        content = "\n".join(map(json.dumps, records))
    if container == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(records), sink)
        content = sink.getvalue()
    result = land({f"report.{container}": content}, feed="nlx")
    first, second = rows(result)
    assert set(result.layouts.values()) == {"nlx"}
    assert (first["posting_id"], first["requisition_id"], first["employer"]) == ("s1", "R-77", "Alder Clinic")
    assert (first["zip_code"], first["state_postal"], first["country"]) == ("02134", "XA", "US")
    assert (first["education_required"], first["experience_required_years"]) == ("Associate's degree", 2.0)
    assert first["credentials_required"] == "State nursing license"
    assert (first["source_soc_code"], first["source_soc_taxonomy"]) == ("29-1141.00", "onet_soc_2019")
    assert (first["position_count"], first["salary_min"], first["salary_unit"]) == (12, 30.0, "hour")
    assert first["description"] == "Care & more"
    assert (second["source_soc_code"], second["source_soc_taxonomy"]) == ("15-1121", "soc_2010")
    assert (second["credentials_required"], second["state_postal"], second["description"]) == (None, "NY", None)


def _posting(**more: Any) -> dict[str, Any]:
    return {"@type": "JobPosting", "title": "Cook", "datePosted": "2026-05-01", "url": "https://x.example/1"} | more


def test_schema_org_shapes(land: Land, rows: Rows) -> None:
    full = _posting(
        description="&lt;p&gt;Cook well.&lt;/p&gt;",
        identifier={"@type": "PropertyValue", "name": "Alder Clinic", "value": "REQ-9"},
        hiringOrganization={"@type": "Organization", "name": "Alder Clinic"},
        jobLocation=[
            {
                "@type": "Place",
                "address": {
                    "addressLocality": "Reno",
                    "addressRegion": "NV",
                    "postalCode": "89501",
                    "addressCountry": {"name": "US"},
                },
            },
            {"address": "Sparks, NV"},
        ],
        occupationalCategory={
            "@type": "CategoryCode",
            "codeValue": "35-2014.00",
            "name": "Cooks",
            "inCodeSet": {"name": "O*NET-SOC 2019"},
        },
        educationRequirements={"@type": "EducationalOccupationalCredential", "credentialCategory": "high school"},
        qualifications=[
            {
                "@type": "EducationalOccupationalCredential",
                "credentialCategory": "certification",
                "name": "Food handler card",
            },
            "Two years in a busy kitchen and a valid driver's licence are what we look for in people who join.",
        ],
        experienceRequirements={"@type": "OccupationalExperienceRequirements", "monthsOfExperience": 18},
        skills=["knives", "ovens"],
        baseSalary={
            "@type": "MonetaryAmount",
            "currency": "USD",
            "value": {"@type": "QuantitativeValue", "minValue": 18, "maxValue": 22.5, "unitText": "HOUR"},
        },
        employmentType=["FULL_TIME", "CONTRACTOR"],
        totalJobOpenings=3,
        validThrough="2026-06-01T00:00",
        jobLocationType="TELECOMMUTE",
    )
    texts = _posting(
        url="https://x.example/2",
        occupationalCategory="29-1141.00 Registered Nurses",
        jobLocation="Fenton, XA",
        baseSalary={"currency": "GBP", "value": {"value": "£31,365 to £37,890 a year", "unitText": "YEAR"}},
        educationRequirements="Bachelor's degree",
        experienceRequirements="3 years",
        hiringOrganization="Alder Trust",
        **{"@type": ["JobPosting", "Thing"]},
    )
    result = land({"a.jsonl": json.dumps(full) + "\n" + json.dumps(texts)})
    one, two = rows(result)
    assert (one["posting_id"], one["requisition_id"], one["employer"]) == (
        "https://x.example/1",
        "REQ-9",
        "Alder Clinic",
    )
    assert (one["city"], one["state_postal"], one["zip_code"], one["country"]) == ("Reno", "NV", "89501", "US")
    assert one["location_text"] == "Reno, NV, 89501, US; Sparks, NV"
    assert (one["source_soc_code"], one["source_soc_taxonomy"], one["occupation_text"]) == (
        "35-2014.00",
        "onet_soc_2019",
        "Cooks",
    )
    assert (one["education_unspecified"], one["credentials_unspecified"]) == ("high school", "Food handler card")
    assert one["description"].startswith("Cook well.\n\nQualifications:\n\nTwo years in a busy kitchen")
    assert (one["experience_unspecified_years"], one["skills_unspecified"]) == (1.5, "knives|ovens")
    assert (one["salary_min"], one["salary_max"], one["salary_unit"], one["salary_currency"]) == (
        18.0,
        22.5,
        "hour",
        "USD",
    )
    assert (one["employment_type"], one["position_count"], one["is_remote"]) == ("FULL_TIME|CONTRACTOR", 3, True)
    assert (two["salary_min"], two["salary_max"], two["salary_currency"]) == (31365.0, 37890.0, "GBP")
    assert (two["source_soc_code"], two["source_soc_taxonomy"], two["occupation_text"]) == (
        "29-1141.00",
        "unknown",
        "Registered Nurses",
    )
    assert (two["education_unspecified"], two["experience_unspecified_years"], two["employer"]) == (
        "Bachelor's degree",
        3.0,
        "Alder Trust",
    )
    assert (two["city"], two["state_postal"]) == ("Fenton", "XA")


@pytest.mark.parametrize("shape", ["object", "list", "graph", "lines", "pretty", "page", "concatenated"])
def test_schema_org_containers(land: Land, shape: str) -> None:
    postings = [_posting(url=f"https://x.example/{i}", jobLocation=[{"address": "Fenton, XA"}]) for i in range(3)]
    other = {"@type": "WebSite", "name": "x"}
    text = {
        "object": json.dumps(postings[0], indent=1),
        "list": json.dumps(postings),
        "graph": json.dumps({"@context": "https://schema.org", "@graph": [*postings, other]}),
        "lines": "\n".join(map(json.dumps, postings)),
        "pretty": json.dumps(postings, indent=2),
        "page": "\n".join(json.dumps([p, other]) for p in postings),
        "concatenated": "\n".join(json.dumps(p, indent=1) for p in postings),
    }[shape]
    result = land({"a.json": text})
    assert result.used == (1 if shape == "object" else 3)
    assert result.excluded == ({quarantine.NOT_A_POSTING: result.rows_in - 3} if shape in ("graph", "page") else {})


ADVERT = """+++
title = "Line cook"
organization = "Alder Kitchens"
location = "Fenton, XA"
date = 2026-05-01T10:00:00Z
closing_date = "June 3, 2026"
salary = "$18 - $22 an hour"
+++
**Cook** with us. Mail jobs@kitchens.example.
"""


@pytest.mark.parametrize("container", ["files", "zip", "jsonl"])
def test_markdown_with_toml(land: Land, rows: Rows, container: str) -> None:
    broken, bare = '+++\ntitle = "x\n+++\ntext', "no front matter here"
    files: dict[str, bytes | str] = {"a.md": ADVERT, "b.md": broken, "c.md": bare}
    if container == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, text in files.items():
                archive.writestr(f"content/{name}", text)
        files = {"posts.zip": out.getvalue()}
    if container == "jsonl":
        files = {"posts.jsonl": "\n".join(json.dumps({"path": n, "markdown": t}) for n, t in files.items())}
    result = land(files)
    (row,) = rows(result)
    assert (row["title"], row["employer"], row["city"], row["state_postal"]) == (
        "Line cook",
        "Alder Kitchens",
        "Fenton",
        "XA",
    )
    assert (str(row["posted_date"]), str(row["expired_date"])) == ("2026-05-01", "2026-06-03")
    assert (row["salary_min"], row["salary_max"], row["salary_unit"]) == (18.0, 22.0, "hour")
    assert row["description"] == "**Cook** with us. Mail [e-mail]."
    assert result.quarantined_reasons == {quarantine.BAD_FRONT_MATTER: 1, quarantine.NO_FRONT_MATTER: 1}


MAP = """target,source,transform,required,note
title,Job Title,,yes,
posted_date,Opened,date:dmy,yes,
employer,Firm,strip_prefix:Firm:,yes,
skills_required,Must,split:;,yes,
skills_preferred,Nice,split:;,yes,
credentials_required,Licences,split:/,no,
salary_min,Pay,multiply:1000,yes,
salary_unit,,constant:year,,
description,About|Requirements|Preferred,sections,yes,
employment_type,Kind,lookup:F=full time;P=part time,yes,
ignore,Extra,,,
"""
TABLE = [
    ["Job Title", "Opened", "Firm", "Must", "Nice", "Pay", "About", "Requirements", "Preferred", "Kind", "Extra"],
    ["Cook", "03/04/2026", "Firm: Alder", "knives; ovens", "", "45", "We cook.", "CPR card.", "", "F", "x"],
    ["Baker", "31/05/2026", "Firm: Birch", "", "dough", "", "We bake.", "", "Bread.", "?", "y"],
]


def _as_container(kind: str) -> dict[str, bytes | str]:
    import csv

    records = [dict(zip(TABLE[0], row, strict=True)) for row in TABLE[1:]]
    if kind in ("csv", "tsv", "semicolon"):
        out = io.StringIO()
        csv.writer(out, delimiter={"csv": ",", "tsv": "\t", "semicolon": ";"}[kind], quoting=csv.QUOTE_ALL).writerows(
            TABLE
        )
        return {f"t.{kind}": out.getvalue()}
    if kind == "xlsx":
        import openpyxl

        book, sink = openpyxl.Workbook(), io.BytesIO()
        for row in TABLE:
            book.active.append(row)
        book.save(sink)
        return {"t.xlsx": sink.getvalue()}
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(records), sink)
        return {"t.parquet": sink.getvalue()}
    if kind == "zip":
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("inner/t.json", json.dumps(records))
        return {"t.zip": sink.getvalue()}
    return {f"t.{kind}": json.dumps({"data": records}) if kind == "json" else "\n".join(map(json.dumps, records))}


@pytest.mark.parametrize("kind", ["csv", "tsv", "semicolon", "xlsx", "parquet", "json", "jsonl", "zip"])
def test_a_column_map_over_any_container(land: Land, rows: Rows, kind: str) -> None:
    result = land(_as_container(kind), MAP)
    one, two = rows(result)
    assert (str(one["posted_date"]), str(two["posted_date"])) == ("2026-04-03", "2026-05-31")
    assert (one["employer"], one["skills_required"], one["skills_preferred"]) == ("Alder", "knives|ovens", None)
    assert (two["skills_required"], two["skills_preferred"]) == (None, "dough")
    assert (one["salary_min"], one["salary_unit"], two["salary_min"]) == (45000.0, "year", None)
    assert one["description"] == "We cook.\n\nRequirements:\nCPR card."
    assert two["description"] == "We bake.\n\nPreferred:\nBread."
    assert (one["employment_type"], two["employment_type"]) == ("full time", None)
    assert one["posting_id"].startswith("sha:") and len(one["posting_id"]) == 20
    assert result.layouts[next(iter(result.layouts))] == "column_map"


def test_nested_json_through_paths(land: Land, rows: Rows) -> None:
    column_map = (
        "target,source\ntitle,job.name\nposted_date,job.dates.open\nemployer,org\nskills_required,tags\nignore,job\n"
    )
    record = {
        "job": {"name": "Cook", "dates": {"open": "2026-05-01", "close": None}},
        "org": "Alder",
        "tags": ["a", "b", None],
    }
    (row,) = rows(land({"a.json": json.dumps([record])}, column_map))
    assert (row["title"], row["employer"], row["skills_required"]) == ("Cook", "Alder", "a|b")


def test_typed_parquet(land: Land, rows: Rows) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    table = pa.table(
        {
            "id": pa.array([7, 8], pa.int64()),
            "title": pa.array(["Cook", "Baker"]).dictionary_encode(),
            "when": pa.array(
                [dt.datetime(2026, 5, 1, 23, 0, tzinfo=dt.UTC), dt.datetime(2026, 5, 2, tzinfo=dt.UTC)],
                pa.timestamp("us", tz="UTC"),
            ),
            "pay": pa.array([18.5, None], pa.float64()),
            "skills": pa.array([["a", "b"], []], pa.list_(pa.string())),
            "place": pa.array([{"town": "Fenton"}, {"town": None}]),
            "remote": pa.array([True, None]),
        }
    )
    pq.write_table(table, sink)
    column_map = (
        "target,source\nposting_id,id\ntitle,title\nposted_date,when\nsalary_min,pay\nskills_required,skills\n"
        "city,place.town\nis_remote,remote\n"
    )
    one, two = rows(land({"a.parquet": sink.getvalue()}, column_map))
    assert (one["posting_id"], str(one["posted_date"]), one["salary_min"]) == ("7", "2026-05-01", 18.5)
    assert (one["skills_required"], one["city"], one["is_remote"]) == ("a|b", "Fenton", True)
    assert (two["skills_required"], two["city"], two["is_remote"]) == (None, None, None)


def test_foreign_places_keep_their_country_only(land: Land, rows: Rows) -> None:
    column_map = "target,source\ntitle,t\nposted_date,d\nstate_postal,s\ncountry,c\nzip_code,z\n"
    body = "t,d,s,c,z\nA,2026-05-01,CA,Canada,12345\nB,2026-05-01,CA,,90001-1234\nC,2026-05-01,Bayern,Germany,80331\n"
    one, two, three = rows(land({"a.csv": body}, column_map))
    assert (one["state_postal"], one["country"], one["zip_code"]) == (None, "CA", None)
    assert (two["state_postal"], two["country"], two["zip_code"]) == ("CA", "US", "90001")
    assert (three["state_postal"], three["country"]) == (None, "DE")


def test_keys_and_ids(land: Land, rows: Rows) -> None:
    import hashlib

    from extractors.job_postings.naming import parse_dataset

    column_map = "target,source\nposting_id,id\ntitle,t\nposted_date,d\n"
    (row,) = rows(land({"a.csv": "id,t,d\nx1,Cook,2026-05-01\n"}, column_map, feed="acme"))
    digest = hashlib.blake2b(b"acme\x1fx1", digest_size=8).digest()
    assert row["posting_key"] == int.from_bytes(digest, "big", signed=True)
    assert (row["dataset"], row["feed"]) == ("job_postings@XA+acme+d1", "acme")
    named = parse_dataset("job_postings@NY+lightcast+2026-q1")
    assert (named.state, named.feed, named.delivery) == ("NY", "lightcast", "2026-q1")
    with pytest.raises(PermanentFailure):
        parse_dataset("job_postings@NY")


def test_without_a_layout_the_message_leads_to_a_column_map(land: Land) -> None:
    with pytest.raises(PermanentFailure, match="currency postings template FILE"):
        land({"a.csv": "what,when\nCook,2026-05-01\n"})
    with pytest.raises(PermanentFailure, match="no layout 'jobseq'"):
        land({"a.csv": "what,when\nCook,2026-05-01\n"}, layout="jobseq")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("title,t", "nothing feeds posted_date"),
        ("title,t\nposted_date,d\nsalery_min,x", "unknown target 'salery_min' (close: salary_min"),
        ("title,t\ntitle,u\nposted_date,d", "'title' appears twice"),
        ("title,t\nposted_date,", "neither source nor constant"),
        ("title,t,shout\nposted_date,d", "unknown transform 'shout'"),
        ("title,t,,maybe\nposted_date,d", "required is 'maybe'"),
    ],
)
def test_column_maps_that_are_not_understood(land: Land, lines: str, says: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        land({"a.csv": "t,d\nCook,2026-05-01\n"}, f"target,source,transform,required\n{lines}\n")
    assert says in str(caught.value)


def test_ids_that_are_addresses_do_not_stay_readable(land: Land, rows: Rows) -> None:
    column_map = "target,source\nposting_id,id\ntitle,t\nposted_date,d\nurl,u\n"
    body = "id,t,d,u\njo@works.example,Cook,2026-05-01,https://x.example/?to=jo@works.example&n=2125550147\n"
    (row,) = rows(land({"a.csv": body}, column_map))
    assert row["posting_id"].startswith("id:") and "@" not in row["url"]
    assert row["url"].endswith("n=2125550147")  # digits of an address are no telephone number
