-- The settings of attainment by state, typed: the state's own row, else the common one (X2, B14). One row per state.
with parameters as (
    select
        states.state_postal,
        common.parameter,
        coalesce(own.value, common.value) as value
    from {{ ref('state') }} as states
    cross join {{ ref('attainment_parameter') }} as common
    left join {{ ref('state_parameter') }} as own
        on
            states.state_postal = own.state_postal
            and common.parameter = own.parameter
    where
        (common.parameter like 'attainment.%' or common.parameter in ('audit.confidence', 'audit.max_error_upper'))
        and common.effective_to is null
)

select
    state_postal,
    max(case when parameter = 'attainment.min_n' then cast(value as integer) end) as min_n_count,
    max(case when parameter = 'attainment.low_pct' then cast(value as double) end) as low_pct,
    max(case when parameter = 'attainment.high_pct' then cast(value as double) end) as high_pct,
    max(case when parameter = 'attainment.large_n' then cast(value as integer) end) as large_n_count,
    max(case when parameter = 'attainment.large_low_pct' then cast(value as double) end) as large_low_pct,
    max(case when parameter = 'attainment.large_high_pct' then cast(value as double) end) as large_high_pct,
    max(case when parameter = 'attainment.disclosure_width' then cast(value as integer) end) as disclosure_width_count,
    max(case when parameter = 'attainment.min_revision' then cast(value as integer) end) as min_revision_count,
    max(case when parameter = 'attainment.state_total_kept' then cast(value as boolean) end) as is_state_total_kept,
    max(case when parameter = 'attainment.zero_shown' then cast(value as boolean) end) as is_zero_shown,
    max(case when parameter = 'attainment.attack_sample' then cast(value as integer) end) as attack_sample_count,
    max(case when parameter = 'attainment.hidden_total_cost' then cast(value as double) end) as hidden_total_cost_rate,
    max(case when parameter = 'attainment.most_repair_rounds' then cast(value as integer) end)
        as most_repair_rounds_count,
    max(case when parameter = 'attainment.report_attempt' then value end) as report_attempt,
    max(case when parameter = 'attainment.self_report_excluded' then cast(value as boolean) end) as is_self_excluded,
    max(case when parameter = 'attainment.audit_findings_excluded' then cast(value as boolean) end) as is_audit_obeyed,
    max(case when parameter = 'attainment.sunset_counts' then cast(value as boolean) end) as is_sunset_counted,
    max(case when parameter = 'attainment.school_year_end' then value end) as school_year_end,
    max(case when parameter = 'attainment.passes_only_min_n' then cast(value as integer) end) as passes_only_min_count,
    max(case when parameter = 'attainment.transfer_rule' then value end) as transfer_rule,
    max(case when parameter = 'attainment.cohort_rule' then value end) as cohort_rule,
    max(case when parameter = 'attainment.cohort_years' then cast(value as integer) end) as cohort_years,
    max(case when parameter = 'attainment.sitting_match_days' then cast(value as integer) end) as sitting_match_days,
    max(case when parameter = 'attainment.conflict_tolerance_pct' then cast(value as double) end)
        as conflict_tolerance_pct,
    max(case when parameter = 'attainment.concentration_alert_pct' then cast(value as double) end)
        as concentration_alert_pct,
    max(case when parameter = 'attainment.concentration_top_count' then cast(value as integer) end)
        as concentration_top_count,
    max(case when parameter = 'attainment.supply_far_under_ratio' then cast(value as double) end)
        as supply_far_under_rate,
    max(case when parameter = 'attainment.supply_under_ratio' then cast(value as double) end) as supply_under_rate,
    max(case when parameter = 'attainment.supply_over_ratio' then cast(value as double) end) as supply_over_rate,
    max(case when parameter = 'attainment.supply_far_over_ratio' then cast(value as double) end)
        as supply_far_over_rate,
    max(case when parameter = 'audit.confidence' then cast(value as double) end) as audit_confidence_rate,
    max(case when parameter = 'audit.max_error_upper' then cast(value as double) end) as audit_error_limit_rate,
    md5(string_agg(parameter || '=' || value, ';' order by parameter) filter (parameter like 'attainment.%'))
        as param_hash
from parameters
group by state_postal
