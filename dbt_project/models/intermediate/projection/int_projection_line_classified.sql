-- Every published projection row of every source, harmonised, with what it is: an occupation line, a total, or an
-- aggregate whose detail is published beside it (I16). Nothing is dropped here.
with version_rules as (
    select * from {{ ref('soc_version_rule') }}
    where data_kind = 'projections'
),

all_rows as (
    select
        area_id,
        state_postal,
        area_kind,
        horizon,
        capture_role,
        source_system,
        line_code,
        line_title,
        base_year,
        proj_year,
        horizon_years,
        base_jobs_count,
        projected_jobs_count,
        change_jobs_count,
        change_pct,
        annual_openings_count,
        openings_basis,
        annual_exits_count,
        annual_transfers_count,
        is_supplement,
        data_vintage,
        dataset,
        capture_id,
        source_row_number
    from {{ ref('stg_projections_central__projection') }}
    union all
    select
        area_id,
        state_postal,
        area_kind,
        horizon,
        capture_role,
        source_system,
        line_code,
        line_title,
        base_year,
        proj_year,
        horizon_years,
        base_jobs_count,
        projected_jobs_count,
        change_jobs_count,
        change_pct,
        annual_openings_count,
        openings_basis,
        annual_exits_count,
        annual_transfers_count,
        is_supplement,
        data_vintage,
        dataset,
        capture_id,
        source_row_number
    from {{ ref('stg_state_projections__projection') }}
),

coded as (
    select
        all_rows.*,
        version_rules.soc_version,
        codes.code_level,
        codes.mapping_method,
        codes.component_codes,
        codes.component_key,
        codes.component_count
    from all_rows
    inner join version_rules
        on all_rows.base_year between version_rules.year_from and version_rules.year_to
    left join {{ ref('int_occupation_code_mapped') }} as codes
        on
            version_rules.soc_version = codes.soc_version
            and all_rows.line_code = codes.occupation_code
),

-- The agencies round counts to tens or hundreds, each area in its own way: the unit is read from the data, and is
-- never finer than what the source is known to round to.
-- A total over the horizon was rounded before it was divided by the years (K13).
published_counts as (
    select
        dataset,
        capture_id,
        area_id,
        coalesce(base_jobs_count, 0) as base_jobs_count,
        coalesce(
            case
                when openings_basis = 'total' then round(annual_openings_count * horizon_years, 6)
                else annual_openings_count
            end, 0
        ) as openings_as_published
    from coded
),

rounding as (
    select
        dataset,
        capture_id,
        area_id,
        case
            when bool_and(base_jobs_count % 100 = 0 and openings_as_published % 100 = 0) then 100
            when bool_and(base_jobs_count % 10 = 0 and openings_as_published % 10 = 0) then 10
            else 1
        end as count_rounding_unit
    from published_counts
    group by dataset, capture_id, area_id
),

-- A broad SOC group is an aggregate only where at least one of its detailed occupations is a line of the same file:
-- "code ends in 0" alone would drop real lines (I15).
published_components as (
    select distinct
        area_id,
        horizon,
        capture_role,
        source_system,
        is_supplement,
        component_key as component_code
    from coded
    where component_count = 1 and code_level = 'detailed'
),

broad_with_detail as (
    select distinct
        broad.area_id,
        broad.horizon,
        broad.capture_role,
        broad.source_system,
        broad.line_code
    from coded as broad
    inner join published_components as detail
        on
            broad.area_id = detail.area_id
            and broad.horizon = detail.horizon
            and broad.capture_role = detail.capture_role
            and broad.source_system = detail.source_system
            and list_contains(broad.component_codes, detail.component_code)
    where broad.code_level = 'broad' and broad.component_count > 1
)

select
    coded.* exclude (component_codes),
    coded.component_codes,
    greatest(rounding.count_rounding_unit, coalesce(known_rounding.min_rounding_unit, 1)) as count_rounding_unit,
    case
        when coded.code_level = 'total' then 'total'
        when coded.code_level in ('major', 'minor') then 'aggregate'
        when broad_with_detail.line_code is not null then 'aggregate'
        else 'occupation'
    end as line_kind
from coded
inner join rounding
    on
        coded.dataset = rounding.dataset
        and coded.capture_id = rounding.capture_id
        and coded.area_id = rounding.area_id
left join {{ ref('projection_rounding') }} as known_rounding
    on coded.source_system = known_rounding.source_system
left join broad_with_detail
    on
        coded.area_id = broad_with_detail.area_id
        and coded.horizon = broad_with_detail.horizon
        and coded.capture_role = broad_with_detail.capture_role
        and coded.source_system = broad_with_detail.source_system
        and coded.line_code = broad_with_detail.line_code
