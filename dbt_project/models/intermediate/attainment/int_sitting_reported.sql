-- What districts and vendors say of sittings, one row per report, with the sitting that it speaks of: the same student,
-- credential and day, within the days of attainment.sitting_match_days (P3, P13, M3). In a run of reports near to each
-- other the first of each party is one sitting, the second another: two districts, or vendor and district, tell of one.
-- Every row carries what its own agreement allows (K10, M9). Nobody but the purpose filters may read the vendors' rows.
with verdicts as (
    select
        exam_key,
        arg_max(verdict, reviewed_date) as verdict,
        arg_max(error_kind, reviewed_date) as error_kind
    from {{ ref('stg_audit_verdicts__verdict') }}
    group by exam_key
),

evidence_files as (
    select * from {{ ref('int_evidence_file') }}
    where content_sha256 is not null
),

-- By what is in the file where we have it, whatever it is called; else by what the district says of it (P16).
shared_evidence as (
    select coalesce(files.content_sha256, rows.evidence_sha256) as evidence_sha256
    from {{ ref('stg_student_records__district_exam') }} as rows
    left join evidence_files as files on rows.exam_key = files.exam_key
    where rows.evidence_sha256 is not null or files.content_sha256 is not null
    group by coalesce(files.content_sha256, rows.evidence_sha256)
    having min(rows.student_token) <> max(rows.student_token)
),

district_rows as not materialized (
    select
        rows.state_postal,
        rows.student_token,
        rows.credential_code,
        rows.school_year,
        rows.test_date,
        case when rows.reported_by = 'self' then 'self' else 'district' end as record_source,
        rows.district_code as party_code,
        rows.agreement_id,
        rows.exam_key,
        rows.attempt_number as reported_attempt_number,
        rows.result <> 'did_not_sit' as has_sat,
        rows.result = 'pass' as has_passed,
        rows.score,
        rows.district_code,
        rows.school_code,
        rows.pathway_code,
        rows.course_code,
        rows.evidence_name,
        coalesce(files.content_sha256, rows.evidence_sha256) as evidence_sha256,
        rows.evidence_pathway is not null
        and rows.evidence_student_token is not null
        and rows.evidence_school_year is not null
        and rows.evidence_area is not null as is_evidence_complete,
        coalesce(rows.evidence_student_token <> rows.student_token, false)
        or coalesce(rows.evidence_school_year <> rows.school_year, false) as is_evidence_contradicting,
        cast(null as varchar) as vendor_code,
        cast(null as varchar) as link_method,
        false as is_outside_window,
        rows.data_vintage,
        rows.capture_id
    from {{ ref('stg_student_records__district_exam') }} as rows
    left join evidence_files as files on rows.exam_key = files.exam_key
),

-- A vendor's sitting belongs to the school year of its day, or of its delivery.
vendor_years as not materialized (
    select
        rows.*,
        case
            when rows.test_date is null then rows.delivery_year
            when strftime(rows.test_date, '%m-%d') >= agreements.window_from_month_day then year(rows.test_date) + 1
            else year(rows.test_date)
        end as school_year
    from {{ ref('stg_vendor_exams__exam') }} as rows
    left join {{ ref('data_agreement') }} as agreements on rows.agreement_id = agreements.agreement_id
),

vendor_rows as not materialized (
    select
        rows.state_postal,
        links.student_token,
        rows.credential_code,
        rows.school_year,
        rows.test_date,
        'vendor' as record_source,
        rows.vendor_code as party_code,
        rows.agreement_id,
        rows.exam_key,
        cast(null as bigint) as reported_attempt_number,
        rows.has_sat,
        rows.has_sat and rows.has_passed as has_passed,
        rows.score,
        cast(null as varchar) as district_code,
        cast(null as varchar) as school_code,
        cast(null as varchar) as pathway_code,
        cast(null as varchar) as course_code,
        cast(null as varchar) as evidence_name,
        cast(null as varchar) as evidence_sha256,
        false as is_evidence_complete,
        false as is_evidence_contradicting,
        rows.vendor_code,
        links.method as link_method,
        rows.is_outside_window,
        rows.data_vintage,
        rows.capture_id
    from vendor_years as rows
    left join {{ ref('stg_person_linkage__link') }} as links on rows.exam_key = links.exam_key
),

