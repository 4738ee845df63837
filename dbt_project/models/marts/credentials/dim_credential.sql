select
    md5(concat_ws('|', versions.state_postal, versions.credential_code, versions.valid_from_date)) as credential_version_key,
    versions.credential_code,
    versions.state_postal,
    names.credential_name,
    names.issuer_code,
    names.issuer_name,
    names.credential_type,
    names.country,
    names.origin,
    versions.tier,
    coalesce(versions.is_stepping_stone, false) as is_stepping_stone,
    versions.valid_from_date,
    versions.valid_to_date,
    -- L5: what was earned in good faith still counts for a while after the credential left the list.
    case
        when versions.valid_to_date is not null
            then cast(
                versions.valid_to_date + to_years(cast({{ common_parameter('credential.sunset_years') }} as integer)) as date
            )
    end as counts_until_date,
    versions.valid_from_date <= current_lists.latest_date
    and (versions.valid_to_date is null or versions.valid_to_date >= current_lists.latest_date) as is_current,
    names.is_third_party,
    names.is_exam_based,
    names.is_supplemental,
    -- Q11: exam-based, third-party administered, supplemental to a postsecondary award; unknown where one part is.
    names.is_third_party and names.is_exam_based and names.is_supplemental as is_industry_recognized,
    names.recognition,
    cast(names.training_hours as double) as training_hours_count,
    cast(names.exam_minutes as integer) as exam_minutes,
    list_contains(string_split(names.audience, '|'), 'HS') as is_for_high_school,
    list_contains(string_split(names.audience, '|'), 'PS') as is_for_postsecondary,
    list_contains(string_split(names.audience, '|'), 'WF') as is_for_workforce,
    versions.data_vintage,
    versions.capture_id
from {{ ref('int_credential_versioned') }} as versions
inner join {{ ref('int_credential_named') }} as names on versions.credential_code = names.credential_code
cross join (
    select coalesce(max(as_of_date), current_date) as latest_date
    from {{ ref('int_list_resolved') }}
) as current_lists
