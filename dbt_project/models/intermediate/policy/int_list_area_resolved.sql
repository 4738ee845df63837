-- Which areas each list covers and which source of projections speaks there: the one that the policy names, else the
-- one that has rows.
with projected as (
    select distinct
        area_id,
        area_kind,
        state_postal,
        source_system
    from {{ ref('int_line_described') }}
)

select
    lists.list_id,
    projected.area_id,
    projected.area_kind,
    case when projected.area_kind = 'region' then 'region' else 'state' end as rule_area_kind,
    projected.source_system
from {{ ref('int_list_resolved') }} as lists
inner join projected
    on
        lists.state_postal = projected.state_postal
        and (projected.area_kind <> 'region' or lists.include_regions)
qualify row_number() over (
    partition by lists.list_id, projected.area_id
    order by
        case
            when lists.projections_source = 'state' and projected.source_system = 'state' then 1
            when lists.projections_source <> 'state' and projected.source_system <> 'state' then 1
            else 2
        end
) = 1
