-- Every mention of a credential with the opening that it speaks for: opening x mention. A name of a state's own list
-- counts for the credential of the lexicon that it is.
{{ config(materialized='view') }}

with state_names as (
    select distinct
        state_code,
        credential_code
    from {{ ref('int_credential_list_matched') }}
),

-- Most postings speak for their own opening, which has their key.
members as (
    select
        posting_key,
        dup_group
    from {{ ref('stg_posting_text__grouping') }}
    where dup_group <> posting_key
)

select
    coalesce(members.dup_group, mentions.posting_key) as dup_group,
    mentions.posting_key,
    coalesce(state_names.credential_code, mentions.credential_code) as credential_code,
    cast(mentions.requirement as {{ requirement_type() }}) as requirement,
    mentions.or_group is not null as is_alternative,
    mentions.section = 'source' as is_source,
    mentions.or_group,
    mentions.cue,
    mentions.section,
    mentions.form
from {{ ref('stg_posting_text__mention') }} as mentions
left join members on mentions.posting_key = members.posting_key
left join state_names on mentions.credential_code = state_names.state_code
