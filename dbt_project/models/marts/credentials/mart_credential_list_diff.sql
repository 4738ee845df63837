-- L6: what changed against the state's list of the cycle before: the one in force the day before this list's day.
-- Occupations are compared in SOC 2018, so that a code which only changed its number between versions is no change.
with before_codes as (
    select
        lists.list_id,
        versions.credential_code,
        versions.tier,
        versions.valid_from_date
    from {{ ref('int_list_resolved') }} as lists
    inner join {{ ref('int_credential_versioned') }} as versions
        on
            lists.state_postal = versions.state_postal
            and lists.as_of_date > versions.valid_from_date
            and (versions.valid_to_date is null or lists.as_of_date <= versions.valid_to_date + 1)
    where versions.state_postal <> 'US' and not coalesce(versions.is_stepping_stone, false)
),

before_occupations as (
    select
        before_codes.list_id,
        before_codes.credential_code,
        list_sort(list(distinct coalesce(structure.soc_code, crosswalk.soc_2018_code, matched.soc_code))) as soc_codes
    from before_codes
    inner join {{ ref('int_list_resolved') }} as lists on before_codes.list_id = lists.list_id
    inner join {{ ref('int_credential_list_matched') }} as matched
        on
            lists.state_postal = matched.state_postal
            and before_codes.credential_code = matched.credential_code
            and before_codes.valid_from_date = coalesce(matched.effective_from_date, date '1900-01-01')
            and matched.soc_code is not null
    left join {{ ref('stg_soc__structure') }} as structure
        on
            matched.soc_code = structure.soc_code
            and structure.soc_level = 'detailed'
    left join {{ ref('stg_soc__crosswalk_2010_2018') }} as crosswalk
        on
            matched.soc_code = crosswalk.soc_2010_code
            and structure.soc_code is null
    group by before_codes.list_id, before_codes.credential_code
),

now_codes as (
    select
        priority.list_id,
        priority.credential_code,
        max(priority.tier) as tier
    from {{ ref('mart_priority_credential') }} as priority
    where not contains(priority.area_id, ':')
    group by priority.list_id, priority.credential_code
),

now_occupations as (
    select
        judged.list_id,
        judged.credential_code,
        list_sort(list(distinct components.component_code)) as soc_codes
    from {{ ref('int_credential_judged') }} as judged
    inner join {{ ref('int_demand_scope') }} as scopes
        on
            judged.list_id = scopes.list_id
            and judged.area_id = scopes.area_id
    inner join {{ ref('int_line_component_weighted') }} as components
        on
            scopes.area_id = components.area_id
            and scopes.source_system = components.source_system
            and judged.line_code = components.line_code
    where judged.is_passed and not contains(judged.area_id, ':')
    group by judged.list_id, judged.credential_code
),

-- A state that supplied no list of its own has nothing to compare with.
comparable as (
    select distinct list_id
    from before_codes
),

joined as (
    select
        coalesce(before_codes.list_id, now_codes.list_id) as list_id,
        coalesce(before_codes.credential_code, now_codes.credential_code) as credential_code,
        before_codes.tier as previous_tier,
        now_codes.tier as tier,
        case
            when now_codes.credential_code is null then 'removed'
            when before_codes.credential_code is null then 'added'
            when now_codes.tier not in ('not assigned', coalesce(before_codes.tier, 'not assigned')) then 'retiered'
            else 'retained'
        end as change
    from before_codes
    full outer join now_codes
        on
            before_codes.list_id = now_codes.list_id
            and before_codes.credential_code = now_codes.credential_code
)

select
    md5(concat_ws('|', joined.list_id, joined.credential_code)) as list_diff_key,
    joined.list_id,
    lists.cycle,
    lists.state_postal,
    joined.credential_code,
    names.credential_name,
    joined.change,
    joined.previous_tier,
    joined.tier,
    array_to_string(before_occupations.soc_codes, '|') as previous_soc_codes,
    array_to_string(now_occupations.soc_codes, '|') as soc_codes,
    '2018' as soc_version,
    case when joined.change = 'removed' then coalesce(decided.terminal_state, reasons.terminal_state) end as reason,
    lists.policy_id,
    lists.param_hash
from joined
inner join comparable on joined.list_id = comparable.list_id
inner join {{ ref('int_list_resolved') }} as lists on joined.list_id = lists.list_id
left join {{ ref('int_credential_named') }} as names on joined.credential_code = names.credential_code
left join before_occupations
    on
        joined.list_id = before_occupations.list_id
        and joined.credential_code = before_occupations.credential_code
left join now_occupations
    on
        joined.list_id = now_occupations.list_id
        and joined.credential_code = now_occupations.credential_code
-- Why it is not on the list any more: a decision, else the end nearest to the list over all lines; none where no ad
-- names it.
left join (
    select
        list_id,
        credential_code,
        arg_max(terminal_state, row(postings_pct, line_code)) as terminal_state
    from {{ ref('int_credential_judged') }}
    where not is_passed and not contains(area_id, ':')
    group by list_id, credential_code
) as reasons
    on
        joined.list_id = reasons.list_id
        and joined.credential_code = reasons.credential_code
left join {{ ref('int_credential_listed') }} as decided
    on
        joined.list_id = decided.list_id
        and joined.credential_code = decided.credential_code
        and decided.terminal_state = 'removed_by_decision'
        and not contains(decided.area_id, ':')
