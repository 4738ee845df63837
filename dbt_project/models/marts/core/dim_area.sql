with states as (
    select * from {{ ref('state') }}
),

regions as (
    select
        state_postal || ':' || region_code as area_id,
        min(region_name) as area_name,
        'region' as area_kind,
        min(state_postal) as state_postal,
        min(region_scheme) as region_scheme,
        1 as preference
    from {{ ref('stg_regions__membership') }}
    group by state_postal || ':' || region_code
),

published_areas as (
    select distinct
        area_id,
        area_name,
        area_kind,
        state_postal,
        cast(null as varchar) as region_scheme,
        2 as preference
    from {{ ref('stg_state_projections__projection') }}
    where area_kind = 'region'
    union all
    select distinct
        area_id,
        area_name,
        area_kind,
        state_postal,
        cast(null as varchar),
        3
    from {{ ref('stg_state_oews__wage') }}
    where area_kind <> 'state'
    union all
    select distinct
        area_id,
        area_name,
        area_kind,
        state_postal,
        cast(null as varchar),
        4
    from {{ ref('stg_bls_oews__wage') }}
    where area_kind = 'metro'
),

all_areas as (
    select
        state_postal as area_id,
        state_name as area_name,
        area_kind,
        state_postal,
        cast(null as varchar) as region_scheme,
        0 as preference
    from states
    union all
    select * from regions
    union all
    select * from published_areas
)

select
    all_areas.area_id,
    all_areas.area_name,
    all_areas.area_kind,
    all_areas.state_postal,
    states.state_fips,
    all_areas.region_scheme,
    coalesce(states.is_sample, false) as is_sample
from all_areas
left join states on all_areas.state_postal = states.state_postal
qualify row_number() over (partition by all_areas.area_id order by all_areas.preference, all_areas.area_name) = 1
