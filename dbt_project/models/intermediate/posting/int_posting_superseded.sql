-- Rows that a newer delivery of the same posting replaces (J4). They are few: only postings of several rows are put in
-- order.
with repeated as (
    select posting_key
    from {{ ref('int_posting_fact') }}
    group by posting_key
    having count(*) > 1
),

ranked as (
    select
        postings.posting_key,
        postings.dataset,
        postings.capture_id,
        postings.source_row_number,
        row_number() over (
            partition by postings.posting_key
            order by postings.data_vintage desc, postings.capture_id desc, postings.source_row_number asc
        ) as place
    from {{ ref('int_posting_fact') }} as postings
    semi join repeated on postings.posting_key = repeated.posting_key
)

select
    posting_key,
    dataset,
    capture_id,
    source_row_number
from ranked
where place > 1
