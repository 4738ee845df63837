-- One row per student and school year: the record of the school that the student counts for (B1-B4, B11, B15). In a year
-- with several schools that is the one entered last, or the one attended longest (attainment.transfer_rule); what it says
-- of the student holds for the year. `student_year_key` is the annual key, `student_token` the cross-year one.
with enrolments as (
    select
        enrolments.*,
        case policies.transfer_rule
            when 'longest_school' then enrolments.exited_date - enrolments.entered_date
        end as attended_days
    from {{ ref('stg_student_records__student_year') }} as enrolments
    inner join {{ ref('int_attainment_policy') }} as policies on enrolments.state_postal = policies.state_postal
),

-- Few students have several schools in a year; only theirs are put in order.
several as (
    select
        state_postal,
        student_token,
        school_year,
        count(*) as school_count
    from {{ ref('stg_student_records__student_year') }}
    group by state_postal, student_token, school_year
    having count(*) > 1
),

homes as (
    select
        enrolments.*,
        1 as school_count
    from enrolments
    anti join several
        on
            enrolments.state_postal = several.state_postal
            and enrolments.student_token = several.student_token
            and enrolments.school_year = several.school_year
    union all
    select
        enrolments.*,
        several.school_count
    from enrolments
    inner join several
        on
            enrolments.state_postal = several.state_postal
            and enrolments.student_token = several.student_token
            and enrolments.school_year = several.school_year
    qualify row_number() over (
        partition by enrolments.state_postal, enrolments.student_token, enrolments.school_year
        order by
            enrolments.attended_days desc nulls last,
            enrolments.entered_date desc nulls last,
            enrolments.exited_date desc nulls first,
            enrolments.district_code asc,
            enrolments.school_code asc
    ) = 1
)

select
    md5(concat_ws('|', state_postal, student_token, school_year)) as student_year_key,
    state_postal,
    student_token,
    school_year,
    district_code,
    school_code,
    school_count,
    grade_level,
    cohort_year,
    entered_date,
    exited_date,
    exit_type,
    graduated_date,
    graduated_date is not null or coalesce(exit_type = 'graduated', false) as is_graduate,
    diploma_type,
    coalesce(diploma_credential_met, false) as is_diploma_credential_path_met,
    coalesce(cte_status, 'none') as cte_status,
    nullif(pathway_code, 'none') as pathway_code,
    coalesce(gender, 'not_given') as gender,
    coalesce(race_ethnicity, 'not_given') as race_ethnicity,
    {% for flag, name in [
        ('is_economically_disadvantaged', 'income'),
        ('is_with_disability', 'disability'),
        ('is_english_learner', 'english_learner'),
    ] %}
        case {{ flag }} when true then 'yes' when false then 'no' else 'not_given' end as {{ name }},
    {% endfor %}
    special_populations,
    agreement_id,
    data_vintage,
    capture_id
from homes
