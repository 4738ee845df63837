-- The rows that each list may read: Projections Central and the state's own source stay apart, a supplement joins
-- both where they have no line for the occupation ("no SOC twice", I9).
with classified as (
    select * from {{ ref('int_projection_line_classified') }}
),

main_rows as (
    select * from classified
    where not is_supplement
),

sources_of_area as (
    select distinct
        area_id,
        horizon,
        capture_role,
        source_system
    from main_rows
),

supplements as (
    select
        classified.* exclude (source_system),
        sources_of_area.source_system
    from classified
    inner join sources_of_area
        on
            classified.area_id = sources_of_area.area_id
            and classified.horizon = sources_of_area.horizon
            and classified.capture_role = sources_of_area.capture_role
    where classified.is_supplement and classified.line_kind = 'occupation'
),

supplements_not_published as (
    select supplements.*
    from supplements
    left join main_rows
        on
            supplements.area_id = main_rows.area_id
            and supplements.horizon = main_rows.horizon
            and supplements.capture_role = main_rows.capture_role
            and supplements.source_system = main_rows.source_system
            and supplements.component_key = main_rows.component_key
    where main_rows.line_code is null
)

select
    area_id,
    state_postal,
    area_kind,
    source_system,
    horizon,
    capture_role,
    line_code,
    line_title,
    line_kind,
    soc_version,
    code_level,
    mapping_method,
    component_codes,
    component_key,
    component_count,
    is_supplement,
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
    count_rounding_unit,
    data_vintage,
    dataset,
    capture_id,
    source_row_number
from main_rows
union all
select
    area_id,
    state_postal,
    area_kind,
    source_system,
    horizon,
    capture_role,
    line_code,
    line_title,
    line_kind,
    soc_version,
    code_level,
    mapping_method,
    component_codes,
    component_key,
    component_count,
    is_supplement,
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
    count_rounding_unit,
    data_vintage,
    dataset,
    capture_id,
    source_row_number
from supplements_not_published
