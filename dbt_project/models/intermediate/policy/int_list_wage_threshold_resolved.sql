-- The wage bar of each list in each area: a living wage of the policy's family, fixed dollars, or a share of the
-- area's own median over all occupations (I20-I23). A missing bar stays null: the test is then unknown.
with list_areas as (
    select
        list_areas.list_id,
        list_areas.area_id,
        list_areas.area_kind,
        lists.state_postal,
        lists.as_of_date,
        lists.wage_rule,
        lists.wage_family,
        lists.wage_geo_level,
        lists.wage_operator,
        lists.fixed_threshold_hourly_usd,
        lists.share_of_area_median_pct
    from {{ ref('int_list_area_resolved') }} as list_areas
    inner join {{ ref('int_list_resolved') }} as lists on list_areas.list_id = lists.list_id
),

living_wages as (
    select
        wages.state_postal,
        case wages.geo_type
            when 'state' then wages.state_postal
            when 'region' then wages.state_postal || ':' || wages.geo_code
        end as area_id,
        wages.family_composition,
        wages.hourly_usd,
        wages.data_year,
        wages.capture_id
    from {{ ref('stg_living_wage__living_wage') }} as wages
    where wages.measure = 'living_wage' and wages.geo_type in ('state', 'region')
),

living_wage_candidates as (
    select
        list_areas.list_id,
        list_areas.area_id,
        living_wages.hourly_usd,
        living_wages.data_year,
        living_wages.capture_id,
        living_wages.area_id as geo_id,
        row_number() over (
            partition by list_areas.list_id, list_areas.area_id
            order by
                case when living_wages.area_id = list_areas.area_id then 1 else 2 end,
                living_wages.data_year desc
        ) as preference
    from list_areas
    inner join living_wages
        on
            list_areas.state_postal = living_wages.state_postal
            and list_areas.wage_family = living_wages.family_composition
            and living_wages.data_year <= year(list_areas.as_of_date)
            and (
                list_areas.state_postal = living_wages.area_id
                or (list_areas.wage_geo_level = 'region' and list_areas.area_id = living_wages.area_id)
            )
    where list_areas.wage_rule = 'living_wage'
),

area_medians as (
    select
        assigned.area_id,
        wages.median_hourly_usd,
        wages.capture_id,
        wages.reference_year
    from {{ ref('int_area_wage_assigned') }} as assigned
    inner join {{ ref('int_wage_sourced') }} as wages
        on
            assigned.wage_area_id = wages.area_id
            and assigned.capture_role = wages.capture_role
    where wages.code_level = 'total' and assigned.capture_role = 'current'
)

select
    list_areas.list_id,
    list_areas.area_id,
    list_areas.wage_rule,
    list_areas.wage_operator,
    case list_areas.wage_rule
        when 'living_wage' then living_wage_candidates.hourly_usd
        when 'fixed_hourly_usd' then list_areas.fixed_threshold_hourly_usd
        when 'share_of_area_median'
            then area_medians.median_hourly_usd * list_areas.share_of_area_median_pct / 100
    end as threshold_hourly_usd,
    case list_areas.wage_rule
        when 'living_wage' then 'wage.family'
        when 'fixed_hourly_usd' then 'wage.threshold_hourly_usd'
        when 'share_of_area_median' then 'wage.share_of_area_median_pct'
        else 'wage.rule'
    end as parameter,
    case list_areas.wage_rule
        when 'living_wage'
            then
                'living wage ' || list_areas.wage_family || ' of ' || coalesce(living_wage_candidates.geo_id, '?')
                || ', ' || coalesce(cast(living_wage_candidates.data_year as varchar), 'not supplied')
        when 'fixed_hourly_usd' then 'fixed by the policy'
        when 'share_of_area_median'
            then
                list_areas.share_of_area_median_pct || ' % of the area median over all occupations, '
                || coalesce(cast(area_medians.reference_year as varchar), 'not published')
        else 'no wage rule'
    end as threshold_basis,
    case list_areas.wage_rule
        when 'living_wage' then living_wage_candidates.capture_id
        when 'share_of_area_median' then area_medians.capture_id
    end as threshold_capture_id,
    living_wage_candidates.data_year as living_wage_year
from list_areas
left join living_wage_candidates
    on
        list_areas.list_id = living_wage_candidates.list_id
        and list_areas.area_id = living_wage_candidates.area_id
        and living_wage_candidates.preference = 1
left join area_medians on list_areas.area_id = area_medians.area_id
