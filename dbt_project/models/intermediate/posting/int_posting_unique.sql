-- One row per opening: the canonical posting of each group of duplicates, with what the whole group knows (J4-J6). What
-- nothing counts (names, the town) is left with the posting: `int_posting_sourced` by `posting_key`.
with gathered as (
    select
        dup_group,
        arg_min(posting_key, row(not is_canonical, posted_date, posting_key)) as posting_key,
        count(*) as posting_count,
        count(distinct feed) as feed_count,
        min(feed) as first_feed,
        min(posted_date) as first_posted_date,
        max(posted_date) as last_posted_date,
        max(position_count) as position_count,
        max(salary_hourly_usd) as any_salary_hourly_usd,
        -- The surest code of the group; among equals the canonical posting's, so that every build says the same.
        arg_min(
            struct_pack(soc_code := soc_code, soc_method := soc_method, soc_score := soc_score, soc_status := soc_status),
            row(
                case
                    when soc_method = 'source' then -4
                    when soc_method = 'reviewed' and soc_code is not null then -3
                    when soc_status = 'accepted' then -1 - soc_score
                    else -coalesce(soc_score, 0)
                end,
                not is_canonical,
                posting_key
            )
        ) as occupation,
        bool_or(match_kind = 'near') as has_near_match,
        max(sibling_flag) as sibling_flag
    from {{ ref('int_posting_grouped') }}
    group by dup_group
),

-- Lists of names are made only where there is more than one: most openings were seen on one site.
several as (
    select
        grouped.dup_group,
        string_agg(distinct grouped.feed, '|' order by grouped.feed) as feeds
    from {{ ref('int_posting_grouped') }} as grouped
    semi join (
        select gathered.dup_group from gathered
        where gathered.feed_count > 1
    ) as mixed
        on grouped.dup_group = mixed.dup_group
    group by grouped.dup_group
)

select
    gathered.dup_group,
    gathered.posting_key,
    canonical.title_key_text,
    canonical.employer_key,
    canonical.state_postal,
    canonical.county_fips,
    canonical.zip_code,
    gathered.first_posted_date as posted_date,
    gathered.last_posted_date,
    gathered.posting_count,
    gathered.feed_count,
    coalesce(several.feeds, gathered.first_feed) as feeds,
    gathered.position_count,
    gathered.occupation.soc_code as soc_code,
    gathered.occupation.soc_method as soc_method,
    gathered.occupation.soc_score as soc_score,
    coalesce(gathered.occupation.soc_status, 'uncoded') as soc_status,
    coalesce(canonical.salary_hourly_usd, gathered.any_salary_hourly_usd) as salary_hourly_usd,
    gathered.has_near_match,
    gathered.sibling_flag,
    canonical.supplied_by_postal,
    canonical.data_vintage,
    canonical.capture_id
from gathered
inner join {{ ref('int_posting_sourced') }} as canonical on gathered.posting_key = canonical.posting_key
left join several on gathered.dup_group = several.dup_group
