-- L1, L2, L6: where each list stands in the process, its size against the list before, and when it must be reviewed.
with counted as (
    select
        list_id,
        count(*) filter (where change <> 'added') as previous_count,
        count(*) filter (where change <> 'removed') as current_count,
        count(*) filter (where change = 'added') as added_count,
        count(*) filter (where change = 'removed') as removed_count,
        count(*) filter (where change = 'retiered') as retiered_count
    from {{ ref('mart_credential_list_diff') }}
    group by list_id
),

sizes as (
    select
        list_id,
        count(distinct credential_code) as credential_count,
        count(distinct credential_code) filter (where is_regional_only) as regional_only_count
    from {{ ref('mart_priority_credential') }}
    group by list_id
),

bars as (
    select
        list_id,
        max(case when parameter = 'credential.list_size_change_pct' then try_cast(value as double) end) as size_change_pct,
        max(case when parameter = 'list.review_cycle_years' then try_cast(value as double) end) as review_cycle_years
    from {{ ref('int_list_parameter_resolved') }}
    group by list_id
),

accepted as (
    select
        list_id,
        max(reason) as accepted_reason
    from {{ ref('credential_decision') }}
    where decision = 'accept_size_change'
    group by list_id
)

select
    lists.list_id as credential_list_key,
    lists.list_id,
    lists.cycle,
    lists.state_postal,
    'postings screened' as step,
    'preliminary' as list_status,
    coalesce(sizes.credential_count, 0) as credential_count,
    coalesce(sizes.regional_only_count, 0) as regional_only_count,
    counted.previous_count,
    counted.current_count as comparable_count,
    counted.added_count,
    counted.removed_count,
    counted.retiered_count,
    round(100.0 * (counted.current_count - counted.previous_count) / nullif(counted.previous_count, 0), 6) as size_change_pct,
    bars.size_change_pct as allowed_change_pct,
    coalesce(
        abs(100.0 * (counted.current_count - counted.previous_count) / nullif(counted.previous_count, 0))
        > bars.size_change_pct, false
    ) as is_size_change_sudden,
    accepted.accepted_reason,
    cast(lists.as_of_date + to_years(cast(bars.review_cycle_years as integer)) as date) as next_review_due_date,
    lists.as_of_date,
    lists.policy_id,
    lists.param_hash
from {{ ref('int_list_resolved') }} as lists
inner join bars on lists.list_id = bars.list_id
left join sizes on lists.list_id = sizes.list_id
left join counted on lists.list_id = counted.list_id
left join accepted on lists.list_id = accepted.list_id
