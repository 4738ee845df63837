-- One row per posting of a feed: of several deliveries the newest speaks (J4). The weight is the number of positions
-- that the ad names, at least 1 (J5); the cap is a list's own and applies where postings are counted.
-- A view: reading the columns that are asked for from Parquet costs a tenth of writing all of them once more.
{{ config(materialized='view') }}

select
    posting_key,
    feed,
    source_type,
    posting_id,
    requisition_id,
    posting_title,
    {{ title_key('posting_title') }} as title_key_text,
    employer_name,
    {{ employer_key('employer_name') }} as employer_key,
    is_staffing,
    city,
    state_postal,
    county_fips,
    zip_code,
    country,
    posted_date,
    expired_date,
    posted_month,
    education_required,
    education_preferred,
    education_unspecified,
    experience_required_years,
    experience_preferred_years,
    experience_unspecified_years,
    skills_required,
    skills_preferred,
    skills_unspecified,
    salary_min_hourly_usd,
    salary_max_hourly_usd,
    -- The middle of the range that the ad names; one end where it names one (J13).
    coalesce((salary_min_hourly_usd + salary_max_hourly_usd) / 2, salary_min_hourly_usd, salary_max_hourly_usd)
        as salary_hourly_usd,
    naics_code,
    industry_title,
    source_soc_code,
    source_soc_taxonomy,
    greatest(coalesce(position_count, 1), 1) as position_count,
    source_duplicate_count,
    is_remote,
    supplied_by_postal,
    data_vintage,
    dataset,
    capture_id
from {{ ref('stg_job_postings__posting') }} as postings
anti join {{ ref('int_posting_superseded') }} as superseded
    on
        postings.posting_key = superseded.posting_key
        and postings.dataset = superseded.dataset
        and postings.capture_id = superseded.capture_id
        and postings.source_row_number = superseded.source_row_number
