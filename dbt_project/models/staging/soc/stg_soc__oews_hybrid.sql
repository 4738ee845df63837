with published as (
    select * from {{ source('soc', 'oews_hybrid') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.oews_code,
    published.oews_title,
    published.soc_2018_code,
    published.soc_2018_title,
    published.soc_2010_code,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
