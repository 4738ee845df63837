-- Every count before disclosure control, and nothing that leaves: area x school year x credential level x subgroup x
-- population (B1-B13, B15, B17, B19, B22). Which crossings are made is policy (attainment_crossing.csv). A zero stands
-- wherever somebody could have been counted: at the levels all, priority and tier where the denominator, at the level of
-- one credential where its own denominator, is not zero. Two levels nobody reads are there so that disclosure control sees
-- what can be worked out: `other` is all less priority; `credential_part` a credential that changed its place on the list
-- within the year, once per place.
with crossings as (
    select * from {{ ref('attainment_crossing') }}
    where is_built
),

measures as (
    select * from {{ ref('population_measure') }}
),

-- population x level x subgroup kind that any area asks for, and where
asked as (
    select
        measures.population,
        measures.unit,
        measures.is_denominator,
        measures.is_by_credential,
        measures.is_exam_based,
        crossings.area_level,
        crossings.credential_level,
        crossings.subgroup_kind
    from crossings
    inner join measures
        on
            (
                crossings.populations = 'all'
                or (crossings.populations = 'by_credential' and measures.is_by_credential)
                or list_contains(string_split(crossings.populations, '|'), measures.population)
            )
            and (crossings.credential_level = 'all' or not measures.is_denominator or measures.is_by_credential)
            -- Counted apart, below: people who are nowhere enrolled, and sittings without a student.
            and measures.population not in ('goal_earners', 'sittings_unlinked')
),

asked_with_parts as (
    select * from asked
    union all
    select * replace ('credential_part' as credential_level)
    from asked
    where credential_level = 'credential' and unit <> 'students'
),

{{ attainment_counts() }},

counted as (
    select
        finest.state_postal,
        finest.school_year,
        asked.area_level,
        case asked.area_level
            when 'state' then finest.state_postal
            when 'district' then finest.district_code
            else finest.school_code
        end as area_code,
        finest.credential_level,
        finest.credential_code,
        finest.subgroup_kind,
        finest.subgroup_value,
        finest.population,
        asked.unit,
        sum(finest.value) as value
    from finest
    inner join asked_with_parts as asked
        on
            finest.population = asked.population
            and finest.credential_level = asked.credential_level
            and finest.subgroup_kind = asked.subgroup_kind
    group by all
),

-- Zeros: every population wherever its anchor is counted. The anchor of a numerator is its denominator; of what belongs
-- to no denominator, all students enrolled; of one credential, its takers or whoever earned it.
tiers as (
    select distinct
        state_postal,
        'tier' as credential_level,
        tier as credential_code
    from {{ ref('int_credential_priority_dated') }}
    where tier is not null
),

anchors as (
    select
        measures.population,
        case
            -- Where failures are reported too, nobody is there to be counted.
            when measures.population in ('earners_passes_only', 'awards_passes_only') then measures.population
            when measures.numerator_of is not null then split_part(measures.numerator_of, '|', 1)
            when measures.is_denominator then measures.population
            else 'enrolled'
        end as anchor
    from measures
),

zeros as (
    select
        present.state_postal,
        present.school_year,
        present.area_level,
        present.area_code,
        asked.credential_level,
        coalesce(tiers.credential_code, asked.credential_level) as credential_code,
        present.subgroup_kind,
        present.subgroup_value,
        asked.population,
        asked.unit,
        0 as value
    from counted as present
    inner join anchors on present.population = anchors.anchor
    inner join asked
        on
            anchors.population = asked.population
            and present.area_level = asked.area_level
            and present.subgroup_kind = asked.subgroup_kind
            and asked.credential_level in ('all', 'priority', 'tier')
    left join tiers on present.state_postal = tiers.state_postal and asked.credential_level = tiers.credential_level
    where
        present.credential_level = 'all'
        and present.value > 0
        and (asked.credential_level <> 'tier' or tiers.credential_code is not null)
    union all
    select
        present.state_postal,
        present.school_year,
        present.area_level,
        present.area_code,
        present.credential_level,
        present.credential_code,
        present.subgroup_kind,
        present.subgroup_value,
        asked.population,
        asked.unit,
        0 as value
    from counted as present
    inner join anchors on present.population = anchors.anchor
    inner join asked
        on
            anchors.population = asked.population
            and present.area_level = asked.area_level
            and present.subgroup_kind = asked.subgroup_kind
            and present.credential_level = asked.credential_level
    where present.credential_level = 'credential' and present.value > 0
),

