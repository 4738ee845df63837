-- Sittings that may be counted for attainment, each with its place on the list at the test date, the school that the
-- student counts for, and whether it counts (P2, P12, L5). A sitting after the credential was passed is stored and
-- counts no more: it is no attempt to attain it. `is_award` marks the sitting that earned the credential.
with sittings as (
    select * from {{ ref('int_attempt_for_attainment') }}
),

{{ attempts_placed('sittings') }},

-- Whose exam it is where only the district tells of it (P3).
vendors as (
    select
        state_postal,
        credential_code,
        min(vendor_code) as vendor_code
    from {{ ref('stg_vendor_exam_crosswalk__exam') }}
    where credential_code is not null
    group by state_postal, credential_code
),

-- What does not count does not come before what does: a student's own word is no first pass.
firsts as (
    select
        student_token,
        credential_code,
        min(attempt_number) as first_number,
        min(attempt_number) filter (where is_passed) as award_number
    from placed
    where is_counted
    group by student_token, credential_code
),

ordered as (
    select
        placed.*,
        placed.is_counted and placed.attempt_number = firsts.first_number as is_first_counted,
        placed.is_counted and coalesce(placed.attempt_number > firsts.award_number, false) as is_after_award
    from placed
    left join firsts
        on
            placed.student_token = firsts.student_token
            and placed.credential_code = firsts.credential_code
)

select
    attempt_key,
    ordered.state_postal,
    student_token,
    student_year_key,
    school_year,
    district_code,
    school_code,
    reporting_district_code,
    ordered.credential_code,
    coalesce(ordered.vendor_code, vendors.vendor_code) as vendor_code,
    test_date,
    is_passed,
    is_from_vendor,
    is_from_district,
    is_conflicting,
    attempt_number,
    verification_status,
    is_unproven,
    is_refuted,
    is_code_known,
    is_evidence_shared,
    is_evidence_complete,
    is_outside_mapped_course,
    is_outside_window,
    is_stepping_stone,
    list_version,
    pathway_code,
    permitted_use,
    data_vintage,
    capture_id,
    report_attempt,
    audit_verdict,
    audit_error_kind,
    is_linked,
    is_counted,
    is_first_counted,
    is_after_award,
    is_counted and is_passed and not is_after_award
    and (report_attempt <> 'first' or is_first_counted) as is_award,
    is_counted and not is_after_award as is_attempt,
    is_priority,
    tier,
    list_status
from ordered
left join vendors
    on
        ordered.state_postal = vendors.state_postal
        and ordered.credential_code = vendors.credential_code
