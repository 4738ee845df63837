-- What the counts of an official year would be today where they are not what was reported: a file that a district has
-- corrected since, a link that was found, another rule (P7, B22). Before disclosure control, so for named staff alone; the
-- published counts of an official year stay what they were.
with official as (
    select * from {{ ref('stg_official_counts__cell') }}
    where counted_value is not null
),

official_years as (
    select
        state_postal,
        school_year,
        max(official_date) as official_date
    from {{ ref('stg_official_counts__cell') }}
    group by state_postal, school_year
),

counted as (
    select cells.*
    from {{ ref('int_attainment_cell') }} as cells
    inner join official_years
        on
            cells.state_postal = official_years.state_postal
            and cells.school_year = official_years.school_year
),

compared as (
    select
        coalesce(official.state_postal, counted.state_postal) as state_postal,
        coalesce(official.school_year, counted.school_year) as school_year,
        coalesce(official.area_level, counted.area_level) as area_level,
        coalesce(official.area_code, counted.area_code) as area_code,
        coalesce(official.credential_level, counted.credential_level) as credential_level,
        coalesce(official.credential_code, counted.credential_code) as credential_code,
        coalesce(official.subgroup_kind, counted.subgroup_kind) as subgroup_kind,
        coalesce(official.subgroup_value, counted.subgroup_value) as subgroup_value,
        coalesce(official.population, counted.population) as population,
        coalesce(official.unit, counted.unit) as unit,
        coalesce(official.counted_value, 0) as official_count,
        coalesce(counted.value, 0) as current_count
    from official
    full join counted
        on
            official.state_postal = counted.state_postal
            and official.school_year = counted.school_year
            and official.area_level = counted.area_level
            and official.area_code = counted.area_code
            and official.credential_level = counted.credential_level
            and official.credential_code = counted.credential_code
            and official.subgroup_kind = counted.subgroup_kind
            and official.subgroup_value = counted.subgroup_value
            and official.population = counted.population
            and official.unit = counted.unit
)

select
    compared.*,
    official_years.official_date
from compared
inner join official_years
    on
        compared.state_postal = official_years.state_postal
        and compared.school_year = official_years.school_year
where
    compared.official_count <> compared.current_count
    and compared.credential_level not in ('other', 'credential_part')
