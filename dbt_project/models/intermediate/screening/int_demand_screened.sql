-- The demand test: OR over alternatives of AND over conditions, then over horizons as the policy says (I7, I10).
-- Three-valued throughout: what is not published is unknown, never a pass.
with conditions as (
    select * from {{ ref('int_demand_condition_evaluated') }}
),

alternatives as (
    select
        list_id,
        area_id,
        line_code,
        capture_role,
        horizon,
        alternative,
        {{ all_true('is_met') }} as is_met,
        {{ all_true('is_met_at_low') }} as is_met_at_low,
        {{ all_true('is_met_at_high') }} as is_met_at_high,
        string_agg(
            parameter || ': ' || coalesce(format('{:.4g}', value), 'not published') || ' ' || operator || ' '
            || format('{:.6g}', threshold) || ' ' || {{ result_label('is_met') }},
            '; '
            order by parameter
        ) as conditions_text
    from conditions
    group by list_id, area_id, line_code, capture_role, horizon, alternative
),

rules as (
    select
        list_id,
        area_id,
        line_code,
        capture_role,
        horizon,
        {{ any_true('is_met') }} as is_met,
        {{ any_true('is_met_at_low') }} as is_met_at_low,
        {{ any_true('is_met_at_high') }} as is_met_at_high,
        min(case when is_met then alternative end) as alternative_hit,
        string_agg(
            horizon || ' alternative ' || alternative || ' (' || conditions_text || ')',
            ' or '
            order by alternative
        ) as rule_text
    from alternatives
    group by list_id, area_id, line_code, capture_role, horizon
),

combined as (
    select
        rules.list_id,
        rules.area_id,
        rules.line_code,
        rules.capture_role,
        case
            when lists.horizon_mode = 'either' then {{ any_true('rules.is_met') }}
            else {{ all_true('rules.is_met') }}
        end as is_met,
        case
            when lists.horizon_mode = 'either' then {{ any_true('rules.is_met_at_low') }}
            else {{ all_true('rules.is_met_at_low') }}
        end as is_met_at_low,
        case
            when lists.horizon_mode = 'either' then {{ any_true('rules.is_met_at_high') }}
            else {{ all_true('rules.is_met_at_high') }}
        end as is_met_at_high,
        min(rules.alternative_hit) as alternative_hit,
        string_agg(rules.rule_text, ' | ' order by rules.horizon) as rule_text
    from rules
    inner join {{ ref('int_list_resolved') }} as lists on rules.list_id = lists.list_id
    group by rules.list_id, rules.area_id, rules.line_code, rules.capture_role, lists.horizon_mode
),

-- The one condition to show: where the rule passes, the tightest of the alternative that passed; where it fails, the
-- one that is furthest from being met in the alternative that came closest.
alternative_gaps as (
    select
        *,
        (value - threshold) / greatest(abs(threshold), 1e-9) as relative_margin
    from conditions
    where capture_role = 'current'
),

ranked_alternatives as (
    select
        list_id,
        area_id,
        line_code,
        horizon,
        alternative,
        {{ all_true('is_met') }} as is_met,
        min(relative_margin) as worst_margin
    from alternative_gaps
    group by list_id, area_id, line_code, horizon, alternative
),

binding_alternative as (
    select *
    from ranked_alternatives
    qualify row_number() over (
        partition by list_id, area_id, line_code
        order by coalesce(is_met, false) desc, worst_margin desc nulls last, horizon asc, alternative asc
    ) = 1
),

binding_condition as (
    select gaps.*
    from alternative_gaps as gaps
    inner join binding_alternative
        on
            gaps.list_id = binding_alternative.list_id
            and gaps.area_id = binding_alternative.area_id
            and gaps.line_code = binding_alternative.line_code
            and gaps.horizon = binding_alternative.horizon
            and gaps.alternative = binding_alternative.alternative
    qualify row_number() over (
        partition by gaps.list_id, gaps.area_id, gaps.line_code
        order by coalesce(gaps.is_met, false), gaps.relative_margin nulls first, gaps.parameter
    ) = 1
)

select
    combined.list_id,
    combined.area_id,
    combined.line_code,
    combined.capture_role,
    combined.is_met,
    combined.is_met_at_low,
    combined.is_met_at_high,
    combined.alternative_hit,
    combined.rule_text,
    binding_condition.horizon,
    binding_condition.measure,
    binding_condition.operator,
    binding_condition.value,
    binding_condition.threshold,
    binding_condition.value - binding_condition.threshold as margin,
    binding_condition.unit,
    binding_condition.parameter,
    binding_condition.value is null as is_binding_unpublished
from combined
left join binding_condition
    on
        combined.list_id = binding_condition.list_id
        and combined.area_id = binding_condition.area_id
        and combined.line_code = binding_condition.line_code
