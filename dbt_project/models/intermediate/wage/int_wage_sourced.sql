-- One wage estimate per area and occupation code: the newest file that covers the area speaks for it; BLS before a
-- state's re-publication of the same year (I22). Broad and detailed rows of one code carry the same numbers: the
-- detailed row is kept.
with version_rules as (
    select * from {{ ref('soc_version_rule') }}
    where data_kind = 'wages'
),

all_rows as (
    select
        area_id,
        area_kind,
        state_postal,
        reference_year,
        capture_role,
        source_system,
        occupation_code,
        occupation_title,
        occupation_level_published,
        employment_count,
        employment_prse_pct,
        mean_wage_prse_pct,
        median_hourly_published_usd,
        median_hourly_mark,
        median_annual_published_usd,
        median_annual_mark,
        p25_hourly_published_usd,
        p25_annual_published_usd,
        topcode_hourly_usd,
        data_vintage,
        dataset,
        capture_id,
        source_row_number
    from {{ ref('stg_bls_oews__wage') }}
    union all
    select
        area_id,
        area_kind,
        state_postal,
        reference_year,
        capture_role,
        source_system,
        occupation_code,
        occupation_title,
        occupation_level_published,
        employment_count,
        employment_prse_pct,
        mean_wage_prse_pct,
        median_hourly_published_usd,
        median_hourly_mark,
        median_annual_published_usd,
        median_annual_mark,
        p25_hourly_published_usd,
        p25_annual_published_usd,
        topcode_hourly_usd,
        data_vintage,
        dataset,
        capture_id,
        source_row_number
    from {{ ref('stg_state_oews__wage') }}
),

speaking_file as (
    select
        area_id,
        capture_role,
        dataset,
        capture_id
    from all_rows
    group by area_id, capture_role, dataset, capture_id, reference_year, source_system
    qualify row_number() over (
        partition by area_id, capture_role
        order by reference_year desc, source_system asc, dataset asc
    ) = 1
),

hours as (
    select cast({{ common_parameter('wage.hours_per_year') }} as double) as hours_per_year
)

select
    all_rows.area_id,
    all_rows.area_kind,
    all_rows.state_postal,
    all_rows.capture_role,
    all_rows.reference_year,
    all_rows.source_system,
    version_rules.soc_version,
    all_rows.occupation_code,
    all_rows.occupation_title,
    codes.code_level,
    codes.component_codes,
    codes.component_key,
    codes.component_count,
    nullif(all_rows.employment_count, 0) as employment_count,
    all_rows.employment_prse_pct,
    all_rows.mean_wage_prse_pct,
    nullif(coalesce(
        all_rows.median_hourly_published_usd,
        all_rows.median_annual_published_usd / hours.hours_per_year
    ), 0) as median_hourly_usd,
    nullif(coalesce(
        all_rows.p25_hourly_published_usd,
        all_rows.p25_annual_published_usd / hours.hours_per_year
    ), 0) as p25_hourly_usd,
    all_rows.median_hourly_published_usd is null and all_rows.median_annual_published_usd is not null
        as is_from_annual,
    -- '#' is a censored value, at or above the top code; it is not missing.
    coalesce(all_rows.median_hourly_mark = '#', false)
    or (all_rows.median_hourly_published_usd is null and coalesce(all_rows.median_annual_mark = '#', false))
        as is_top_coded,
    all_rows.topcode_hourly_usd,
    coalesce(all_rows.median_hourly_mark, all_rows.median_annual_mark) as wage_mark,
    -- 13-1020 is published as 'broad' and again as 'detailed': OEWS estimates it in place of its detail.
    codes.code_level = 'combination'
    or (codes.code_level = 'broad' and coalesce(all_rows.occupation_level_published, 'detailed') = 'detailed')
        as is_estimated_in_place_of_detail,
    all_rows.data_vintage,
    all_rows.dataset,
    all_rows.capture_id,
    all_rows.source_row_number
from all_rows
inner join speaking_file
    on
        all_rows.area_id = speaking_file.area_id
        and all_rows.capture_role = speaking_file.capture_role
        and all_rows.dataset = speaking_file.dataset
        and all_rows.capture_id = speaking_file.capture_id
inner join version_rules
    on all_rows.reference_year between version_rules.year_from and version_rules.year_to
left join {{ ref('int_occupation_code_mapped') }} as codes
    on
        version_rules.soc_version = codes.soc_version
        and all_rows.occupation_code = codes.occupation_code
cross join hours
qualify row_number() over (
    partition by all_rows.area_id, all_rows.capture_role, all_rows.occupation_code
    order by
        case all_rows.occupation_level_published when 'detailed' then 1 when 'broad' then 2 else 3 end,
        all_rows.source_row_number
) = 1
