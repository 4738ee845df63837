-- What each opening asks for: opening x credential, the strongest requirement that any posting of the group states
-- (J10: required wins over preferred, then after hire, then named by the source without saying which, then mentioned).
with mentions as (
    select
        grouped.dup_group,
        mentions.posting_key,
        mentions.credential_code,
        mentions.requirement,
        mentions.or_group,
        mentions.form,
        mentions.cue,
        mentions.section,
        case mentions.requirement
            when 'required' then 1
            when 'preferred' then 2
            when 'after_hire' then 3
            when 'named' then 4
            else 5
        end as strength
    from {{ ref('stg_posting_text__mention') }} as mentions
    inner join {{ ref('int_posting_grouped') }} as grouped on mentions.posting_key = grouped.posting_key
)

select
    dup_group,
    credential_code,
    arg_min(requirement, strength) as requirement,
    min(strength) as strength,
    min(strength) <= 4 as is_asked,
    arg_min(or_group, strength) is not null as is_alternative,
    arg_min(case when or_group is not null then posting_key::varchar || ':' || or_group::varchar end, strength) as or_group,
    arg_min(cue, strength) as cue,
    arg_min(section, strength) as section,
    arg_min(form, strength) as form,
    count(*) as mention_count,
    bool_or(section = 'source') as is_named_by_source
from mentions
group by dup_group, credential_code
