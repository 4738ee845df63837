-- Every credential that anything here may speak of: the lexicon's, and a state's own that the lexicon lacks.
with lexicon as (
    select
        credentials.credential_code,
        credentials.credential_name,
        credentials.issuer_code,
        issuers.issuer_name,
        credentials.credential_type,
        credentials.country,
        credentials.is_third_party,
        credentials.is_exam_based,
        credentials.is_supplemental,
        credentials.recognition,
        credentials.training_hours,
        credentials.exam_minutes,
        credentials.audience,
        credentials.active_from as active_from_date,
        credentials.active_to as active_to_date,
        'lexicon' as origin
    from {{ ref('credential') }} as credentials
    left join {{ ref('credential_issuer') }} as issuers on credentials.issuer_code = issuers.issuer_code
),

states as (
    select
        credential_code,
        min(credential_name) as credential_name,
        cast(null as varchar) as issuer_code,
        min(issuer_name) as issuer_name,
        min(credential_type) as credential_type,
        'US' as country,
        cast(null as boolean) as is_third_party,
        cast(null as boolean) as is_exam_based,
        cast(null as boolean) as is_supplemental,
        cast(null as varchar) as recognition,
        max(training_hours) as training_hours,
        cast(null as integer) as exam_minutes,
        cast(null as varchar) as audience,
        cast(null as date) as active_from_date,
        cast(null as date) as active_to_date,
        'state_list' as origin
    from {{ ref('int_credential_list_matched') }}
    where match_kind = 'none'
    group by credential_code
)

select * from lexicon
union all by name
select * from states
