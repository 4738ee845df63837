-- Per scope and line: openings, positions, employers (the denominators of J10, J11).
select
    scope_id,
    line_code,
    count(*) as posting_count,
    sum(posting_count) as total_posting_count,
    sum(weight) as weighted_count,
    count(distinct employer_key) as employer_count,
    count(distinct title_key_text) as title_count,
    count(distinct soc_code) as soc_count
from {{ ref('int_posting_line') }}
group by scope_id, line_code
