-- Combination lines that share an occupation with another line of the same file: both are kept, a person decides.
with lines as (
    select
        area_id,
        source_system,
        line_code,
        line_title,
        string_split(component_key, '|') as component_codes,
        component_count
    from {{ ref('int_line_described') }}
    where component_count > 0
)

select
    combination.area_id,
    combination.source_system,
    combination.line_code,
    combination.line_title,
    other.line_code as overlapping_line_code,
    other.line_title as overlapping_line_title
from lines as combination
inner join lines as other
    on
        combination.area_id = other.area_id
        and combination.source_system = other.source_system
        and combination.line_code <> other.line_code
        and list_has_any(combination.component_codes, other.component_codes)
where combination.component_count > 1
