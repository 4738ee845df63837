with published as (
    select * from {{ source('vendor_exam_crosswalk', 'exam') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.vendor_code,
    published.vendor_exam_code,
    published.vendor_exam_name,
    published.credential_code,
    published.effective_from as effective_from_date,
    published.effective_to as effective_to_date,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
