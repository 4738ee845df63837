-- One row per opening: the canonical posting of each group of duplicates, with what the whole group knows (J4-J6), as
-- numbers. Most openings were posted once: only groups of several postings are gathered.
with postings as materialized (
    select
        dup_group,
        posting_key,
        is_canonical,
        posted_date,
        feed,
        place_number,
        title_number,
        employer_number,
        position_count,
        salary_hourly_usd,
        soc_number,
        cast(soc_method as {{ soc_method_type() }}) as soc_method,
        soc_score,
        cast(soc_status as {{ soc_status_type() }}) as soc_status,
        is_near_match,
        cast(sibling_flag as {{ sibling_flag_type() }}) as sibling_flag
    from {{ ref('int_posting_coded') }}
),

-- A group is named by one of its postings, so a group of one has no other.
several as (
    select dup_group
    from postings
    group by dup_group
    having count(*) > 1
),

gathered as (
    select
        postings.dup_group,
        arg_min(
            struct_pack(
                posting_key := postings.posting_key,
                place_number := postings.place_number,
                title_number := postings.title_number,
                employer_number := postings.employer_number,
                salary_hourly_usd := postings.salary_hourly_usd
            ),
            row(not postings.is_canonical, postings.posted_date, postings.posting_key)
        ) as speaker,
        cast(count(*) as integer) as posting_count,
        min(postings.feed) as first_feed,
        max(postings.feed) as last_feed,
        min(postings.posted_date) as posted_date,
        max(postings.posted_date) as last_posted_date,
        max(postings.position_count) as position_count,
        max(postings.salary_hourly_usd) as any_salary_hourly_usd,
        -- The surest code of the group; among equals the canonical posting's, so that every build says the same.
        arg_min(
            struct_pack(
                soc_number := postings.soc_number,
                soc_method := postings.soc_method,
                soc_score := postings.soc_score,
                soc_status := postings.soc_status
            ),
            row(
                case
                    when postings.soc_method = 'source' then -4
                    when postings.soc_method = 'reviewed' and postings.soc_number is not null then -3
                    when postings.soc_status = 'accepted' then -1 - postings.soc_score
                    else -coalesce(postings.soc_score, 0)
                end,
                not postings.is_canonical,
                postings.posting_key
            )
        ) as occupation,
        bool_or(postings.is_near_match) as has_near_match,
        max(postings.sibling_flag) as sibling_flag
    from postings
    semi join several on postings.dup_group = several.dup_group
    group by postings.dup_group
),

-- Lists of names are made only where there is more than one: most openings were seen on one site.
mixed as (
    select
        postings.dup_group,
        cast(count(distinct postings.feed) as integer) as feed_count,
        string_agg(distinct postings.feed, '|' order by postings.feed) as feeds
    from postings
    semi join (
        select dup_group from gathered
        where first_feed <> last_feed
    ) as groups
        on postings.dup_group = groups.dup_group
    group by postings.dup_group
)

select
    dup_group,
    posting_key,
    place_number,
    title_number,
    employer_number,
    posted_date,
    posted_date as last_posted_date,
    1 as posting_count,
    1 as feed_count,
    feed as feeds,
    position_count,
    soc_number,
    soc_method,
    soc_score,
    soc_status,
    salary_hourly_usd,
    is_near_match as has_near_match,
    sibling_flag
from postings
anti join several on postings.dup_group = several.dup_group
union all
select
    gathered.dup_group,
    gathered.speaker.posting_key,
    gathered.speaker.place_number,
    gathered.speaker.title_number,
    gathered.speaker.employer_number,
    gathered.posted_date,
    gathered.last_posted_date,
    gathered.posting_count,
    coalesce(mixed.feed_count, 1),
    coalesce(mixed.feeds, gathered.first_feed),
    gathered.position_count,
    gathered.occupation.soc_number,
    gathered.occupation.soc_method,
    gathered.occupation.soc_score,
    gathered.occupation.soc_status,
    coalesce(gathered.speaker.salary_hourly_usd, gathered.any_salary_hourly_usd),
    gathered.has_near_match,
    gathered.sibling_flag
from gathered
left join mixed on gathered.dup_group = mixed.dup_group
