with published as (
    select * from {{ source('soc', 'onet_to_soc') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.onetsoc_code,
    published.onetsoc_title,
    published.soc_code,
    published.soc_title,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
