"""The three layouts in which the sample's postings come: Lightcast CSV, NLx CSV, JSON lines of schema.org JobPosting.

Each function turns a batch of `render.SCHEMA` into what its source would write, with the source's own column names and
habits: Lightcast knows the county and no ZIP, NLx the ZIP and no county, a site's JSON-LD has entity-escaped HTML.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample import state
from extractors.sample.credentials import CREDENTIALS
from extractors.sample.postings import wording

_LIGHTCAST_COLUMNS = """
ID,LAST_UPDATED_DATE,LAST_UPDATED_TIMESTAMP,DUPLICATES,POSTED,EXPIRED,DURATION,SOURCE_TYPES,SOURCES,URL,ACTIVE_URLS,
ACTIVE_SOURCES_INFO,TITLE_RAW,BODY,MODELED_EXPIRED,MODELED_DURATION,COMPANY,COMPANY_NAME,COMPANY_RAW,
COMPANY_IS_STAFFING,EDUCATION_LEVELS,EDUCATION_LEVELS_NAME,MIN_EDULEVELS,MIN_EDULEVELS_NAME,MAX_EDULEVELS,
MAX_EDULEVELS_NAME,EMPLOYMENT_TYPE,EMPLOYMENT_TYPE_NAME,MIN_YEARS_EXPERIENCE,MAX_YEARS_EXPERIENCE,IS_INTERNSHIP,
SALARY,REMOTE_TYPE,REMOTE_TYPE_NAME,ORIGINAL_PAY_PERIOD,SALARY_TO,SALARY_FROM,LOCATION,CITY,CITY_NAME,COUNTY,
COUNTY_NAME,MSA,MSA_NAME,STATE,STATE_NAME,NAICS6,NAICS6_NAME,TITLE,TITLE_NAME,TITLE_CLEAN,SKILLS,SKILLS_NAME,
SPECIALIZED_SKILLS,SPECIALIZED_SKILLS_NAME,CERTIFICATIONS,CERTIFICATIONS_NAME,COMMON_SKILLS,COMMON_SKILLS_NAME,
SOFTWARE_SKILLS,SOFTWARE_SKILLS_NAME,ONET,ONET_NAME,ONET_2019,ONET_2019_NAME,CIP6,CIP6_NAME,SOC_2021_4,
SOC_2021_4_NAME,SOC_2021_5,SOC_2021_5_NAME
"""
LIGHTCAST_HEADER = _LIGHTCAST_COLUMNS.replace("\n", "").split(",")
_NLX_COLUMNS = """
file_name,file_id,fein,system_job_id,job_id,title,description,link,city,state,country,zipcode,expired,expired_date,
date_compiled,created_date,last_updated_date,date_acquired,source_state,fedcontractor,ghostjob,jobclass,
parameters_positions_max,parameters_salary_min,parameters_salary_max,parameters_salary_unit,
parameters_hours_per_week_max,requirements_min_education,requirements_experience,requirements_license,
requirements_training,classifications_onet_code,classifications_onet_code_25,classifications_naics_code,
application_company,application_zipcode,moc_codes,cip_codes,rapids_codes
"""
NLX_HEADER = _NLX_COLUMNS.replace("\n", "").split(",")
_EDUCATION_NAMES = {
    "none": "No Education Listed", "high_school": "High school or GED", "associate": "Associate degree",
    "bachelor": "Bachelor's degree", "master": "Master's degree", "doctoral": "Ph.D. or professional degree",
}  # fmt: skip


def lightcast(batch: pa.RecordBatch) -> pa.Table:
    """As Lightcast's postings table is exported: text cells, arrays as JSON text, the county as FIPS, no ZIP."""
    size = batch.num_rows
    posted, expired = _day(batch, "posted_date"), _day(batch, "expired_date")
    soc = batch["true_soc_code"]
    coded = pc.is_valid(batch["source_soc_code"])
    onet = _only(batch["true_onet_code"], coded)
    county = _county_names().get
    employer = batch["employer"]
    education = batch["true_education"].to_pylist()
    cells: dict[str, pa.Array] = {
        "ID": batch["posting_id"],
        "LAST_UPDATED_DATE": posted,
        "LAST_UPDATED_TIMESTAMP": _joined(posted, " 06:00:00.000 Z"),
        "DUPLICATES": pc.cast(pc.bit_wise_and(batch["job_id"], pa.scalar(3, pa.int64())), pa.string()),
        "POSTED": posted,
        "EXPIRED": expired,
        "SOURCE_TYPES": _same('["Job Board"]', size),
        "SOURCES": _same('["jobs.example"]', size),
        "URL": _joined('["', batch["url"], '"]'),
        "TITLE_RAW": batch["title"],
        "BODY": batch["description"],
        "COMPANY_NAME": employer,
        "COMPANY_RAW": employer,
        "COMPANY_IS_STAFFING": _same("FALSE", size),
        "MIN_EDULEVELS_NAME": pa.array([_EDUCATION_NAMES[e] for e in education]),
        "MIN_YEARS_EXPERIENCE": pc.cast(batch["true_experience_years"], pa.string()),
        "EMPLOYMENT_TYPE_NAME": _same("Full-time (> 32 hours)", size),
        "SALARY_FROM": _whole(batch["salary_min"], 2080),
        "SALARY_TO": _whole(batch["salary_max"], 2080),
        "ORIGINAL_PAY_PERIOD": _only(_same("year", size), pc.is_valid(batch["salary_min"])),
        "CITY_NAME": batch["location_text"],
        "COUNTY": batch["county_fips"],
        "COUNTY_NAME": pa.array([county(c) for c in batch["county_fips"].to_pylist()], pa.string()),
        "STATE": _same(state.FIPS, size),
        "STATE_NAME": _same(state.NAME, size),
        "TITLE_NAME": batch["title"],
        "CERTIFICATIONS_NAME": _credential_names(batch),
        "ONET": onet,
        "ONET_2019": onet,
        "SOC_2021_5": _only(soc, coded),
    }
    return _table(LIGHTCAST_HEADER, cells, size)


