with rates as (
    select * from {{ ref('int_attainment_rate_measured') }}
),

left_out as (
    select
        state_postal,
        school_year,
        count(distinct area_code) as left_out_district_count
    from {{ ref('int_attainment_cell_published') }}
    where publication = 'left_out' and area_level = 'district'
    group by state_postal, school_year
),

-- An area that is left out of some rate is marked in all the others.
marked as (
    select
        state_postal,
        school_year,
        area_level,
        area_code,
        min(reporting) as reporting
    from {{ ref('int_attainment_cell_published') }}
    where publication = 'left_out'
    group by state_postal, school_year, area_level, area_code
)

select
    md5(concat_ws(
        '|', rates.state_postal, rates.school_year, rates.area_level, rates.area_code, rates.measure,
        rates.credential_level, rates.credential_code, rates.subgroup_kind, rates.subgroup_value
    )) as attainment_rate_key,
    rates.state_postal,
    cast(rates.school_year as integer) as school_year,
    rates.area_level,
    rates.area_code,
    coalesce(areas.area_name, rates.area_code) as area_name,
    rates.measure,
    'Of ' || denominators.label || ': ' || measures.label as denominator_label,
    denominators.definition as denominator_definition,
    rates.unit,
    rates.credential_level,
    rates.credential_code,
    {{ credential_label('rates') }} as credential_label,
    rates.subgroup_kind,
    rates.subgroup_value,
    subgroups.label as subgroup_label,
    rates.denominator_count,
    rates.numerator_count,
    rates.attainment_rate,
    rates.publication,
    rates.shown_as,
    denominators.is_exam_based,
    measures.can_exceed_one,
    rates.publication = 'left_out' as is_left_out,
    coalesce(marked.reporting, 'student_level') as reporting,
    case when rates.area_level = 'state' then coalesce(left_out.left_out_district_count, 0) end
        as left_out_district_count,
    denominators.is_report_card,
    denominators.is_perkins,
    denominators.is_state,
    denominators.is_federal,
    policies.min_n_count,
    policies.param_hash
from rates
inner join {{ ref('attainment_measure') }} as measures on rates.measure = measures.measure
inner join {{ ref('population_measure') }} as denominators on measures.denominator = denominators.population
inner join {{ ref('int_attainment_policy') }} as policies on rates.state_postal = policies.state_postal
inner join {{ ref('subgroup') }} as subgroups
    on
        rates.subgroup_kind = subgroups.subgroup_kind
        and rates.subgroup_value = subgroups.subgroup_value
        and subgroups.is_published
{{ join_areas('rates') }}
left join {{ ref('int_credential_named') }} as names on rates.credential_code = names.credential_code
left join left_out on rates.state_postal = left_out.state_postal and rates.school_year = left_out.school_year
left join marked
    on
        rates.state_postal = marked.state_postal
        and rates.school_year = marked.school_year
        and rates.area_level = marked.area_level
        and rates.area_code = marked.area_code
