-- One verdict per list x area x priority line x credential: all three tests, or any of them, as the policy says (J11).
-- A credential that is only mentioned is no evidence, whatever the thresholds.
with tests as (
    select
        list_id,
        cycle,
        state_postal,
        area_id,
        area_kind,
        line_code,
        line_title,
        credential_code,
        policy_id,
        param_hash,
        credential_rule,
        test,
        bool_and(is_met) as is_met,
        bool_and(is_met_at_low) as is_met_at_low,
        bool_and(is_met_at_high) as is_met_at_high,
        bool_and(is_near) as is_near
    from {{ ref('int_credential_screened') }}
    group by all
),

gathered as (
    select
        tests.* exclude (test, is_met, is_met_at_low, is_met_at_high, is_near),
        bool_or(is_met) as any_is_met,
        bool_and(is_met) as all_are_met,
        bool_or(is_met_at_low) as any_is_met_at_low,
        bool_and(is_met_at_low) as all_are_met_at_low,
        bool_or(is_met_at_high) as any_is_met_at_high,
        bool_and(is_met_at_high) as all_are_met_at_high,
        bool_and(is_near) as is_near,
        -- Null where the policy leaves the test out.
        bool_and(is_met) filter (where test = 'postings') as postings_is_met,
        bool_and(is_met) filter (where test = 'employers') as employers_is_met,
        bool_and(is_met) filter (where test = 'breadth') as breadth_is_met
    from tests
    group by all
),

judged as (
    select
        gathered.* exclude (
            any_is_met, all_are_met, any_is_met_at_low, all_are_met_at_low, any_is_met_at_high, all_are_met_at_high
        ),
        case when credential_rule = 'any' then any_is_met else all_are_met end as passes,
        case when credential_rule = 'any' then any_is_met_at_low else all_are_met_at_low end as passes_at_low,
        case when credential_rule = 'any' then any_is_met_at_high else all_are_met_at_high end as passes_at_high
    from gathered
)

select
    judged.*,
    demand.evidence_count,
    demand.posting_count,
    demand.postings_pct,
    demand.postings_low_pct,
    demand.postings_high_pct,
    demand.evidence_employer_count,
    demand.evidence_weighted_count,
    demand.weighted_postings_pct,
    demand.required_count,
    demand.preferred_count,
    demand.after_hire_count,
    demand.named_count,
    demand.mention_count,
    demand.evidence_count > 0 and coalesce(judged.passes, false) as is_passed,
    case
        when demand.evidence_count = 0 then 'only_mentioned'
        when judged.passes then 'passed'
        when not judged.postings_is_met then 'failed_postings'
        when not judged.employers_is_met then 'failed_employers'
        else 'failed_breadth'
    end as terminal_state,
    demand.evidence_count > 0 and not coalesce(judged.passes, false) and coalesce(judged.is_near, false) as is_near_miss,
    case
        when demand.evidence_count = 0 then 'solid'
        when
            (judged.passes_at_low is distinct from judged.passes) or (judged.passes_at_high is distinct from judged.passes)
            then 'borderline'
        else 'solid'
    end as stability
from judged
inner join {{ ref('int_credential_demand_measured') }} as demand
    on
        judged.list_id = demand.list_id
        and judged.area_id = demand.area_id
        and judged.line_code = demand.line_code
        and judged.credential_code = demand.credential_code
