with published as (
    select * from {{ source('soc', 'structure') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.soc_code,
    '2018' as soc_version,
    published.soc_level,
    published.soc_title,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
