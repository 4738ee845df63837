with rates as (
    select * from {{ ref('mart_attainment_rate') }}
    where is_report_card and credential_level in ('all', 'priority')
)

select
    md5(concat_ws('|', rates.attainment_rate_key, figures.statistic)) as report_card_key,
    rates.state_postal,
    rates.school_year,
    rates.area_level,
    rates.area_code,
    rates.area_name,
    'industry_credential' as indicator,
    rates.measure,
    rates.denominator_label,
    rates.credential_level,
    rates.credential_label,
    rates.subgroup_kind,
    rates.subgroup_value,
    rates.subgroup_label,
    figures.statistic,
    case figures.statistic
        when 'rate_pct' then round(100 * rates.attainment_rate, 6)
        when 'numerator' then cast(rates.numerator_count as double)
        when 'denominator' then cast(rates.denominator_count as double)
    end as value,
    case figures.statistic
        when 'rate_pct' then rates.shown_as
        when 'numerator' then coalesce(cast(rates.numerator_count as varchar), 'not shown')
        when 'denominator' then coalesce(cast(rates.denominator_count as varchar), 'not shown')
    end as shown_as,
    rates.publication,
    -- Passes only or not: the words that a printed card needs under its table.
    rates.reporting
from rates
cross join (values ('rate_pct'), ('numerator'), ('denominator')) as figures (statistic)
