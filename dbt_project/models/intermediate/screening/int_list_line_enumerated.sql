-- Every line that every list screens: the candidates of the funnel (X1). The horizon mode decides which lines there are.
select
    list_areas.list_id,
    list_areas.area_id,
    list_areas.area_kind,
    list_areas.rule_area_kind,
    list_areas.source_system,
    lines.line_code,
    lines.line_title,
    lines.soc_version,
    lines.code_level,
    lines.mapping_method,
    lines.component_key,
    lines.component_count,
    lines.is_supplement,
    case
        when lists.horizon_mode = 'short' then lines.short_capture_id else coalesce(lines.long_capture_id, lines.short_capture_id)
    end
        as projection_capture_id,
    case
        when lists.horizon_mode = 'short' then lines.short_data_vintage else
            coalesce(lines.long_data_vintage, lines.short_data_vintage)
    end
        as projection_data_vintage,
    lists.horizon_mode
from {{ ref('int_list_area_resolved') }} as list_areas
inner join {{ ref('int_list_resolved') }} as lists on list_areas.list_id = lists.list_id
inner join {{ ref('int_line_described') }} as lines
    on
        list_areas.area_id = lines.area_id
        and list_areas.source_system = lines.source_system
where
    (lists.horizon_mode = 'short' and lines.has_short)
    or (lists.horizon_mode = 'long' and lines.has_long)
    or lists.horizon_mode in ('both', 'either')