def nlx(batch: pa.RecordBatch) -> pa.Table:
    """As a job report of the NLx Research Hub: one record a job, the ZIP and no county, old and new codes apart."""
    size = batch.num_rows
    posted = _joined(_day(batch, "posted_date"), " 00:00:00")
    is_old = pc.fill_null(pc.equal(batch["source_soc_taxonomy"], "soc_2010"), False)
    cells: dict[str, pa.Array] = {
        "file_name": _same(f"{state.MARK}_{state.POSTAL}.xml", size),
        "file_id": _same("1", size),
        "system_job_id": batch["posting_id"],
        "job_id": batch["requisition_id"],
        "title": batch["title"],
        "description": batch["description"],
        "link": batch["url"],
        "city": batch["city"],
        "state": batch["state_postal"],
        "country": _same("US", size),
        "zipcode": batch["zip_code"],
        "expired": _same("TRUE", size),
        "expired_date": _day(batch, "expired_date"),
        "date_compiled": posted,
        "created_date": posted,
        "last_updated_date": posted,
        "date_acquired": posted,
        "source_state": batch["state_postal"],
        "fedcontractor": _same("FALSE", size),
        "ghostjob": _same("FALSE", size),
        "parameters_positions_max": pc.cast(batch["position_count"], pa.string()),
        "parameters_salary_min": _whole(batch["salary_min"], 1),
        "parameters_salary_max": _whole(batch["salary_max"], 1),
        "parameters_salary_unit": batch["salary_unit"],
        "requirements_min_education": pa.array([_EDUCATION_NAMES[e] for e in batch["true_education"].to_pylist()]),
        "classifications_onet_code": _only(batch["source_soc_code"], is_old),
        "classifications_onet_code_25": _only(batch["source_soc_code"], pc.invert(is_old)),
        "application_company": batch["employer"],
        "application_zipcode": batch["zip_code"],
    }
    return _table(NLX_HEADER, cells, size)


