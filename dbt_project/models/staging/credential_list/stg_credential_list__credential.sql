with published as (
    select * from {{ source('credential_list', 'credentials') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.list_name,
    published.source_code,
    published.credential_name,
    published.issuer_name,
    published.credential_type,
    published.soc_code,
    published.tier,
    published.effective_from as effective_from_date,
    published.effective_to as effective_to_date,
    published.is_stepping_stone,
    published.training_hours,
    published.postsecondary_credits,
    published.audience,
    published.is_deleted,
    published.dirt,
    published.row_number as source_row_number,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
