with published as (
    select * from {{ source('credential_registry', 'alignments') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.ctid,
    published.framework,
    published.code as alignment_code,
    published.code_name as alignment_name,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
