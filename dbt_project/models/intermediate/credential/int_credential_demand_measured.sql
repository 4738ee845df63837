-- What every list reads of the counts: by its evidence rule, with shares and Wilson's interval, beside whether the line
-- is on the list (J9, J11). `evidence_count` is what the tests judge.
with counted as (
    select
        scopes.list_id,
        scopes.cycle,
        scopes.state_postal,
        scopes.area_id,
        scopes.area_kind,
        scopes.policy_id,
        scopes.param_hash,
        scopes.evidence,
        scopes.confidence_z,
        counts.*,
        totals.posting_count,
        totals.total_posting_count,
        totals.weighted_count,
        totals.employer_count,
        case scopes.evidence
            when 'required' then counts.required_count
            when 'required_or_preferred' then counts.required_count + counts.preferred_count
            else counts.asked_count
        end as evidence_count,
        case scopes.evidence
            when 'required' then counts.required_weighted_count
            when 'required_or_preferred' then counts.required_weighted_count + counts.preferred_weighted_count
            else counts.asked_weighted_count
        end as evidence_weighted_count,
        case scopes.evidence
            when 'required' then counts.required_employer_count
            when 'required_or_preferred' then counts.firm_employer_count
            else counts.asked_employer_count
        end as evidence_employer_count,
        case scopes.evidence
            when 'required' then counts.required_soc_count
            when 'required_or_preferred' then counts.firm_soc_count
            else counts.soc_count
        end as evidence_soc_count
    from {{ ref('int_demand_scope') }} as scopes
    inner join {{ ref('int_credential_demand_counted') }} as counts on scopes.scope_id = counts.scope_id
    inner join {{ ref('int_line_posting_counted') }} as totals
        on
            counts.scope_id = totals.scope_id
            and counts.line_code = totals.line_code
),

listed as (
    select
        list_id,
        area_id,
        line_code,
        line_title,
        component_codes
    from {{ ref('mart_priority_occupation') }}
)

select
    counted.*,
    listed.line_code is not null as is_priority_line,
    lines.line_title,
    100.0 * counted.evidence_count / counted.posting_count as postings_pct,
    100.0 * counted.evidence_weighted_count / nullif(counted.weighted_count, 0) as weighted_postings_pct,
    100.0 * counted.evidence_employer_count / nullif(counted.employer_count, 0) as employers_pct,
    100.0 * {{ wilson_low('counted.evidence_count', 'counted.posting_count', 'counted.confidence_z') }} as postings_low_pct,
    100.0 * {{ wilson_high('counted.evidence_count', 'counted.posting_count', 'counted.confidence_z') }} as postings_high_pct,
    -- J11: across several occupations: SOC codes of priority lines of this area with an opening that is evidence.
    coalesce(sum(case when listed.line_code is not null then counted.evidence_soc_count end) over (
        partition by counted.list_id, counted.area_id, counted.credential_code
    ), 0) as area_soc_count
from counted
left join listed
    on
        counted.list_id = listed.list_id
        and counted.area_id = listed.area_id
        and counted.line_code = listed.line_code
left join {{ ref('int_list_line_enumerated') }} as lines
    on
        counted.list_id = lines.list_id
        and counted.area_id = lines.area_id
        and counted.line_code = lines.line_code
