with published as (
    select * from {{ source('credential_registry', 'credentials') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.ctid,
    published.ctdl_type,
    published.credential_name,
    published.owner_name,
    published.status as credential_status,
    captures.fetched_at,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
