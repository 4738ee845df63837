select
    openings.employer_key,
    arg_max(postings.employer_name, row(openings.posted_date, postings.employer_name)) as employer_name,
    count(distinct postings.employer_name) as spelling_count,
    count(*) as opening_count,
    cast(sum(openings.posting_count) as bigint) as posting_count,
    bool_or(coalesce(postings.is_staffing, false)) as is_staffing,
    min(openings.posted_date) as first_posted_date,
    max(openings.last_posted_date) as last_posted_date
from {{ ref('int_posting_unique') }} as openings
inner join {{ ref('int_posting_sourced') }} as postings on openings.posting_key = postings.posting_key
where openings.employer_key is not null
group by openings.employer_key
