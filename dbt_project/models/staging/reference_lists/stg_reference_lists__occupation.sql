with published as (
    select * from {{ source('reference_lists', 'occupations') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.list_kind,
    published.publisher,
    published.list_name,
    published.list_date,
    published.soc_code as occupation_code,
    published.title as occupation_title,
    published.url as source_url,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
