with published as (
    select * from {{ source('onet', 'job_zone_reference') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.job_zone,
    published.name as job_zone_name,
    published.education as job_zone_education,
    published.svp_range,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
