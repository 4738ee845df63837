select
    employer_key,
    arg_max(employer_name, row(posted_date, employer_name)) as employer_name,
    count(distinct employer_name) as spelling_count,
    count(*) as opening_count,
    cast(sum(posting_count) as bigint) as posting_count,
    bool_or(coalesce(is_staffing, false)) as is_staffing,
    min(posted_date) as first_posted_date,
    max(last_posted_date) as last_posted_date
from {{ ref('fct_job_posting') }}
where employer_key is not null
group by employer_key
