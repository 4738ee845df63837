select
    md5(concat_ws('|', asked.dup_group, asked.credential_code)) as posting_credential_key,
    asked.dup_group as job_posting_key,
    asked.credential_code,
    cast(asked.requirement as varchar) as requirement,
    asked.is_asked,
    asked.is_alternative,
    words.reading.or_group as or_group,
    words.reading.cue as cue,
    words.reading.section as section,
    words.reading.form as form,
    cast(asked.mention_count as bigint) as mention_count,
    asked.is_named_by_source,
    openings.data_vintage,
    openings.capture_id
from {{ ref('int_posting_credential_asked') }} as asked
inner join {{ ref('int_posting_credential_worded') }} as words
    on
        asked.dup_group = words.dup_group
        and asked.credential_code = words.credential_code
inner join {{ ref('fct_job_posting') }} as openings on asked.dup_group = openings.job_posting_key
