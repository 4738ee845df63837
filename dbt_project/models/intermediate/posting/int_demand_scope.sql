-- What is counted once although several lists read it: area, source of its lines, window of postings and weight cap.
-- The window is the months before the list's day (J3).
with parameters as (
    select
        list_id,
        max(case when parameter = 'posting.window_months' then try_cast(value as integer) end) as window_months,
        max(case when parameter = 'posting.weight_cap' then try_cast(value as double) end) as weight_cap,
        max(case when parameter = 'credential.evidence' then value end) as evidence,
        max(case when parameter = 'credential.rule' then value end) as credential_rule,
        max(case when parameter = 'credential.postings_measure' then value end) as postings_measure,
        max(case when parameter = 'credential.min_postings_pct' then try_cast(value as double) end) as min_postings_pct,
        max(case when parameter = 'credential.min_postings_count' then try_cast(value as double) end) as min_postings_count,
        max(case when parameter = 'credential.min_employers_count' then try_cast(value as double) end)
            as min_employers_count,
        max(case when parameter = 'credential.min_occupations_count' then try_cast(value as double) end)
            as min_occupations_count,
        max(case when parameter = 'credential.near_miss_pct' then try_cast(value as double) end) as near_miss_pct,
        max(case when parameter = 'credential.confidence_z' then try_cast(value as double) end) as confidence_z,
        max(case when parameter = 'credential.pay_min_postings' then try_cast(value as double) end) as pay_min_postings,
        max(case when parameter = 'credential.portability_min_employers' then try_cast(value as double) end)
            as portability_min_employers
    from {{ ref('int_list_parameter_resolved') }}
    group by list_id
)

select
    md5(concat_ws(
        '|', areas.area_id, areas.source_system, lists.as_of_date, parameters.window_months, parameters.weight_cap
    )) as scope_id,
    lists.list_id,
    lists.cycle,
    lists.state_postal,
    lists.as_of_date,
    lists.policy_id,
    lists.param_hash,
    areas.area_id,
    areas.area_kind,
    areas.source_system,
    -- The twelve months that end the day before the list's day.
    lists.as_of_date - to_months(parameters.window_months) as window_from_date,
    lists.as_of_date as window_until_date,
    parameters.* exclude (list_id)
from {{ ref('int_list_resolved') }} as lists
inner join {{ ref('int_list_area_resolved') }} as areas on lists.list_id = areas.list_id
inner join parameters on lists.list_id = parameters.list_id