def jobposting_lines(batch: pa.RecordBatch) -> pa.Array:
    """One JSON object a line, schema.org JobPosting; the description is HTML whose signs are escaped as entities."""
    pay = _maybe(
        batch["salary_min"],
        ',"baseSalary":{"@type":"MonetaryAmount","currency":"USD","value":{"@type":"QuantitativeValue","minValue":',
        _whole(batch["salary_min"], 1), ',"maxValue":', _whole(batch["salary_max"], 1), ',"unitText":"HOUR"}}',
    )  # fmt: skip
    code = _maybe(
        batch["source_soc_code"], ',"occupationalCategory":"', pc.fill_null(batch["source_soc_code"], ""), '"'
    )
    number = _maybe(
        batch["requisition_id"],
        ',"identifier":{"@type":"PropertyValue","value":"', batch["requisition_id"], '"}',
    )  # fmt: skip
    people = _maybe(
        batch["position_count"], ',"totalJobOpenings":', pc.fill_null(pc.cast(batch["position_count"], pa.string()), "")
    )
    return _joined(
        '{"@context":"https://schema.org/","@type":"JobPosting","@id":"', batch["posting_id"],
        '","title":', _quoted(batch["title"]), number, ',"datePosted":"', _day(batch, "posted_date"),
        '","validThrough":"', _day(batch, "expired_date"),
        'T00:00","hiringOrganization":{"@type":"Organization","name":', _quoted(batch["employer"]),
        '},"jobLocation":{"@type":"Place","address":{"@type":"PostalAddress",',
        '"addressLocality":', _quoted(batch["city"]), ',"addressRegion":"', batch["state_postal"],
        '","postalCode":"', batch["zip_code"],
        '","addressCountry":"US"}},"employmentType":"FULL_TIME","url":"', batch["url"], '"', code, pay, people,
        ',"description":', _quoted(_escaped(_html(batch["description"]))), "}",
    )  # fmt: skip


def _html(text: pa.Array) -> pa.Array:
    """Headings and sentences as paragraphs, bullets as list items."""
    items = pc.replace_substring_regex(pc.replace_substring(text, "&", "&amp;"), "(?m)^• (.*)\n?", "<li>\\1</li>")
    return _joined("<p>", pc.replace_substring_regex(items, "\n+", "</p><p>"), "</p>")


def _escaped(html: pa.Array) -> pa.Array:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        html = pc.replace_substring(html, sign, entity)
    return html


def _quoted(text: pa.Array) -> pa.Array:
    """As a JSON string; the sample's words hold no control characters but line breaks."""
    for sign, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = pc.replace_substring(text, sign, escape)
    return _joined('"', text, '"')


def _credential_names(batch: pa.RecordBatch) -> pa.Array:
    """A JSON array of names as the vendor finds them: what is asked for, without telling how."""
    name = {c.code: c.name for c in CREDENTIALS.values()}
    asked = set(wording.CLASS_NAMES[wording.REQUIRED : wording.MENTION])
    lists = []
    for codes, classes in zip(
        batch["true_credential_codes"].to_pylist(), batch["true_credential_classes"].to_pylist(), strict=True
    ):
        names = [f'"{name[c]}"' for c, k in zip(codes, classes, strict=True) if k in asked]
        lists.append(f"[{', '.join(names)}]")
    return pa.array(lists, pa.string())


def _county_names() -> dict[str, str]:
    return {c.fips: f"{c.name}, {state.POSTAL}" for r in state.regions() for c in r.counties}


def _day(batch: pa.RecordBatch, name: str) -> pa.Array:
    return pc.cast(batch[name], pa.string())


def _whole(values: pa.Array, times: int) -> pa.Array:
    return pc.cast(pc.cast(pc.multiply(values, float(times)), pa.int64()), pa.string())


def _only(values: pa.Array, where: pa.Array) -> pa.Array:
    return pc.if_else(where, values, pa.scalar(None, pa.string()))


def _maybe(where: pa.Array, *parts: pa.Array | str) -> pa.Array:
    """The parts joined where the column has a value, else an empty text."""
    filled = [p if isinstance(p, str) else pc.fill_null(p, "") for p in parts]
    return pc.if_else(pc.is_valid(where), _joined(*filled), "")


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _same(value: str, size: int) -> pa.Array:
    return pa.repeat(value, size)


def _table(header: list[str], cells: dict[str, pa.Array], size: int) -> pa.Table:
    """All columns of the header as text; what a source leaves empty is null."""
    empty = pa.nulls(size, pa.string())
    assert set(cells) <= set(header)
    return pa.table({name: cells.get(name, empty) for name in header})
