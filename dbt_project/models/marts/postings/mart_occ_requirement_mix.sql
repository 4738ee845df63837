-- J10, I29: education, experience and skills that openings of a line ask for, per list, area and line.
with read_by_us as (
    select
        grouped.dup_group,
        requirements.kind,
        requirements.requirement,
        case
            when requirements.kind = 'experience'
                then case
                    when requirements.years is null then null
                    when requirements.years < 1 then 'under 1 year'
                    when requirements.years < 3 then '1-2 years'
                    when requirements.years < 6 then '3-5 years'
                    when requirements.years < 10 then '6-9 years'
                    else '10 years or more'
                end
            else requirements.value
        end as value
    from {{ ref('stg_posting_text__requirement') }} as requirements
    inner join {{ ref('int_posting_sourced') }} as grouped on requirements.posting_key = grouped.posting_key
),

counted as (
    select
        lines.scope_id,
        lines.line_code,
        asked.kind,
        asked.requirement,
        asked.value,
        count(distinct lines.dup_group) as asked_count
    from {{ ref('int_posting_line') }} as lines
    inner join read_by_us as asked on lines.dup_group = asked.dup_group
    where asked.value is not null
    group by all
)

select
    md5(concat_ws('|', scopes.list_id, scopes.area_id, counted.line_code, counted.kind, counted.requirement, counted.value))
        as requirement_mix_key,
    scopes.list_id,
    scopes.cycle,
    scopes.state_postal,
    scopes.area_id,
    counted.line_code,
    counted.kind,
    counted.requirement,
    counted.value as requirement_value,
    counted.asked_count,
    totals.posting_count,
    round(100.0 * counted.asked_count / totals.posting_count, 6) as postings_pct,
    scopes.policy_id,
    scopes.param_hash
from counted
inner join {{ ref('int_demand_scope') }} as scopes on counted.scope_id = scopes.scope_id
inner join {{ ref('int_line_posting_counted') }} as totals
    on
        counted.scope_id = totals.scope_id
        and counted.line_code = totals.line_code
