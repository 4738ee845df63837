-- Students in courses that lead to a credential, by school year (B7, B9, B10): whether the capstone, in which it is sat,
-- was taken in the year, and whether by the end of the year all courses of one pathway that lead to it were passed. One row
-- per student, school year and credential. A course that the crosswalk has ended leads on whoever takes it, and nobody
-- needs it any more.
with links as (
    select distinct
        state_postal,
        pathway_code,
        course_code,
        credential_code,
        is_capstone,
        effective_to_date is null as is_needed
    from {{ ref('stg_course_crosswalk__course_credential') }}
    where credential_code is not null
),

chains as (
    select
        state_postal,
        pathway_code,
        credential_code,
        count(distinct course_code) as course_count
    from links
    where is_needed
    group by state_postal, pathway_code, credential_code
),

first_passes as (
    select
        state_postal,
        student_token,
        course_code,
        min(school_year) as passed_year
    from {{ ref('stg_student_records__course_completion') }}
    where has_passed
    group by state_postal, student_token, course_code
),

chains_passed as (
    select
        first_passes.state_postal,
        first_passes.student_token,
        links.credential_code,
        max(first_passes.passed_year) as passed_year
    from first_passes
    inner join links
        on
            first_passes.state_postal = links.state_postal
            and first_passes.course_code = links.course_code
            and links.is_needed
    inner join chains
        on
            links.state_postal = chains.state_postal
            and links.pathway_code is not distinct from chains.pathway_code
            and links.credential_code = chains.credential_code
    group by
        first_passes.state_postal, first_passes.student_token, links.pathway_code, links.credential_code,
        chains.course_count
    having count(distinct first_passes.course_code) = chains.course_count
),

passed as (
    select
        state_postal,
        student_token,
        credential_code,
        min(passed_year) as passed_year
    from chains_passed
    group by state_postal, student_token, credential_code
),

taken as (
    select
        courses.state_postal,
        courses.student_token,
        courses.school_year,
        links.credential_code,
        bool_or(links.is_capstone) as is_in_capstone
    from {{ ref('stg_student_records__course_completion') }} as courses
    inner join (
        select
            state_postal,
            course_code,
            credential_code,
            bool_or(coalesce(is_capstone, false)) as is_capstone
        from links
        group by state_postal, course_code, credential_code
    ) as links
        on
            courses.state_postal = links.state_postal
            and courses.course_code = links.course_code
    group by courses.state_postal, courses.student_token, courses.school_year, links.credential_code
)

select
    taken.state_postal,
    taken.student_token,
    taken.school_year,
    taken.credential_code,
    taken.is_in_capstone,
    coalesce(passed.passed_year <= taken.school_year, false) as has_passed_all_courses,
    coalesce(passed.passed_year = taken.school_year, false) as has_passed_last_course
from taken
left join passed
    on
        taken.state_postal = passed.state_postal
        and taken.student_token = passed.student_token
        and taken.credential_code = passed.credential_code
