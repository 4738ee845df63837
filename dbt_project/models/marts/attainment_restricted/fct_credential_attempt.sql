with sittings as (
    select * from {{ ref('int_attempt_merged') }}
),

{{ attempts_placed('sittings') }}

select
    attempt_key,
    state_postal,
    student_token,
    student_year_key,
    school_year,
    district_code,
    school_code,
    reporting_district_code,
    vendor_code,
    credential_code,
    test_date,
    case when is_passed then 'pass' else 'fail' end as result,
    is_passed,
    score,
    attempt_number,
    reported_attempt_number,
    is_first,
    is_latest,
    is_best,
    is_after_pass,
    verification_status,
    is_from_vendor,
    is_from_district,
    is_conflicting,
    is_linked,
    link_method,
    case
        when not is_linked or link_method is null then null
        when link_method = 'verdict' then 'reviewed'
        when link_method = 'model' then 'weight'
        else 'rule'
    end as link_basis,
    is_counted,
    is_priority,
    tier,
    list_status,
    list_version,
    is_code_known,
    coalesce(pathway_code, 'none') as pathway_code,
    course_code,
    is_outside_mapped_course,
    is_outside_window,
    evidence_name,
    evidence_sha256,
    is_evidence_complete,
    is_evidence_contradicting,
    is_evidence_shared,
    audit_verdict,
    vendor_exam_key,
    district_exam_key,
    vendor_permitted_use,
    district_permitted_use,
    permitted_use,
    data_vintage,
    capture_id
from placed
