-- What the state's list says of a credential on the day of a sitting (L5): from the state's own published lists, and from
-- lists built here that seeds/policy/attainment_list.csv lets count. A stepping stone is on the list and no priority
-- (I27). What left the list is in its sunset for some years, and whether that counts is the state's choice; where a
-- version in force and one in its sunset meet, `precedence` 1 speaks.
with published as (
    select
        state_postal,
        credential_code,
        coalesce(tier, 'not assigned') as tier,
        is_stepping_stone,
        credential_version_key as list_version,
        valid_from_date as from_date,
        valid_to_date as to_date,
        counts_until_date
    from {{ ref('dim_credential') }}
    where origin is not null and state_postal <> 'US'
),

built as (
    select
        priorities.state_postal,
        priorities.credential_code,
        priorities.tier,
        priorities.is_stepping_stone,
        priorities.list_id as list_version,
        lists.counts_from as from_date,
        cast(lead(lists.counts_from) over (
            partition by priorities.state_postal, priorities.credential_code
            order by lists.counts_from
        ) - 1 as date) as to_date,
        cast(null as date) as counts_until_date
    from {{ ref('mart_priority_credential') }} as priorities
    inner join {{ ref('attainment_list') }} as lists on priorities.list_id = lists.list_id
    where priorities.area_id = priorities.state_postal
),

versions as (
    select * from published
    union all
    select * from built
)

select
    state_postal,
    credential_code,
    tier,
    is_stepping_stone,
    list_version,
    case when coalesce(is_stepping_stone, false) then 'stepping_stone' else 'on_list' end as list_status,
    from_date,
    to_date,
    1 as precedence
from versions
union all
select
    state_postal,
    credential_code,
    tier,
    is_stepping_stone,
    list_version,
    'sunset' as list_status,
    to_date + 1 as from_date,
    counts_until_date as to_date,
    2 as precedence
from versions
where to_date is not null and counts_until_date > to_date and not coalesce(is_stepping_stone, false)
