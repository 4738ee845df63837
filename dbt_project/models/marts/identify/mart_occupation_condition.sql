select
    md5(concat_ws('|', list_id, area_id, line_code, horizon, parameter)) as condition_key,
    list_id,
    area_id,
    line_code,
    horizon,
    alternative,
    parameter,
    measure,
    round(value, 6) as value,
    operator,
    threshold,
    unit,
    round(value - threshold, 6) as margin,
    {{ result_label('is_met') }} as result
from {{ ref('int_demand_condition_evaluated') }}
where capture_role = 'current'
