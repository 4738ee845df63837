select
    md5(concat_ws('|', asked.dup_group, asked.credential_code)) as posting_credential_key,
    asked.dup_group as job_posting_key,
    asked.credential_code,
    asked.requirement,
    asked.is_asked,
    asked.is_alternative,
    asked.or_group,
    asked.cue,
    asked.section,
    asked.form,
    asked.mention_count,
    asked.is_named_by_source,
    openings.data_vintage,
    openings.capture_id
from {{ ref('int_posting_credential_asked') }} as asked
inner join {{ ref('int_posting_unique') }} as openings on asked.dup_group = openings.dup_group
