with awarded as (
    select * from {{ ref('int_credential_awarded') }}
),

sector_credentials as (
    select distinct
        industry.state_postal,
        industry.sector_code,
        links.credential_code
    from {{ ref('stg_industry_map__occupation') }} as industry
    inner join {{ ref('int_credential_occupation') }} as links
        on
            industry.soc_code = links.soc_code
            and not links.is_family
),

by_sector as (
    select
        awarded.state_postal,
        awarded.school_year,
        sector_credentials.sector_code,
        count(*) as credential_kind_count,
        count(*) filter (where awarded.award_count is null) as hidden_credential_count,
        coalesce(sum(awarded.award_count), 0) as award_count
    from awarded
    inner join sector_credentials
        on
            awarded.state_postal = sector_credentials.state_postal
            and awarded.credential_code = sector_credentials.credential_code
    group by awarded.state_postal, awarded.school_year, sector_credentials.sector_code
),

totals as (
    select
        state_postal,
        school_year,
        coalesce(sum(award_count), 0) as award_count
    from awarded
    group by state_postal, school_year
)

select
    md5(concat_ws('|', totals.state_postal, totals.school_year, sectors.sector_code)) as sector_attainment_key,
    totals.state_postal,
    totals.school_year,
    sectors.sector_code,
    sectors.sector_title,
    sectors.is_priority as is_priority_sector,
    coalesce(by_sector.credential_kind_count, 0) as credential_kind_count,
    coalesce(by_sector.hidden_credential_count, 0) as hidden_credential_count,
    coalesce(by_sector.hidden_credential_count, 0) > 0 as is_lower_bound,
    cast(coalesce(by_sector.award_count, 0) as bigint) as award_count,
    -- A credential of several sectors counts in each: the shares do not add up to 100.
    round(100 * {{ share_of('coalesce(by_sector.award_count, 0)', 'totals.award_count') }}, 6) as award_share_pct,
    round(100 * sectors.employment_rate, 6) as employment_share_pct
from totals
inner join {{ ref('stg_industry_map__sector') }} as sectors on totals.state_postal = sectors.state_postal
left join by_sector
    on
        totals.state_postal = by_sector.state_postal
        and totals.school_year = by_sector.school_year
        and sectors.sector_code = by_sector.sector_code
