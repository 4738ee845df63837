with published as (
    select * from {{ source('regions', 'membership') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.scheme as region_scheme,
    published.region_code,
    published.region_name,
    published.member_type,
    published.member_code,
    published.member_name,
    published.valid_from as valid_from_date,
    published.valid_to as valid_to_date,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
