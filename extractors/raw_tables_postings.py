"""The contract of the raw tables of job postings (J3): names, types, keys and what each column means.

Apart from `raw_tables` because these tables are written as a stream, by posting month, and because one of them holds
the text of the ads. The text stays in the raw zone: no mart, no release and no landing sample carries it.
Every row carries besides `dataset`, `capture_id` and `row_number` (1-based record in the export, counted on over the
files of a capture).
"""

from __future__ import annotations

from extractors.model import Column, RawTable
from extractors.model import column as _c

JOB_POSTINGS = RawTable(
    "job_postings",
    "postings",
    "Job postings of an export, one row per posting and delivery, cleaned and masked (J3)",
    (
        _c("posting_key", "int64", "blake2b-64 of feed and posting_id", required=True),
        _c("feed", "string", "Which product or site the export comes from", required=True),
        _c("source_type", "string", "aggregator | board | registry | employer (J18)", required=True),
        _c("posting_id", "string", "The source's id; `sha:` and a hash of the content where none", required=True),
        _c("requisition_id", "string", "The employer's own number of the opening"),
        _c("url", "string", "Address of the ad"),
        _c("title", "string", "Job title, one line, masked", required=True),
        _c("employer", "string", "Employer as named, masked"),
        _c("is_staffing", "bool", "The employer is a staffing firm, where the source tells"),
        _c("location_text", "string", "Place as given"),
        _c("city", "string", "City or town"),
        _c("state_postal", "string", "Postal code of a US state; null abroad"),
        _c("county_fips", "string", "County, five digits"),
        _c("zip_code", "string", "ZIP code, five digits"),
        _c("country", "string", "ISO 3166-1 alpha-2"),
        _c("posted_date", "date", "Day on which the ad was posted", required=True),
        _c("expired_date", "date", "Day on which the ad ended or will end"),
        _c("posted_month", "string", "Month of posted_date, YYYY-MM", required=True),
        _c("education_required", "string", "Education that the source calls required, in its own words"),
        _c("education_preferred", "string", "Education that the source calls preferred"),
        _c("education_unspecified", "string", "Education where the source does not tell required from preferred"),
        _c("experience_required_years", "float64", "Years of experience that the source calls required"),
        _c("experience_preferred_years", "float64", "Years of experience that the source calls preferred"),
        _c("experience_unspecified_years", "float64", "Years of experience where the source does not tell"),
        _c("credentials_required", "string", "Credentials that the source calls required, joined by |"),
        _c("credentials_preferred", "string", "Credentials that the source calls preferred, joined by |"),
        _c("credentials_unspecified", "string", "Credentials where the source does not tell, joined by |"),
        _c("skills_required", "string", "Skills that the source calls required, joined by |"),
        _c("skills_preferred", "string", "Skills that the source calls preferred, joined by |"),
        _c("skills_unspecified", "string", "Skills where the source does not tell, joined by |"),
        _c("salary_min", "float64", "Lowest pay, in salary_currency per salary_unit"),
        _c("salary_max", "float64", "Highest pay, in salary_currency per salary_unit"),
        _c("salary_unit", "string", "hour | day | week | month | year"),
        _c("salary_currency", "string", "ISO 4217"),
        _c("salary_text", "string", "Pay as worded"),
        _c("industry_text", "string", "Industry as named"),
        _c("naics_code", "string", "NAICS code, 2 to 6 digits"),
        _c("occupation_text", "string", "Occupation or category as named"),
        _c("source_soc_code", "string", "SOC or O*NET-SOC code that the source gives (J8)"),
        _c("source_soc_taxonomy", "string", "onet_soc_2019 | onet_soc_2010 | soc_2018 | soc_2010 | unknown"),
        _c("position_count", "int64", "Openings that the ad is for (J5)"),
        _c("source_duplicate_count", "int64", "Postings that the source had already folded into this one"),
        _c("employment_type", "string", "Full time, contract ... as named"),
        _c("is_remote", "bool", "Work from anywhere, where the source tells"),
        Column(
            "description",
            "string",
            "Text of the ad: plain, masked; null where the export has none. Raw zone only",
            is_text=True,
        ),
    ),
    ("posting_id",),
)

MONTH_PROFILE = RawTable(
    "job_postings",
    "month_profile",
    "Exact counts of a capture by posting month, over the used rows: what the landing gate judges",
    (
        _c("posted_month", "string", "Posting month, YYYY-MM", required=True),
        _c("row_count", "int64", "Postings", required=True),
        _c("title_null_count", "int64", "Postings without a title", required=True),
        _c("employer_null_count", "int64", "Postings without an employer", required=True),
        _c("place_null_count", "int64", "Postings without any place: text, city, state, county, ZIP", required=True),
        _c("text_null_count", "int64", "Postings without a description", required=True),
        _c("salary_count", "int64", "Postings with a lowest or highest pay", required=True),
        _c("source_soc_count", "int64", "Postings with a code of the source", required=True),
        _c("credential_named_count", "int64", "Postings for which the source names a credential", required=True),
        _c("distinct_employer_count", "int64", "Different employer names", required=True),
        _c("requisition_count", "int64", "Postings with a requisition id", required=True),
        _c("position_count_sum", "int64", "Sum of position_count where stated", required=True),
        _c("text_length_sum", "int64", "Bytes (UTF-8) of all descriptions", required=True),
        _c("masked_email_count", "int64", "E-mail addresses masked", required=True),
        _c("masked_phone_count", "int64", "Telephone numbers masked", required=True),
        _c("markup_count", "int64", "Postings whose description held tags or entities", required=True),
        _c("earliest_date", "date", "First posting day", required=True),
        _c("latest_date", "date", "Last posting day", required=True),
    ),
    ("posted_month",),
)

TABLES = (JOB_POSTINGS, MONTH_PROFILE)

OCCUPATION_VERDICTS = RawTable(
    "occupation_verdicts",
    "verdicts",
    "What people decided about titles that the coder was unsure of (J7): the review file, filled in",
    (
        _c("state_postal", "string", "State whose reviewers decided", required=True),
        _c("title", "string", "Title as in the review file"),
        _c("verdict", "string", "SOC 2018 detailed code, or none where no occupation can be told", required=True),
        _c("posting_feed", "string", "Feed, where the verdict is on one posting"),
        _c("posting_id", "string", "The feed's id, where the verdict is on one posting"),
        _c("reviewer_role", "string", "Role of the reviewer, never a name", required=True),
        _c("review_date", "date", "Day of the verdict", required=True),
        _c("note", "string", "Note"),
    ),
    ("row_number",),
)
