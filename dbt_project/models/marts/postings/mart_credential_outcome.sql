select
    md5(concat_ws('|', judged.list_id, judged.area_id, judged.line_code, judged.credential_code)) as credential_outcome_key,
    judged.list_id,
    judged.cycle,
    judged.state_postal,
    judged.area_id,
    judged.area_kind,
    judged.line_code,
    judged.line_title,
    judged.credential_code,
    names.credential_name,
    judged.terminal_state,
    judged.is_passed,
    judged.is_near_miss,
    judged.stability,
    judged.posting_count,
    judged.evidence_count,
    round(judged.postings_pct, 6) as postings_pct,
    judged.evidence_employer_count,
    judged.credential_rule,
    judged.policy_id,
    judged.param_hash
from {{ ref('int_credential_judged') }} as judged
left join {{ ref('int_credential_named') }} as names on judged.credential_code = names.credential_code
