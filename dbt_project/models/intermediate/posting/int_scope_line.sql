-- What is asked of the openings: scope x line x occupation that belongs to it, with area, window and cap of the scope
-- (J3, J5, J9). Scope and line together have a number: grouping by it costs a third of grouping by their names.
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
    cast(dense_rank() over (order by scopes.scope_id, components.line_code) as integer) as scope_line_number,
    scopes.scope_id,
    components.line_code,
    scopes.area_id,
    components.component_code,
    {{ soc_number('components.component_code') }} as soc_number,
    scopes.weight_cap,
    scopes.window_from_date,
    scopes.window_until_date
from scopes
inner join components
    on
        scopes.area_id = components.area_id
        and scopes.source_system = components.source_system
