-- Every row of a state's own credential list with the credential of the lexicon that it names, by exact comparison of
-- names after case, punctuation and filler words are gone; what matches nothing keeps the state's code.
with listed as (
    select
        *,
        {{ credential_name_key('credential_name') }} as name_key
    from {{ ref('stg_credential_list__credential') }}
    where not coalesce(is_deleted, false)
),

names as (
    select
        {{ credential_name_key('credential_name') }} as name_key,
        credential_code
    from {{ ref('credential') }}
    union all
    select
        {{ credential_name_key('form') }},
        credential_code
    from {{ ref('int_credential_form_worded') }}
    -- A short form stands for many things; alone it proves nothing.
    where length(form) > 4 and not coalesce(role_word, false)
),

unambiguous as (
    select
        name_key,
        min(credential_code) as credential_code
    from names
    where name_key is not null
    group by name_key
    having count(distinct credential_code) = 1
)

select
    listed.*,
    coalesce(
        own.credential_code,
        unambiguous.credential_code,
        listed.state_postal || ':' || coalesce(listed.source_code, 'row' || listed.source_row_number)
    ) as credential_code,
    listed.state_postal || ':' || coalesce(listed.source_code, 'row' || listed.source_row_number) as state_code,
    case
        when own.credential_code is not null then 'code'
        when unambiguous.credential_code is not null then 'name'
        else 'none'
    end as match_kind
from listed
left join {{ ref('credential') }} as own on listed.source_code = own.credential_code
left join unambiguous on listed.name_key = unambiguous.name_key
