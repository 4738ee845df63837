-- The areas that an opening counts for: those of its place on the day on which it was posted (I29, X6).
{{ config(materialized='view') }}

select
    openings.dup_group,
    areas.area_id,
    areas.area_kind,
    areas.region_scheme
from {{ ref('int_posting_opening') }} as openings
inner join {{ ref('int_place_area') }} as areas
    on
        openings.place_number = areas.place_number
        and (areas.after_date is null or openings.posted_date > areas.after_date)
        and (areas.until_date is null or openings.posted_date <= areas.until_date)
