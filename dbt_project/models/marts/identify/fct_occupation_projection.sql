select
    md5(concat_ws('|', area_id, source_system, horizon, line_code, capture_id)) as projection_key,
    area_id,
    state_postal,
    area_kind,
    source_system,
    horizon,
    line_code,
    line_title,
    line_kind,
    soc_version,
    component_key as component_codes,
    base_year,
    proj_year as projected_year,
    horizon_years,
    base_jobs_count,
    projected_jobs_count,
    change_jobs_count,
    change_pct,
    change_pct / nullif(horizon_years, 0) as growth_simple_pct,
    {{ compound_growth_pct('change_pct', 'horizon_years') }} as growth_cagr_pct,
    annual_openings_count,
    openings_basis,
    change_jobs_count / nullif(horizon_years, 0) as annual_new_jobs_count,
    -- I6: openings = exits + transfers + change, so what is not growth is replacement.
    coalesce(
        annual_exits_count + annual_transfers_count,
        annual_openings_count - change_jobs_count / nullif(horizon_years, 0)
    ) as annual_replacement_count,
    is_supplement,
    capture_role,
    data_vintage,
    capture_id
from {{ ref('int_projection_line_classified') }}
