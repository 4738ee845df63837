-- The skill test: Job Zone, or share of respondents who say that the job requires more than a high-school diploma, or
-- none (I17, I19). A combination passes where the employment-weighted share of its components at or above the bar is
-- at least the policy's share; components of unknown zone never count as passing.
with lines as (
    select
        lines.list_id,
        lines.area_id,
        lines.source_system,
        lines.line_code,
        lists.skill_rule,
        lists.min_job_zone,
        lists.min_education_share_pct,
        lists.line_pass_rate
    from {{ ref('int_list_line_enumerated') }} as lines
    inner join {{ ref('int_list_resolved') }} as lists on lines.list_id = lists.list_id
),

components as (
    select * from {{ ref('int_line_component_skilled') }}
),

shares as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        lines.skill_rule,
        lines.min_job_zone,
        lines.min_education_share_pct,
        lines.line_pass_rate,
        count(components.component_code) as component_count,
        sum(case when components.job_zone >= lines.min_job_zone then components.component_rate else 0 end)
            as passing_rate,
        sum(case when components.job_zone is null then components.component_rate else 0 end) as unknown_rate,
        min(components.job_zone) as lowest_job_zone,
        max(components.job_zone) as highest_job_zone,
        sum(components.beyond_high_school_pct * components.component_rate)
        / nullif(
            sum(case when components.beyond_high_school_pct is not null then components.component_rate end), 0
        ) as beyond_high_school_pct,
        max(components.weight_basis) as weight_basis,
        string_agg(
            components.component_code || ' zone ' || coalesce(cast(components.job_zone as varchar), 'unknown')
            || ' (' || format('{:.0f}', 100 * components.component_rate) || ' %)',
            ', '
            order by components.component_code
        ) as components_text
    from lines
    left join components
        on
            lines.area_id = components.area_id
            and lines.source_system = components.source_system
            and lines.line_code = components.line_code
    group by
        lines.list_id, lines.area_id, lines.line_code, lines.skill_rule, lines.min_job_zone,
        lines.min_education_share_pct, lines.line_pass_rate
)

select
    *,
    case skill_rule
        when 'none' then true
        when 'job_zone'
            then
                case
                    when component_count = 0 or min_job_zone is null then null
                    when passing_rate >= line_pass_rate - 1e-9 then true
                    when passing_rate + unknown_rate >= line_pass_rate - 1e-9 then null
                    else false
                end
        when 'education_share'
            then
                {{ meets('beyond_high_school_pct', "'>='", 'min_education_share_pct') }}
    end as is_met
from shares
