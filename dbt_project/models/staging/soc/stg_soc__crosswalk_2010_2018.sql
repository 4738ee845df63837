with published as (
    select * from {{ source('soc', 'crosswalk_2010_2018') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.soc_2010_code,
    published.soc_2010_title,
    published.soc_2018_code,
    published.soc_2018_title,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
