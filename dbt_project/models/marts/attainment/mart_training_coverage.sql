-- Which districts had somebody in a training session of the school year (P19). Every district that had schools in the year,
-- from the year of the first session to that of the last: who never came has a row with zero.
with settings as (
    select
        states.state_postal,
        cast(coalesce(own.value, common.value) as integer) as min_session_count
    from {{ ref('state') }} as states
    cross join {{ ref('attainment_parameter') }} as common
    left join {{ ref('state_parameter') }} as own
        on
            states.state_postal = own.state_postal
            and common.parameter = own.parameter
    where common.parameter = 'training.min_sessions' and common.effective_to is null
),

attended as (
    select
        sessions.state_postal,
        sessions.session_code,
        sessions.district_code,
        sessions.coordinator_count,
        sessions.recording_url is not null as is_recorded,
        case
            when strftime(sessions.held_on, '%m-%d') > policies.school_year_end then year(sessions.held_on) + 1
            else year(sessions.held_on)
        end as school_year
    from {{ ref('training_attendance') }} as sessions
    inner join {{ ref('int_attainment_policy') }} as policies on sessions.state_postal = policies.state_postal
),

spans as (
    select
        state_postal,
        min(school_year) as first_school_year,
        max(school_year) as last_school_year
    from attended
    group by state_postal
),

years as (
    select
        spans.state_postal,
        unnest(generate_series(spans.first_school_year, spans.last_school_year)) as school_year
    from spans
),

sessions_held as (
    select
        state_postal,
        school_year,
        count(distinct session_code) as held_count,
        count(distinct session_code) filter (where is_recorded) as recorded_count
    from attended
    group by state_postal, school_year
),

districts as (
    select
        years.state_postal,
        years.school_year,
        schools.district_code,
        max(schools.district_name) as district_name
    from years
    inner join {{ ref('int_attainment_policy') }} as policies on years.state_postal = policies.state_postal
    inner join {{ ref('stg_school_directory__school') }} as schools
        on
            years.state_postal = schools.state_postal
            and schools.effective_from_date
            <= cast(years.school_year || '-' || policies.school_year_end as date)
            and (
                schools.effective_to_date is null
                or schools.effective_to_date >= cast(years.school_year || '-' || policies.school_year_end as date)
            )
    group by years.state_postal, years.school_year, schools.district_code
),

counted as (
    select
        districts.state_postal,
        districts.school_year,
        districts.district_code,
        districts.district_name,
        count(distinct attended.session_code) as attended_count,
        coalesce(sum(attended.coordinator_count), 0) as coordinator_count
    from districts
    left join attended
        on
            districts.state_postal = attended.state_postal
            and districts.school_year = attended.school_year
            and districts.district_code = attended.district_code
            and attended.coordinator_count > 0
    group by districts.state_postal, districts.school_year, districts.district_code, districts.district_name
)

select
    md5(concat_ws('|', counted.state_postal, counted.school_year, counted.district_code)) as training_coverage_key,
    counted.state_postal,
    counted.school_year,
    counted.district_code,
    counted.district_name,
    coalesce(sessions_held.held_count, 0) as session_held_count,
    coalesce(sessions_held.recorded_count, 0) as session_recorded_count,
    counted.attended_count as session_attended_count,
    cast(counted.coordinator_count as bigint) as coordinator_count,
    settings.min_session_count,
    counted.attended_count >= settings.min_session_count as is_covered
from counted
inner join settings on counted.state_postal = settings.state_postal
left join sessions_held
    on
        counted.state_postal = sessions_held.state_postal
        and counted.school_year = sessions_held.school_year
