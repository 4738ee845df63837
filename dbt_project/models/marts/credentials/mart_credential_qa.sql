-- A3: the quality questions of every credential that the list speaks of. Null is unknown; nothing here removes a
-- credential but Q1, and that only where the lexicon knows that no third party stands behind it.
with candidates as (
    select distinct
        list_id,
        credential_code
    from {{ ref('int_credential_judged') }}
    union
    select distinct
        list_id,
        credential_code
    from {{ ref('int_credential_listed') }}
),

-- Q2: the entry wage of the best-paid priority line that asks for the credential, against the wage bar of the list.
entry as (
    select
        judged.list_id,
        judged.credential_code,
        -- One line speaks: its wage is held against its own bar, also where that bar is unknown.
        arg_max(
            struct_pack(
                line_code := judged.line_code,
                entry_hourly_usd := wages.entry_hourly_usd,
                wage_threshold_hourly_usd := bars.threshold
            ),
            row(wages.entry_hourly_usd, judged.area_id, judged.line_code)
        ) as best
    from {{ ref('int_credential_judged') }} as judged
    inner join {{ ref('int_entry_wage_estimated') }} as wages
        on
            judged.area_id = wages.area_id
            and judged.line_code = wages.line_code
    left join {{ ref('mart_occupation_screening') }} as bars
        on
            judged.list_id = bars.list_id
            and judged.area_id = bars.area_id
            and judged.line_code = bars.line_code
            and bars.test = 'wage'
    where judged.evidence_count > 0 and wages.entry_hourly_usd is not null
    group by judged.list_id, judged.credential_code
),

stacks as (
    select distinct from_code as credential_code
    from {{ ref('credential_step') }}
    where relation in ('prerequisite', 'stacks_to')
)

select
    md5(concat_ws('|', candidates.list_id, candidates.credential_code)) as credential_qa_key,
    candidates.list_id,
    lists.cycle,
    lists.state_postal,
    candidates.credential_code,
    names.credential_name,
    names.is_third_party,
    coalesce(not names.is_third_party, false) as is_hard_fail,
    round(entry.best.entry_hourly_usd, 6) as entry_hourly_usd,
    round(entry.best.wage_threshold_hourly_usd, 6) as wage_threshold_hourly_usd,
    entry.best.line_code as entry_wage_line_code,
    {{ meets('entry.best.entry_hourly_usd', "'>='", 'entry.best.wage_threshold_hourly_usd') }} as is_entry_wage_livable,
    names.is_exam_based as requires_exam,
    case
        when names.recognition is not null or quality.has_quality_assurance or names.credential_type = 'licence' then true
    end as is_recognized,
    names.recognition,
    quality.ctid,
    quality.registry_status,
    quality.has_quality_assurance,
    quality.quality_agents,
    quality.quality_actions,
    case
        when quality.registry_fetched_at is not null
            then
                date_diff('day', cast(quality.registry_fetched_at as date), lists.as_of_date)
                > cast({{ common_parameter('credential.registry_max_age_days') }} as integer)
    end as is_registry_stale,
    quality.is_in_certification_finder,
    quality.accreditors,
    quality.is_in_demand as is_in_demand_by_finder,
    stacks.credential_code is not null as has_stack_currency,
    names.is_third_party and names.is_exam_based and names.is_supplemental as is_industry_recognized,
    cast(names.training_hours as double) as training_hours_count,
    cast(names.exam_minutes as integer) as exam_minutes,
    lists.policy_id,
    lists.param_hash
from candidates
inner join {{ ref('int_list_resolved') }} as lists on candidates.list_id = lists.list_id
inner join {{ ref('int_credential_named') }} as names on candidates.credential_code = names.credential_code
left join {{ ref('int_credential_quality_evidenced') }} as quality on candidates.credential_code = quality.credential_code
left join entry
    on
        candidates.list_id = entry.list_id
        and candidates.credential_code = entry.credential_code
left join stacks on candidates.credential_code = stacks.credential_code
