-- J2, J3, J6: what the postings of each feed and month are worth as evidence. Counts of rows come from the landing's exact
-- profile; what became of them from the build.
with profiles as (
    select
        profile.supplied_by_postal as state_postal,
        split_part(profile.dataset, '+', 2) as feed,
        profile.posted_month,
        sum(profile.row_count) as posting_count,
        sum(profile.title_null_count) as title_null_count,
        sum(profile.employer_null_count) as employer_null_count,
        sum(profile.place_null_count) as place_null_count,
        sum(profile.text_null_count) as text_null_count,
        sum(profile.salary_count) as salary_count,
        sum(profile.source_soc_count) as source_soc_count,
        sum(profile.credential_named_count) as credential_named_count,
        sum(profile.masked_email_count) as masked_email_count,
        sum(profile.masked_phone_count) as masked_phone_count,
        max(profile.data_vintage) as data_vintage
    from {{ ref('stg_job_postings__month_profile') }} as profile
    group by all
),

built as (
    select
        grouped.supplied_by_postal as state_postal,
        split_part(grouped.dataset, '+', 2) as feed,
        grouped.posted_month,
        count(*) as current_posting_count,
        count(distinct grouped.dup_group) as opening_count,
        count(*) filter (where grouped.soc_status = 'accepted') as coded_count,
        count(*) filter (where grouped.soc_status = 'review') as review_count,
        count(*) filter (where grouped.soc_method = 'source') as source_coded_count,
        count(*) filter (where not grouped.is_read) as unread_count,
        count(*) filter (where grouped.sibling_flag is not null) as flagged_count
    from {{ ref('int_posting_coded') }} as grouped
    group by all
),

with_credential as (
    select
        grouped.supplied_by_postal as state_postal,
        split_part(grouped.dataset, '+', 2) as feed,
        grouped.posted_month,
        count(distinct grouped.posting_key) as with_credential_count
    from {{ ref('int_posting_coded') }} as grouped
    inner join {{ ref('int_posting_credential_asked') }} as asked
        on
            grouped.dup_group = asked.dup_group
            and asked.is_asked
    group by all
),

placed as (
    select
        openings.supplied_by_postal as state_postal,
        strftime(openings.posted_date, '%Y-%m') as posted_month,
        count(*) filter (where openings.zip_code is not null or openings.county_fips is not null) as locatable_count,
        count(*) filter (
            where (openings.zip_code is not null or openings.county_fips is not null) and regions.dup_group is null
        ) as unmapped_count
    from {{ ref('int_posting_unique') }} as openings
    left join (
        select distinct dup_group
        from {{ ref('int_posting_area') }}
        where area_kind = 'region'
    ) as regions on openings.dup_group = regions.dup_group
    group by all
),

bars as (
    select
        cast({{ common_parameter('posting.min_credential_fill_pct') }} as double) as min_fill_pct,
        cast({{ common_parameter('posting.max_uncoded_pct') }} as double) as max_uncoded_pct,
        cast({{ common_parameter('posting.max_unmapped_place_pct') }} as double) as max_unmapped_pct
)

select
    md5(concat_ws('|', profiles.state_postal, profiles.feed, profiles.posted_month)) as posting_quality_key,
    profiles.state_postal,
    profiles.feed,
    profiles.posted_month,
    cast(profiles.posting_count as bigint) as posting_count,
    coalesce(built.current_posting_count, 0) as current_posting_count,
    coalesce(built.opening_count, 0) as opening_count,
    round(built.current_posting_count / nullif(built.opening_count, 0), 6) as intensity_rate,
    round(100.0 * (1 - built.opening_count / nullif(built.current_posting_count, 0)), 6) as duplicate_pct,
    round(100.0 * profiles.title_null_count / nullif(profiles.posting_count, 0), 6) as title_null_pct,
    round(100.0 * profiles.employer_null_count / nullif(profiles.posting_count, 0), 6) as employer_null_pct,
    round(100.0 * profiles.place_null_count / nullif(profiles.posting_count, 0), 6) as place_null_pct,
    round(100.0 * profiles.text_null_count / nullif(profiles.posting_count, 0), 6) as text_null_pct,
    round(100.0 * profiles.salary_count / nullif(profiles.posting_count, 0), 6) as salary_filled_pct,
    round(100.0 * profiles.source_soc_count / nullif(profiles.posting_count, 0), 6) as source_soc_filled_pct,
    round(100.0 * with_credential.with_credential_count / nullif(built.current_posting_count, 0), 6) as credential_fill_pct,
    round(100.0 * built.coded_count / nullif(built.current_posting_count, 0), 6) as coded_pct,
    round(100.0 * built.review_count / nullif(built.current_posting_count, 0), 6) as review_pct,
    round(100.0 * built.source_coded_count / nullif(built.current_posting_count, 0), 6) as source_coded_pct,
    round(100.0 * placed.unmapped_count / nullif(placed.locatable_count, 0), 6) as unmapped_place_pct,
    coalesce(built.flagged_count, 0) as flagged_sibling_count,
    coalesce(built.unread_count, 0) as unread_count,
    cast(profiles.masked_email_count as bigint) as masked_email_count,
    cast(profiles.masked_phone_count as bigint) as masked_phone_count,
    coalesce(100.0 * with_credential.with_credential_count / nullif(built.current_posting_count, 0), 0) < bars.min_fill_pct
        as is_evidence_weak,
    coalesce(100.0 * (built.current_posting_count - built.coded_count) / nullif(built.current_posting_count, 0), 0)
    > bars.max_uncoded_pct as is_uncoded_high,
    coalesce(100.0 * placed.unmapped_count / nullif(placed.locatable_count, 0), 0) > bars.max_unmapped_pct
        as is_unmapped_place_high,
    profiles.data_vintage
from profiles
left join built
    on
        profiles.state_postal = built.state_postal
        and profiles.feed = built.feed
        and profiles.posted_month = built.posted_month
left join with_credential
    on
        profiles.state_postal = with_credential.state_postal
        and profiles.feed = with_credential.feed
        and profiles.posted_month = with_credential.posted_month
left join placed
    on
        profiles.state_postal = placed.state_postal
        and profiles.posted_month = placed.posted_month
cross join bars
