-- What each opening asks for: opening x credential, the strongest requirement that any posting of the group states
-- (J10: required wins over preferred, then after hire, then named by the source without saying which, then mentioned).
-- Among equals one that stands alone wins over one of several alternatives, then the oldest key: every build says the
-- same.
-- A name of a state's own list counts for the credential of the lexicon that it is.
with state_names as (
    select distinct
        state_code,
        credential_code
    from {{ ref('int_credential_list_matched') }}
),

mentions as (
    select
        grouped.dup_group,
        mentions.posting_key,
        coalesce(state_names.credential_code, mentions.credential_code) as credential_code,
        mentions.section = 'source' as is_source,
        case mentions.requirement
            when 'required' then 1
            when 'preferred' then 2
            when 'after_hire' then 3
            when 'named' then 4
            else 5
        end as strength,
        struct_pack(
            requirement := mentions.requirement,
            or_group := mentions.posting_key::varchar || ':' || mentions.or_group::varchar,
            cue := mentions.cue,
            section := mentions.section,
            form := mentions.form
        ) as reading
    from {{ ref('stg_posting_text__mention') }} as mentions
    inner join {{ ref('int_posting_grouped') }} as grouped on mentions.posting_key = grouped.posting_key
    left join state_names on mentions.credential_code = state_names.state_code
),

strongest as (
    select
        dup_group,
        credential_code,
        arg_min(
            reading, row(strength, reading.or_group is not null, posting_key, reading.form, reading.cue)
        ) as reading,
        min(strength) as strength,
        count(*) as mention_count,
        bool_or(is_source) as is_named_by_source
    from mentions
    group by dup_group, credential_code
)

select
    dup_group,
    credential_code,
    reading.requirement as requirement,
    strength,
    strength <= 4 as is_asked,
    reading.or_group is not null as is_alternative,
    reading.or_group as or_group,
    reading.cue as cue,
    reading.section as section,
    reading.form as form,
    mention_count,
    is_named_by_source
from strongest
