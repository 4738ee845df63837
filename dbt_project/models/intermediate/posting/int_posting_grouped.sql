-- Every posting with its group of duplicates and its occupation. A posting that was not read yet stands for itself. Only
-- what is counted is here; names and places stay with `int_posting_sourced`.
select
    postings.posting_key,
    postings.feed,
    postings.posted_date,
    postings.posted_month,
    postings.position_count,
    postings.salary_hourly_usd,
    postings.supplied_by_postal,
    postings.dataset,
    coalesce(grouping.dup_group, postings.posting_key) as dup_group,
    coalesce(grouping.is_canonical, true) as is_canonical,
    coalesce(grouping.match_kind, 'none') as match_kind,
    grouping.flag as sibling_flag,
    grouping.posting_key is not null as is_read,
    coded.soc_code,
    coded.soc_method,
    coded.soc_score,
    coded.soc_status
from {{ ref('int_posting_sourced') }} as postings
left join {{ ref('stg_posting_text__grouping') }} as grouping on postings.posting_key = grouping.posting_key
left join {{ ref('int_posting_coded') }} as coded on postings.posting_key = coded.posting_key
