-- J14: is a credential asked for by many employers of a sector, or by one? The one that most employers of a sector ask
-- for is its gold standard, where enough employers ask for it; occupations that the state's map leaves out are no sector.
with sectors as (
    select
        industry.state_postal,
        industry.soc_code,
        industry.sector_code,
        sectors.sector_title
    from {{ ref('stg_industry_map__occupation') }} as industry
    inner join {{ ref('stg_industry_map__sector') }} as sectors
        on
            industry.state_postal = sectors.state_postal
            and industry.sector_code = sectors.sector_code
    qualify row_number() over (
        partition by industry.state_postal, industry.soc_code order by industry.employment_rate desc, industry.sector_code asc
    ) = 1
),

openings as (
    select
        scopes.list_id,
        scopes.cycle,
        scopes.state_postal,
        scopes.area_id,
        scopes.policy_id,
        scopes.param_hash,
        scopes.portability_min_employers,
        coalesce(sectors.sector_code, 'none') as sector_code,
        coalesce(sectors.sector_title, 'No sector of the state''s map') as sector_title,
        lines.employer_number,
        lines.dup_group
    from {{ ref('int_demand_scope') }} as scopes
    inner join {{ ref('int_posting_line') }} as lines on scopes.scope_id = lines.scope_id
    left join sectors
        on
            scopes.state_postal = sectors.state_postal
            and lines.soc_code = sectors.soc_code
    where lines.employer_number is not null and scopes.area_kind <> 'region'
),

totals as (
    select
        list_id,
        area_id,
        sector_code,
        count(distinct employer_number) as sector_employer_count
    from openings
    group by all
),

per_employer as (
    select
        openings.list_id,
        openings.cycle,
        openings.state_postal,
        openings.area_id,
        openings.policy_id,
        openings.param_hash,
        openings.portability_min_employers,
        openings.sector_code,
        openings.sector_title,
        asked.credential_code,
        openings.employer_number,
        count(distinct openings.dup_group) as employer_posting_count
    from openings
    inner join {{ ref('int_posting_credential_asked') }} as asked
        on
            openings.dup_group = asked.dup_group
            and asked.is_asked
    group by all
),

counted as (
    select
        list_id,
        cycle,
        state_postal,
        area_id,
        policy_id,
        param_hash,
        portability_min_employers,
        sector_code,
        sector_title,
        credential_code,
        count(*) as employer_count,
        sum(employer_posting_count) as asked_count,
        max(employer_posting_count) / sum(employer_posting_count) as leader_rate
    from per_employer
    group by all
)

select
    md5(concat_ws('|', counted.list_id, counted.area_id, counted.sector_code, counted.credential_code)) as portability_key,
    counted.list_id,
    counted.cycle,
    counted.state_postal,
    counted.area_id,
    counted.sector_code,
    counted.sector_title,
    counted.credential_code,
    counted.employer_count,
    totals.sector_employer_count,
    round(100.0 * counted.employer_count / totals.sector_employer_count, 6) as employers_pct,
    cast(counted.asked_count as bigint) as asked_count,
    round(counted.leader_rate, 6) as leader_rate,
    counted.employer_count >= counted.portability_min_employers as is_portable,
    rank() over sector_rank as rank_in_sector,
    counted.employer_count >= counted.portability_min_employers
    and counted.sector_code <> 'none'
    and rank() over sector_rank = 1 as is_gold_standard,
    counted.policy_id,
    counted.param_hash
from counted
inner join totals
    on
        counted.list_id = totals.list_id
        and counted.area_id = totals.area_id
        and counted.sector_code = totals.sector_code
window sector_rank as (
    partition by counted.list_id, counted.area_id, counted.sector_code order by counted.employer_count desc
)
