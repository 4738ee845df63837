-- Openings inside the window of each scope, on the lines that their occupation belongs to (J9: grouped by occupation).
{{ config(materialized='view') }}

select
    sought.scope_line_number,
    sought.scope_id,
    sought.line_code,
    openings.dup_group,
    sought.component_code as soc_code,
    sought.soc_number,
    openings.employer_number,
    openings.title_number,
    openings.posting_count,
    least(openings.position_count, sought.weight_cap) as weight
from {{ ref('int_posting_opening') }} as openings
inner join {{ ref('int_place_area') }} as areas
    on
        openings.place_number = areas.place_number
        and (areas.after_date is null or openings.posted_date > areas.after_date)
        and (areas.until_date is null or openings.posted_date <= areas.until_date)
inner join {{ ref('int_scope_line') }} as sought
    on
        areas.area_id = sought.area_id
        and openings.soc_number = sought.soc_number
        and openings.soc_status = 'accepted'
        and openings.last_posted_date >= sought.window_from_date
        and openings.posted_date < sought.window_until_date
