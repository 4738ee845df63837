with crosswalk as (
    select * from {{ ref('mart_code_crosswalk') }}
),

-- One row per choice: a code that any open row still names is active (P20).
choices as (
    select
        state_postal,
        'credential_code' as field,
        credential_code as code,
        coalesce(credential_name, credential_code) as label,
        is_active,
        effective_to_date
    from crosswalk
    where credential_code is not null
    union all
    select
        state_postal,
        'course_code' as field,
        source_code as code,
        source_name as label,
        is_active,
        effective_to_date
    from crosswalk
    where source_kind = 'course'
    union all
    select
        state_postal,
        'pathway_code' as field,
        pathway_code as code,
        pathway_title as label,
        is_active,
        effective_to_date
    from crosswalk
    where pathway_code is not null
    union all
    select
        state_postal,
        'vendor_exam_code:' || vendor_code as field,
        source_code as code,
        source_name as label,
        is_active,
        effective_to_date
    from crosswalk
    where source_kind = 'vendor_exam'
)

select
    md5(concat_ws('|', state_postal, field, code)) as pick_list_key,
    state_postal,
    field,
    code,
    arg_max(label, coalesce(effective_to_date, date '2999-12-31')) as label,
    bool_or(is_active) as is_active,
    case when not bool_or(is_active) then max(effective_to_date) end as refused_after_date
from choices
group by state_postal, field, code
