-- Which SOC 2018 detailed occupations a credential belongs to: the lexicon's codes and families spelled out, and the
-- occupations of a state's own list.
with detailed as (
    select soc_code
    from {{ ref('stg_soc__structure') }}
    where soc_level = 'detailed'
),

lexicon as (
    select
        links.credential_code,
        detailed.soc_code,
        links.relation,
        links.soc_code <> detailed.soc_code as is_family
    from {{ ref('credential_occupation') }} as links
    inner join detailed
        on
            links.soc_code = detailed.soc_code
            or (links.soc_code like '%-0000' and left(detailed.soc_code, 2) = left(links.soc_code, 2))
            or (
                links.soc_code like '%-_000'
                and links.soc_code not like '%-0000'
                and left(detailed.soc_code, 4) = left(links.soc_code, 4)
            )
            or (
                links.soc_code like '%-__00'
                and links.soc_code not like '%-_000'
                and left(detailed.soc_code, 5) = left(links.soc_code, 5)
            )
),

states as (
    select
        matched.credential_code,
        detailed.soc_code,
        'listed' as relation,
        false as is_family
    from {{ ref('int_credential_list_matched') }} as matched
    inner join detailed on matched.soc_code = detailed.soc_code
)

select
    credential_code,
    soc_code,
    -- The lexicon's word before a state's list, the word on the very code before that on its family.
    arg_min(relation, row(relation = 'listed', is_family, relation)) as relation,
    bool_and(is_family) as is_family
from (
    select * from lexicon
    union all
    select * from states
) as links
group by credential_code, soc_code
