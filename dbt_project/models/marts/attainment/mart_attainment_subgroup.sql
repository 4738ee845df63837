with rates as (
    select * from {{ ref('int_attainment_rate_measured') }}
    where publication = 'shown'
),

reference_groups as (
    select
        subgroup_kind,
        partition_code,
        subgroup_value
    from {{ ref('subgroup') }}
    where is_reference
),

-- One credential by gender and the like: its share of awards stands beside the share of all students enrolled (B16).
awards as (
    {{ published_counts([('awards_total', ['awards', 'awards_passes_only'])]) }}
),

enrolled as (
    {{ published_counts(['enrolled']) }}
),

represented as (
    select
        awards.*,
        enrolled.enrolled_count
    from awards
    inner join enrolled
        on
            {{ same_cell('awards', 'enrolled', but=['credential_level', 'credential_code']) }}
            and enrolled.credential_level = 'all'
    where awards.credential_level in ('all', 'priority', 'credential')
),

figures as (
    select
        state_postal,
        cast(school_year as integer) as school_year,
        area_level,
        area_code,
        measure,
        credential_level,
        credential_code,
        subgroup_kind,
        subgroup_value,
        numerator_count,
        denominator_count,
        attainment_rate
    from rates
    union all
    select
        state_postal,
        school_year,
        area_level,
        area_code,
        'representation' as measure,
        credential_level,
        credential_code,
        subgroup_kind,
        subgroup_value,
        awards_total_count as numerator_count,
        enrolled_count as denominator_count,
        {{ share_of('awards_total_count', 'enrolled_count') }} as attainment_rate
    from represented
    where awards_total_count is not null and enrolled_count > 0
),

compared as (
    select
        figures.*,
        subgroups.label as subgroup_label,
        subgroups.is_reference,
        reference_groups.subgroup_value as reference_value,
        reference.attainment_rate as reference_rate,
        everybody.numerator_count as all_numerator_count,
        everybody.denominator_count as all_denominator_count,
        figures.attainment_rate - reference.attainment_rate as gap
    from figures
    inner join {{ ref('subgroup') }} as subgroups
        on
            figures.subgroup_kind = subgroups.subgroup_kind
            and figures.subgroup_value = subgroups.subgroup_value
            and subgroups.is_published
            and subgroups.subgroup_kind <> 'all'
    inner join reference_groups on subgroups.partition_code = reference_groups.partition_code
    inner join figures as everybody
        on
            {{ same_cell('figures', 'everybody', but=['subgroup_kind', 'subgroup_value']) }}
            and figures.measure = everybody.measure
            and everybody.subgroup_kind = 'all'
    left join figures as reference
        on
            {{ same_cell('figures', 'reference', but=['subgroup_value']) }}
            and figures.measure = reference.measure
            and reference_groups.subgroup_value = reference.subgroup_value
)

select
    md5(concat_ws(
        '|', compared.state_postal, compared.school_year, compared.area_level, compared.area_code, compared.measure,
        compared.credential_level, compared.credential_code, compared.subgroup_kind, compared.subgroup_value
    )) as attainment_subgroup_key,
    compared.state_postal,
    compared.school_year,
    compared.area_level,
    compared.area_code,
    coalesce(areas.area_name, compared.area_code) as area_name,
    compared.measure,
    coalesce(
        'Of ' || denominators.label || ': ' || measures.label,
        'Credentials earned in the school year, beside all students enrolled'
    ) as denominator_label,
    compared.credential_level,
    compared.credential_code,
    {{ credential_label('compared') }} as credential_label,
    compared.subgroup_kind,
    compared.subgroup_value,
    compared.subgroup_label,
    compared.is_reference,
    compared.numerator_count,
    compared.denominator_count,
    compared.attainment_rate,
    compared.reference_value,
    compared.reference_rate,
    round(compared.gap, 6) as gap_rate,
    -- Below zero: the gap is smaller than the year before.
    round(abs(compared.gap) - abs(max(compared.gap) over by_year), 6) as gap_change_rate,
    round(100 * {{ share_of('compared.numerator_count', 'compared.all_numerator_count') }}, 6) as numerator_share_pct,
    round(100 * {{ share_of('compared.denominator_count', 'compared.all_denominator_count') }}, 6)
        as denominator_share_pct,
    round(
        {{ share_of('compared.numerator_count', 'compared.all_numerator_count') }}
        / nullif({{ share_of('compared.denominator_count', 'compared.all_denominator_count') }}, 0), 6
    ) as parity_index
from compared
left join {{ ref('attainment_measure') }} as measures on compared.measure = measures.measure
left join {{ ref('population_measure') }} as denominators on measures.denominator = denominators.population
{{ join_areas('compared') }}
left join {{ ref('int_credential_named') }} as names on compared.credential_code = names.credential_code
window
    by_year as (
        partition by
            compared.state_postal, compared.area_level, compared.area_code, compared.measure,
            compared.credential_level, compared.credential_code, compared.subgroup_kind, compared.subgroup_value
        order by compared.school_year
        range between 1 preceding and 1 preceding
    )
