-- Only where audits are counted at all: of a school nothing is said, and nothing would read as nobody.
with crossings as (
    select
        area_level,
        credential_level
    from {{ ref('attainment_crossing') }}
    where
        is_built
        and subgroup_kind = 'all'
        and (populations = 'all' or list_contains(string_split(populations, '|'), 'audit_frame'))
),

counts as (
    {{ published_counts([
        ('awards_total', ['awards', 'awards_passes_only']), 'audit_frame', 'audit_reviewed', 'audit_error',
        'audit_unproven'
    ]) }}
)

select
    md5(concat_ws(
        '|', counts.state_postal, counts.school_year, counts.area_level, counts.area_code, counts.credential_level,
        counts.credential_code
    )) as audit_result_key,
    counts.state_postal,
    counts.school_year,
    counts.area_level,
    counts.area_code,
    coalesce(areas.area_name, counts.area_code) as area_name,
    counts.credential_level,
    counts.credential_code,
    counts.awards_total_count as award_count,
    counts.audit_frame_count as frame_count,
    {{ share_of('counts.awards_total_count - counts.audit_frame_count', 'counts.awards_total_count') }}
        as vendor_verified_rate,
    counts.audit_reviewed_count as reviewed_count,
    counts.audit_error_count as error_count,
    counts.audit_unproven_count as unproven_count,
    {{ share_of('counts.audit_error_count + counts.audit_unproven_count', 'counts.audit_reviewed_count') }}
        as sample_error_rate
from counts
inner join crossings
    on
        counts.area_level = crossings.area_level
        and counts.credential_level = crossings.credential_level
{{ join_areas('counts') }}
where counts.subgroup_kind = 'all' and counts.credential_level in ('all', 'tier')
