-- What audits found, with the exact interval of the error rate (P7): of everything, by district and by tier. Counts as
-- they are, unprotected, so they stay in the restricted zone. The frame are awards that a district reports and that no
-- vendor has verified; what auditors saw of those that one has verified controls vendors and linkage, and decides
-- nothing (P2). The report of an audit weights its strata; here each group speaks for itself.
with recursive audited as (
    select
        awards.state_postal,
        awards.school_year,
        attempts.reporting_district_code as district_code,
        coalesce(awards.tier, 'none') as tier,
        awards.verification_status = 'vendor' as is_control,
        awards.audit_verdict
    from {{ ref('fct_credential_award') }} as awards
    inner join {{ ref('fct_credential_attempt') }} as attempts on awards.attempt_key = attempts.attempt_key
    where
        attempts.district_exam_key is not null
        and (awards.is_counted or awards.not_counted_reason in ('unproven', 'refuted'))
),

placed as (
    select
        *,
        'all' as group_kind,
        'all' as group_code
    from audited
    union all
    select
        *,
        'district' as group_kind,
        district_code as group_code
    from audited
    union all
    select
        *,
        'tier' as group_kind,
        tier as group_code
    from audited
),

grouped as (
    select
        state_postal,
        school_year,
        group_kind,
        group_code,
        count(*) filter (not is_control) as frame_count,
        count(audit_verdict) filter (not is_control) as reviewed_count,
        count(*) filter (not is_control and audit_verdict = 'error') as error_count,
        count(*) filter (not is_control and audit_verdict = 'no_evidence') as unproven_count,
        count(audit_verdict) filter (is_control) as control_reviewed_count,
        count(*) filter (is_control and audit_verdict <> 'confirmed') as control_error_count
    from placed
    group by state_postal, school_year, group_kind, group_code
),

ruled as (
    select
        grouped.*,
        grouped.error_count + grouped.unproven_count as wrong_count,
        policies.audit_confidence_rate,
        policies.audit_error_limit_rate,
        -- A tail that equals the limit but for rounding keeps its end: the interval errs on the wide side.
        (1 - policies.audit_confidence_rate) / 2 * (1 - 1e-9) as tail_rate
    from grouped
    left join {{ ref('int_attainment_policy') }} as policies on grouped.state_postal = policies.state_postal
),

-- Both ends by halving: the tails are monotone in how many are wrong of all, which is no less than what was found and
-- no more than what was not found to be right.
narrowed as (
    select
        state_postal,
        school_year,
        group_kind,
        group_code,
        frame_count,
        reviewed_count,
        wrong_count,
        tail_rate,
        wrong_count as low_from,
        frame_count - (reviewed_count - wrong_count) as low_to,
        wrong_count as high_from,
        frame_count - (reviewed_count - wrong_count) + 1 as high_to
    from ruled
    where reviewed_count > 0
    union all
    select
        state_postal,
        school_year,
        group_kind,
        group_code,
        frame_count,
        reviewed_count,
        wrong_count,
        tail_rate,
        case when low_from = low_to or is_low_reached then low_from else low_half + 1 end as low_from,
        case when low_from < low_to and is_low_reached then low_half else low_to end as low_to,
        case when high_from = high_to or is_high_passed then high_from else high_half + 1 end as high_from,
        case when high_from < high_to and is_high_passed then high_half else high_to end as high_to
    from (
        select
            *,
            (low_from + low_to) // 2 as low_half,
            (high_from + high_to) // 2 as high_half,
            1 - {{ at_most('(wrong_count - 1)', 'reviewed_count', '((low_from + low_to) // 2)', 'frame_count') }}
            > tail_rate as is_low_reached,
            (high_from + high_to) // 2 > frame_count - (reviewed_count - wrong_count)
            or {{ at_most('wrong_count', 'reviewed_count', '((high_from + high_to) // 2)', 'frame_count') }}
            <= tail_rate as is_high_passed
        from narrowed
        where low_from < low_to or high_from < high_to
    ) as halved
),

ends as (
    select
        state_postal,
        school_year,
        group_kind,
        group_code,
        low_from as low_count,
        greatest(low_from, high_from - 1) as high_count
    from narrowed
    where low_from = low_to and high_from = high_to
)

select
    md5(concat_ws('|', ruled.state_postal, ruled.school_year, ruled.group_kind, ruled.group_code))
        as audit_error_rate_key,
    ruled.state_postal,
    ruled.school_year,
    ruled.group_kind,
    ruled.group_code,
    ruled.frame_count,
    ruled.reviewed_count,
    ruled.error_count,
    ruled.unproven_count,
    {{ share_of('ruled.wrong_count', 'ruled.reviewed_count') }} as error_rate,
    {{ share_of('ends.low_count', 'ruled.frame_count') }} as low_error_rate,
    {{ share_of('ends.high_count', 'ruled.frame_count') }} as high_error_rate,
    ruled.audit_confidence_rate as confidence_rate,
    ruled.audit_error_limit_rate as error_limit_rate,
    case
        when ruled.reviewed_count > 0
            then {{ share_of('ends.high_count', 'ruled.frame_count') }} <= ruled.audit_error_limit_rate
    end as is_within_limit,
    ruled.control_reviewed_count,
    ruled.control_error_count
from ruled
left join ends
    on
        ruled.state_postal = ends.state_postal
        and ruled.school_year = ends.school_year
        and ruled.group_kind = ends.group_kind
        and ruled.group_code = ends.group_code
