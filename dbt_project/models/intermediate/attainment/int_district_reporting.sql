-- How each district reports in each school year: rows with passes and failures, passes only (P9), or totals alone (P1).
-- A year with few sittings is read as the district's years together. A district that reports passes only is left out of
-- rates over sittings; one that reports totals, out of every rate.
with reported as (
    select
        rows.state_postal,
        rows.school_year,
        rows.party_code as district_code,
        count(*) as sitting_count,
        count(*) filter (where not rows.has_passed) as failure_count
    from {{ ref('int_sitting_reported') }} as rows
    where rows.record_source <> 'vendor' and rows.has_sat
    group by rows.state_postal, rows.school_year, rows.party_code
),

altogether as (
    select
        state_postal,
        district_code,
        sum(sitting_count) as sitting_count,
        sum(failure_count) as failure_count
    from reported
    group by state_postal, district_code
),

districts as (
    select distinct
        state_postal,
        school_year,
        district_code
    from {{ ref('int_student_year') }}
)

select
    districts.state_postal,
    districts.school_year,
    districts.district_code,
    coalesce(reported.sitting_count, 0) as sitting_count,
    coalesce(reported.failure_count, 0) as failure_count,
    case
        when said.reporting is not null then said.reporting
        when reported.sitting_count >= policies.passes_only_min_count and reported.failure_count = 0 then 'passes_only'
        when reported.sitting_count is null then 'no_reports'
        when
            reported.sitting_count < policies.passes_only_min_count
            and altogether.sitting_count >= policies.passes_only_min_count
            and altogether.failure_count = 0
            then 'passes_only'
        else 'student_level'
    end as reporting
from districts
inner join {{ ref('int_attainment_policy') }} as policies on districts.state_postal = policies.state_postal
left join reported
    on
        districts.state_postal = reported.state_postal
        and districts.school_year = reported.school_year
        and districts.district_code = reported.district_code
left join altogether
    on
        districts.state_postal = altogether.state_postal
        and districts.district_code = altogether.district_code
left join {{ ref('district_reporting') }} as said
    on
        districts.state_postal = said.state_postal
        and districts.district_code = said.district_code
        and districts.school_year >= said.from_school_year
        and (said.to_school_year is null or districts.school_year <= said.to_school_year)
