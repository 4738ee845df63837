-- The three tests side by side for every line, with what each would say under the disturbances that the stability
-- label knows: the agency's rounding, the OEWS standard error, the previous vintage.
with lines as (
    select * from {{ ref('int_list_line_enumerated') }}
),

demand as (
    select * from {{ ref('int_demand_screened') }}
),

skill as (
    select * from {{ ref('int_skill_screened') }}
),

wage as (
    select * from {{ ref('int_wage_screened') }}
)

select
    lines.list_id,
    lines.area_id,
    lines.line_code,
    demand.is_met as demand_is_met,
    demand.is_met_at_low as demand_at_low,
    demand.is_met_at_high as demand_at_high,
    demand_before.is_met as demand_before,
    skill.is_met as skill_is_met,
    wage.is_met as wage_is_met,
    wage.is_met_at_low as wage_at_low,
    wage.is_met_at_high as wage_at_high,
    wage_before.is_met as wage_before,
    (wage.standard_error_usd is null and wage.reason not in ('no_rule', 'top_coded', 'override')) as lacks_standard_error,
    (demand.is_met_at_low is distinct from demand.is_met_at_high) as demand_flips_by_rounding,
    (demand_before.is_met is not null and demand_before.is_met is distinct from demand.is_met) as demand_flips_by_vintage,
    (wage.is_met is not null and wage.is_met_at_low is distinct from wage.is_met_at_high) as wage_flips_by_error,
    (
        wage_before.is_met is not null
        and wage_before.median_hourly_usd is not null
        and wage_before.is_met is distinct from wage.is_met
    ) as wage_flips_by_vintage
from lines
left join demand
    on
        lines.list_id = demand.list_id
        and lines.area_id = demand.area_id
        and lines.line_code = demand.line_code
        and demand.capture_role = 'current'
left join demand as demand_before
    on
        lines.list_id = demand_before.list_id
        and lines.area_id = demand_before.area_id
        and lines.line_code = demand_before.line_code
        and demand_before.capture_role = 'previous'
left join skill
    on
        lines.list_id = skill.list_id
        and lines.area_id = skill.area_id
        and lines.line_code = skill.line_code
left join wage
    on
        lines.list_id = wage.list_id
        and lines.area_id = wage.area_id
        and lines.line_code = wage.line_code
        and wage.wage_role = 'current'
left join wage as wage_before
    on
        lines.list_id = wage_before.list_id
        and lines.area_id = wage_before.area_id
        and lines.line_code = wage_before.line_code
        and wage_before.wage_role = 'previous'
