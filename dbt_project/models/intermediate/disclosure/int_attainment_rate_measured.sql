-- Every rate that follows from published counts (B1-B13): measure x area x school year x credential level x subgroup. A
-- numerator that is not there was not counted, so it is 0; one that is hidden hides the rate, unless disclosure control
-- has a code for it ("30 % or less") over this denominator. Nothing here knows more than the published counts say.
with cells as (
    select * from {{ ref('int_attainment_cell_published') }}
),

crossings as (
    select * from {{ ref('attainment_crossing') }}
    where is_built
),

-- Which measures are made where: the numerator's crossing, and for a denominator of its own credential that one's too.
asked as (
    select
        measures.measure,
        measures.denominator,
        split_part(measures.numerators, '|', 1) as first_numerator,
        nullif(split_part(measures.numerators, '|', 2), '') as second_numerator,
        denominators.is_by_credential,
        crossings.area_level,
        crossings.credential_level,
        crossings.subgroup_kind
    from {{ ref('attainment_measure') }} as measures
    inner join {{ ref('population_measure') }} as denominators on measures.denominator = denominators.population
    inner join {{ ref('population_measure') }} as numerators
        on split_part(measures.numerators, '|', 1) = numerators.population
    inner join crossings
        on
            crossings.credential_level <> 'vendor'
            and (crossings.credential_level <> 'credential' or denominators.is_by_credential)
            and (
                crossings.populations = 'all'
                or (crossings.populations = 'by_credential' and numerators.is_by_credential)
                or list_contains(string_split(crossings.populations, '|'), numerators.population)
            )
),

-- A denominator that asks for no credential stands at the level `all` and serves every list level of its area.
list_levels as (
    select distinct
        state_postal,
        school_year,
        credential_level,
        credential_code
    from cells
    where credential_level in ('all', 'priority', 'tier')
),

denominators as (
    select
        cells.* exclude (credential_level, credential_code),
        asked.measure,
        asked.first_numerator,
        asked.second_numerator,
        list_levels.credential_level,
        list_levels.credential_code
    from cells
    inner join asked
        on
            cells.population = asked.denominator
            and cells.area_level = asked.area_level
            and cells.subgroup_kind = asked.subgroup_kind
            and not asked.is_by_credential
    inner join list_levels
        on
            cells.state_postal = list_levels.state_postal
            and cells.school_year = list_levels.school_year
            and asked.credential_level = list_levels.credential_level
    where cells.credential_level = 'all'
    union all by name
    select
        cells.*,
        asked.measure,
        asked.first_numerator,
        asked.second_numerator
    from cells
    inner join asked
        on
            cells.population = asked.denominator
            and cells.area_level = asked.area_level
            and cells.subgroup_kind = asked.subgroup_kind
            and cells.credential_level = asked.credential_level
            and asked.is_by_credential
),

paired as (
    select
        denominators.*,
        -- A sum of two has no code; of most areas one of the two is not there.
        case
            when second_part.publication is null
                then list_filter(first_part.codes, lambda code: code.denominator = denominators.population)[1]
            when first_part.publication is null
                then list_filter(second_part.codes, lambda code: code.denominator = denominators.population)[1]
        end as code,
        case
            when coalesce(first_part.publication, 'shown') = 'shown' and coalesce(second_part.publication, 'shown') = 'shown'
                then coalesce(first_part.value, 0) + coalesce(second_part.value, 0)
        end as numerator_count
    from denominators
    left join cells as first_part
        on
            {{ same_cell('denominators', 'first_part') }}
            and denominators.first_numerator = first_part.population
    left join cells as second_part
        on
            {{ same_cell('denominators', 'second_part') }}
            and denominators.second_numerator = second_part.population
),

-- What disclosure control does not code, since it is no part of its denominator or a sum: the ends of such rates are coded
-- here (B23). Of credentials everybody is no end: more may be earned than courses lead to (B10).
ends as (
    select
        paired.*,
        case when paired.value >= policies.large_n_count then policies.large_low_pct else policies.low_pct end as low_pct,
        case when paired.value >= policies.large_n_count then policies.large_high_pct else policies.high_pct end
            as high_pct
    from paired
    inner join {{ ref('int_attainment_policy') }} as policies on paired.state_postal = policies.state_postal
),

told as (
    select
        *,
        case
            when publication = 'left_out' then 'left_out'
            when publication <> 'shown' then 'hidden'
            when value = 0 then 'empty'
            when 100 * numerator_count <= low_pct * value then 'at_or_below'
            when 100 * numerator_count >= high_pct * value and unit <> 'credentials' then 'at_or_above'
            when numerator_count is not null then 'shown'
            else coalesce(code.publication, 'hidden')
        end as told
    from ends
)

select
    state_postal,
    school_year,
    area_level,
    area_code,
    measure,
    credential_level,
    credential_code,
    subgroup_kind,
    subgroup_value,
    unit,
    reporting,
    case when publication = 'shown' then value end as denominator_count,
    -- Where whom it is part of is not shown, the part is not either.
    case when told = 'shown' then numerator_count end as numerator_count,
    case when told = 'shown' then round(cast(numerator_count as double) / value, 6) end as attainment_rate,
    told as publication,
    case
        when told = 'left_out' then 'left out'
        when told = 'empty' then 'nobody to count'
        when told = 'shown' then round(100.0 * numerator_count / value, 1) || ' %'
        when told = 'hidden' then 'not shown'
        when numerator_count is null then code.shown_as
        when told = 'at_or_below' then printf('%g %% or less', low_pct)
        else printf('%g %% or more', high_pct)
    end as shown_as
from told
-- Where failures are not reported, a rate of another level would be read as one of all.
where told <> 'left_out' or (credential_level = 'all' and subgroup_kind = 'all')
