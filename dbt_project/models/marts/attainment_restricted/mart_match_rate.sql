-- How many of a vendor's rows found their student, and whose are found less often (M5). Who was not found has no subgroup:
-- rows go by the shape of the surname and by whether they have an SSN. What districts report of a vendor's exams goes by
-- the student's own subgroups: the share of it for which a row of the vendor was found.
with minimums as (
    select
        states.state_postal,
        cast(coalesce(own.value, common.value) as double) as min_match_pct
    from {{ ref('state') }} as states
    cross join {{ ref('attainment_parameter') }} as common
    left join {{ ref('state_parameter') }} as own
        on
            states.state_postal = own.state_postal
            and common.parameter = own.parameter
    where common.parameter = 'linkage.min_match_pct' and common.effective_to is null
),

vendor_rows as (
    select
        rows.state_postal,
        rows.delivery_year as school_year,
        rows.vendor_code,
        rows.credential_code,
        links.student_token is not null as is_matched,
        coalesce(links.status = 'review', false) as is_in_review,
        coalesce(links.method = 'verdict' and links.student_token is not null, false) as is_reviewed,
        links.name_shape,
        case when links.has_ssn then 'yes' when not links.has_ssn then 'no' end as has_ssn
    from {{ ref('stg_vendor_exams__exam') }} as rows
    left join {{ ref('stg_person_linkage__link') }} as links on rows.exam_key = links.exam_key
),

delivered as (
    select distinct
        state_postal,
        school_year,
        vendor_code,
        credential_code
    from vendor_rows
    where credential_code is not null
),

district_sittings as (
    select
        attempts.state_postal,
        attempts.school_year,
        delivered.vendor_code,
        attempts.is_from_vendor as is_matched,
        false as is_in_review,
        attempts.is_from_vendor and attempts.link_basis = 'reviewed' as is_reviewed,
        students.race_ethnicity,
        students.gender,
        students.income,
        students.disability,
        students.english_learner
    from {{ ref('fct_credential_attempt') }} as attempts
    inner join delivered
        on
            attempts.state_postal = delivered.state_postal
            and attempts.school_year = delivered.school_year
            and attempts.credential_code = delivered.credential_code
    left join {{ ref('dim_student') }} as students on attempts.student_token = students.student_token
    where
        attempts.is_from_district
        and (not attempts.is_from_vendor or attempts.vendor_code = delivered.vendor_code)
),

counted as (
    {{ matches_of_subgroups('vendor_rows', ['all', 'name_shape', 'has_ssn']) }}
    union all
    {{ matches_of_subgroups(
        'district_sittings', ['all', 'race_ethnicity', 'gender', 'income', 'disability', 'english_learner']
    ) }}
),

rated as (
    select
        *,
        round(100 * matched_count / row_count, 6) as match_pct
    from counted
    where subgroup is not null
)

select
    md5(concat_ws(
        '|',
        rated.state_postal,
        rated.school_year,
        rated.vendor_code,
        rated.counted_from,
        rated.subgroup_kind,
        rated.subgroup
    )) as match_rate_key,
    rated.state_postal,
    rated.school_year,
    rated.vendor_code,
    rated.counted_from,
    rated.subgroup_kind,
    rated.subgroup,
    rated.row_count,
    rated.matched_count,
    rated.review_count,
    rated.reviewed_count,
    rated.match_pct,
    round(rated.match_pct - whole.match_pct, 6) as above_all_pct,
    minimums.min_match_pct,
    case
        when rated.counted_from = 'vendor_rows' and rated.subgroup_kind = 'all'
            then rated.match_pct < minimums.min_match_pct
    end as is_below_minimum
from rated
inner join rated as whole
    on
        rated.state_postal = whole.state_postal
        and rated.school_year is not distinct from whole.school_year
        and rated.vendor_code = whole.vendor_code
        and rated.counted_from = whole.counted_from
        and whole.subgroup_kind = 'all'
left join minimums on rated.state_postal = minimums.state_postal
