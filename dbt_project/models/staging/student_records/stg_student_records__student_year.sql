with published as (
    select * from {{ source('student_records', 'student_year') }}
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
    published.school_code,
    published.grade_level,
    published.cohort_year,
    published.entered_on as entered_date,
    published.exited_on as exited_date,
    published.exit_type,
    published.graduated_on as graduated_date,
    published.diploma_type,
    published.cte_status,
    published.pathway_code,
    published.cip_code,
    published.gender,
    published.race_ethnicity,
    published.is_economically_disadvantaged,
    published.is_with_disability,
    published.is_english_learner,
    published.special_populations,
    published.diploma_credential_met,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
