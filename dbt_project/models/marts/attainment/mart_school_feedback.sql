-- What a high school is told of its own students each year (B28): its rates beside those of its district and of the
-- state, and beside its own of the year before. Made of published rates alone, so that a report reveals nothing that
-- the report card does not.
with rates as (
    select * from {{ ref('mart_attainment_rate') }}
    where is_report_card and subgroup_kind = 'all' and credential_level in ('all', 'priority')
),

directory as (
    select
        state_postal,
        school_code,
        arg_max(district_code, coalesce(effective_to_date, date '2999-12-31')) as district_code
    from {{ ref('stg_school_directory__school') }}
    group by state_postal, school_code
),

told as (
    select
        schools.*,
        directory.district_code,
        districts.shown_as as district_shown_as,
        states.shown_as as state_shown_as,
        before.shown_as as previous_shown_as,
        round(100 * (schools.attainment_rate - before.attainment_rate), 6) as change_pct
    from rates as schools
    left join directory
        on
            schools.state_postal = directory.state_postal
            and schools.area_code = directory.school_code
    left join rates as districts
        on
            schools.state_postal = districts.state_postal
            and schools.school_year = districts.school_year
            and schools.measure = districts.measure
            and schools.credential_level = districts.credential_level
            and districts.area_level = 'district'
            and directory.district_code = districts.area_code
    left join rates as states
        on
            schools.state_postal = states.state_postal
            and schools.school_year = states.school_year
            and schools.measure = states.measure
            and schools.credential_level = states.credential_level
            and states.area_level = 'state'
    left join rates as before
        on
            schools.state_postal = before.state_postal
            and schools.school_year = before.school_year + 1
            and schools.measure = before.measure
            and schools.credential_level = before.credential_level
            and before.area_level = 'school'
            and schools.area_code = before.area_code
    where schools.area_level = 'school'
)

select
    md5(concat_ws('|', state_postal, school_year, area_code, measure, credential_level)) as school_feedback_key,
    state_postal,
    school_year,
    area_code as school_code,
    area_name as school_name,
    district_code,
    measure,
    denominator_label,
    credential_level,
    credential_label,
    denominator_count,
    numerator_count,
    round(100 * attainment_rate, 6) as attainment_pct,
    shown_as,
    coalesce(district_shown_as, 'not made') as district_shown_as,
    coalesce(state_shown_as, 'not made') as state_shown_as,
    coalesce(previous_shown_as, 'not made') as previous_shown_as,
    change_pct,
    reporting,
    denominator_label || ' (' || credential_label || '), ' || school_year || ': ' || shown_as
    || '; district ' || coalesce(district_shown_as, 'not made') || ', state ' || coalesce(state_shown_as, 'not made')
    || '; the year before ' || coalesce(previous_shown_as, 'not made') as statement
from told
