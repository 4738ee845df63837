with landing as (
    select
        'landing' as stage,
        dataset,
        capture_id,
        raw_table,
        disposition,
        reason,
        row_count
    from {{ ref('stg_archive__row_disposition') }}
),

projection_rows as (
    select
        'model' as stage,
        dataset,
        capture_id,
        case when source_system = 'state' then 'state_projections__projections' else 'projections_central__projections' end
            as raw_table,
        case when line_kind = 'aggregate' then 'excluded' else 'used' end as disposition,
        case line_kind
            when 'total' then 'area total: denominator of shares and area growth'
            when 'aggregate' then 'aggregate whose detail is published beside it (I16)'
            else 'occupation line'
        end as reason,
        count(*) as row_count
    from {{ ref('int_projection_line_classified') }}
    group by dataset, capture_id, source_system, line_kind
),

wage_rows as (
    select
        'model' as stage,
        sourced.dataset,
        sourced.capture_id,
        case when sourced.source_system = 'state' then 'state_oews__wages' else 'bls_oews__wages' end as raw_table,
        'used' as disposition,
        'wage estimate of an area and occupation' as reason,
        count(*) as row_count
    from {{ ref('int_wage_sourced') }} as sourced
    group by sourced.dataset, sourced.capture_id, sourced.source_system
),

modelled as (
    select * from projection_rows
    union all
    select * from wage_rows
),

read_rows as (
    select
        dataset,
        capture_id,
        raw_table,
        sum(row_count) as row_count
    from modelled
    group by dataset, capture_id, raw_table
),

-- What landed as used and no model row speaks for: industry splits, broad rows doubled by detailed ones, areas for
-- which a newer file speaks, areas that the reference table does not know.
not_read as (
    select
        'model' as stage,
        landing.dataset,
        landing.capture_id,
        landing.raw_table,
        'excluded' as disposition,
        case
            when landing.raw_table like '%wages'
                then 'industry split, doubled broad row, or a newer file speaks for the area'
            else 'area unknown to the reference table'
        end as reason,
        sum(landing.row_count) - coalesce(any_value(read_rows.row_count), 0) as row_count
    from landing
    left join read_rows
        on
            landing.dataset = read_rows.dataset
            and landing.capture_id = read_rows.capture_id
            and landing.raw_table = read_rows.raw_table
    where
        landing.disposition = 'used'
        and landing.raw_table in (
            'projections_central__projections', 'state_projections__projections', 'bls_oews__wages', 'state_oews__wages'
        )
    group by landing.dataset, landing.capture_id, landing.raw_table
),

all_rows as (
    select * from landing
    union all
    select * from modelled
    union all
    select * from not_read
    where row_count <> 0
)

select
    md5(concat_ws('|', stage, dataset, capture_id, raw_table, disposition, reason)) as accounting_key,
    stage,
    dataset,
    capture_id,
    raw_table,
    disposition,
    reason,
    cast(row_count as bigint) as row_count
from all_rows
