-- The evidence file behind a sitting, where its district hands in evidence files for the school year (P16): found by its
-- name, known by its content. A file whose content is not what the exam row announced is told apart, and so is one that
-- never came. Districts that hand in no files for a year have no row here: what they announce stands alone.
with files as (
    select
        state_postal,
        district_code,
        lower(evidence_name) as evidence_file_name,
        list_sort(list(distinct evidence_sha256)) as content_hashes
    from {{ ref('stg_student_records__evidence_file') }}
    group by all
),

collected as (
    select distinct
        state_postal,
        district_code,
        school_year
    from {{ ref('stg_student_records__evidence_file') }}
),

announced as (
    select
        rows.exam_key,
        rows.evidence_name,
        lower(rows.evidence_sha256) as announced_sha256,
        files.content_hashes
    from {{ ref('stg_student_records__district_exam') }} as rows
    inner join collected
        on
            rows.state_postal = collected.state_postal
            and rows.district_code = collected.district_code
            and rows.school_year = collected.school_year
    left join files
        on
            rows.state_postal = files.state_postal
            and rows.district_code = files.district_code
            and lower(rows.evidence_name) = files.evidence_file_name
    where rows.result = 'pass'
)

select
    exam_key,
    case
        when evidence_name is null then 'unnamed'
        when content_hashes is null then 'missing'
        when announced_sha256 is null or list_contains(content_hashes, announced_sha256) then 'received'
        else 'another_content'
    end as evidence_file_status,
    case
        when list_contains(content_hashes, announced_sha256) then announced_sha256
        else content_hashes[1]
    end as content_sha256
from announced
