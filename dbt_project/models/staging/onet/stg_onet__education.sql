with published as (
    select * from {{ source('onet', 'education') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.onetsoc_code,
    published.category as education_category,
    published.data_value as respondents_pct,
    published.n as respondent_count,
    published.recommend_suppress,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
