-- Which denominators a student belongs to in each school year, with the school that the student counts for (B1-B4,
-- B11, B22). One row per student and school year; whoever left before the end of the own cohort's years, and is still
-- one of its members, has a row in the year in which the cohort is judged, at the last school.
with student_years as (
    select * from {{ ref('int_student_year') }}
),

students as (
    select
        state_postal,
        student_token,
        min(cohort_year) as first_cohort_year,
        min(school_year) filter (where cte_status in ('completer', 'concentrator')) as first_cte_year
    from student_years
    group by state_postal, student_token
),

years as (
    select
        student_years.*,
        policies.cohort_rule,
        students.first_cohort_year + policies.cohort_years - 1 as judged_year,
        coalesce(students.first_cte_year <= student_years.school_year, false) as has_been_concentrator,
        student_years.exit_type in ('transferred_out', 'emigrated_or_died') as has_left_state
    from student_years
    inner join {{ ref('int_attainment_policy') }} as policies on student_years.state_postal = policies.state_postal
    inner join students
        on
            student_years.state_postal = students.state_postal
            and student_years.student_token = students.student_token
),

latest as (
    select
        state_postal,
        max(school_year) as latest_year
    from years
    group by state_postal
),

-- The last year of each student that is not after the year in which the own cohort is judged.
last_years as (
    select
        years.state_postal,
        years.student_token,
        max(years.school_year) as school_year
    from years
    inner join latest on years.state_postal = latest.state_postal
    where years.school_year <= years.judged_year and years.judged_year <= latest.latest_year
    group by years.state_postal, years.student_token
),

cohort_ends as (
    select years.*
    from years
    inner join last_years
        on
            years.state_postal = last_years.state_postal
            and years.student_token = last_years.student_token
            and years.school_year = last_years.school_year
),

members as (
    select * from cohort_ends
    where cohort_rule <> 'adjusted' or not coalesce(has_left_state, false)
),

all_rows as (
    select
        years.state_postal,
        years.student_token,
        years.student_year_key,
        years.school_year,
        years.district_code,
        years.school_code,
        years.gender,
        years.race_ethnicity,
        years.income,
        years.disability,
        years.english_learner,
        years.special_populations,
        true as is_enrolled,
        members.student_token is not null as is_cohort_9,
        years.is_graduate,
        years.pathway_code is not null as is_pathway_enrolled,
        years.cte_status = 'completer' as is_cte_completer,
        years.is_graduate and years.has_been_concentrator as is_cte_concentrator
    from years
    left join members
        on
            years.state_postal = members.state_postal
            and years.student_token = members.student_token
            and years.school_year = members.school_year
            and members.school_year = members.judged_year
    union all
    select
        state_postal,
        student_token,
        cast(null as varchar) as student_year_key,
        judged_year as school_year,
        district_code,
        school_code,
        gender,
        race_ethnicity,
        income,
        disability,
        english_learner,
        special_populations,
        false as is_enrolled,
        true as is_cohort_9,
        false as is_graduate,
        false as is_pathway_enrolled,
        false as is_cte_completer,
        false as is_cte_concentrator
    from members
    where school_year < judged_year
)

select
    row_number() over () as population_row,
    all_rows.*,
    coalesce(reporting.reporting = 'aggregate_only', false) as is_left_out,
    coalesce(reporting.reporting = 'passes_only', false) as is_passes_only
from all_rows
left join {{ ref('int_district_reporting') }} as reporting
    on
        all_rows.state_postal = reporting.state_postal
        and all_rows.school_year = reporting.school_year
        and all_rows.district_code = reporting.district_code
