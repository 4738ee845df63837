with rates as (
    select * from {{ ref('mart_attainment_rate') }}
    where is_perkins and credential_level in ('all', 'priority')
)

select
    md5(concat_ws(
        '|', rates.state_postal, rates.school_year, rates.area_level, rates.area_code, rates.credential_level,
        rates.subgroup_kind, rates.subgroup_value
    )) as perkins_5s1_key,
    rates.state_postal,
    rates.school_year,
    rates.area_level,
    rates.area_code,
    rates.area_name,
    '5S1' as indicator,
    rates.credential_level,
    rates.credential_label,
    rates.denominator_label,
    rates.subgroup_kind,
    rates.subgroup_value,
    rates.subgroup_label,
    rates.denominator_count as concentrator_graduate_count,
    rates.numerator_count as credential_holder_count,
    round(100 * rates.attainment_rate, 6) as attainment_pct,
    rates.publication,
    rates.shown_as,
    rates.reporting
from rates
