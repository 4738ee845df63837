with passes as (
    select * from {{ ref('int_attempt_counted') }}
    where is_linked and is_passed
),

-- At most one sitting of a student and credential earned it; where none did the first pass stands.
first_passes as (
    select * from passes
    where is_award
    union all
    select others.*
    from passes as others
    anti join (
        select
            state_postal,
            student_token,
            credential_code
        from passes
        where is_award
    ) as awarded
        on
            others.state_postal = awarded.state_postal
            and others.student_token = awarded.student_token
            and others.credential_code = awarded.credential_code
    qualify row_number() over (
        partition by others.state_postal, others.student_token, others.credential_code
        order by others.attempt_number asc, others.attempt_key asc
    ) = 1
)

select
    md5(concat_ws('|', state_postal, student_token, credential_code)) as award_key,
    attempt_key,
    state_postal,
    student_token,
    student_year_key,
    credential_code,
    school_year,
    district_code,
    school_code,
    reporting_district_code,
    vendor_code,
    test_date as awarded_date,
    attempt_number,
    verification_status,
    is_award as is_counted,
    case
        when is_award then null
        when not is_code_known then 'unknown_code'
        when is_unproven then 'unproven'
        when is_refuted then 'refuted'
        when is_counted then 'not_first_attempt'
        else 'self_reported'
    end as not_counted_reason,
    is_priority,
    tier,
    list_status,
    list_version,
    is_stepping_stone,
    coalesce(pathway_code, 'none') as pathway_code,
    is_outside_mapped_course,
    is_evidence_shared,
    is_evidence_complete,
    audit_verdict,
    permitted_use,
    data_vintage,
    capture_id
from first_passes
