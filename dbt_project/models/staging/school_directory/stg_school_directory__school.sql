with published as (
    select * from {{ source('school_directory', 'school') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.district_code,
    published.district_name,
    published.school_code,
    published.school_name,
    published.county_fips,
    published.effective_from as effective_from_date,
    published.effective_to as effective_to_date,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
