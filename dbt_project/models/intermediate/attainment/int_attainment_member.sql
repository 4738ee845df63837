-- Who is counted where, beyond the plain denominators (B1-B13, B19, P3, P7): one row per student and school year
-- (`population_row`) and whatever counts there: a sitting of the year, a credential earned by its end, a credential that a
-- course of the year leads to, each with its place on the list. One column per population (`member_flags`), true where the
-- row counts in it and else null: every row one credential or sitting, students once. Numerators are drawn from the rows
-- of their denominator, so that none can exceed it (K7). A view, for it is read once.
{{ config(materialized='view') }}
with population as (
    select
        population_row,
        state_postal,
        student_token,
        school_year,
        is_enrolled,
        is_cohort_9,
        is_graduate,
        is_pathway_enrolled,
        is_cte_completer,
        is_cte_concentrator,
        is_passes_only
    from {{ ref('int_attainment_population') }}
    where not is_left_out
),

attempts as (
    select
        population.population_row,
        population.state_postal,
        population.school_year,
        population.is_passes_only,
        population.is_pathway_enrolled,
        sittings.credential_code,
        sittings.vendor_code,
        sittings.is_priority,
        sittings.tier,
        sittings.is_attempt,
        sittings.is_first_counted,
        sittings.is_award,
        sittings.is_passed,
        sittings.is_linked,
        sittings.is_from_vendor,
        sittings.is_from_district,
        sittings.is_conflicting,
        sittings.verification_status,
        sittings.audit_verdict
    from {{ ref('int_attempt_counted') }} as sittings
    inner join population
        on
            sittings.state_postal = population.state_postal
            and sittings.student_token = population.student_token
            and sittings.school_year = population.school_year
            and population.is_enrolled
),

awards as (
    select
        state_postal,
        student_token,
        school_year,
        credential_code,
        coalesce(vendor_code, 'none') as vendor_code,
        is_priority,
        tier
    from {{ ref('int_attempt_counted') }}
    where is_award
),

-- Everything up to the end of the year in which the population is judged counts (B1, B2, B4, B11).
earned_ever as (
    select
        population.population_row,
        population.state_postal,
        population.school_year,
        awards.credential_code,
        awards.vendor_code,
        awards.is_priority,
        awards.tier,
        population.is_cohort_9 as cohort_9_earned,
        population.is_graduate as graduates_earned,
        population.is_cte_completer as cte_completers_earned,
        population.is_cte_concentrator as cte_concentrators_earned
    from population
    inner join awards
        on
            population.state_postal = awards.state_postal
            and population.student_token = awards.student_token
            and population.school_year >= awards.school_year
    where
        population.is_cohort_9
        or population.is_graduate
        or population.is_cte_completer
        or population.is_cte_concentrator
),

in_year as (
    select
        population_row,
        state_postal,
        school_year,
        credential_code,
        coalesce(vendor_code, 'none') as vendor_code,
        is_priority,
        tier,
        is_attempt and not is_passes_only as takers,
        is_attempt and not is_passes_only as attempts,
        is_first_counted and not is_passes_only as first_time_takers,
        is_first_counted and is_passed and not is_passes_only as first_time_takers_earned,
        is_award and not is_passes_only as takers_earned,
        is_award and not is_passes_only as awards,
        is_award and is_passes_only as earners_passes_only,
        is_award and is_passes_only as awards_passes_only,
        is_award and is_pathway_enrolled as pathway_enrolled_earned,
        is_award and verification_status <> 'vendor' as audit_frame,
        is_linked and audit_verdict is not null as audit_reviewed,
        is_linked and audit_verdict = 'error' as audit_error,
        is_linked and audit_verdict = 'no_evidence' as audit_unproven,
        is_linked and is_from_vendor and not is_from_district as sittings_only_vendor,
        is_linked and is_from_district and not is_from_vendor as sittings_only_district,
        is_linked and is_from_vendor and is_from_district as sittings_both,
        is_linked and is_from_vendor and is_from_district and is_conflicting as sittings_conflict
    from attempts
),

