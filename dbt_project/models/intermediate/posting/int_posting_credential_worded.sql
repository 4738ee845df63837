-- The mention that decided what an opening asks for (J10): of those as strong as `int_posting_credential_asked` says,
-- the one of the oldest key, so that every build shows the same.
{{ config(materialized='view') }}

select
    asked.dup_group,
    asked.credential_code,
    arg_min(
        struct_pack(
            or_group := mentions.posting_key::varchar || ':' || mentions.or_group::varchar,
            cue := mentions.cue,
            section := mentions.section,
            form := mentions.form
        ),
        row(mentions.posting_key, mentions.form, mentions.cue)
    ) as reading
from {{ ref('int_posting_credential_asked') }} as asked
inner join {{ ref('int_posting_mention') }} as mentions
    on
        asked.dup_group = mentions.dup_group
        and asked.credential_code = mentions.credential_code
        and asked.requirement = mentions.requirement
        and asked.is_alternative = mentions.is_alternative
group by asked.dup_group, asked.credential_code
