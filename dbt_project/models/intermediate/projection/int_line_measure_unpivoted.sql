-- What a demand rule may ask of a line, one row per measure, with the interval that rounding by the agency leaves open.
-- Growth comes from the published percent, which agencies compute before rounding; from the counts only where no
-- percent is published. Horizon years are read from the data (K1); simple and compound growth are both kept (K2).
with lines as (
    select
        *,
        count_rounding_unit / 2.0 as half_unit,
        coalesce(change_pct, 100.0 * change_jobs_count / nullif(base_jobs_count, 0)) as growth_total_pct,
        case
            when change_pct is not null then 0.05
            else 100.0 * count_rounding_unit / nullif(base_jobs_count, 0)
        end as half_pct
    from {{ ref('int_projection_line_sourced') }}
    where line_kind = 'occupation'
),

totals as (
    select
        area_id,
        source_system,
        horizon,
        capture_role,
        max(annual_openings_count) as area_annual_openings_count,
        max(coalesce(change_pct, 100.0 * change_jobs_count / nullif(base_jobs_count, 0)) / nullif(horizon_years, 0))
            as area_growth_annual_pct
    from {{ ref('int_projection_line_sourced') }}
    where line_kind = 'total'
    group by area_id, source_system, horizon, capture_role
),

measured as (
    select
        lines.*,
        totals.area_annual_openings_count,
        totals.area_growth_annual_pct,
        lines.growth_total_pct / lines.horizon_years as growth_simple_pct,
        -- K13: a total over N years is rounded once, so its yearly share is N times as fine.
        case when lines.openings_basis = 'total' then lines.half_unit / lines.horizon_years else lines.half_unit end
            as half_openings
    from lines
    left join totals
        on
            lines.area_id = totals.area_id
            and lines.source_system = totals.source_system
            and lines.horizon = totals.horizon
            and lines.capture_role = totals.capture_role
)

select
    area_id,
    source_system,
    horizon,
    capture_role,
    line_code,
    component_key,
    measure.name as measure,
    measure.low as value_low,
    measure.published as value,
    measure.high as value_high
from measured,
    unnest([
        {
            'name': 'annual_openings',
            'low': annual_openings_count - half_openings,
            'published': annual_openings_count,
            'high': annual_openings_count + half_openings
        },
        {
            'name': 'base_jobs',
            'low': base_jobs_count - half_unit,
            'published': base_jobs_count,
            'high': base_jobs_count + half_unit
        },
        {
            'name': 'growth_total_pct',
            'low': growth_total_pct - half_pct,
            'published': growth_total_pct,
            'high': growth_total_pct + half_pct
        },
        {
            'name': 'growth_simple_pct',
            'low': growth_simple_pct - half_pct / horizon_years,
            'published': growth_simple_pct,
            'high': growth_simple_pct + half_pct / horizon_years
        },
        {
            'name': 'growth_cagr_pct',
            'low': {{ compound_growth_pct('growth_total_pct - half_pct', 'horizon_years') }},
            'published': {{ compound_growth_pct('growth_total_pct', 'horizon_years') }},
            'high': {{ compound_growth_pct('growth_total_pct + half_pct', 'horizon_years') }}
        },
        {
            'name': 'growth_above_area_points',
            'low': growth_simple_pct - half_pct / horizon_years - area_growth_annual_pct,
            'published': growth_simple_pct - area_growth_annual_pct,
            'high': growth_simple_pct + half_pct / horizon_years - area_growth_annual_pct
        },
        {
            'name': 'growth_vs_area_pct',
            'low': case
                when area_growth_annual_pct > 0
                    then 100 * (growth_simple_pct - half_pct / horizon_years) / area_growth_annual_pct
            end,
            'published': case
                when area_growth_annual_pct > 0 then 100 * growth_simple_pct / area_growth_annual_pct
            end,
            'high': case
                when area_growth_annual_pct > 0
                    then 100 * (growth_simple_pct + half_pct / horizon_years) / area_growth_annual_pct
            end
        },
        {
            'name': 'jobs_per_year',
            'low': (change_jobs_count - half_unit) / horizon_years,
            'published': change_jobs_count / horizon_years,
            'high': (change_jobs_count + half_unit) / horizon_years
        },
        {
            'name': 'openings_share_pct',
            'low': 100.0 * (annual_openings_count - half_openings) / nullif(area_annual_openings_count, 0),
            'published': 100.0 * annual_openings_count / nullif(area_annual_openings_count, 0),
            'high': 100.0 * (annual_openings_count + half_openings) / nullif(area_annual_openings_count, 0)
        }
    ]) as u (measure)
where horizon_years > 0
