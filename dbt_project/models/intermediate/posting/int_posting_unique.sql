-- One row per opening, with its place in words (J4-J6). What nothing counts (names, the town) is left with the posting:
-- `int_posting_named` by `posting_key`.
{{ config(materialized='view') }}

select
    openings.dup_group,
    openings.posting_key,
    openings.title_number,
    openings.employer_number,
    openings.place_number,
    places.state_postal,
    places.county_fips,
    places.zip_code,
    places.supplied_by_postal,
    openings.posted_date,
    openings.last_posted_date,
    cast(openings.posting_count as bigint) as posting_count,
    cast(openings.feed_count as bigint) as feed_count,
    openings.feeds,
    openings.position_count,
    {{ soc_code('openings.soc_number') }} as soc_code,
    cast(openings.soc_method as varchar) as soc_method,
    openings.soc_score,
    cast(openings.soc_status as varchar) as soc_status,
    openings.salary_hourly_usd,
    openings.has_near_match,
    cast(openings.sibling_flag as varchar) as sibling_flag
from {{ ref('int_posting_opening') }} as openings
inner join {{ ref('int_posting_place') }} as places on openings.place_number = places.place_number
