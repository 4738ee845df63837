with counts as (
    {{ published_counts([
        'sittings_only_vendor', 'sittings_only_district', 'sittings_both', 'sittings_conflict', 'sittings_unlinked'
    ]) }}
),

vendors as (
    select
        state_postal,
        party_code as vendor_code,
        min(party_name) as vendor_name
    from {{ ref('data_agreement') }}
    where party_kind = 'vendor'
    group by state_postal, party_code
)

select
    md5(concat_ws('|', counts.state_postal, counts.school_year, counts.area_level, counts.area_code, counts.credential_code))
        as vendor_reconciliation_key,
    counts.state_postal,
    counts.school_year,
    counts.area_level,
    counts.area_code,
    coalesce(areas.area_name, counts.area_code) as area_name,
    counts.credential_code as vendor_code,
    case
        when counts.credential_code = 'none' then 'No vendor delivers this exam'
        else coalesce(vendors.vendor_name, counts.credential_code)
    end as vendor_name,
    counts.sittings_only_vendor_count as only_vendor_count,
    counts.sittings_only_district_count as only_district_count,
    counts.sittings_both_count as both_count,
    counts.sittings_conflict_count as conflict_count,
    case when counts.area_level = 'state' then counts.sittings_unlinked_count end as unlinked_count,
    round(100 * {{ share_of('counts.sittings_conflict_count', 'counts.sittings_both_count') }}, 6) as conflict_pct,
    policies.conflict_tolerance_pct,
    case
        when counts.sittings_conflict_count is not null and counts.sittings_both_count > 0
            then
                100 * {{ share_of('counts.sittings_conflict_count', 'counts.sittings_both_count') }}
                > policies.conflict_tolerance_pct
    end as is_above_tolerance,
    case
        when counts.area_level = 'state'
            then round(100 * {{ share_of(
                'counts.sittings_both_count + counts.sittings_only_vendor_count',
                'counts.sittings_both_count + counts.sittings_only_vendor_count + counts.sittings_unlinked_count'
            ) }}, 6)
    end as linked_pct
from counts
inner join {{ ref('int_attainment_policy') }} as policies on counts.state_postal = policies.state_postal
{{ join_areas('counts') }}
left join vendors
    on
        counts.state_postal = vendors.state_postal
        and counts.credential_code = vendors.vendor_code
where counts.credential_level = 'vendor'
