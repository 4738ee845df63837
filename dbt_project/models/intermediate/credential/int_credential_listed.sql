-- The preliminary list: list x area x credential that passed on at least one priority line, or that a documented decision
-- adds; decisions also remove (L3, L5). A later `retier` changes the tier alone: what was added stays added, what was
-- removed stays removed. Whoever passes only in a region is on that region's list (I30).
with passed as (
    select
        list_id,
        area_id,
        credential_code,
        'postings' as route,
        count(*) as line_count,
        string_agg(line_code, '|' order by line_code) as line_codes,
        string_agg(line_code || ' ' || coalesce(line_title, ''), '; ' order by line_code) as line_titles,
        max(postings_pct) as best_postings_pct,
        sum(evidence_count) as evidence_count,
        case when bool_or(stability = 'solid') then 'solid' else 'borderline' end as stability
    from {{ ref('int_credential_judged') }}
    where is_passed
    group by list_id, area_id, credential_code
),

decisions as (
    select
        decisions.list_id,
        decisions.area_id,
        decisions.credential_code,
        decisions.decision,
        last_value(case when decisions.decision <> 'retier' then decisions.decision end ignore nulls) over so_far
            as membership,
        decisions.tier,
        decisions.reason,
        decisions.decided_by_role
    from {{ ref('credential_decision') }} as decisions
    inner join {{ ref('int_list_resolved') }} as lists on decisions.list_id = lists.list_id
    where
        decisions.decision in ('add', 'remove', 'retier')
        and decisions.decided_on <= lists.as_of_date
        and (decisions.expires_on is null or decisions.expires_on > lists.as_of_date)
    window
        so_far as (
            partition by decisions.list_id, decisions.area_id, decisions.credential_code
            order by decisions.decided_on, decisions.decision
            rows between unbounded preceding and current row
        )
    qualify row_number() over (
        partition by decisions.list_id, decisions.area_id, decisions.credential_code
        order by decisions.decided_on desc, decisions.decision desc
    ) = 1
)

select
    coalesce(passed.list_id, decisions.list_id) as list_id,
    coalesce(passed.area_id, decisions.area_id) as area_id,
    coalesce(passed.credential_code, decisions.credential_code) as credential_code,
    coalesce(passed.route, 'decision') as route,
    coalesce(passed.line_count, 0) as line_count,
    passed.line_codes,
    passed.line_titles,
    passed.best_postings_pct,
    coalesce(passed.evidence_count, 0) as evidence_count,
    coalesce(passed.stability, 'solid') as stability,
    decisions.decision,
    decisions.tier as decided_tier,
    decisions.reason as decision_reason,
    decisions.decided_by_role,
    case
        when decisions.membership = 'remove' then 'removed_by_decision'
        when passed.credential_code is null then 'listed_by_decision'
        else 'listed'
    end as terminal_state
from passed
full outer join decisions
    on
        passed.list_id = decisions.list_id
        and passed.area_id = decisions.area_id
        and passed.credential_code = decisions.credential_code
where passed.credential_code is not null or decisions.membership is not null
