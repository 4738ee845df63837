-- Job Zone and required education of each SOC 2018 occupation from its O*NET-SOC rows: the base .00 row speaks, else
-- the highest zone and the mean education share of the children (I17). No zone stays null: unknown, never a pass.
with members as (
    select
        crosswalk.soc_code,
        crosswalk.onetsoc_code,
        crosswalk.onetsoc_code like '%.00' as is_base
    from {{ ref('stg_soc__onet_to_soc') }} as crosswalk
    union
    -- Occupations newer than the crosswalk capture still carry their SOC code in the first seven characters.
    select
        left(occupations.onetsoc_code, 7),
        occupations.onetsoc_code,
        occupations.onetsoc_code like '%.00'
    from {{ ref('stg_onet__occupation') }} as occupations
    left join {{ ref('stg_soc__onet_to_soc') }} as crosswalk
        on occupations.onetsoc_code = crosswalk.onetsoc_code
    where crosswalk.onetsoc_code is null
),

education as (
    select
        onetsoc_code,
        sum(case when education_category >= 3 then respondents_pct else 0 end) as beyond_high_school_pct
    from {{ ref('stg_onet__education') }}
    group by onetsoc_code
    having sum(respondents_pct) > 0
),

rated as (
    select
        members.soc_code,
        members.onetsoc_code,
        members.is_base,
        zones.job_zone,
        education.beyond_high_school_pct,
        {{ common_parameter('skill.onet_aggregate') }} = 'base_else_max' as base_speaks
    from members
    left join {{ ref('stg_onet__job_zone') }} as zones on members.onetsoc_code = zones.onetsoc_code
    left join education on members.onetsoc_code = education.onetsoc_code
)

select
    soc_code,
    case
        when any_value(base_speaks) and max(case when is_base then job_zone end) is not null
            then max(case when is_base then job_zone end)
        else max(job_zone)
    end as job_zone,
    case
        when any_value(base_speaks) and max(case when is_base then job_zone end) is not null then 'base'
        when max(job_zone) is not null then 'highest_child'
    end as job_zone_basis,
    case
        when any_value(base_speaks) and max(case when is_base then beyond_high_school_pct end) is not null
            then max(case when is_base then beyond_high_school_pct end)
        else avg(beyond_high_school_pct)
    end as beyond_high_school_pct,
    count(*) as onetsoc_count,
    count(job_zone) as rated_count
from rated
group by soc_code
