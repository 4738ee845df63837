-- The SOC 2018 occupations inside each line, weighted by their OEWS employment in the area (I14: split by employment
-- share); equal where none of them has a published figure. A component without a figure beside others that have one
-- weighs nothing, and the basis says so.
with line_components as (
    select
        area_id,
        source_system,
        line_code,
        component_count,
        unnest(component_codes) as component_code
    from {{ ref('int_line_described') }}
    where component_count > 0
),

wages as (
    select
        assigned.area_id,
        wages.component_key as component_code,
        wages.employment_count
    from {{ ref('int_area_wage_assigned') }} as assigned
    inner join {{ ref('int_wage_sourced') }} as wages
        on
            assigned.wage_area_id = wages.area_id
            and assigned.capture_role = wages.capture_role
    where assigned.capture_role = 'current' and wages.component_count = 1
    qualify row_number() over (
        partition by assigned.area_id, wages.component_key
        order by case when wages.occupation_code = wages.component_key then 1 else 2 end
    ) = 1
),

with_employment as (
    select
        line_components.*,
        wages.employment_count,
        sum(wages.employment_count) over line as line_employment_count,
        count(wages.employment_count) over line as published_count
    from line_components
    left join wages
        on
            line_components.area_id = wages.area_id
            and line_components.component_code = wages.component_code
    window line as (partition by line_components.area_id, line_components.source_system, line_components.line_code)
)

select
    area_id,
    source_system,
    line_code,
    component_code,
    employment_count,
    case
        when published_count = 0 then 1.0 / component_count
        else coalesce(employment_count, 0) / line_employment_count
    end as component_rate,
    case
        when component_count = 1 then 'single'
        when published_count = 0 then 'equal'
        when published_count < component_count then 'employment_partial'
        else 'employment'
    end as weight_basis
from with_employment
