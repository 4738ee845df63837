-- Sittings that may be counted for attainment rates, from rows whose agreement allows that (K10, M9). Where all reports of a
-- student and credential allow it their sittings are as int_attempt_merged has them; only the others are put together anew.
{{ config(materialized='view', tags=['purpose_filter']) }}
with uses as (
    select distinct permitted_use
    from {{ ref('int_sitting_reported') }}
),

barred_uses as (
    select permitted_use
    from uses
    where not coalesce(list_contains(string_split(permitted_use, '|'), 'attainment'), false)
),

barred as (
    select
        reports.attempt_key,
        reports.student_token,
        reports.credential_code
    from {{ ref('int_sitting_reported') }} as reports
    inner join barred_uses on reports.permitted_use is not distinct from barred_uses.permitted_use
),

-- All sittings of that student and credential: they are numbered together.
touched as (
    select attempt_key
    from barred
    union
    select reports.attempt_key
    from {{ ref('int_sitting_reported') }} as reports
    semi join barred
        on
            reports.student_token = barred.student_token
            and reports.credential_code = barred.credential_code
),

allowed_parts as (
    {{ attempts('attainment', within='touched') }}
)

select merged.*
from {{ ref('int_attempt_merged') }} as merged
anti join touched on merged.attempt_key = touched.attempt_key
union all by name
select * from allowed_parts
