-- Programmes of study with the occupations that their CIP code prepares for, and the credentials that they name.
with programs as (
    select
        *,
        {{ credential_name_key('credential_name') }} as credential_key,
        {{ credential_name_key('licence_name') }} as licence_key
    from {{ ref('stg_training_programs__program') }}
),

names as (
    select
        {{ credential_name_key('credential_name') }} as name_key,
        min(credential_code) as credential_code
    from {{ ref('int_credential_named') }}
    group by name_key
    having count(distinct credential_code) = 1
),

occupations as (
    select
        cip_code,
        list_sort(list(distinct soc_code)) as soc_codes
    from {{ ref('stg_cip_soc_crosswalk__pair') }}
    where soc_code is not null
    group by cip_code
)

select
    programs.state_postal,
    programs.program_id,
    programs.program_name,
    programs.provider_name,
    programs.cip_code,
    occupations.soc_codes,
    coalesce(named.credential_code, licensed.credential_code) as credential_code,
    programs.credential_name,
    programs.licence_name,
    programs.data_vintage,
    programs.capture_id
from programs
left join occupations on programs.cip_code = occupations.cip_code
left join names as named on programs.credential_key = named.name_key
left join names as licensed on programs.licence_key = licensed.name_key
