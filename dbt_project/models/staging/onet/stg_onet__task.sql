with published as (
    select * from {{ source('onet', 'tasks') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.onetsoc_code,
    published.task_id,
    published.task as task_statement,
    published.task_type,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
