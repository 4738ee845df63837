-- The entry wage of a line: the 25th percentile of its OEWS row, or its median, as the policy says (Q2), from the area
-- that the median of the line comes from.
select
    assigned.area_id,
    lines.line_code,
    max(
        case {{ common_parameter('credential.entry_wage') }}
            when 'median' then wages.median_hourly_usd
            else wages.p25_hourly_usd
        end
    ) as entry_hourly_usd
from (
    select distinct
        area_id,
        line_code,
        component_key
    from {{ ref('int_list_line_enumerated') }}
) as lines
inner join {{ ref('int_area_wage_assigned') }} as assigned on lines.area_id = assigned.area_id
inner join {{ ref('int_wage_sourced') }} as wages
    on
        assigned.wage_area_id = wages.area_id
        and wages.capture_role = 'current'
        and lines.component_key = wages.component_key
group by assigned.area_id, lines.line_code