-- People who ever earned one, wherever they are now (B27): each from the first year on.
first_awards as (
    select
        state_postal,
        min(school_year) as first_year,
        min(school_year) filter (where is_priority) as first_priority_year
    from {{ ref('int_attempt_counted') }}
    where is_award
    group by state_postal, student_token
),

first_awards_by_year as (
    select
        state_postal,
        'all' as credential_level,
        first_year as school_year,
        count(*) as student_count
    from first_awards
    group by state_postal, first_year
    union all
    select
        state_postal,
        'priority' as credential_level,
        first_priority_year as school_year,
        count(*) as student_count
    from first_awards
    group by state_postal, first_priority_year
),

years as (
    select distinct
        state_postal,
        school_year
    from {{ ref('int_attainment_population') }}
),

ever as (
    select
        years.state_postal,
        years.school_year,
        'state' as area_level,
        years.state_postal as area_code,
        levels.credential_level,
        levels.credential_level as credential_code,
        'all' as subgroup_kind,
        'all' as subgroup_value,
        'goal_earners' as population,
        'students' as unit,
        coalesce(sum(firsts.student_count), 0) as value
    from years
    cross join (values ('all'), ('priority')) as levels (credential_level)
    left join first_awards_by_year as firsts
        on
            years.state_postal = firsts.state_postal
            and levels.credential_level = firsts.credential_level
            and years.school_year >= firsts.school_year
    group by years.state_postal, years.school_year, levels.credential_level
),

unlinked as (
    select
        sittings.state_postal,
        sittings.school_year,
        'state' as area_level,
        sittings.state_postal as area_code,
        'vendor' as credential_level,
        coalesce(sittings.vendor_code, 'none') as credential_code,
        'all' as subgroup_kind,
        'all' as subgroup_value,
        'sittings_unlinked' as population,
        'attempts' as unit,
        count(*) as value
    from {{ ref('int_attempt_counted') }} as sittings
    inner join years on sittings.state_postal = years.state_postal and sittings.school_year = years.school_year
    where not sittings.is_linked
    group by all
),

all_rows as (
    select * from counted
    union all by name
    select zeros.* from zeros
    union all by name
    select * from ever
    union all by name
    select * from unlinked
),

cells as (
    select
        state_postal,
        school_year,
        area_level,
        area_code,
        credential_level,
        credential_code,
        subgroup_kind,
        subgroup_value,
        population,
        unit,
        cast(sum(value) as bigint) as value
    from all_rows
    group by all
)

select * from cells
union all
select
    cells.state_postal,
    cells.school_year,
    cells.area_level,
    cells.area_code,
    'other' as credential_level,
    'other' as credential_code,
    cells.subgroup_kind,
    cells.subgroup_value,
    cells.population,
    cells.unit,
    cells.value - priorities.value as value
from cells
inner join cells as priorities
    on
        cells.state_postal = priorities.state_postal
        and cells.school_year = priorities.school_year
        and cells.area_level = priorities.area_level
        and cells.area_code = priorities.area_code
        and cells.subgroup_kind = priorities.subgroup_kind
        and cells.subgroup_value = priorities.subgroup_value
        and cells.population = priorities.population
        and priorities.credential_level = 'priority'
-- Not sitting one of the listed exams says nothing of the others.
where cells.credential_level = 'all' and cells.population <> 'eligible_not_sat'
