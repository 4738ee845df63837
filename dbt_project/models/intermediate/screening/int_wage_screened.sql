-- The wage test: median hourly wage against the list's bar (I20-I23). '#' is at or above the top code and passes; a
-- weighted average with a top-coded component is a lower bound, so it can pass but not fail. A documented override
-- replaces the published wage. The interval is the OEWS standard error of the mean, in the policy's multiples.
with lines as (
    select
        lines.list_id,
        lines.area_id,
        lines.source_system,
        lines.line_code,
        lists.as_of_date,
        lists.standard_errors,
        thresholds.wage_rule,
        thresholds.wage_operator,
        thresholds.threshold_hourly_usd,
        thresholds.parameter,
        thresholds.threshold_basis,
        thresholds.threshold_capture_id
    from {{ ref('int_list_line_enumerated') }} as lines
    inner join {{ ref('int_list_resolved') }} as lists on lines.list_id = lists.list_id
    inner join {{ ref('int_list_wage_threshold_resolved') }} as thresholds
        on
            lines.list_id = thresholds.list_id
            and lines.area_id = thresholds.area_id
),

overrides as (
    select * from {{ ref('occupation_wage_override') }}
),

roles (wage_role) as (
    values ('current'), ('previous')
),

valued as (
    select
        lines.*,
        roles.wage_role,
        overrides.reason as override_reason,
        wages.wage_method,
        wages.wage_area_id,
        wages.wage_area_basis,
        wages.is_approximate,
        wages.is_from_annual,
        wages.wage_codes,
        wages.wage_mark,
        wages.reference_year,
        wages.data_vintage,
        wages.capture_id,
        case when overrides.reason is null then coalesce(wages.is_top_coded, false) else false end as is_top_coded,
        case when overrides.reason is null then coalesce(wages.has_top_coded_component, false) else false end
            as is_lower_bound,
        coalesce(overrides.median_hourly_usd, wages.median_hourly_usd) as median_hourly_usd,
        case
            when overrides.reason is null then wages.median_hourly_usd * wages.mean_wage_prse_pct / 100
        end as standard_error_usd
    from lines
    cross join roles
    left join {{ ref('int_line_wage_estimated') }} as wages
        on
            lines.area_id = wages.area_id
            and lines.source_system = wages.source_system
            and lines.line_code = wages.line_code
            and roles.wage_role = wages.wage_role
    left join overrides
        on
            lines.list_id = overrides.list_id
            and lines.area_id = overrides.area_id
            and lines.line_code = overrides.line_code
            and lines.as_of_date >= overrides.decided_on
),

compared as (
    select
        *,
        median_hourly_usd - standard_errors * standard_error_usd as low_hourly_usd,
        median_hourly_usd + standard_errors * standard_error_usd as high_hourly_usd
    from valued
)

select
    *,
    case
        when wage_rule = 'none' then true
        when threshold_hourly_usd is null then null
        when is_top_coded then true
        when is_lower_bound then nullif({{ meets('median_hourly_usd', 'wage_operator', 'threshold_hourly_usd') }}, false)
        else {{ meets('median_hourly_usd', 'wage_operator', 'threshold_hourly_usd') }}
    end as is_met,
    case
        when wage_rule = 'none' then true
        when threshold_hourly_usd is null then null
        when is_top_coded then true
        else {{ meets('coalesce(low_hourly_usd, median_hourly_usd)', 'wage_operator', 'threshold_hourly_usd') }}
    end as is_met_at_low,
    case
        when wage_rule = 'none' then true
        when threshold_hourly_usd is null then null
        when is_top_coded then true
        else {{ meets('coalesce(high_hourly_usd, median_hourly_usd)', 'wage_operator', 'threshold_hourly_usd') }}
    end as is_met_at_high,
    case
        when wage_rule = 'none' then 'no_rule'
        when override_reason is not null then 'override'
        when threshold_hourly_usd is null then 'policy_threshold_missing'
        when is_top_coded then 'top_coded'
        when median_hourly_usd is null then 'wage_not_published'
        when is_lower_bound then 'lower_bound'
        else wage_method
    end as reason
from compared
