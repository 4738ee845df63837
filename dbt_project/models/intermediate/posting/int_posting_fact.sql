-- What single postings say of themselves, as numbers: row of a delivery x what is counted, with the coder's answer. The
-- weight is the number of positions that the ad names, at least 1 (J5); the cap is a list's own and applies where
-- postings are counted. Employers, titles, places and the source's codes are numbered by the hash of what they are called
-- (J11): counting numbers costs a third of counting names, and names stay with `int_posting_named`.
-- Made once per batch of months and kept: nothing here may depend on the policy, on other months or on reference tables.
{{ config(materialized='in_batches') }}

with postings as (
    select
        *,
        {{ title_key('posting_title') }} as title_key_text,
        {{ employer_key('employer_name') }} as employer_key
    from {{ ref('stg_job_postings__posting') }}
)

select
    postings.posting_key,
    postings.dataset,
    postings.capture_id,
    postings.source_row_number,
    postings.data_vintage,
    postings.feed,
    postings.supplied_by_postal,
    postings.state_postal,
    postings.county_fips,
    postings.zip_code,
    hash(postings.supplied_by_postal, postings.state_postal, postings.county_fips, postings.zip_code) as place_number,
    postings.posted_date,
    postings.posted_month,
    case when postings.title_key_text is not null then hash(postings.title_key_text) end as title_number,
    case when postings.employer_key is not null then hash(postings.employer_key) end as employer_number,
    -- The middle of the range that the ad names; one end where it names one (J13).
    coalesce(
        (postings.salary_min_hourly_usd + postings.salary_max_hourly_usd) / 2,
        postings.salary_min_hourly_usd,
        postings.salary_max_hourly_usd
    ) as salary_hourly_usd,
    greatest(coalesce(postings.position_count, 1), 1) as position_count,
    postings.source_soc_code,
    coalesce(postings.source_soc_taxonomy, 'unknown') as source_soc_taxonomy,
    case
        when postings.source_soc_code is not null
            then hash(postings.source_soc_code, coalesce(postings.source_soc_taxonomy, 'unknown'))
    end as source_soc_number,
    {{ soc_number('coder.soc_code_1') }} as soc_number_1,
    coder.score_1,
    {{ soc_number('coder.soc_code_2') }} as soc_number_2,
    {{ soc_number('coder.soc_code_3') }} as soc_number_3
from postings
left join {{ ref('stg_posting_text__occupation') }} as coder on postings.posting_key = coder.posting_key
