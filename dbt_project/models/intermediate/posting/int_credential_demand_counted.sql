-- Per scope, line and credential: how many openings ask for it and how, weighted and not, and by how many employers,
-- under how many titles and occupations (J10). Asked = required, preferred, after hire, or named by the source as asked.
select
    any_value(lines.scope_id) as scope_id,
    any_value(lines.line_code) as line_code,
    asked.credential_code,
    count(*) filter (where asked.requirement = 'required') as required_count,
    count(*) filter (where asked.requirement = 'preferred') as preferred_count,
    count(*) filter (where asked.requirement = 'after_hire') as after_hire_count,
    count(*) filter (where asked.requirement = 'named') as named_count,
    count(*) filter (where asked.requirement = 'mention') as mention_count,
    count(*) filter (where asked.is_asked) as asked_count,
    count(*) filter (where asked.is_asked and asked.is_alternative) as alternative_count,
    coalesce(sum(lines.weight) filter (where asked.requirement = 'required'), 0) as required_weighted_count,
    coalesce(sum(lines.weight) filter (where asked.requirement = 'preferred'), 0) as preferred_weighted_count,
    coalesce(sum(lines.weight) filter (where asked.is_asked), 0) as asked_weighted_count,
    count(distinct lines.employer_number) filter (where asked.is_asked) as asked_employer_count,
    count(distinct lines.employer_number) filter (where asked.requirement in ('required', 'preferred')) as firm_employer_count,
    count(distinct lines.employer_number) filter (where asked.requirement = 'required') as required_employer_count,
    count(distinct lines.title_number) filter (where asked.is_asked) as title_count,
    count(distinct lines.soc_number) filter (where asked.is_asked) as soc_count,
    count(distinct lines.soc_number) filter (where asked.requirement in ('required', 'preferred')) as firm_soc_count,
    count(distinct lines.soc_number) filter (where asked.requirement = 'required') as required_soc_count
from {{ ref('int_posting_line') }} as lines
inner join {{ ref('int_posting_credential_asked') }} as asked on lines.dup_group = asked.dup_group
group by lines.scope_line_number, asked.credential_code
