with outcomes as (
    select * from {{ ref('mart_occupation_outcome') }}
    where terminal_state in ('listed', 'listed_by_decision')
),

screening as (
    select
        list_id,
        area_id,
        line_code,
        max(case when test = 'wage' then value end) as median_hourly_usd,
        max(case when test = 'wage' then threshold end) as wage_threshold_hourly_usd,
        bool_or(case when test = 'wage' then is_approximate else false end) as is_wage_approximate,
        bool_or(case when test = 'wage' then reason = 'top_coded' else false end) as is_wage_top_coded,
        max(case when test = 'wage' then capture_id end) as wage_capture_id,
        max(case when test = 'wage' then data_vintage end) as wage_data_vintage,
        max(case when test = 'skill' then value end) as skill_value,
        max(case when test = 'skill' then measure end) as skill_measure,
        max(case when test = 'demand' then reason end) as demand_rule_hit
    from {{ ref('mart_occupation_screening') }}
    group by list_id, area_id, line_code
),

measures as (
    select
        area_id,
        source_system,
        horizon,
        line_code,
        max(case when measure = 'annual_openings' then value end) as annual_openings_count,
        max(case when measure = 'growth_simple_pct' then value end) as growth_simple_pct,
        max(case when measure = 'growth_cagr_pct' then value end) as growth_cagr_pct,
        max(case when measure = 'base_jobs' then value end) as base_jobs_count
    from {{ ref('int_line_measure_unpivoted') }}
    where capture_role = 'current'
    group by area_id, source_system, horizon, line_code
),

shown_horizons as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        measures.* exclude (area_id, line_code)
    from {{ ref('int_list_line_enumerated') }} as lines
    inner join measures
        on
            lines.area_id = measures.area_id
            and lines.source_system = measures.source_system
            and lines.line_code = measures.line_code
    qualify row_number() over (
        partition by lines.list_id, lines.area_id, lines.line_code
        order by
            case
                when lines.horizon_mode = 'short' and measures.horizon = 'short' then 1
                when lines.horizon_mode <> 'short' and measures.horizon = 'long' then 1
                else 2
            end
    ) = 1
)

select
    outcomes.outcome_key as priority_occupation_key,
    outcomes.list_id,
    outcomes.cycle,
    outcomes.state_postal,
    outcomes.area_id,
    outcomes.area_kind,
    outcomes.line_code,
    outcomes.line_title,
    outcomes.soc_version,
    outcomes.component_count,
    outcomes.component_codes,
    outcomes.component_titles,
    outcomes.major_group_code,
    outcomes.demand_result,
    outcomes.skill_result,
    outcomes.wage_result,
    outcomes.terminal_state,
    outcomes.decision_reason,
    shown_horizons.horizon as horizon_shown,
    round(shown_horizons.annual_openings_count, 6) as annual_openings_count,
    round(shown_horizons.growth_simple_pct, 6) as growth_simple_pct,
    round(shown_horizons.growth_cagr_pct, 6) as growth_cagr_pct,
    round(shown_horizons.base_jobs_count, 6) as base_jobs_count,
    screening.demand_rule_hit,
    screening.skill_measure,
    screening.skill_value,
    screening.median_hourly_usd,
    screening.is_wage_top_coded,
    screening.is_wage_approximate,
    screening.wage_threshold_hourly_usd,
    outcomes.has_coverage_gap,
    outcomes.stability,
    outcomes.stability_note,
    outcomes.policy_id,
    outcomes.param_hash,
    outcomes.data_vintage,
    outcomes.capture_id,
    screening.wage_data_vintage,
    screening.wage_capture_id
from outcomes
inner join screening
    on
        outcomes.list_id = screening.list_id
        and outcomes.area_id = screening.area_id
        and outcomes.line_code = screening.line_code
left join shown_horizons
    on
        outcomes.list_id = shown_horizons.list_id
        and outcomes.area_id = shown_horizons.area_id
        and outcomes.line_code = shown_horizons.line_code
