with published as (
    select * from {{ source('onet', 'job_zones') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.onetsoc_code,
    published.job_zone,
    published.date as rated_month,
    published.domain_source,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
