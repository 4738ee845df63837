with counts as (
    {{ published_counts(['sittings_only_vendor', 'sittings_only_district', 'sittings_both']) }}
),

years as (
    select
        counts.*,
        {{ last_day_of_year('counts.school_year', 'policies.school_year_end') }} as asked_date
    from counts
    inner join {{ ref('int_attainment_policy') }} as policies on counts.state_postal = policies.state_postal
    where counts.area_level = 'state' and counts.credential_level = 'all' and counts.subgroup_kind = 'all'
),

-- An agreement in force on the last day of the school year, signed by both, extended by signed amendments.
agreements as (
    select
        years.state_postal,
        years.school_year,
        said.agreement_id,
        said.party_code as vendor_code
    from years
    inner join {{ ref('data_agreement') }} as said
        on
            years.state_postal = said.state_postal
            and said.party_kind = 'vendor'
            and said.signed_state_on is not null
            and said.signed_party_on is not null
            and years.asked_date >= said.effective_from
    left join (
        select
            agreement_id,
            max(effective_to) as effective_to
        from {{ ref('data_agreement_amendment') }}
        where signed_state_on is not null and signed_party_on is not null
        group by agreement_id
    ) as amended on said.agreement_id = amended.agreement_id
    where years.asked_date <= coalesce(greatest(amended.effective_to, said.effective_to), said.effective_to, years.asked_date)
),

covered as (
    select distinct
        agreements.state_postal,
        agreements.school_year,
        exams.credential_code
    from agreements
    inner join {{ ref('stg_vendor_exam_crosswalk__exam') }} as exams
        on
            agreements.state_postal = exams.state_postal
            and agreements.vendor_code = exams.vendor_code
            and exams.credential_code is not null
),

listed as (
    select distinct
        years.state_postal,
        years.school_year,
        versions.credential_code
    from years
    inner join {{ ref('int_credential_priority_dated') }} as versions
        on
            years.state_postal = versions.state_postal
            and versions.list_status = 'on_list'
            and years.asked_date >= versions.from_date
            and (versions.to_date is null or years.asked_date <= versions.to_date)
),

agreements_counted as (
    select
        state_postal,
        school_year,
        count(distinct agreement_id) as agreement_count,
        count(distinct vendor_code) as vendor_count
    from agreements
    group by state_postal, school_year
),

listed_counted as (
    select
        listed.state_postal,
        listed.school_year,
        count(*) as priority_credential_count,
        count(covered.credential_code) as covered_priority_credential_count
    from listed
    left join covered
        on
            listed.state_postal = covered.state_postal
            and listed.school_year = covered.school_year
            and listed.credential_code = covered.credential_code
    group by listed.state_postal, listed.school_year
),

covered_counted as (
    select
        state_postal,
        school_year,
        count(*) as covered_credential_count
    from covered
    group by state_postal, school_year
)

select
    md5(concat_ws('|', years.state_postal, years.school_year)) as mou_coverage_key,
    years.state_postal,
    years.school_year,
    coalesce(agreements_counted.agreement_count, 0) as agreement_count,
    coalesce(agreements_counted.vendor_count, 0) as vendor_count,
    coalesce(covered_counted.covered_credential_count, 0) as covered_credential_count,
    coalesce(listed_counted.priority_credential_count, 0) as priority_credential_count,
    coalesce(listed_counted.covered_priority_credential_count, 0) as covered_priority_credential_count,
    round(100 * {{ share_of(
        'listed_counted.covered_priority_credential_count', 'listed_counted.priority_credential_count'
    ) }}, 6) as covered_priority_pct,
    years.sittings_only_vendor_count + years.sittings_both_count as vendor_sitting_count,
    years.sittings_only_vendor_count + years.sittings_both_count + years.sittings_only_district_count as sitting_count,
    round(100 * {{ share_of(
        'years.sittings_only_vendor_count + years.sittings_both_count',
        'years.sittings_only_vendor_count + years.sittings_both_count + years.sittings_only_district_count'
    ) }}, 6) as vendor_sitting_pct
from years
left join agreements_counted
    on years.state_postal = agreements_counted.state_postal and years.school_year = agreements_counted.school_year
left join covered_counted
    on years.state_postal = covered_counted.state_postal and years.school_year = covered_counted.school_year
left join listed_counted
    on years.state_postal = listed_counted.state_postal and years.school_year = listed_counted.school_year
