-- Counts in = used + excluded with reason: what landed as used is what the models read or name as excluded.
with landed as (
    select
        dataset,
        capture_id,
        raw_table,
        sum(row_count) as row_count
    from {{ ref('mart_row_accounting') }}
    where stage = 'landing' and disposition = 'used'
    group by dataset, capture_id, raw_table
),

modelled as (
    select
        dataset,
        capture_id,
        raw_table,
        sum(row_count) as row_count,
        min(row_count) as least
    from {{ ref('mart_row_accounting') }}
    where stage = 'model'
    group by dataset, capture_id, raw_table
)

select
    modelled.dataset,
    modelled.capture_id,
    modelled.raw_table,
    landed.row_count as landed_row_count,
    modelled.row_count as modelled_row_count
from modelled
left join landed
    on
        modelled.dataset = landed.dataset
        and modelled.capture_id = landed.capture_id
        and modelled.raw_table = landed.raw_table
where landed.row_count is distinct from modelled.row_count or modelled.least < 0
