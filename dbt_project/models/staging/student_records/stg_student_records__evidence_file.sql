with published as (
    select * from {{ source('student_records', 'evidence_file') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    published.state_postal,
    published.agreement_id,
    published.district_code,
    published.school_year,
    published.evidence_name,
    published.evidence_sha256,
    published.media_type,
    published.byte_count,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
