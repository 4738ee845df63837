-- J12: the four signals by which employers show that they value a credential, each with what it rests on; survey and
-- selection arrive with the employer survey and are unknown until then. I32: other states that list it on the list's day.
with candidates as (
    select
        list_id,
        cycle,
        state_postal,
        credential_code,
        policy_id,
        param_hash,
        sum(evidence_count) as evidence_count,
        max(postings_pct) as best_postings_pct,
        bool_or(is_passed) as is_passed
    from {{ ref('int_credential_judged') }}
    where area_kind <> 'region'
    group by all
),

pay as (
    select
        list_id,
        credential_code,
        max(premium_hourly_usd) as best_premium_hourly_usd,
        bool_or(premium_low_hourly_usd > 0) as is_paid_more
    from {{ ref('mart_credential_pay_premium') }}
    where has_enough_postings
    group by list_id, credential_code
),

common_use as (
    select
        list_id,
        credential_code,
        bool_or(is_portable) as is_portable,
        max(employer_count) as most_employer_count
    from {{ ref('mart_credential_portability') }}
    group by list_id, credential_code
),

elsewhere as (
    select
        lists.list_id,
        matched.credential_code,
        count(distinct matched.state_postal) as state_count
    from {{ ref('int_list_resolved') }} as lists
    inner join {{ ref('int_credential_list_matched') }} as matched
        on
            lists.state_postal <> matched.state_postal
            and (matched.effective_from_date is null or lists.as_of_date >= matched.effective_from_date)
            and (matched.effective_to_date is null or lists.as_of_date <= matched.effective_to_date)
    group by lists.list_id, matched.credential_code
)

select
    md5(concat_ws('|', candidates.list_id, candidates.credential_code)) as credential_evidence_key,
    candidates.list_id,
    candidates.cycle,
    candidates.state_postal,
    candidates.credential_code,
    candidates.evidence_count > 0 as is_in_ads,
    cast(candidates.evidence_count as bigint) as evidence_count,
    round(candidates.best_postings_pct, 6) as best_postings_pct,
    cast(null as boolean) as is_used_in_selection,
    pay.is_paid_more,
    round(pay.best_premium_hourly_usd, 6) as best_premium_hourly_usd,
    common_use.is_portable as is_common_across_employers,
    common_use.most_employer_count,
    coalesce(elsewhere.state_count, 0) as other_state_count,
    cast(candidates.evidence_count > 0 as integer)
    + cast(coalesce(pay.is_paid_more, false) as integer)
    + cast(coalesce(common_use.is_portable, false) as integer) as signal_count,
    candidates.policy_id,
    candidates.param_hash
from candidates
left join pay
    on
        candidates.list_id = pay.list_id
        and candidates.credential_code = pay.credential_code
left join common_use
    on
        candidates.list_id = common_use.list_id
        and candidates.credential_code = common_use.credential_code
left join elsewhere
    on
        candidates.list_id = elsewhere.list_id
        and candidates.credential_code = elsewhere.credential_code
