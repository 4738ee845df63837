-- What registries say of each credential (Q5, Q6): matched by name; absence means unknown, never false.
with names as (
    select
        credential_code,
        {{ credential_name_key('credential_name') }} as name_key
    from {{ ref('int_credential_named') }}
),

registry as (
    select
        {{ credential_name_key('credentials.credential_name') }} as name_key,
        credentials.ctid,
        credentials.owner_name,
        credentials.credential_status,
        credentials.fetched_at,
        string_agg(distinct actions.agent_name, '|' order by actions.agent_name) as quality_agents,
        string_agg(distinct actions.action, '|' order by actions.action) as quality_actions
    from {{ ref('stg_credential_registry__credential') }} as credentials
    left join {{ ref('stg_credential_registry__quality_action') }} as actions on credentials.ctid = actions.ctid
    group by all
),

registered as (
    select
        names.credential_code,
        registry.*
    from names
    inner join registry on names.name_key = registry.name_key
    qualify row_number() over (
        partition by names.credential_code
        order by registry.quality_agents is null, registry.credential_status <> 'Active', registry.ctid
    ) = 1
),

finder as (
    select
        names.credential_code,
        certifications.certification_id,
        certifications.accreditors,
        certifications.is_in_demand
    from names
    inner join {{ ref('stg_certification_finder__certification') }} as certifications
        on names.name_key = {{ credential_name_key('certifications.credential_name') }}
    qualify row_number() over (partition by names.credential_code order by certifications.certification_id) = 1
)

select
    names.credential_code,
    registered.ctid,
    registered.owner_name as registry_owner_name,
    registered.credential_status as registry_status,
    registered.fetched_at as registry_fetched_at,
    case when registered.ctid is not null then registered.quality_agents is not null end as has_quality_assurance,
    registered.quality_agents,
    registered.quality_actions,
    case when finder.certification_id is not null then true end as is_in_certification_finder,
    finder.certification_id,
    finder.accreditors,
    finder.is_in_demand
from names
left join registered on names.credential_code = registered.credential_code
left join finder on names.credential_code = finder.credential_code
