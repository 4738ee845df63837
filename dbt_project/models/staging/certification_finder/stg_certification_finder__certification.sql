with published as (
    select * from {{ source('certification_finder', 'certifications') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.certification_id,
    published.certification_name as credential_name,
    published.organization_name,
    published.acronym,
    published.accreditors,
    published.is_in_demand,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
