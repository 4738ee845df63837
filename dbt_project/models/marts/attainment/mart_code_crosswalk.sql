with courses as (
    select
        state_postal,
        credential_code,
        'course' as source_kind,
        cast(null as varchar) as vendor_code,
        course_code as source_code,
        course_title as source_name,
        pathway_code,
        pathway_title,
        cip_code,
        coalesce(is_capstone, false) as is_capstone,
        effective_from_date,
        effective_to_date,
        data_vintage,
        capture_id
    from {{ ref('stg_course_crosswalk__course_credential') }}
),

exams as (
    select
        state_postal,
        credential_code,
        'vendor_exam' as source_kind,
        vendor_code,
        vendor_exam_code as source_code,
        vendor_exam_name as source_name,
        cast(null as varchar) as pathway_code,
        cast(null as varchar) as pathway_title,
        cast(null as varchar) as cip_code,
        false as is_capstone,
        effective_from_date,
        effective_to_date,
        data_vintage,
        capture_id
    from {{ ref('stg_vendor_exam_crosswalk__exam') }}
),

all_rows as (
    select * from courses
    union all
    select * from exams
)

select
    md5(concat_ws(
        '|', all_rows.state_postal, all_rows.source_kind, coalesce(all_rows.vendor_code, ''), all_rows.source_code,
        coalesce(all_rows.pathway_code, ''), coalesce(all_rows.credential_code, ''),
        coalesce(cast(all_rows.effective_from_date as varchar), '')
    )) as code_crosswalk_key,
    all_rows.state_postal,
    all_rows.source_kind,
    all_rows.vendor_code,
    all_rows.source_code,
    all_rows.source_name,
    all_rows.credential_code,
    names.credential_name,
    all_rows.pathway_code,
    all_rows.pathway_title,
    all_rows.cip_code,
    all_rows.is_capstone,
    all_rows.credential_code is not null and names.credential_code is null as is_unknown_code,
    all_rows.effective_from_date,
    all_rows.effective_to_date,
    all_rows.effective_to_date is null as is_active,
    all_rows.data_vintage,
    all_rows.capture_id
from all_rows
left join {{ ref('int_credential_named') }} as names on all_rows.credential_code = names.credential_code
