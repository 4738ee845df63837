with published as (
    select * from {{ source('training_programs', 'programs') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.program_id,
    published.program_name,
    published.provider_name,
    published.course_code,
    published.cip_code,
    published.credential_name,
    published.licence_name,
    published.leads_to_credential,
    published.has_flag_conflict,
    published.tuition_usd,
    published.training_hours,
    published.county_name,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
