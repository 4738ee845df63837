-- Every form that the rows of the lexicon stand for, its templates written out as the reader of postings does it
-- (`form_templates`): alternatives in braces, families of wordings. What means a credential only beside other words is out.
with recursive given_rows as (
    {% for forms in [
        ref('credential_form'), ref('credential_form_health'), ref('credential_form_industry'), ref('credential_form_more')
    ] %}
        select
            form,
            credential_code,
            role_word,
            needs
        from {{ forms }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Semicolons part the forms of a row, but for those in braces and in the brackets of a family.
items as (
    select
        credential_code,
        role_word,
        trim(unnest(regexp_extract_all(form, '(?:[^;{}()]|\{[^{}]*\}|\((?:[^(){}]|\{[^{}]*\})*\))+'))) as item
    from given_rows
    where not regexp_matches(coalesce(needs, ''), '@(title|linked)')
),

calls as (
    select
        credential_code,
        role_word,
        item,
        nullif(regexp_extract(item, '^@(\w+)\(', 1), '') as family,
        string_split(regexp_extract(item, '^@\w+\((.*)\)$', 1), '|') as words
    from items
    where item != ''
),

worded as (
    select
        credential_code,
        role_word,
        item as wording,
        false as is_of_family,
        false as is_meek
    from calls
    where family is null
    union all
    select
        calls.credential_code,
        coalesce(calls.role_word, false) or coalesce(part.role_word, false),
        replace(
            replace(part.words, '$1', coalesce(calls.words[1], '$1')), '$2', coalesce(calls.words[2], '$2')
        ),
        true,
        part.words = '$1'
    from calls
    inner join {{ ref('credential_form_part') }} as part on calls.family = part.part and part.kind = 'wording'
    where part.needs is null
),

alternatives as (
    select
        credential_code,
        role_word,
        wording,
        is_of_family,
        is_meek
    from worded
    where not contains(wording, '$')
    union all
    select
        credential_code,
        role_word,
        regexp_replace(wording, '\{[^{}]*\}', alternative),
        is_of_family,
        is_meek
    from (
        select
            *,
            unnest(string_split(regexp_extract(wording, '\{([^{}]*)\}', 1), ';')) as alternative
        from alternatives
        where contains(wording, '{')
    ) as opened
),

forms as (
    select distinct
        credential_code,
        coalesce(role_word, false) as role_word,
        is_of_family,
        is_meek,
        trim(regexp_replace(wording, '\s+', ' ', 'g')) as form
    from alternatives
    where not contains(wording, '{')
)

-- A wording of a family gives way to a row that says the same in so many words, whichever its credential; the words as
-- given of a family that adds none give way to other families as well.
select
    form,
    credential_code,
    role_word
from forms
qualify
    not is_of_family
    or count(*) filter (
        where not is_of_family
    ) over (partition by lower(form)) + case when is_meek then count(*) filter (
        where not is_meek
    ) over (partition by lower(form)) else 0 end = 0
