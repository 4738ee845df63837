with published as (
    select * from {{ source('living_wage', 'living_wage') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.geo_type,
    published.geo_code,
    published.family_composition,
    published.measure,
    published.hourly_usd,
    published.data_year,
    published.source as wage_source,
    published.licence,
    published.retrieved_on as retrieved_date,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
