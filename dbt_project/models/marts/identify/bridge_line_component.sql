select
    md5(concat_ws('|', area_id, source_system, line_code, component_code)) as line_component_key,
    area_id,
    source_system,
    line_code,
    component_code,
    component_title,
    employment_count,
    round(component_rate, 9) as component_rate,
    weight_basis,
    job_zone,
    job_zone_basis,
    round(beyond_high_school_pct, 6) as beyond_high_school_pct
from {{ ref('int_line_component_skilled') }}
