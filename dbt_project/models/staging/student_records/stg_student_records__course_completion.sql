with published as (
    select * from {{ source('student_records', 'course_completion') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    published.state_postal,
    published.agreement_id,
    published.student_token,
    published.school_year,
    published.district_code,
    published.course_code,
    published.pathway_code,
    published.completed_on as completed_date,
    published.has_passed,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
