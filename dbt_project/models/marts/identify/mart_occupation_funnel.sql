with outcomes as (
    select * from {{ ref('mart_occupation_outcome') }}
),

counted as (
    select
        list_id,
        cycle,
        area_id,
        count(*) as screened_count,
        count(*) filter (where terminal_state = 'failed_demand') as failed_demand,
        count(*) filter (where terminal_state = 'unknown_demand') as unknown_demand,
        count(*) filter (where terminal_state = 'failed_skill') as failed_skill,
        count(*) filter (where terminal_state = 'unknown_skill') as unknown_skill,
        count(*) filter (where terminal_state = 'failed_wage') as failed_wage,
        count(*) filter (where terminal_state = 'unknown_wage') as unknown_wage,
        count(*) filter (where terminal_state = 'removed_by_decision') as removed_by_decision,
        count(*) filter (where terminal_state = 'listed_by_decision') as listed_by_decision,
        count(*) filter (where terminal_state = 'listed') as listed
    from outcomes
    group by list_id, cycle, area_id
),

steps as (
    select
        counted.list_id,
        counted.cycle,
        counted.area_id,
        step.*
    from counted,
        unnest([
            {
                'step_order': 1, 'step': 'demand', 'entered': screened_count - listed_by_decision,
                'failed': failed_demand, 'unknown': unknown_demand
            },
            {
                'step_order': 2, 'step': 'skill',
                'entered': screened_count - listed_by_decision - failed_demand - unknown_demand,
                'failed': failed_skill, 'unknown': unknown_skill
            },
            {
                'step_order': 3, 'step': 'wage',
                'entered': failed_wage + unknown_wage + removed_by_decision + listed,
                'failed': failed_wage, 'unknown': unknown_wage
            },
            {
                'step_order': 4, 'step': 'decision', 'entered': removed_by_decision + listed + listed_by_decision,
                'failed': removed_by_decision, 'unknown': 0
            }
        ]) as u (step)
)

select
    md5(concat_ws('|', list_id, area_id, step)) as funnel_key,
    list_id,
    cycle,
    area_id,
    step_order,
    step,
    entered as entered_count,
    failed as dropped_count,
    unknown as unknown_count,
    entered - failed - unknown as kept_count
from steps
