-- The value of every parameter for every list on its day: the list's own row, else its policy's, else the common one
-- (X2). Policy rows are effective-dated; the list's as_of_date decides.
with lists as (
    select * from {{ ref('occupation_list') }}
),

from_policies as (
    select
        lists.list_id,
        parameters.parameter,
        parameters.value,
        parameters.unit,
        parameters.policy_id as origin,
        parameters.citation,
        parameters.note as reason,
        case when parameters.policy_id = 'common' then 3 else 2 end as preference
    from lists
    inner join {{ ref('policy_parameter') }} as parameters
        on
            parameters.policy_id in (lists.policy_id, 'common')
            and lists.as_of_date >= parameters.effective_from
            and (parameters.effective_to is null or lists.as_of_date <= parameters.effective_to)
),

from_lists as (
    select
        list_id,
        parameter,
        value,
        unit,
        'list' as origin,
        citation,
        reason,
        1 as preference
    from {{ ref('list_parameter') }}
),

demand_conditions as (
    select
        lists.list_id,
        conditions.parameter,
        cast(conditions.threshold as varchar) as value,
        conditions.unit,
        conditions.policy_id as origin,
        conditions.citation,
        cast(null as varchar) as reason,
        2 as preference
    from lists
    inner join {{ ref('policy_demand_condition') }} as conditions
        on
            lists.policy_id = conditions.policy_id
            and lists.as_of_date >= conditions.effective_from
            and (conditions.effective_to is null or lists.as_of_date <= conditions.effective_to)
),

all_rows as (
    select * from from_lists
    union all
    select * from from_policies
    union all
    select * from demand_conditions
)

select
    list_id,
    parameter,
    value,
    unit,
    origin,
    citation,
    reason
from all_rows
qualify row_number() over (partition by list_id, parameter order by preference) = 1
