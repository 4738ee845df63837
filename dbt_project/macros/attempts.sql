{#-
  The sittings that reports tell of, one row each (P1, P2, P9, P13, P14, P21): student x credential x sitting.

  With `purpose`, only from rows whose own agreement allows that purpose (K10, M9): what a vendor reports under an
  agreement without it is as if it had never come, and a sitting that only such rows tell of is not there.
  With `within`, only sittings whose `attempt_key` that CTE names.
  The vendor's word beats an auditor's, an auditor's the district's, the district's the student's own.
-#}
{% macro attempts(purpose=none, within=none) %}
{%- set vendor = "record_source = 'vendor'" -%}
{%- set district = "record_source <> 'vendor'" -%}
{#- column, how several reports are put together, what it is where there is one report alone -#}
{%- set columns = [
    ("state_postal", "min(state_postal)", "state_postal"),
    ("student_token", "min(student_token)", "student_token"),
    ("credential_code", "min(credential_code)", "credential_code"),
    (
        "school_year", "coalesce(min(school_year) filter (where " ~ district ~ "), min(school_year))", "school_year"
    ),
    ("test_date", "coalesce(min(test_date) filter (where " ~ vendor ~ "), min(test_date))", "test_date"),
    ("score", "coalesce(max(score) filter (where " ~ vendor ~ "), max(score))", "score"),
    (
        "is_sat_by_vendor", "bool_or(has_sat) filter (where " ~ vendor ~ ")",
        "case when " ~ vendor ~ " then has_sat end"
    ),
    (
        "is_sat_by_district", "bool_or(has_sat) filter (where " ~ district ~ ")",
        "case when " ~ district ~ " then has_sat end"
    ),
    (
        "is_passed_by_vendor", "bool_or(has_passed) filter (where " ~ vendor ~ ")",
        "case when " ~ vendor ~ " then has_passed end"
    ),
    (
        "is_passed_by_district", "bool_or(has_passed) filter (where record_source = 'district')",
        "case when record_source = 'district' then has_passed end"
    ),
    (
        "is_passed_by_self", "bool_or(has_passed) filter (where record_source = 'self')",
        "case when record_source = 'self' then has_passed end"
    ),
    (
        "is_passed_by_every_district", "bool_and(has_passed) filter (where " ~ district ~ ")",
        "case when " ~ district ~ " then has_passed end"
    ),
    ("reporting_district_code", "min(district_code)", "district_code"),
    ("reporting_school_code", "min(school_code)", "school_code"),
    ("vendor_code", "min(vendor_code)", "vendor_code"),
    (
        "vendor_exam_key", "min(exam_key) filter (where " ~ vendor ~ ")",
        "case when " ~ vendor ~ " then exam_key end"
    ),
    (
        "district_exam_key", "min(exam_key) filter (where " ~ district ~ ")",
        "case when " ~ district ~ " then exam_key end"
    ),
    ("pathway_code", "min(pathway_code)", "pathway_code"),
    ("course_code", "min(course_code)", "course_code"),
    ("reported_attempt_number", "min(reported_attempt_number)", "reported_attempt_number"),
    ("link_method", "min(link_method)", "link_method"),
    ("audit_verdict", "min(verdict)", "verdict"),
    ("audit_error_kind", "min(error_kind)", "error_kind"),
    ("evidence_name", "min(evidence_name)", "evidence_name"),
    ("evidence_sha256", "min(evidence_sha256)", "evidence_sha256"),
    ("is_evidence_complete", "bool_or(is_evidence_complete)", "is_evidence_complete"),
    ("is_evidence_contradicting", "bool_or(is_evidence_contradicting)", "is_evidence_contradicting"),
    ("is_evidence_shared", "bool_or(is_evidence_shared)", "is_evidence_shared"),
    ("is_outside_window", "bool_or(is_outside_window)", "is_outside_window"),
    (
        "vendor_permitted_use", "min(permitted_use) filter (where " ~ vendor ~ ")",
        "case when " ~ vendor ~ " then permitted_use end"
    ),
    (
        "district_permitted_use", "min(permitted_use) filter (where " ~ district ~ ")",
        "case when " ~ district ~ " then permitted_use end"
    ),
    ("data_vintage", "min(data_vintage)", "data_vintage"),
    ("capture_id", "min(capture_id)", "capture_id"),
] -%}
{#- One report of the vendor and one of a district are joined: the commonest case, and quicker than to group. What only one
    of them ever tells is taken from there; of all else the first in order, as above. -#}
{%- set pair_columns = {
    "student_token": "districts.student_token",
    "credential_code": "districts.credential_code",
    "school_year": "coalesce(districts.school_year, vendors.school_year)",
    "test_date": "coalesce(vendors.test_date, districts.test_date)",
    "score": "coalesce(vendors.score, districts.score)",
    "is_sat_by_vendor": "vendors.has_sat",
    "is_sat_by_district": "districts.has_sat",
    "is_passed_by_vendor": "vendors.has_passed",
    "is_passed_by_district": "case when districts.record_source = 'district' then districts.has_passed end",
    "is_passed_by_self": "case when districts.record_source = 'self' then districts.has_passed end",
    "is_passed_by_every_district": "districts.has_passed",
    "vendor_exam_key": "vendors.exam_key",
    "district_exam_key": "districts.exam_key",
    "vendor_permitted_use": "vendors.permitted_use",
    "district_permitted_use": "districts.permitted_use",
    "state_postal": "least(vendors.state_postal, districts.state_postal)",
    "audit_verdict": "least(vendors.verdict, districts.verdict)",
    "audit_error_kind": "least(vendors.error_kind, districts.error_kind)",
    "data_vintage": "least(vendors.data_vintage, districts.data_vintage)",
    "capture_id": "least(vendors.capture_id, districts.capture_id)",
} -%}
{%- set vendor_columns = ["vendor_code", "link_method", "is_outside_window"] -%}
with sittings as (
    select
        attempt_key
        {%- for column, together, alone in columns %},
        {{ alone }} as {{ column }}
        {%- endfor %}
    from {{ ref('int_sitting_reported') }}
    where not is_joint{{ _allowed(purpose) }}{{ _within(within) }}
    union all
    -- Of several verdicts `confirmed` comes first: one record that stands is enough.
    select
        attempt_key
        {%- for column, together, alone in columns %},
        {{ together }} as {{ column }}
        {%- endfor %}
    from {{ ref('int_sitting_reported') }}
    where is_joint{{ ' and not coalesce(is_pair, false)' if not purpose }}{{ _allowed(purpose) }}{{ _within(within) }}
    group by attempt_key
    {%- if not purpose %}
    union all
    select
        districts.attempt_key
        {%- for column, together, alone in columns %},
        {% if column in pair_columns -%}
            {{ pair_columns[column] }}
        {%- else -%}
            {{ 'vendors.' if column in vendor_columns else 'districts.' }}{{ alone }}
        {%- endif %} as {{ column }}
        {%- endfor %}
    from {{ ref('int_sitting_reported') }} as districts
    inner join {{ ref('int_sitting_reported') }} as vendors
        on
            districts.attempt_key = vendors.attempt_key
            and vendors.is_pair
            and vendors.{{ vendor }}
    where districts.is_pair and districts.{{ district }}
    {%- endif %}
),

-- Few agreements meet: what two allow together is worked out once for each pair of them.
uses_together as (
    select
        *,
        {{ uses_of_both('vendor_permitted_use', 'district_permitted_use') }} as permitted_use
    from (
        select distinct
            vendor_permitted_use,
            district_permitted_use
        from sittings
    ) as pairs_of_uses
),

judged as (
    select
        sittings.*,
        uses_together.permitted_use,
        student_token is not null and credential_code is not null as is_linked,
        is_sat_by_vendor is not null as is_from_vendor,
        is_sat_by_district is not null as is_from_district,
        coalesce(
            is_passed_by_vendor,
            is_passed_by_district,
            is_passed_by_self
        ) as is_passed,
        case
            when is_passed_by_vendor is not null then 'vendor'
            when audit_verdict = 'confirmed' then 'audited'
            when is_passed_by_district is not null then 'district'
            else 'self'
        end as verification_status,
        coalesce(is_passed_by_vendor <> coalesce(is_passed_by_district, is_passed_by_self), false)
        or coalesce(coalesce(is_passed_by_district, is_passed_by_self) <> is_passed_by_every_district, false)
            as is_conflicting,
        is_passed_by_vendor is null and coalesce(audit_verdict = 'no_evidence', false) as is_unproven,
        is_passed_by_vendor is null
        and coalesce(audit_verdict = 'error', false)
        and coalesce(audit_error_kind, 'other') <> 'wrong_date' as is_refuted
    from sittings
    inner join uses_together
        on
            sittings.vendor_permitted_use is not distinct from uses_together.vendor_permitted_use
            and sittings.district_permitted_use is not distinct from uses_together.district_permitted_use
    -- Signed up is not sat (M3): one source that saw the student sit is enough, the vendor's word first.
    where coalesce(is_sat_by_vendor, is_sat_by_district)
),

-- Only what the order needs; `pair` stands for student and credential.
ranked as (
    select
        attempt_key,
        row_number() over by_day as attempt_number,
        row_number() over by_day = count(*) over of_all as is_latest,
        row_number() over by_result = 1 as is_best,
        coalesce(bool_or(is_passed) over before, false) as is_after_pass
    from (
        select
            attempt_key,
            md5_number(concat_ws('|', student_token, credential_code)) as pair,
            test_date,
            reported_attempt_number,
            is_passed,
            score
        from judged
        where is_linked
    ) as linked
    window
        of_all as (partition by pair),
        by_day as (partition by pair order by test_date, reported_attempt_number, attempt_key),
        by_result as (
            partition by pair order by is_passed desc, score desc, test_date, reported_attempt_number, attempt_key
        ),
        before as (
            partition by pair
            order by test_date, reported_attempt_number, attempt_key
            rows between unbounded preceding and 1 preceding
        )
)

select
    judged.*,
    ranked.attempt_number,
    coalesce(ranked.attempt_number = 1, false) as is_first,
    coalesce(ranked.is_latest, false) as is_latest,
    coalesce(ranked.is_best, false) as is_best,
    coalesce(ranked.is_after_pass, false) as is_after_pass
from judged
left join ranked on judged.attempt_key = ranked.attempt_key
{% endmacro %}

{% macro _allowed(purpose) -%}
    {%- if purpose %} and list_contains(string_split(permitted_use, '|'), '{{ purpose }}') {%- endif -%}
{%- endmacro %}

{% macro _within(within) -%}
    {%- if within %} and attempt_key in (select attempt_key from {{ within }}) {%- endif -%}
{%- endmacro %}

{#-
  Sittings with their place on the state's list at the test date (L5), the courses that lead there (P12), and the school
  that the student counts for in that school year. `sittings` is the name of a CTE or relation of `attempts`.
-#}
{% macro attempts_placed(sittings) %}
dated as (
    select distinct
        sittings.state_postal,
        sittings.credential_code,
        coalesce(sittings.test_date, {{ last_day_of_year('sittings.school_year', 'policies.school_year_end') }})
            as counted_date
    from {{ sittings }} as sittings
    inner join {{ ref('int_attainment_policy') }} as policies on sittings.state_postal = policies.state_postal
    where sittings.credential_code is not null
),

listed as (
    select
        dated.state_postal,
        dated.credential_code,
        dated.counted_date,
        versions.tier,
        versions.list_status,
        versions.list_version,
        versions.is_stepping_stone
    from dated
    inner join {{ ref('int_credential_priority_dated') }} as versions
        on
            dated.state_postal = versions.state_postal
            and dated.credential_code = versions.credential_code
            and dated.counted_date >= versions.from_date
            and (versions.to_date is null or dated.counted_date <= versions.to_date)
    qualify row_number() over (
        partition by dated.state_postal, dated.credential_code, dated.counted_date
        order by versions.precedence, versions.from_date desc, versions.list_version
    ) = 1
),

mapped as (
    select distinct
        state_postal,
        credential_code,
        course_code
    from {{ ref('stg_course_crosswalk__course_credential') }}
    where credential_code is not null
),

named as (
    select distinct credential_code from {{ ref('int_credential_named') }}
),

placed as (
    select
        sittings.*,
        homes.student_year_key,
        homes.district_code,
        homes.school_code,
        named.credential_code is not null as is_code_known,
        {{ counts_as_priority('listed.list_status', 'policies.is_sunset_counted') }} as is_priority,
        case when {{ counts_as_priority('listed.list_status', 'policies.is_sunset_counted') }} then listed.tier end as tier,
        case
            when listed.list_status is not null then listed.list_status
            when named.credential_code is null then 'unknown_code'
            else 'not_listed'
        end as list_status,
        listed.list_version,
        coalesce(listed.is_stepping_stone, false) as is_stepping_stone,
        sittings.course_code is not null and mapped.course_code is null as is_outside_mapped_course,
        sittings.is_linked
        and named.credential_code is not null
        and not (policies.is_self_excluded and sittings.verification_status = 'self')
        and not (policies.is_audit_obeyed and (sittings.is_unproven or sittings.is_refuted)) as is_counted,
        policies.report_attempt
    from {{ sittings }} as sittings
    left join {{ ref('int_attainment_policy') }} as policies on sittings.state_postal = policies.state_postal
    left join listed
        on
            sittings.state_postal = listed.state_postal
            and sittings.credential_code = listed.credential_code
            and coalesce(sittings.test_date, {{ last_day_of_year('sittings.school_year', 'policies.school_year_end') }})
            = listed.counted_date
    left join mapped
        on
            sittings.state_postal = mapped.state_postal
            and sittings.credential_code = mapped.credential_code
            and sittings.course_code = mapped.course_code
    left join named on sittings.credential_code = named.credential_code
    left join {{ ref('int_student_year') }} as homes
        on
            sittings.state_postal = homes.state_postal
            and sittings.student_token = homes.student_token
            and sittings.school_year = homes.school_year
)
{%- endmacro %}

{#- What may be done with a row that two agreements stand behind: what both allow, in the order of the alphabet. -#}
{% macro uses_of_both(one, other) -%}
    case
        when {{ one }} is null or {{ one }} = {{ other }} then {{ other }}
        when {{ other }} is null then {{ one }}
        else array_to_string(
            list_sort(list_intersect(string_split({{ one }}, '|'), string_split({{ other }}, '|'))), '|'
        )
    end
{%- endmacro %}

{#- On the list, or in a sunset that the state lets count (L5). Never null. -#}
{% macro counts_as_priority(list_status, is_sunset_counted) -%}
    coalesce({{ list_status }} = 'on_list' or ({{ list_status }} = 'sunset' and {{ is_sunset_counted }}), false)
{%- endmacro %}

{#- The last day of a school year, from its MM-DD in the policy: where the list is asked and no sitting has a day. -#}
{% macro last_day_of_year(school_year, month_day) -%}
    cast({{ school_year }} || '-' || {{ month_day }} as date)
{%- endmacro %}
