-- Per scope and line: openings, positions, employers (the denominators of J10, J11).
select
    any_value(scope_id) as scope_id,
    any_value(line_code) as line_code,
    count(*) as posting_count,
    sum(posting_count) as total_posting_count,
    sum(weight) as weighted_count,
    count(distinct employer_number) as employer_count,
    count(distinct title_number) as title_count,
    count(distinct soc_number) as soc_count
from {{ ref('int_posting_line') }}
group by scope_line_number
