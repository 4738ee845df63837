with published as (
    select * from {{ source('person_linkage', 'link') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    published.exam_key,
    published.agreement_id,
    published.student_token,
    published.status,
    published.method,
    published.weight,
    published.margin,
    published.model_version,
    published.name_shape,
    published.has_ssn,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
