with years as (
    select * from {{ ref('int_student_year') }}
)

select
    student_token,
    state_postal,
    min(cohort_year) as cohort_year,
    min(school_year) as first_school_year,
    max(school_year) as last_school_year,
    count(*) as enrolled_year_count,
    count(distinct district_code) as district_count,
    arg_max(district_code, school_year) as last_district_code,
    arg_max(school_code, school_year) as last_school_code,
    arg_max(gender, school_year) as gender,
    arg_max(race_ethnicity, school_year) as race_ethnicity,
    arg_max(income, school_year) as income,
    arg_max(disability, school_year) as disability,
    arg_max(english_learner, school_year) as english_learner,
    case max(case cte_status when 'completer' then 2 when 'concentrator' then 1 else 0 end)
        when 2 then 'completer' when 1 then 'concentrator' else 'other'
    end as highest_cte_status,
    max(graduated_date) as graduated_date,
    arg_max(diploma_type, school_year) as diploma_type,
    arg_max(exit_type, school_year) as exit_type,
    bool_or(is_diploma_credential_path_met) as is_diploma_credential_path_met,
    max(data_vintage) as data_vintage,
    max(capture_id) as capture_id
from years
group by student_token, state_postal
