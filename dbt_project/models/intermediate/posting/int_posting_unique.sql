-- One row per opening: the canonical posting of each group of duplicates, with what the whole group knows (J4-J6).
with grouped as (
    select * from {{ ref('int_posting_grouped') }}
),

canonical as (
    select *
    from grouped
    qualify row_number() over (partition by dup_group order by is_canonical desc, posted_date asc, posting_key asc) = 1
),

gathered as (
    select
        dup_group,
        count(*) as posting_count,
        count(distinct feed) as feed_count,
        string_agg(distinct feed, '|' order by feed) as feeds,
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
    from grouped
    group by dup_group
)

select
    canonical.dup_group,
    canonical.posting_key,
    canonical.posting_title,
    canonical.title_key_text,
    canonical.employer_name,
    canonical.employer_key,
    canonical.is_staffing,
    canonical.city,
    canonical.state_postal,
    canonical.county_fips,
    canonical.zip_code,
    canonical.country,
    gathered.first_posted_date as posted_date,
    gathered.last_posted_date,
    gathered.posting_count,
    gathered.feed_count,
    gathered.feeds,
    gathered.position_count,
    gathered.occupation.soc_code as soc_code,
    gathered.occupation.soc_method as soc_method,
    gathered.occupation.soc_score as soc_score,
    coalesce(gathered.occupation.soc_status, 'uncoded') as soc_status,
    coalesce(canonical.salary_hourly_usd, gathered.any_salary_hourly_usd) as salary_hourly_usd,
    canonical.salary_min_hourly_usd,
    canonical.salary_max_hourly_usd,
    canonical.naics_code,
    canonical.industry_title,
    canonical.is_remote,
    gathered.has_near_match,
    gathered.sibling_flag,
    canonical.supplied_by_postal,
    canonical.data_vintage,
    canonical.dataset,
    canonical.capture_id
from canonical
inner join gathered on canonical.dup_group = gathered.dup_group
