-- Districts and their schools that are left out of rates, and of which (P1, P9): no count of theirs is made, so that a
-- missing figure is not read as a zero. One row per school year, area and population.
with left_out as (
    select distinct
        people.state_postal,
        people.school_year,
        people.district_code,
        people.school_code,
        people.is_left_out,
        measures.population,
        measures.unit
    from {{ ref('int_attainment_population') }} as people
    inner join {{ ref('population_measure') }} as measures
        on measures.is_denominator and (people.is_left_out or (people.is_passes_only and measures.is_exam_based))
),

areas as (
    select
        state_postal,
        school_year,
        'district' as area_level,
        district_code as area_code,
        population,
        unit,
        is_left_out
    from left_out
    union
    select
        state_postal,
        school_year,
        'school' as area_level,
        school_code as area_code,
        population,
        unit,
        is_left_out
    from left_out
)

select
    areas.state_postal,
    areas.school_year,
    areas.area_level,
    areas.area_code,
    'all' as credential_level,
    'all' as credential_code,
    'all' as subgroup_kind,
    'all' as subgroup_value,
    areas.population,
    areas.unit,
    case when areas.is_left_out then 'aggregate_only' else 'passes_only' end as reporting
from areas
inner join {{ ref('attainment_crossing') }} as crossings
    on
        areas.area_level = crossings.area_level
        and crossings.credential_level = 'all'
        and crossings.subgroup_kind = 'all'
        and crossings.is_built
        and (
            crossings.populations = 'all'
            or list_contains(string_split(crossings.populations, '|'), areas.population)
        )