-- The chain of one credential: in its capstone, all courses passed, sat, earned (B7, B9), and those who passed the last of
-- its courses in the year. Districts that report passes only would show as many sittings as passes: they are left out of
-- what rests on sittings.
first_sittings as (
    select
        state_postal,
        student_token,
        credential_code,
        min(school_year) as sat_year,
        min(school_year) filter (where is_award) as earned_year
    from {{ ref('int_attempt_counted') }}
    where is_attempt
    group by state_postal, student_token, credential_code
),

-- Nobody need have sat: what the list says on the last day of the year speaks.
course_years as (
    select distinct
        progress.state_postal,
        progress.school_year,
        progress.credential_code,
        {{ last_day_of_year('progress.school_year', 'policies.school_year_end') }} as asked_date,
        policies.is_sunset_counted
    from {{ ref('int_course_progress') }} as progress
    inner join {{ ref('int_attainment_policy') }} as policies on progress.state_postal = policies.state_postal
),

listed_by_year as (
    select
        course_years.state_postal,
        course_years.school_year,
        course_years.credential_code,
        {{ counts_as_priority('listed.list_status', 'course_years.is_sunset_counted') }} as is_priority,
        listed.tier
    from course_years
    inner join {{ ref('int_credential_priority_dated') }} as listed
        on
            course_years.state_postal = listed.state_postal
            and course_years.credential_code = listed.credential_code
            and course_years.asked_date >= listed.from_date
            and (listed.to_date is null or course_years.asked_date <= listed.to_date)
    qualify row_number() over (
        partition by course_years.state_postal, course_years.school_year, course_years.credential_code
        order by listed.precedence asc, listed.from_date desc, listed.list_version asc
    ) = 1
),

in_courses as (
    select
        population.population_row,
        population.state_postal,
        population.school_year,
        progress.credential_code,
        progress.is_in_capstone and not population.is_passes_only as is_eligible,
        progress.has_passed_all_courses,
        progress.has_passed_last_course,
        coalesce(first_sittings.sat_year <= population.school_year, false) as has_sat,
        coalesce(first_sittings.earned_year <= population.school_year, false) as has_earned,
        coalesce(listed_by_year.is_priority, false) as is_priority,
        case when listed_by_year.is_priority then listed_by_year.tier end as tier
    from {{ ref('int_course_progress') }} as progress
    inner join population
        on
            progress.state_postal = population.state_postal
            and progress.student_token = population.student_token
            and progress.school_year = population.school_year
            and population.is_enrolled
    left join first_sittings
        on
            progress.state_postal = first_sittings.state_postal
            and progress.student_token = first_sittings.student_token
            and progress.credential_code = first_sittings.credential_code
    left join listed_by_year
        on
            progress.state_postal = listed_by_year.state_postal
            and progress.school_year = listed_by_year.school_year
            and progress.credential_code = listed_by_year.credential_code
),

-- Whoever sat one of several is none who did not sit: `eligible_any_sat` takes the student out again.
chain as (
    select
        population_row,
        state_postal,
        school_year,
        credential_code,
        'none' as vendor_code,
        is_priority,
        tier,
        true as course_enrolments,
        has_passed_last_course as course_passers,
        has_passed_last_course and has_earned as course_passers_earned,
        is_eligible as eligible,
        is_eligible and has_passed_all_courses as eligible_courses_passed,
        is_eligible and has_passed_all_courses and has_sat as eligible_sat,
        is_eligible and has_passed_all_courses and has_earned as eligible_earned,
        is_eligible and not has_sat as eligible_not_sat,
        is_eligible and has_sat as eligible_any_sat
    from in_courses
)

select
    population_row,
    state_postal,
    school_year,
    credential_code,
    vendor_code,
    is_priority,
    {% for name in member_flags().split() %}
        nullif({{ name }}, false) as {{ name }},
    {% endfor %}
    tier
from (
    select * from earned_ever
    union all by name
    select * from in_year
    union all by name
    select * from chain
) as rows
