with published as (
    select * from {{ source('job_postings', 'postings') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.posting_key,
    published.feed,
    published.source_type,
    published.posting_id,
    published.requisition_id,
    published.title as posting_title,
    published.employer as employer_name,
    published.is_staffing,
    published.location_text,
    published.city,
    -- A delivery is a state's own: a posting that names no state and no foreign country is there.
    coalesce(
        published.state_postal,
        case when coalesce(published.country, 'US') = 'US' then captures.state_postal end
    ) as state_postal,
    published.county_fips,
    published.zip_code,
    published.country,
    published.posted_date,
    published.expired_date,
    published.posted_month,
    published.education_required,
    published.education_preferred,
    published.education_unspecified,
    published.experience_required_years,
    published.experience_preferred_years,
    published.experience_unspecified_years,
    published.credentials_required,
    published.credentials_preferred,
    published.credentials_unspecified,
    published.skills_required,
    published.skills_preferred,
    published.skills_unspecified,
    {{ hourly_usd('published.salary_min', 'published.salary_unit', 'published.salary_currency') }} as salary_min_hourly_usd,
    {{ hourly_usd('published.salary_max', 'published.salary_unit', 'published.salary_currency') }} as salary_max_hourly_usd,
    published.naics_code,
    published.industry_text as industry_title,
    published.source_soc_code,
    published.source_soc_taxonomy,
    published.position_count,
    published.source_duplicate_count,
    published.is_remote,
    captures.state_postal as supplied_by_postal,
    captures.data_vintage,
    published.dataset,
    published.capture_id,
    published.row_number as source_row_number
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
