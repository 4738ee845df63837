with counts as (
    {{ published_counts([('awards_total', ['awards', 'awards_passes_only'])]) }}
),

everybody as (
    select * from counts
    where subgroup_kind = 'all'
),

parts as (
    select
        state_postal,
        school_year,
        area_level,
        area_code,
        'priority' as list_status,
        credential_code as tier,
        awards_total_count as credential_count
    from everybody
    where credential_level = 'tier'
    union all
    select
        everybody.state_postal,
        everybody.school_year,
        everybody.area_level,
        everybody.area_code,
        'other' as list_status,
        'any' as tier,
        everybody.awards_total_count - priorities.awards_total_count as credential_count
    from everybody
    inner join everybody as priorities
        on
            everybody.state_postal = priorities.state_postal
            and everybody.school_year = priorities.school_year
            and everybody.area_level = priorities.area_level
            and everybody.area_code = priorities.area_code
            and priorities.credential_level = 'priority'
    where everybody.credential_level = 'all'
    union all
    -- Where tiers are not counted, the list as a whole.
    select
        everybody.state_postal,
        everybody.school_year,
        everybody.area_level,
        everybody.area_code,
        'priority' as list_status,
        'any' as tier,
        everybody.awards_total_count as credential_count
    from everybody
    left join everybody as tiers
        on
            everybody.state_postal = tiers.state_postal
            and everybody.school_year = tiers.school_year
            and everybody.area_level = tiers.area_level
            and everybody.area_code = tiers.area_code
            and tiers.credential_level = 'tier'
    where everybody.credential_level = 'priority' and tiers.state_postal is null
),

weights as (
    select
        parts.*,
        weights.points,
        weights.citation
    from parts
    left join {{ ref('accountability_weight') }} as weights
        on
            weights.state_postal in (parts.state_postal, 'US')
            and parts.list_status = weights.list_status
            and weights.tier in (parts.tier, 'any')
            and year(weights.effective_from) <= parts.school_year
            and (weights.effective_to is null or year(weights.effective_to) >= parts.school_year)
    qualify row_number() over (
        partition by parts.state_postal, parts.school_year, parts.area_level, parts.area_code, parts.list_status, parts.tier
        order by (weights.state_postal = parts.state_postal) desc, (weights.tier = parts.tier) desc, weights.effective_from desc
    ) = 1
),

rows_and_total as (
    select
        state_postal,
        school_year,
        area_level,
        area_code,
        list_status,
        tier,
        credential_count,
        points,
        credential_count * points as earned_points,
        citation
    from weights
    union all
    select
        state_postal,
        school_year,
        area_level,
        area_code,
        'total' as list_status,
        'all' as tier,
        case when bool_and(credential_count is not null) then sum(credential_count) end as credential_count,
        cast(null as double) as points,
        case when bool_and(credential_count is not null) then sum(credential_count * points) end as earned_points,
        cast(null as varchar) as citation
    from weights
    group by state_postal, school_year, area_level, area_code
)

select
    md5(concat_ws(
        '|', points.state_postal, points.school_year, points.area_level, points.area_code, points.list_status, points.tier
    )) as accountability_points_key,
    points.state_postal,
    points.school_year,
    points.area_level,
    points.area_code,
    coalesce(areas.area_name, points.area_code) as area_name,
    points.list_status,
    points.tier,
    cast(points.credential_count as bigint) as credential_count,
    points.points as points_per_credential,
    round(points.earned_points, 6) as earned_points,
    points.citation
from rows_and_total as points
{{ join_areas('points') }}
