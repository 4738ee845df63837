-- Which denominators a student belongs to in each school year, with the school that the student counts for (B1-B4,
-- B11, B22). One row per student and school year; whoever left before the end of the own cohort's years, and is still
-- one of its members, has a row in the year in which the cohort is judged, at the last school.
with years as (
    select
        student_years.*,
        policies.cohort_years,
        policies.cohort_rule,
        min(student_years.cohort_year) over by_student as first_cohort_year,
        max(case student_years.cte_status when 'completer' then 2 when 'concentrator' then 1 else 0 end) over so_far
            as cte_rank,
        student_years.exit_type in ('transferred_out', 'emigrated_or_died') as has_left_state
    from {{ ref('int_student_year') }} as student_years
    inner join {{ ref('int_attainment_policy') }} as policies on student_years.state_postal = policies.state_postal
    window
        by_student as (partition by student_years.state_postal, student_years.student_token),
        so_far as (
            partition by student_years.state_postal, student_years.student_token
            order by student_years.school_year
            rows between unbounded preceding and current row
        )
),

latest as (
    select
        state_postal,
        max(school_year) as latest_year
    from years
    group by state_postal
),

-- The last year of each student that is not after the year in which the own cohort is judged.
cohort_ends as (
    select
        years.*,
        years.first_cohort_year + years.cohort_years - 1 as judged_year
    from years
    inner join latest on years.state_postal = latest.state_postal
    where
        years.school_year <= years.first_cohort_year + years.cohort_years - 1
        and years.first_cohort_year + years.cohort_years - 1 <= latest.latest_year
    qualify row_number() over (
        partition by years.state_postal, years.student_token
        order by years.school_year desc
    ) = 1
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
        years.is_graduate and years.cte_rank >= 1 as is_cte_concentrator
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
    row_number() over (order by all_rows.state_postal, all_rows.school_year, all_rows.student_token) as population_row,
    all_rows.*,
    coalesce(reporting.reporting = 'aggregate_only', false) as is_left_out,
    coalesce(reporting.reporting = 'passes_only', false) as is_passes_only
from all_rows
left join {{ ref('int_district_reporting') }} as reporting
    on
        all_rows.state_postal = reporting.state_postal
        and all_rows.school_year = reporting.school_year
        and all_rows.district_code = reporting.district_code
