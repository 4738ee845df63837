-- I29: is the demand for a credential clustered in some regions or even? Location quotient per region, and Gini and
-- Herfindahl-Hirschman index over the regions of a scheme.
with openings as (
    select
        scopes.list_id,
        scopes.cycle,
        scopes.state_postal,
        areas.region_scheme,
        areas.area_id,
        areas.dup_group,
        scopes.policy_id,
        scopes.param_hash
    from (
        select distinct
            list_id,
            cycle,
            state_postal,
            policy_id,
            param_hash,
            cast(window_from_date as date) as window_from_date,
            cast(window_until_date as date) as window_until_date
        from {{ ref('int_demand_scope') }}
    ) as scopes
    inner join {{ ref('int_posting_unique') }} as unique_openings
        on
            scopes.state_postal = unique_openings.state_postal
            and scopes.window_from_date <= unique_openings.last_posted_date
            and scopes.window_until_date > unique_openings.posted_date
    inner join {{ ref('int_posting_area') }} as areas
        on
            unique_openings.dup_group = areas.dup_group
            and areas.area_kind = 'region'
),

totals as (
    select
        list_id,
        region_scheme,
        area_id,
        count(*) as region_posting_count,
        sum(count(*)) over (partition by list_id, region_scheme) as all_posting_count,
        count(*) over (partition by list_id, region_scheme) as region_count
    from openings
    group by list_id, region_scheme, area_id
),

counted as (
    select
        openings.list_id,
        openings.region_scheme,
        asked.credential_code,
        openings.area_id,
        count(*) as asked_count
    from openings
    inner join {{ ref('int_posting_credential_asked') }} as asked
        on
            openings.dup_group = asked.dup_group
            and asked.is_asked
    group by all
),

-- Regions without a single ad belong into the measures of concentration.
filled as (
    select
        totals.*,
        credentials.credential_code,
        coalesce(asked.asked_count, 0) as asked_count,
        sum(coalesce(asked.asked_count, 0)) over (
            partition by totals.list_id, totals.region_scheme, credentials.credential_code
        ) as all_asked_count,
        rank() over (
            partition by totals.list_id, totals.region_scheme, totals.area_id
            order by coalesce(asked.asked_count, 0) desc
        ) as rank_in_region,
        row_number() over (
            partition by totals.list_id, totals.region_scheme, credentials.credential_code
            order by coalesce(asked.asked_count, 0), totals.area_id
        ) as ascending_rank
    from totals
    inner join (
        select distinct
            list_id,
            region_scheme,
            credential_code
        from counted
    ) as credentials
        on
            totals.list_id = credentials.list_id
            and totals.region_scheme = credentials.region_scheme
    left join counted as asked
        on
            totals.list_id = asked.list_id
            and totals.region_scheme = asked.region_scheme
            and totals.area_id = asked.area_id
            and credentials.credential_code = asked.credential_code
),

scopes as (
    select distinct
        list_id,
        cycle,
        state_postal,
        policy_id,
        param_hash
    from {{ ref('int_demand_scope') }}
),

measured as (
    select
        *,
        (asked_count / all_asked_count) / (region_posting_count / all_posting_count) as location_quotient,
        sum(power(asked_count / all_asked_count, 2)) over same_credential as herfindahl,
        sum((2 * ascending_rank - region_count - 1) * asked_count) over same_credential / (region_count * all_asked_count)
            as gini
    from filled
    window same_credential as (partition by list_id, region_scheme, credential_code)
)

select
    md5(concat_ws('|', measured.list_id, measured.region_scheme, measured.area_id, measured.credential_code))
        as regional_demand_key,
    measured.list_id,
    scopes.cycle,
    scopes.state_postal,
    measured.region_scheme,
    measured.area_id,
    measured.credential_code,
    measured.asked_count,
    measured.region_posting_count,
    round(100.0 * measured.asked_count / measured.region_posting_count, 6) as postings_pct,
    cast(measured.all_asked_count as bigint) as state_asked_count,
    round(measured.location_quotient, 6) as location_quotient_rate,
    coalesce(measured.location_quotient >= cast({{ common_parameter('posting.clustered_quotient') }} as double), false)
        as is_clustered,
    measured.rank_in_region,
    round(measured.herfindahl, 6) as herfindahl_rate,
    round(measured.gini, 6) as gini_rate,
    scopes.policy_id,
    scopes.param_hash
from measured
inner join scopes on measured.list_id = scopes.list_id
