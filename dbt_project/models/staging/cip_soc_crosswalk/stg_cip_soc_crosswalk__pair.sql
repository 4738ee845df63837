with published as (
    select * from {{ source('cip_soc_crosswalk', 'pairs') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.cip_code,
    published.cip_title,
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
