-- I8: occupations whose openings grow while projections do not know them, or know them as small. Flagged for people,
-- never added to a list by itself.
with years as (
    select
        scopes.list_id,
        scopes.cycle,
        scopes.state_postal,
        scopes.area_id,
        scopes.source_system,
        scopes.policy_id,
        scopes.param_hash,
        openings.soc_code,
        count(*) filter (where openings.posted_date >= cast(scopes.window_from_date as date)) as posting_count,
        count(*) filter (where openings.posted_date < cast(scopes.window_from_date as date)) as previous_posting_count
    from {{ ref('int_demand_scope') }} as scopes
    inner join {{ ref('int_posting_area') }} as areas on scopes.area_id = areas.area_id
    inner join {{ ref('int_posting_unique') }} as openings
        on
            areas.dup_group = openings.dup_group
            and openings.soc_status = 'accepted'
            and openings.posted_date >= cast(scopes.window_from_date - to_months(scopes.window_months) as date)
            and openings.posted_date < cast(scopes.window_until_date as date)
    group by all
),

feeds as (
    -- Growth means nothing where a feed began inside the two windows.
    select
        scopes.list_id,
        scopes.area_id,
        min(openings.posted_date)
        <= cast(any_value(scopes.window_from_date) - to_months(any_value(scopes.window_months) - 1) as date)
            as has_previous_year
    from {{ ref('int_demand_scope') }} as scopes
    inner join {{ ref('int_posting_area') }} as areas on scopes.area_id = areas.area_id
    inner join {{ ref('int_posting_unique') }} as openings on areas.dup_group = openings.dup_group
    group by scopes.list_id, scopes.area_id
),

projected as (
    select
        area_id,
        source_system,
        component_code,
        max(employment_count) as projected_jobs_count
    from {{ ref('int_line_component_weighted') }}
    group by all
),

bars as (
    select
        cast({{ common_parameter('posting.emerging_min_postings') }} as double) as min_postings,
        cast({{ common_parameter('posting.emerging_growth_pct') }} as double) as growth_pct,
        cast({{ common_parameter('posting.emerging_small_jobs') }} as double) as small_jobs
),

measured as (
    select
        years.*,
        projected.component_code is not null as is_projected,
        projected.projected_jobs_count,
        feeds.has_previous_year,
        case
            when feeds.has_previous_year
                then 100.0 * (years.posting_count - years.previous_posting_count) / nullif(years.previous_posting_count, 0)
        end as growth_pct
    from years
    inner join feeds
        on
            years.list_id = feeds.list_id
            and years.area_id = feeds.area_id
    left join projected
        on
            years.area_id = projected.area_id
            and years.source_system = projected.source_system
            and years.soc_code = projected.component_code
)

select
    md5(concat_ws('|', measured.list_id, measured.area_id, measured.soc_code)) as emerging_occupation_key,
    measured.list_id,
    measured.cycle,
    measured.state_postal,
    measured.area_id,
    measured.soc_code,
    '2018' as soc_version,
    structure.soc_title,
    measured.posting_count,
    measured.previous_posting_count,
    measured.has_previous_year,
    round(measured.growth_pct, 6) as growth_pct,
    measured.is_projected,
    round(measured.projected_jobs_count, 6) as projected_jobs_count,
    measured.posting_count >= bars.min_postings
    and (not measured.is_projected or coalesce(measured.projected_jobs_count < bars.small_jobs, false))
    and coalesce(measured.growth_pct >= bars.growth_pct, measured.previous_posting_count = 0 and measured.has_previous_year)
        as is_emerging,
    measured.policy_id,
    measured.param_hash
from measured
left join {{ ref('stg_soc__structure') }} as structure on measured.soc_code = structure.soc_code
cross join bars
where measured.posting_count >= bars.min_postings
