with tolerance as (
    select cast({{ common_parameter('reconciliation.tolerance_pct') }} as double) as tolerance_pct
),

lines as (
    select * from {{ ref('int_projection_line_classified') }}
    where capture_role = 'current' and not is_supplement and line_kind in ('occupation', 'total')
),

two_sources as (
    select
        'state_source' as comparison,
        central.area_id,
        central.horizon,
        central.line_code,
        central.line_title,
        central.annual_openings_count as reference_openings_count,
        state_source.annual_openings_count as compared_openings_count,
        central.base_jobs_count as reference_base_jobs_count,
        state_source.base_jobs_count as compared_base_jobs_count,
        central.base_year as reference_base_year,
        state_source.base_year as compared_base_year,
        1 as region_count,
        central.capture_id
    from lines as central
    inner join lines as state_source
        on
            central.area_id = state_source.area_id
            and central.horizon = state_source.horizon
            and coalesce(central.component_key, central.line_code)
            = coalesce(state_source.component_key, state_source.line_code)
    where central.source_system = 'projections_central' and state_source.source_system = 'state'
    qualify row_number() over (
        partition by central.area_id, central.horizon, central.line_code order by state_source.line_code
    ) = 1
),

region_sums as (
    select
        'sum_of_regions' as comparison,
        whole.area_id,
        whole.horizon,
        whole.line_code,
        max(whole.line_title) as line_title,
        max(whole.annual_openings_count) as reference_openings_count,
        sum(region.annual_openings_count) as compared_openings_count,
        max(whole.base_jobs_count) as reference_base_jobs_count,
        sum(region.base_jobs_count) as compared_base_jobs_count,
        max(whole.base_year) as reference_base_year,
        max(region.base_year) as compared_base_year,
        count(distinct region.area_id) as region_count,
        max(whole.capture_id) as capture_id
    from lines as whole
    inner join lines as region
        on
            whole.area_id = region.state_postal
            and region.area_kind = 'region'
            and whole.horizon = region.horizon
            and whole.line_code = region.line_code
    where
        whole.area_kind <> 'region'
        and (
            whole.source_system = 'projections_central'
            or not exists (
                select 1 from lines as central
                where
                    central.area_id = whole.area_id
                    and central.horizon = whole.horizon
                    and central.source_system = 'projections_central'
            )
        )
    group by whole.area_id, whole.horizon, whole.line_code
),

both_comparisons as (
    select * from two_sources
    union all
    select * from region_sums
)

select
    md5(concat_ws('|', comparison, area_id, horizon, line_code)) as reconciliation_key,
    comparison,
    area_id,
    horizon,
    line_code,
    line_title,
    reference_openings_count,
    round(compared_openings_count, 6) as compared_openings_count,
    round(100 * (compared_openings_count - reference_openings_count) / nullif(reference_openings_count, 0), 6)
        as openings_difference_pct,
    reference_base_jobs_count,
    round(compared_base_jobs_count, 6) as compared_base_jobs_count,
    round(100 * (compared_base_jobs_count - reference_base_jobs_count) / nullif(reference_base_jobs_count, 0), 6)
        as base_jobs_difference_pct,
    reference_base_year,
    compared_base_year,
    region_count,
    tolerance.tolerance_pct,
    coalesce(
        abs(100 * (compared_openings_count - reference_openings_count) / nullif(reference_openings_count, 0))
        <= tolerance.tolerance_pct, false
    ) as is_within_tolerance,
    capture_id
from both_comparisons
cross join tolerance
