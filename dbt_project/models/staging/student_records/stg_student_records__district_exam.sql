with published as (
    select * from {{ source('student_records', 'district_exam') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    published.state_postal,
    published.agreement_id,
    published.exam_key,
    published.student_token,
    published.school_year,
    published.district_code,
    published.school_code,
    published.credential_code,
    published.test_date,
    published.attempt_number,
    published.result,
    published.score,
    published.pathway_code,
    published.course_code,
    published.reported_by,
    published.evidence_name,
    published.evidence_sha256,
    published.evidence_pathway,
    published.evidence_student_token,
    published.evidence_school_year,
    published.evidence_area,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
