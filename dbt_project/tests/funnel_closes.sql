-- X1: every line that is screened ends in exactly one terminal state, and what enters equals what is dropped and kept.
with outcomes as (
    select
        list_id,
        area_id,
        count(*) as line_count,
        count(*) filter (where terminal_state in ('listed', 'listed_by_decision')) as listed_count
    from {{ ref('mart_occupation_outcome') }}
    group by list_id, area_id
),

funnel as (
    select
        list_id,
        area_id,
        sum(dropped_count + unknown_count) as gone_count,
        max(kept_count) filter (where step = 'decision') as kept_count
    from {{ ref('mart_occupation_funnel') }}
    group by list_id, area_id
)

select *
from outcomes
full join funnel
    on
        outcomes.list_id = funnel.list_id
        and outcomes.area_id = funnel.area_id
where
    outcomes.line_count is distinct from funnel.gone_count + funnel.kept_count
    or outcomes.listed_count is distinct from funnel.kept_count
