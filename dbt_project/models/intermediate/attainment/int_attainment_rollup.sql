-- What adds up to what, by school year: the equations that a reader of the published counts could use (B23). The children
-- of one parent within one `partition_code` add up to the parent, for every population of the named `unit` (blank: of
-- any) but `except_population`, wherever the cells of both are made; a child without a cell is 0. Students are no sum over
-- tiers or credentials: one may hold several.
with schools as (
    select distinct
        state_postal,
        school_year,
        district_code,
        school_code
    from {{ ref('int_attainment_population') }}
),

places as (
    select * from {{ ref('int_credential_place') }}
),

years as (
    select distinct
        state_postal,
        school_year
    from schools
),

credential_codes as (
    select distinct
        state_postal,
        school_year,
        credential_level,
        credential_code
    from {{ ref('int_attainment_cell') }}
    where credential_level in ('tier', 'credential', 'vendor')
)

select distinct
    state_postal,
    school_year,
    'area' as dimension,
    'district' as partition_code,
    cast(null as varchar) as unit,
    'state' as parent_level,
    state_postal as parent_code,
    'district' as child_level,
    district_code as child_code,
    cast(null as varchar) as except_population
from schools
union all
select
    state_postal,
    school_year,
    'area' as dimension,
    'school' as partition_code,
    cast(null as varchar) as unit,
    'district' as parent_level,
    district_code as parent_code,
    'school' as child_level,
    school_code as child_code,
    cast(null as varchar) as except_population
from schools
union all
select
    years.state_postal,
    years.school_year,
    'subgroup' as dimension,
    subgroups.partition_code,
    cast(null as varchar) as unit,
    'all' as parent_level,
    'all' as parent_code,
    subgroups.subgroup_kind as child_level,
    subgroups.subgroup_value as child_code,
    cast(null as varchar) as except_population
from years
cross join {{ ref('subgroup') }} as subgroups
where subgroups.partition_code is not null
union all
select
    years.state_postal,
    years.school_year,
    'credential' as dimension,
    'list' as partition_code,
    cast(null as varchar) as unit,
    'all' as parent_level,
    'all' as parent_code,
    parts.level as child_level,
    parts.level as child_code,
    'eligible_not_sat' as except_population
from years
cross join (values ('priority'), ('other')) as parts (level)
union all
select
    codes.state_postal,
    codes.school_year,
    'credential' as dimension,
    codes.credential_level as partition_code,
    units.unit,
    case when codes.credential_level = 'tier' then 'priority' else 'all' end as parent_level,
    case when codes.credential_level = 'tier' then 'priority' else 'all' end as parent_code,
    codes.credential_level as child_level,
    codes.credential_code as child_code,
    cast(null as varchar) as except_population
from credential_codes as codes
cross join (values ('credentials'), ('attempts')) as units (unit)
union all
select
    places.state_postal,
    places.school_year,
    'credential' as dimension,
    'place' as partition_code,
    units.unit,
    case when places.tier = 'none' then 'other' else 'tier' end as parent_level,
    case when places.tier = 'none' then 'other' else places.tier end as parent_code,
    case when places.is_split then 'credential_part' else 'credential' end as child_level,
    case when places.is_split then places.credential_code || '|' || places.tier else places.credential_code end
        as child_code,
    cast(null as varchar) as except_population
from places
cross join (values ('credentials'), ('attempts')) as units (unit)
union all
select
    places.state_postal,
    places.school_year,
    'credential' as dimension,
    'part' as partition_code,
    units.unit,
    'credential' as parent_level,
    places.credential_code as parent_code,
    'credential_part' as child_level,
    places.credential_code || '|' || places.tier as child_code,
    cast(null as varchar) as except_population
from places
cross join (values ('credentials'), ('attempts')) as units (unit)
where places.is_split
