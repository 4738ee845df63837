-- Every condition of every demand rule for every line, horizon and vintage, at the published value and at both ends of
-- what the agency's rounding leaves open (I10-I12).
with lines as (
    select * from {{ ref('int_list_line_enumerated') }}
),

horizons (horizon_mode, horizon) as (
    values
    ('long', 'long'),
    ('short', 'short'),
    ('both', 'long'),
    ('both', 'short'),
    ('either', 'long'),
    ('either', 'short')
),

conditions as (
    select * from {{ ref('int_list_demand_condition_resolved') }}
),

measures as (
    select * from {{ ref('int_line_measure_unpivoted') }}
),

-- Without an older capture there is nothing to evaluate before.
roles as (
    select 'current' as capture_role
    union
    select capture_role from measures
),

-- A previous vintage may publish the same occupation under another code: it is found by what it covers.
measured as (
    select
        area_id,
        source_system,
        horizon,
        capture_role,
        component_key,
        line_code,
        measure,
        value_low,
        value,
        value_high
    from measures
    qualify row_number() over (
        partition by area_id, source_system, horizon, capture_role, coalesce(component_key, line_code), line_code, measure
        order by line_code
    ) = 1
),

evaluated as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        roles.capture_role,
        horizons.horizon,
        conditions.parameter,
        conditions.alternative,
        conditions.measure,
        conditions.operator,
        conditions.threshold,
        conditions.unit,
        coalesce(same_code.value, same_cover.value) as value,
        coalesce(same_code.value_low, same_cover.value_low) as value_low,
        coalesce(same_code.value_high, same_cover.value_high) as value_high
    from lines
    inner join horizons on lines.horizon_mode = horizons.horizon_mode
    inner join conditions
        on
            lines.list_id = conditions.list_id
            and conditions.rule_area_kind in ('all', lines.rule_area_kind)
    cross join roles
    left join measured as same_code
        on
            lines.area_id = same_code.area_id
            and lines.source_system = same_code.source_system
            and horizons.horizon = same_code.horizon
            and roles.capture_role = same_code.capture_role
            and lines.line_code = same_code.line_code
            and conditions.measure = same_code.measure
    left join measured as same_cover
        on
            roles.capture_role = 'previous'
            and same_code.line_code is null
            and lines.area_id = same_cover.area_id
            and lines.source_system = same_cover.source_system
            and horizons.horizon = same_cover.horizon
            and same_cover.capture_role = 'previous'
            and lines.component_key = same_cover.component_key
            and conditions.measure = same_cover.measure
)

select
    *,
    {{ meets('value', 'operator', 'threshold') }} as is_met,
    {{ meets('value_low', 'operator', 'threshold') }} as is_met_at_low,
    {{ meets('value_high', 'operator', 'threshold') }} as is_met_at_high
from evaluated
qualify row_number() over (
    partition by list_id, area_id, line_code, capture_role, horizon, parameter, alternative
    order by value
) = 1
