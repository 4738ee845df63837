with lines as (
    select
        lines.*,
        lists.cycle,
        lists.state_postal,
        lists.policy_id,
        lists.param_hash,
        lists.min_job_zone,
        lists.min_education_share_pct,
        lists.line_pass_rate,
        lists.skill_rule
    from {{ ref('int_list_line_enumerated') }} as lines
    inner join {{ ref('int_list_resolved') }} as lists on lines.list_id = lists.list_id
),

stability as (
    select * from {{ ref('int_line_screened') }}
),

onet_capture as (
    select
        max(capture_id) as capture_id,
        max(data_vintage) as data_vintage
    from {{ ref('stg_archive__capture') }}
    where dataset = 'onet' and capture_role = 'current'
),

demand_rows as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        'demand' as test,
        1 as test_order,
        demand.measure || ' (' || demand.horizon || ')' as measure,
        demand.value,
        demand.operator,
        demand.threshold,
        demand.unit,
        demand.margin,
        demand.is_met,
        case
            when demand.is_met then 'alternative_' || demand.alternative_hit
            when demand.is_met is null then 'projection_not_published'
            else 'below_threshold'
        end as reason,
        demand.rule_text as detail,
        demand.parameter,
        false as is_approximate,
        cast(null as double) as standard_error,
        lines.projection_capture_id as capture_id,
        lines.projection_data_vintage as data_vintage,
        cast(null as varchar) as threshold_capture_id,
        stability.demand_flips_by_rounding as flips_by_rounding,
        false as flips_by_error,
        stability.demand_flips_by_vintage as flips_by_vintage
    from lines
    inner join {{ ref('int_demand_screened') }} as demand
        on
            lines.list_id = demand.list_id
            and lines.area_id = demand.area_id
            and lines.line_code = demand.line_code
            and demand.capture_role = 'current'
    inner join stability
        on
            lines.list_id = stability.list_id
            and lines.area_id = stability.area_id
            and lines.line_code = stability.line_code
),

skill_rows as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        'skill' as test,
        2 as test_order,
        case
            when lines.skill_rule = 'education_share' then 'beyond_high_school_pct'
            when lines.skill_rule = 'none' then 'none'
            when skill.component_count > 1 then 'share_of_components_at_or_above_job_zone_' || lines.min_job_zone
            else 'job_zone'
        end as measure,
        case
            when lines.skill_rule = 'education_share' then skill.beyond_high_school_pct
            when lines.skill_rule = 'none' then null
            when skill.component_count > 1
                then case when skill.unknown_rate < 1 - 1e-9 then skill.passing_rate end
            else skill.highest_job_zone
        end as value,
        case when lines.skill_rule <> 'none' then '>=' end as operator,
        case
            when lines.skill_rule = 'education_share' then lines.min_education_share_pct
            when lines.skill_rule = 'none' then null
            when skill.component_count > 1 then lines.line_pass_rate
            else lines.min_job_zone
        end as threshold,
        case
            when lines.skill_rule = 'education_share' then 'percent of respondents'
            when lines.skill_rule = 'none' then null
            when skill.component_count > 1 then 'share 0-1'
            else 'Job Zone'
        end as unit,
        skill.is_met,
        case
            when lines.skill_rule = 'none' then 'no_rule'
            when skill.is_met is null and skill.component_count = 0 then 'occupation_not_mapped'
            when skill.is_met is null and coalesce(lines.min_job_zone, lines.min_education_share_pct) is null
                then 'policy_threshold_missing'
            when skill.is_met is null and lines.skill_rule = 'education_share' then 'education_not_published'
            when skill.is_met is null then 'job_zone_not_published'
            when skill.component_count > 1 then 'components_weighted_' || skill.weight_basis
            else 'published'
        end as reason,
        skill.components_text as detail,
        case lines.skill_rule
            when 'job_zone' then 'skill.min_job_zone'
            when 'education_share' then 'skill.min_education_share_pct'
            else 'skill.rule'
        end as parameter,
        lines.skill_rule <> 'none' and skill.component_count > 1 as is_approximate
    from lines
    inner join {{ ref('int_skill_screened') }} as skill
        on
            lines.list_id = skill.list_id
            and lines.area_id = skill.area_id
            and lines.line_code = skill.line_code
),