-- What an agreement allows on the day on which the file of a school year is due.
uses as (
    select
        years.agreement_id,
        years.school_year,
        dated_uses.permitted_use
    from (
        select
            agreement_id,
            school_year
        from {{ ref('stg_student_records__district_exam') }}
        union
        select
            agreement_id,
            school_year
        from vendor_years
    ) as years
    inner join {{ ref('int_agreement_use_dated') }} as dated_uses
        on
            years.agreement_id = dated_uses.agreement_id
            and try_cast(years.school_year || '-' || dated_uses.due_month_day as date) >= dated_uses.from_date
            and (
                dated_uses.to_date is null
                or try_cast(years.school_year || '-' || dated_uses.due_month_day as date) <= dated_uses.to_date
            )
),

-- Only what the numbering needs, for it is put in order three times: `pair` stands for student and credential.
dated as (
    select
        md5_number(concat_ws('|', rows.student_token, rows.credential_code)) as pair,
        rows.exam_key,
        rows.record_source,
        rows.party_code,
        rows.reported_attempt_number,
        policies.sitting_match_days,
        -- Without a day a vendor's row stands at the day on which a district reports the same result, if one does.
        coalesce(rows.test_date, same_result.test_date) as matched_date,
        case when coalesce(rows.test_date, same_result.test_date) is null then rows.exam_key end as dayless_key
    from (
        select
            state_postal,
            student_token,
            credential_code,
            school_year,
            has_passed,
            test_date,
            exam_key,
            record_source,
            party_code,
            reported_attempt_number
        from district_rows
        union all
        select
            state_postal,
            student_token,
            credential_code,
            school_year,
            has_passed,
            test_date,
            exam_key,
            record_source,
            party_code,
            reported_attempt_number
        from vendor_rows
        where student_token is not null and credential_code is not null
    ) as rows
    left join {{ ref('int_attainment_policy') }} as policies on rows.state_postal = policies.state_postal
    left join (
        select
            student_token,
            credential_code,
            school_year,
            has_passed,
            min(test_date) as test_date
        from district_rows
        where
            student_token in (
                select dayless.student_token from vendor_rows as dayless
                where dayless.test_date is null
            )
        group by student_token, credential_code, school_year, has_passed
    ) as same_result
        on
            rows.test_date is null
            and rows.student_token = same_result.student_token
            and rows.credential_code = same_result.credential_code
            and rows.school_year = same_result.school_year
            and rows.has_passed = same_result.has_passed
),

-- Reports of one day go together; each without a day stands alone, in the order of their keys.
begun as (
    select
        *,
        case
            when
                matched_date
                - lag(matched_date) over (partition by pair order by matched_date, dayless_key)
                <= sitting_match_days
                then 0
            else 1
        end as begins_run
    from dated
),

runs as (
    select
        * exclude (begins_run),
        sum(begins_run) over (
            partition by pair
            order by matched_date, dayless_key
            range between unbounded preceding and current row
        ) as run_number
    from begun
),

numbered as (
    select
        exam_key,
        pair,
        run_number,
        record_source,
        row_number() over (
            partition by pair, run_number, record_source, party_code
            order by matched_date, reported_attempt_number, exam_key
        ) as number_in_run
    from runs
),

-- A sitting that one report alone tells of needs no putting together; most others have one of each side.
joint as (
    select
        pair,
        run_number,
        number_in_run,
        count(*) = 2 and count(*) filter (where record_source = 'vendor') = 1 as is_pair
    from numbered
    group by pair, run_number, number_in_run
    having count(*) > 1
),

keyed as (
    select
        numbered.exam_key,
        numbered.run_number,
        numbered.number_in_run,
        joint.pair is not null as is_joint,
        coalesce(joint.is_pair, false) as is_pair
    from numbered
    left join joint
        on
            numbered.pair = joint.pair
            and numbered.run_number = joint.run_number
            and numbered.number_in_run = joint.number_in_run
)

select
    rows.*,
    uses.permitted_use,
    verdicts.verdict,
    verdicts.error_kind,
    shared_evidence.evidence_sha256 is not null as is_evidence_shared,
    coalesce(keyed.is_joint, false) as is_joint,
    coalesce(keyed.is_pair, false) as is_pair,
    case
        when keyed.exam_key is null then md5(rows.exam_key)
        else md5(concat_ws('|', rows.student_token, rows.credential_code, keyed.run_number, keyed.number_in_run))
    end as attempt_key
from (
    select * from district_rows
    union all
    select * from vendor_rows
) as rows
left join keyed on rows.exam_key = keyed.exam_key
left join uses on rows.agreement_id = uses.agreement_id and rows.school_year = uses.school_year
left join verdicts on rows.exam_key = verdicts.exam_key
left join shared_evidence on rows.evidence_sha256 = shared_evidence.evidence_sha256
