with published as (
    select * from {{ source('job_postings', 'month_profile') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.* exclude (dataset, capture_id, row_number),
    captures.state_postal as supplied_by_postal,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
