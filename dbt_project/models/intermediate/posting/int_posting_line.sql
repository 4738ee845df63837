-- Openings inside the window of each scope, on the lines that their occupation belongs to (J9: grouped by occupation).
with scopes as (
    select distinct
        scope_id,
        area_id,
        source_system,
        weight_cap,
        cast(window_from_date as date) as window_from_date,
        cast(window_until_date as date) as window_until_date
    from {{ ref('int_demand_scope') }}
),

components as (
    select distinct
        area_id,
        source_system,
        line_code,
        component_code
    from {{ ref('int_line_component_weighted') }}
)

select
    scopes.scope_id,
    components.line_code,
    openings.dup_group,
    openings.soc_code,
    openings.employer_key,
    openings.title_key_text,
    openings.posting_count,
    least(openings.position_count, scopes.weight_cap) as weight
from scopes
inner join {{ ref('int_posting_area') }} as areas on scopes.area_id = areas.area_id
inner join {{ ref('int_posting_unique') }} as openings
    on
        areas.dup_group = openings.dup_group
        and openings.soc_status = 'accepted'
        and scopes.window_from_date <= openings.last_posted_date
        and scopes.window_until_date > openings.posted_date
inner join components
    on
        scopes.area_id = components.area_id
        and scopes.source_system = components.source_system
        and openings.soc_code = components.component_code
