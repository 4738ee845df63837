with published as (
    select * from {{ source('industry_map', 'sectors') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.sector_code,
    published.sector_title,
    published.is_priority,
    published.employment as employment_count,
    published.employers as employer_count,
    published.employment_share as employment_rate,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