wage_rows as (
    select
        lines.list_id,
        lines.area_id,
        lines.line_code,
        'wage' as test,
        3 as test_order,
        'median_hourly_usd' as measure,
        case when wage.is_top_coded then null else wage.median_hourly_usd end as value,
        case when wage.wage_rule <> 'none' then wage.wage_operator end as operator,
        wage.threshold_hourly_usd as threshold,
        'USD per hour' as unit,
        case when not wage.is_top_coded then wage.median_hourly_usd - wage.threshold_hourly_usd end as margin,
        wage.is_met,
        wage.reason,
        concat_ws(
            '; ',
            wage.threshold_basis,
            case when wage.wage_codes is not null then 'wage row ' || wage.wage_codes || ' in ' || wage.wage_area_id end,
            case when wage.is_top_coded then 'at or above the top code' end,
            case when wage.is_lower_bound then 'a component is top-coded: the value is a lower bound' end,
            case when wage.is_from_annual then 'annual wage divided by hours per year' end,
            case when wage.wage_area_basis = 'state' then 'the state''s wage stands in for the region''s' end,
            case when wage.wage_mark is not null then 'published mark ' || wage.wage_mark end,
            case when wage.override_reason is not null then 'override: ' || wage.override_reason end
        ) as detail,
        wage.parameter,
        coalesce(wage.is_approximate, false) as is_approximate,
        wage.standard_error_usd as standard_error,
        wage.capture_id,
        wage.data_vintage,
        wage.threshold_capture_id,
        false as flips_by_rounding,
        stability.wage_flips_by_error as flips_by_error,
        stability.wage_flips_by_vintage as flips_by_vintage
    from lines
    inner join {{ ref('int_wage_screened') }} as wage
        on
            lines.list_id = wage.list_id
            and lines.area_id = wage.area_id
            and lines.line_code = wage.line_code
            and wage.wage_role = 'current'
    inner join stability
        on
            lines.list_id = stability.list_id
            and lines.area_id = stability.area_id
            and lines.line_code = stability.line_code
),

all_tests as (
    select * from demand_rows
    union all by name
    select
        skill_rows.*,
        skill_rows.value - skill_rows.threshold as margin,
        cast(null as double) as standard_error,
        onet_capture.capture_id,
        onet_capture.data_vintage,
        cast(null as varchar) as threshold_capture_id,
        false as flips_by_rounding,
        false as flips_by_error,
        false as flips_by_vintage
    from skill_rows
    cross join onet_capture
    union all by name
    select * from wage_rows
)

select
    md5(concat_ws('|', all_tests.list_id, all_tests.area_id, all_tests.line_code, all_tests.test)) as screening_key,
    all_tests.list_id,
    lines.cycle,
    lines.state_postal,
    all_tests.area_id,
    lines.area_kind,
    all_tests.line_code,
    lines.line_title,
    lines.soc_version,
    lines.component_key as component_codes,
    all_tests.test,
    all_tests.test_order,
    all_tests.measure,
    round(all_tests.value, 6) as value,
    all_tests.operator,
    round(all_tests.threshold, 6) as threshold,
    all_tests.unit,
    round(all_tests.margin, 6) as margin,
    {{ result_label('all_tests.is_met') }} as result,
    all_tests.reason,
    all_tests.detail,
    all_tests.is_approximate,
    round(all_tests.standard_error, 6) as standard_error,
    case
        when all_tests.is_met is null then 'unknown'
        when all_tests.flips_by_rounding or all_tests.flips_by_error or all_tests.flips_by_vintage then 'borderline'
        else 'solid'
    end as stability,
    nullif(concat_ws(
        '; ',
        case when all_tests.flips_by_rounding then 'flips within rounding of the projections' end,
        case when all_tests.flips_by_error then 'flips within the OEWS standard error' end,
        case when all_tests.flips_by_vintage then 'flips under the previous vintage' end
    ), '') as stability_note,
    lines.policy_id,
    all_tests.parameter,
    lines.param_hash,
    all_tests.data_vintage,
    all_tests.capture_id,
    all_tests.threshold_capture_id
from all_tests
inner join lines
    on
        all_tests.list_id = lines.list_id
        and all_tests.area_id = lines.area_id
        and all_tests.line_code = lines.line_code
