select
    md5(concat_ws('|', screened.list_id, screened.area_id, screened.line_code, screened.credential_code, screened.measure))
        as credential_screening_key,
    screened.list_id,
    screened.cycle,
    screened.state_postal,
    screened.area_id,
    screened.line_code,
    screened.line_title,
    screened.credential_code,
    names.credential_name,
    screened.test,
    screened.measure,
    round(screened.value, 6) as value,
    round(screened.threshold, 6) as threshold,
    round(screened.margin, 6) as margin,
    {{ result_label('screened.is_met') }} as result,
    case
        when
            (screened.is_met_at_low is distinct from screened.is_met)
            or (screened.is_met_at_high is distinct from screened.is_met)
            then 'borderline'
        else 'solid'
    end as stability,
    screened.credential_rule,
    screened.policy_id,
    screened.param_hash
from {{ ref('int_credential_screened') }} as screened
left join {{ ref('int_credential_named') }} as names on screened.credential_code = names.credential_code
