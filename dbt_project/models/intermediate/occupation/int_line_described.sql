-- The lines that lists screen today: one row per area, source and line, over all horizons of the current captures.
select
    area_id,
    any_value(area_kind) as area_kind,
    any_value(state_postal) as state_postal,
    source_system,
    line_code,
    arg_max(line_title, horizon = 'long') as line_title,
    arg_max(soc_version, horizon = 'long') as soc_version,
    arg_max(code_level, horizon = 'long') as code_level,
    arg_max(mapping_method, horizon = 'long') as mapping_method,
    arg_max(component_codes, horizon = 'long') as component_codes,
    arg_max(component_key, horizon = 'long') as component_key,
    arg_max(component_count, horizon = 'long') as component_count,
    bool_or(is_supplement) as is_supplement,
    bool_or(horizon = 'long') as has_long,
    bool_or(horizon = 'short') as has_short,
    max(case when horizon = 'long' then capture_id end) as long_capture_id,
    max(case when horizon = 'long' then data_vintage end) as long_data_vintage,
    max(case when horizon = 'short' then capture_id end) as short_capture_id,
    max(case when horizon = 'short' then data_vintage end) as short_data_vintage
from {{ ref('int_projection_line_sourced') }}
where capture_role = 'current' and line_kind = 'occupation'
group by area_id, source_system, line_code
