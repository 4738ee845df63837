with maps as (
    select * from {{ ref('stg_industry_map__occupation') }}
),

sectors as (
    select * from {{ ref('stg_industry_map__sector') }}
),

mapped_sectors as (
    select
        maps.state_postal,
        maps.soc_code,
        maps.employment_rate,
        sectors.sector_title,
        sectors.is_priority,
        row_number() over (
            partition by maps.state_postal, maps.soc_code
            order by maps.employment_rate desc, sectors.sector_title asc
        ) as size_rank
    from maps
    inner join sectors
        on
            maps.state_postal = sectors.state_postal
            and maps.sector_code = sectors.sector_code
),

component_shares as (
    select
        state_postal,
        soc_code,
        sum(case when is_priority then employment_rate else 0 end) as priority_rate,
        max(case when size_rank = 1 then sector_title end) as largest_sector_title
    from mapped_sectors
    group by state_postal, soc_code
),

line_shares as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        sum(shares.priority_rate * components.component_rate)
        / nullif(sum(case when shares.priority_rate is not null then components.component_rate end), 0)
            as priority_sector_rate,
        string_agg(distinct shares.largest_sector_title, '; ' order by shares.largest_sector_title) as largest_sector_titles
    from {{ ref('int_list_line_enumerated') }} as lines
    inner join {{ ref('int_list_resolved') }} as lists on lines.list_id = lists.list_id
    inner join {{ ref('int_line_component_weighted') }} as components
        on
            lines.area_id = components.area_id
            and lines.source_system = components.source_system
            and lines.line_code = components.line_code
    inner join component_shares as shares
        on
            lists.state_postal = shares.state_postal
            and components.component_code = shares.soc_code
    group by lines.list_id, lines.area_id, lines.line_code
),

reviews as (
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
        decisions.decided_on <= lists.as_of_date
        and (decisions.expires_on is null or decisions.expires_on > lists.as_of_date)
    qualify row_number() over (
        partition by decisions.list_id, decisions.area_id, decisions.line_code
        order by decisions.decided_on desc
    ) = 1
)

select
    outcomes.outcome_key as review_key,
    outcomes.list_id,
    outcomes.cycle,
    outcomes.area_id,
    outcomes.line_code,
    outcomes.line_title,
    outcomes.terminal_state,
    round(100 * line_shares.priority_sector_rate, 6) as priority_sector_pct,
    lists.min_sector_share_pct as min_sector_pct,
    line_shares.largest_sector_titles,
    case
        when reviews.decision is null then 'open'
        when reviews.decision = 'accept_anomaly' then 'accepted'
        when reviews.decision = 'remove' then 'removed'
        else 'kept'
    end as review_state,
    reviews.reason as review_reason,
    reviews.decided_by_role as reviewed_by_role,
    reviews.decided_on as reviewed_date,
    lists.policy_id,
    lists.param_hash
from {{ ref('mart_occupation_outcome') }} as outcomes
inner join {{ ref('int_list_resolved') }} as lists on outcomes.list_id = lists.list_id
inner join line_shares
    on
        outcomes.list_id = line_shares.list_id
        and outcomes.area_id = line_shares.area_id
        and outcomes.line_code = line_shares.line_code
left join reviews
    on
        outcomes.list_id = reviews.list_id
        and outcomes.area_id = reviews.area_id
        and outcomes.line_code = reviews.line_code
where
    outcomes.passes_all_tests
    and 100 * line_shares.priority_sector_rate < lists.min_sector_share_pct
