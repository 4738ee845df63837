-- J17: below the bar but within reach of it: the route of an application is open to these.
with missing as (
    select
        list_id,
        area_id,
        line_code,
        credential_code,
        string_agg(measure || ' ' || round(value, 2) || ' of ' || threshold, '; ' order by measure) as shortfall
    from {{ ref('int_credential_screened') }}
    where not is_met
    group by list_id, area_id, line_code, credential_code
)

select
    md5(concat_ws('|', judged.list_id, judged.area_id, judged.line_code, judged.credential_code)) as credential_near_miss_key,
    judged.list_id,
    judged.cycle,
    judged.state_postal,
    judged.area_id,
    judged.line_code,
    judged.line_title,
    judged.credential_code,
    names.credential_name,
    judged.terminal_state,
    missing.shortfall,
    judged.evidence_count,
    round(judged.postings_pct, 6) as postings_pct,
    round(judged.postings_high_pct, 6) as postings_high_pct,
    judged.evidence_employer_count,
    judged.stability,
    judged.policy_id,
    judged.param_hash
from {{ ref('int_credential_judged') }} as judged
inner join missing
    on
        judged.list_id = missing.list_id
        and judged.area_id = missing.area_id
        and judged.line_code = missing.line_code
        and judged.credential_code = missing.credential_code
left join {{ ref('int_credential_named') }} as names on judged.credential_code = names.credential_code
where judged.is_near_miss
