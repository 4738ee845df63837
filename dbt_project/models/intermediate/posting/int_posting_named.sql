-- One row per posting of a feed, with the words that people read: of several deliveries the newest speaks (J4).
{{ config(materialized='view') }}

select
    postings.posting_key,
    postings.feed,
    postings.posting_id,
    postings.posting_title,
    postings.employer_name,
    {{ employer_key('postings.employer_name') }} as employer_key,
    postings.is_staffing,
    postings.city,
    postings.state_postal,
    postings.county_fips,
    postings.zip_code,
    postings.country,
    postings.salary_min_hourly_usd,
    postings.salary_max_hourly_usd,
    postings.naics_code,
    postings.industry_title,
    postings.is_remote,
    postings.data_vintage,
    postings.capture_id
from {{ ref('stg_job_postings__posting') }} as postings
anti join {{ ref('int_posting_superseded') }} as superseded
    on
        postings.posting_key = superseded.posting_key
        and postings.dataset = superseded.dataset
        and postings.capture_id = superseded.capture_id
        and postings.source_row_number = superseded.source_row_number
