with awarded as (
    select * from {{ ref('int_credential_awarded') }}
),

lines as (
    select
        occupations.list_id,
        occupations.state_postal,
        occupations.area_id,
        occupations.line_code,
        occupations.line_title,
        occupations.annual_openings_count,
        unnest(string_split(occupations.component_codes, '|')) as soc_code
    from {{ ref('mart_priority_occupation') }} as occupations
    where occupations.area_id = occupations.state_postal
),

line_credentials as (
    select distinct
        lines.list_id,
        lines.state_postal,
        lines.area_id,
        lines.line_code,
        lines.line_title,
        lines.annual_openings_count,
        links.credential_code
    from lines
    inner join {{ ref('int_credential_occupation') }} as links
        on
            trim(lines.soc_code) = links.soc_code
            and not links.is_family
),

years as (
    select distinct
        state_postal,
        school_year
    from awarded
),

supplied as (
    select
        line_credentials.list_id,
        line_credentials.state_postal,
        line_credentials.area_id,
        line_credentials.line_code,
        line_credentials.line_title,
        line_credentials.annual_openings_count,
        years.school_year,
        count(awarded.credential_code) as credential_kind_count,
        count(*) filter (where awarded.credential_code is not null and awarded.award_count is null)
            as hidden_credential_count,
        coalesce(sum(awarded.award_count), 0) as award_count
    from line_credentials
    inner join years on line_credentials.state_postal = years.state_postal
    left join awarded
        on
            line_credentials.state_postal = awarded.state_postal
            and years.school_year = awarded.school_year
            and line_credentials.credential_code = awarded.credential_code
    group by all
),

ratios as (
    select
        supplied.*,
        {{ share_of('supplied.award_count', 'supplied.annual_openings_count') }} as awards_per_opening,
        policies.supply_far_under_rate,
        policies.supply_under_rate,
        policies.supply_over_rate,
        policies.supply_far_over_rate
    from supplied
    inner join {{ ref('int_attainment_policy') }} as policies on supplied.state_postal = policies.state_postal
)

select
    md5(concat_ws('|', list_id, area_id, line_code, school_year)) as supply_demand_key,
    list_id,
    state_postal,
    area_id,
    line_code,
    line_title,
    school_year,
    credential_kind_count,
    hidden_credential_count,
    cast(award_count as bigint) as award_count,
    hidden_credential_count > 0 as is_lower_bound,
    annual_openings_count,
    awards_per_opening as awards_per_opening_rate,
    case
        when awards_per_opening is null then 'unknown'
        -- More awards than are shown cannot make it less than that.
        when awards_per_opening > supply_far_over_rate then 'very_over'
        when hidden_credential_count > 0 then 'not_shown'
        when awards_per_opening > supply_over_rate then 'over'
        when awards_per_opening < supply_far_under_rate then 'very_under'
        when awards_per_opening < supply_under_rate then 'under'
        else 'balanced'
    end as band
from ratios
