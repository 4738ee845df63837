with published as (
    select * from {{ source('course_crosswalk', 'course_credential') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.course_code,
    published.course_title,
    published.pathway_code,
    published.pathway_title,
    published.cip_code,
    published.credential_code,
    published.is_capstone,
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
