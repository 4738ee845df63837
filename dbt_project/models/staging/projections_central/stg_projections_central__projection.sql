with published as (
    select * from {{ source('projections_central', 'projections') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
),

states as (
    select * from {{ ref('state') }}
)

select
    states.state_postal as area_id,
    states.state_postal,
    states.area_kind,
    published.horizon,
    captures.capture_role,
    'projections_central' as source_system,
    published.occ_code as line_code,
    trim(published.title) as line_title,
    published.base_year,
    published.proj_year,
    published.proj_year - published.base_year as horizon_years,
    published.base as base_jobs_count,
    published.proj as projected_jobs_count,
    published.change as change_jobs_count,
    published.pct_change as change_pct,
    published.avg_annual_openings as annual_openings_count,
    'annual' as openings_basis,
    cast(null as double) as annual_exits_count,
    cast(null as double) as annual_transfers_count,
    false as is_supplement,
    captures.data_vintage,
    published.dataset,
    published.capture_id,
    published.row_number as source_row_number
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
inner join states
    on lpad(published.stfips, 2, '0') = states.state_fips
