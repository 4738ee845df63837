-- The credential list by cycle, preliminary until the later steps of the process confirm it (L1, L8, X4).
with listed as (
    select * from {{ ref('int_credential_listed') }}
    where terminal_state <> 'removed_by_decision'
),

previous as (
    select
        state_postal,
        credential_code,
        tier,
        is_stepping_stone,
        valid_from_date,
        valid_to_date
    from {{ ref('int_credential_versioned') }}
    where state_postal <> 'US'
),

statewide as (
    select distinct
        list_id,
        credential_code
    from listed
    where not contains(area_id, ':')
),

sectors as (
    select
        lists.list_id,
        occupations.credential_code,
        string_agg(distinct sectors.sector_title, '|' order by sectors.sector_title) as sector_titles
    from {{ ref('int_list_resolved') }} as lists
    inner join {{ ref('stg_industry_map__occupation') }} as industry on lists.state_postal = industry.state_postal
    inner join {{ ref('stg_industry_map__sector') }} as sectors
        on
            industry.state_postal = sectors.state_postal
            and industry.sector_code = sectors.sector_code
            and sectors.is_priority
    inner join {{ ref('int_credential_occupation') }} as occupations on industry.soc_code = occupations.soc_code
    where not occupations.is_family
    group by lists.list_id, occupations.credential_code
),

stacks as (
    select
        from_code as credential_code,
        string_agg(distinct to_code, '|' order by to_code) as stacks_to_codes
    from {{ ref('credential_step') }}
    where relation in ('prerequisite', 'stacks_to')
    group by from_code
)

select
    md5(concat_ws('|', listed.list_id, listed.area_id, listed.credential_code)) as priority_credential_key,
    listed.list_id,
    lists.cycle,
    lists.state_postal,
    listed.area_id,
    listed.credential_code,
    names.credential_name,
    names.issuer_name,
    names.credential_type,
    'preliminary' as list_status,
    listed.route,
    listed.terminal_state,
    coalesce(
        listed.decided_tier,
        case when contains(listed.area_id, ':') and statewide.credential_code is null then 'regional' end,
        previous.tier,
        'not assigned'
    ) as tier,
    contains(listed.area_id, ':') and statewide.credential_code is null as is_regional_only,
    coalesce(previous.is_stepping_stone, false) as is_stepping_stone,
    previous.credential_code is not null as was_on_previous_list,
    listed.line_count,
    listed.line_codes,
    listed.line_titles,
    sectors.sector_titles,
    cast(listed.evidence_count as bigint) as evidence_count,
    round(listed.best_postings_pct, 6) as best_postings_pct,
    listed.stability,
    list_contains(string_split(names.audience, '|'), 'HS') as is_for_high_school,
    list_contains(string_split(names.audience, '|'), 'PS') as is_for_postsecondary,
    list_contains(string_split(names.audience, '|'), 'WF') as is_for_workforce,
    -- Q7: of the three kinds of postsecondary currency the stack is known; credit and apprenticeship hours are unknown
    -- until articulation agreements are loaded.
    coalesce(stacks.stacks_to_codes is not null, false) as has_stack_currency,
    stacks.stacks_to_codes,
    listed.decision_reason,
    listed.decided_by_role,
    lists.as_of_date as effective_from_date,
    cast(null as date) as effective_to_date,
    lists.policy_id,
    lists.param_hash
from listed
inner join {{ ref('int_list_resolved') }} as lists on listed.list_id = lists.list_id
inner join {{ ref('int_credential_named') }} as names on listed.credential_code = names.credential_code
left join statewide
    on
        listed.list_id = statewide.list_id
        and listed.credential_code = statewide.credential_code
left join previous
    on
        lists.state_postal = previous.state_postal
        and listed.credential_code = previous.credential_code
        -- In force the day before the list's day: a list that ends then is the one before.
        and lists.as_of_date > previous.valid_from_date
        and (previous.valid_to_date is null or lists.as_of_date <= previous.valid_to_date + 1)
left join sectors
    on
        listed.list_id = sectors.list_id
        and listed.credential_code = sectors.credential_code
left join stacks on listed.credential_code = stacks.credential_code
