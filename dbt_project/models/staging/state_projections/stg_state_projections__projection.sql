with published as (
    select * from {{ source('state_projections', 'projections') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
),

with_years as (
    select
        published.*,
        captures.capture_role,
        captures.data_vintage,
        published.proj_year - published.base_year as horizon_years,
        -- K13: some states publish totals over the horizon, others annual averages.
        case published.openings_basis
            when 'total' then nullif(published.proj_year - published.base_year, 0)
            else 1
        end as openings_years
    from published
    inner join captures
        on
            published.dataset = captures.dataset
            and published.capture_id = captures.capture_id
)

select
    case
        when area_kind = 'state' then state_postal
        else state_postal || ':' || area_code
    end as area_id,
    state_postal,
    area_kind,
    area_code,
    area_name,
    horizon,
    capture_role,
    'state' as source_system,
    occ_code as line_code,
    trim(title) as line_title,
    base_year,
    proj_year,
    horizon_years,
    base as base_jobs_count,
    proj as projected_jobs_count,
    coalesce(change, proj - base) as change_jobs_count,
    pct_change as change_pct,
    openings / openings_years as annual_openings_count,
    openings_basis,
    exits / openings_years as annual_exits_count,
    transfers / openings_years as annual_transfers_count,
    is_supplement,
    data_vintage,
    dataset,
    capture_id,
    row_number as source_row_number
from with_years
