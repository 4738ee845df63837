with published as (
    select * from {{ source('audit_verdicts', 'verdict') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    published.state_postal,
    published.agreement_id,
    published.audit_id,
    published.exam_key,
    published.district_code,
    published.verdict,
    published.error_kind,
    published.reviewer,
    published.reviewed_on as reviewed_date,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
