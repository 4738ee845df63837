-- The demand rule of each list, condition by condition, thresholds as the list has them (I10-I12). A list may move a
-- threshold by naming the condition's parameter in list_parameter.csv.
select
    lists.list_id,
    conditions.area_kind as rule_area_kind,
    conditions.parameter,
    conditions.alternative,
    conditions.measure as measure_asked,
    case
        when conditions.measure = 'growth_annual_pct' and lists.growth_annualisation = 'cagr' then 'growth_cagr_pct'
        when conditions.measure = 'growth_annual_pct' then 'growth_simple_pct'
        else conditions.measure
    end as measure,
    conditions.operator,
    cast(parameters.value as double) as threshold,
    conditions.unit,
    parameters.origin,
    parameters.citation
from {{ ref('int_list_resolved') }} as lists
inner join {{ ref('policy_demand_condition') }} as conditions
    on
        lists.policy_id = conditions.policy_id
        and lists.as_of_date >= conditions.effective_from
        and (conditions.effective_to is null or lists.as_of_date <= conditions.effective_to)
inner join {{ ref('int_list_parameter_resolved') }} as parameters
    on
        lists.list_id = parameters.list_id
        and conditions.parameter = parameters.parameter
