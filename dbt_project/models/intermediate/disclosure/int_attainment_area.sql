-- The state's districts and schools with the name that the school directory gave them last; the state itself first.
with directory as (
    select
        state_postal,
        district_code,
        school_code,
        arg_max(district_name, coalesce(effective_to_date, date '2999-12-31')) as district_name,
        arg_max(school_name, coalesce(effective_to_date, date '2999-12-31')) as school_name
    from {{ ref('stg_school_directory__school') }}
    group by state_postal, district_code, school_code
)

select
    state_postal,
    'state' as area_level,
    state_postal as area_code,
    state_name as area_name
from {{ ref('state') }}
union all
select
    state_postal,
    'district' as area_level,
    district_code as area_code,
    max(district_name) as area_name
from directory
group by state_postal, district_code
union all
select
    state_postal,
    'school' as area_level,
    school_code as area_code,
    school_name as area_name
from directory
