with published as (
    select * from {{ source('onet', 'titles') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.onetsoc_code,
    published.job_title,
    published.short_title,
    published.title_kind,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
