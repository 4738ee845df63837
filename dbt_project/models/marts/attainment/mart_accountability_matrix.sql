with levels as (
    {% for level, flag in [
        ('report_card', 'is_report_card'), ('perkins', 'is_perkins'), ('state', 'is_state'), ('federal', 'is_federal')
    ] %}
        select
            measures.measure,
            '{{ level }}' as reporting_level,
            denominators.{{ flag }} as is_reported
        from {{ ref('attainment_measure') }} as measures
        inner join {{ ref('population_measure') }} as denominators on measures.denominator = denominators.population
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

shown as (
    select
        state_postal,
        measure,
        max(school_year) as latest_school_year,
        bool_or(credential_level = 'priority') as has_priority_rate
    from {{ ref('mart_attainment_rate') }}
    where area_level = 'state' and publication = 'shown'
    group by state_postal, measure
),

states as (
    select distinct state_postal
    from {{ ref('mart_attainment_rate') }}
)

select
    md5(concat_ws('|', states.state_postal, levels.measure, levels.reporting_level)) as accountability_matrix_key,
    states.state_postal,
    levels.measure,
    'Of ' || denominators.label || ': ' || measures.label as denominator_label,
    levels.reporting_level,
    levels.is_reported,
    levels.is_reported and shown.measure is not null as is_served,
    coalesce(shown.has_priority_rate, false) as has_priority_rate,
    shown.latest_school_year,
    measures.requirements
from states
cross join levels
inner join {{ ref('attainment_measure') }} as measures on levels.measure = measures.measure
inner join {{ ref('population_measure') }} as denominators on measures.denominator = denominators.population
left join shown on states.state_postal = shown.state_postal and levels.measure = shown.measure
