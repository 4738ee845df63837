with published as (
    select * from {{ source('occupation_verdicts', 'verdicts') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.title,
    published.verdict,
    published.posting_feed,
    published.posting_id,
    published.reviewer_role,
    published.review_date,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
