-- The median wage of each line: its own OEWS row; else its components' medians weighted by OEWS employment, marked
-- approximate; else the smallest published combination that contains it, marked approximate (I15, I22). Both the
-- current and the previous wage vintage are read for today's lines.
with lines as (
    select
        lines.area_id,
        lines.source_system,
        lines.line_code,
        lines.component_codes,
        lines.component_key,
        assigned.capture_role as wage_role,
        assigned.wage_area_id,
        assigned.wage_area_basis
    from {{ ref('int_line_described') }} as lines
    inner join {{ ref('int_area_wage_assigned') }} as assigned on lines.area_id = assigned.area_id
),

wages as (
    select * from {{ ref('int_wage_sourced') }}
    where component_count > 0 and code_level in ('detailed', 'broad', 'combination')
),

own_rows as (
    select
        lines.area_id,
        lines.source_system,
        lines.line_code,
        lines.wage_role,
        'own_row' as wage_method,
        wages.median_hourly_usd,
        wages.is_top_coded,
        false as has_top_coded_component,
        wages.is_from_annual,
        wages.mean_wage_prse_pct,
        wages.employment_count,
        wages.wage_mark,
        wages.topcode_hourly_usd,
        wages.occupation_code as wage_codes,
        wages.reference_year,
        wages.data_vintage,
        wages.capture_id
    from lines
    inner join wages
        on
            lines.wage_area_id = wages.area_id
            and lines.wage_role = wages.capture_role
            and lines.component_key = wages.component_key
    qualify row_number() over (
        partition by lines.area_id, lines.source_system, lines.line_code, lines.wage_role
        order by
            case when wages.occupation_code = lines.line_code then 1 else 2 end,
            case wages.code_level when 'detailed' then 1 when 'combination' then 2 else 3 end,
            wages.occupation_code
    ) = 1
),

component_rows as (
    select
        lines.area_id,
        lines.source_system,
        lines.line_code,
        lines.wage_role,
        wages.*
    from lines
    inner join wages
        on
            lines.wage_area_id = wages.area_id
            and lines.wage_role = wages.capture_role
            and wages.component_count = 1
            and list_contains(lines.component_codes, wages.component_key)
    anti join own_rows
        on
            lines.area_id = own_rows.area_id
            and lines.source_system = own_rows.source_system
            and lines.line_code = own_rows.line_code
            and lines.wage_role = own_rows.wage_role
    where len(lines.component_codes) > 1
    qualify row_number() over (
        partition by
            lines.area_id, lines.source_system, lines.line_code, lines.wage_role, wages.component_key
        order by case when wages.occupation_code = wages.component_key then 1 else 2 end
    ) = 1
),

component_values as (
    select
        *,
        -- A top-coded component is worth at least the top code: the average becomes a lower bound.
        case when is_top_coded then topcode_hourly_usd else median_hourly_usd end as hourly_usd
    from component_rows
    where median_hourly_usd is not null or is_top_coded
),

component_weights as (
    select
        *,
        case
            when count(employment_count) over line = 0 then 1.0
            else coalesce(employment_count, 0)
        end as weight
    from component_values
    window line as (partition by area_id, source_system, line_code, wage_role)
),

weighted as (
    select
        area_id,
        source_system,
        line_code,
        wage_role,
        'components_weighted' as wage_method,
        case
            when bool_or(hourly_usd is null and weight > 0) or bool_and(is_top_coded) then null
            else sum(hourly_usd * weight) / sum(weight)
        end as median_hourly_usd,
        bool_and(is_top_coded) as is_top_coded,
        bool_or(is_top_coded and weight > 0) and not bool_and(is_top_coded) as has_top_coded_component,
        bool_or(is_from_annual) as is_from_annual,
        case
            when bool_and(mean_wage_prse_pct is not null) then sum(mean_wage_prse_pct * weight) / sum(weight)
        end as mean_wage_prse_pct,
        sum(employment_count) as employment_count,
        cast(null as varchar) as wage_mark,
        max(topcode_hourly_usd) as topcode_hourly_usd,
        string_agg(occupation_code, '|' order by occupation_code) as wage_codes,
        max(reference_year) as reference_year,
        max(data_vintage) as data_vintage,
        max(capture_id) as capture_id
    from component_weights
    group by area_id, source_system, line_code, wage_role
    having sum(weight) > 0
),

covering_rows as (
    select
        lines.area_id,
        lines.source_system,
        lines.line_code,
        lines.wage_role,
        'covering_row' as wage_method,
        wages.median_hourly_usd,
        wages.is_top_coded,
        false as has_top_coded_component,
        wages.is_from_annual,
        wages.mean_wage_prse_pct,
        wages.employment_count,
        wages.wage_mark,
        wages.topcode_hourly_usd,
        wages.occupation_code as wage_codes,
        wages.reference_year,
        wages.data_vintage,
        wages.capture_id
    from lines
    inner join wages
        on
            lines.wage_area_id = wages.area_id
            and lines.wage_role = wages.capture_role
            -- A SOC broad group is an aggregate over other lines; only the combinations that OEWS estimates in place
            -- of detail speak for their members.
            and wages.code_level in ('combination', 'broad')
            and wages.component_count > len(lines.component_codes)
            and list_has_all(wages.component_codes, lines.component_codes)
    anti join own_rows
        on
            lines.area_id = own_rows.area_id
            and lines.source_system = own_rows.source_system
            and lines.line_code = own_rows.line_code
            and lines.wage_role = own_rows.wage_role
    anti join weighted
        on
            lines.area_id = weighted.area_id
            and lines.source_system = weighted.source_system
            and lines.line_code = weighted.line_code
            and lines.wage_role = weighted.wage_role
    where wages.is_estimated_in_place_of_detail
    qualify row_number() over (
        partition by lines.area_id, lines.source_system, lines.line_code, lines.wage_role
        order by wages.component_count, wages.occupation_code
    ) = 1
),

all_methods as (
    select * from own_rows
    union all
    select * from weighted
    union all
    select * from covering_rows
)

select
    lines.area_id,
    lines.source_system,
    lines.line_code,
    lines.wage_role,
    lines.wage_area_id,
    lines.wage_area_basis,
    coalesce(all_methods.wage_method, 'not_published') as wage_method,
    all_methods.median_hourly_usd,
    coalesce(all_methods.is_top_coded, false) as is_top_coded,
    coalesce(all_methods.has_top_coded_component, false) as has_top_coded_component,
    coalesce(all_methods.is_from_annual, false) as is_from_annual,
    coalesce(all_methods.wage_method in ('components_weighted', 'covering_row'), false)
    or lines.wage_area_basis = 'state' as is_approximate,
    all_methods.mean_wage_prse_pct,
    all_methods.employment_count,
    all_methods.wage_mark,
    all_methods.topcode_hourly_usd,
    all_methods.wage_codes,
    all_methods.reference_year,
    all_methods.data_vintage,
    all_methods.capture_id
from lines
left join all_methods
    on
        lines.area_id = all_methods.area_id
        and lines.source_system = all_methods.source_system
        and lines.line_code = all_methods.line_code
        and lines.wage_role = all_methods.wage_role
