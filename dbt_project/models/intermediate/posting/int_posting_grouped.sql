-- Every row of a delivery with its group of duplicates (J4). A posting that was not read yet stands for itself.
{{ config(materialized='view') }}

select
    postings.*,
    coalesce(grouping.dup_group, postings.posting_key) as dup_group,
    coalesce(grouping.is_canonical, true) as is_canonical,
    coalesce(grouping.match_kind = 'near', false) as is_near_match,
    grouping.flag as sibling_flag,
    grouping.posting_key is not null as is_read
from {{ ref('int_posting_fact') }} as postings
left join {{ ref('stg_posting_text__grouping') }} as grouping on postings.posting_key = grouping.posting_key
