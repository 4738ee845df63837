with lines as (
    select
        lines.*,
        lists.cycle,
        lists.as_of_date,
        lists.state_postal,
        lists.policy_id,
        lists.param_hash
    from {{ ref('int_list_line_enumerated') }} as lines
    inner join {{ ref('int_list_resolved') }} as lists on lines.list_id = lists.list_id
),

screened as (
    select
        *,
        coalesce(demand_is_met and skill_is_met and wage_is_met, false) as passes,
        coalesce(demand_at_low and skill_is_met and wage_is_met, false) as passes_at_rounding_low,
        coalesce(demand_at_high and skill_is_met and wage_is_met, false) as passes_at_rounding_high,
        coalesce(demand_is_met and skill_is_met and wage_at_low, false) as passes_at_error_low,
        coalesce(demand_is_met and skill_is_met and wage_at_high, false) as passes_at_error_high,
        coalesce(
            case when demand_flips_by_vintage then demand_before else demand_is_met end
            and skill_is_met
            and case when wage_flips_by_vintage then wage_before else wage_is_met end, false
        ) as passed_before
    from {{ ref('int_line_screened') }}
),

decisions as (
    select
        decisions.list_id,
        decisions.area_id,
        decisions.line_code,
        decisions.decision,
        decisions.reason,
        decisions.decided_by_role,
        decisions.decided_on
    from {{ ref('occupation_decision') }} as decisions
    inner join {{ ref('int_list_resolved') }} as lists on decisions.list_id = lists.list_id
    where
        decisions.decision in ('add', 'remove')
        and decisions.decided_on <= lists.as_of_date
        and (decisions.expires_on is null or decisions.expires_on > lists.as_of_date)
    qualify row_number() over (
        partition by decisions.list_id, decisions.area_id, decisions.line_code
        order by decisions.decided_on desc
    ) = 1
),

components as (
    select
        area_id,
        source_system,
        line_code,
        string_agg(component_code || ' ' || coalesce(component_title, ''), '; ' order by component_code)
            as component_titles,
        max(weight_basis) as component_weight_basis
    from {{ ref('int_line_component_skilled') }}
    group by area_id, source_system, line_code
),

judged as (
    select
        lines.*,
        components.component_titles,
        components.component_weight_basis,
        screened.* exclude (list_id, area_id, line_code),
        decisions.decision,
        decisions.reason as decision_reason,
        decisions.decided_by_role,
        (
            screened.passes_at_rounding_low is distinct from screened.passes
            or screened.passes_at_rounding_high is distinct from screened.passes
        ) as flips_by_rounding,
        (
            screened.passes_at_error_low is distinct from screened.passes
            or screened.passes_at_error_high is distinct from screened.passes
        ) as flips_by_error,
        (screened.passed_before is distinct from screened.passes) as flips_by_vintage
    from lines
    inner join screened
        on
            lines.list_id = screened.list_id
            and lines.area_id = screened.area_id
            and lines.line_code = screened.line_code
    left join components
        on
            lines.area_id = components.area_id
            and lines.source_system = components.source_system
            and lines.line_code = components.line_code
    left join decisions
        on
            lines.list_id = decisions.list_id
            and lines.area_id = decisions.area_id
            and lines.line_code = decisions.line_code
)

select
    md5(concat_ws('|', list_id, area_id, line_code)) as outcome_key,
    list_id,
    cycle,
    state_postal,
    area_id,
    area_kind,
    line_code,
    line_title,
    soc_version,
    component_count,
    component_key as component_codes,
    component_titles,
    component_weight_basis,
    left(line_code, 2) || '-0000' as major_group_code,
    {{ result_label('demand_is_met') }} as demand_result,
    {{ result_label('skill_is_met') }} as skill_result,
    {{ result_label('wage_is_met') }} as wage_result,
    case
        when decision = 'remove' and passes then 'removed_by_decision'
        when decision = 'add' and not passes then 'listed_by_decision'
        when demand_is_met is null then 'unknown_demand'
        when not demand_is_met then 'failed_demand'
        when skill_is_met is null then 'unknown_skill'
        when not skill_is_met then 'failed_skill'
        when wage_is_met is null then 'unknown_wage'
        when not wage_is_met then 'failed_wage'
        else 'listed'
    end as terminal_state,
    passes as passes_all_tests,
    decision,
    decision_reason,
    decided_by_role,
    -- K15: federal projections omit most of agriculture, so a figure for these lines is partial.
    left(line_code, 2) = '45' as has_coverage_gap,
    is_supplement,
    mapping_method is null as is_unmapped,
    case when flips_by_rounding or flips_by_error or flips_by_vintage then 'borderline' else 'solid' end as stability,
    coalesce(
        nullif(concat_ws(
            '; ',
            case when flips_by_rounding then 'flips within rounding of the projections' end,
            case when flips_by_error then 'flips within the OEWS standard error' end,
            case when flips_by_vintage then 'flips under the previous vintage' end,
            case
                when lacks_standard_error and wage_is_met is not null
                    then 'the wage source publishes no standard error'
            end
        ), ''), 'holds within rounding, standard error and against the previous vintage where there is one'
    ) as stability_note,
    policy_id,
    param_hash,
    projection_data_vintage as data_vintage,
    projection_capture_id as capture_id
from judged
