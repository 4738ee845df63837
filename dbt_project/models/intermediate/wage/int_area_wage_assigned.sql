-- From which area's wages a projected area is judged: its own; a region's single OEWS area; else its state's (I21).
with projected_areas as (
    select distinct
        area_id,
        area_kind,
        state_postal
    from {{ ref('int_projection_line_sourced') }}
    where capture_role = 'current'
),

wage_areas as (
    select distinct
        area_id,
        capture_role
    from {{ ref('int_wage_sourced') }}
),

region_members as (
    select
        state_postal || ':' || region_code as area_id,
        case when count(distinct member_code) = 1 then 'MSA:' || any_value(member_code) end as oews_area_id
    from {{ ref('stg_regions__membership') }}
    where member_type = 'oews_area'
    group by state_postal, region_code
),

candidates as (
    select
        projected_areas.area_id,
        projected_areas.area_id as wage_area_id,
        'own' as wage_area_basis,
        1 as preference
    from projected_areas
    union all
    select
        projected_areas.area_id,
        region_members.oews_area_id,
        'oews_area',
        2
    from projected_areas
    inner join region_members on projected_areas.area_id = region_members.area_id
    where region_members.oews_area_id is not null
    union all
    select
        area_id,
        state_postal,
        'state',
        3
    from projected_areas
    where area_kind = 'region'
)

select
    candidates.area_id,
    wage_areas.capture_role,
    candidates.wage_area_id,
    candidates.wage_area_basis
from candidates
inner join wage_areas on candidates.wage_area_id = wage_areas.area_id
qualify row_number() over (
    partition by candidates.area_id, wage_areas.capture_role
    order by candidates.preference
) = 1
