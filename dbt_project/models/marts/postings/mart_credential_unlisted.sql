-- J10, X7: what openings ask for and the lexicon has no row for, by the name that they give it. Nothing screens these names: who
-- keeps the lexicon sees here what it lacks. A name that few employers use is not shown.
with per_opening as (
    select
        unlisted.credential_name,
        openings.dup_group,
        any_value(openings.employer_number) as employer_number,
        min(cast(unlisted.requirement as {{ requirement_type() }})) as requirement,
        count(distinct unlisted.posting_key) as posting_count,
        min(postings.posted_month) as first_posted_month,
        max(postings.posted_month) as last_posted_month
    from {{ ref('stg_posting_text__unlisted') }} as unlisted
    inner join {{ ref('int_posting_sourced') }} as postings on unlisted.posting_key = postings.posting_key
    inner join {{ ref('int_posting_unique') }} as openings on postings.dup_group = openings.dup_group
    group by unlisted.credential_name, openings.dup_group
),

counted as (
    select
        credential_name,
        cast(sum(posting_count) as bigint) as posting_count,
        count(*) as opening_count,
        count(distinct employer_number) as employer_count,
        count(*) filter (where requirement = 'required') as required_count,
        count(*) filter (where requirement = 'preferred') as preferred_count,
        count(*) filter (where requirement = 'after_hire') as after_hire_count,
        min(first_posted_month) as first_posted_month,
        max(last_posted_month) as last_posted_month
    from per_opening
    group by credential_name
),

bars as (
    select cast({{ common_parameter('posting.unlisted_min_employers') }} as double) as min_employers
)

select
    counted.credential_name,
    counted.posting_count,
    counted.opening_count,
    counted.employer_count,
    counted.required_count,
    counted.preferred_count,
    counted.after_hire_count,
    counted.first_posted_month,
    counted.last_posted_month
from counted
cross join bars
where counted.employer_count >= bars.min_employers
