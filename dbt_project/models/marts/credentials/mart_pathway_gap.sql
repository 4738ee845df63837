-- Programmes that lead to no priority credential, and priority credentials that no programme leads to.
with links as (
    select * from {{ ref('mart_pathway_credential') }}
),

lists as (
    select * from {{ ref('int_list_resolved') }}
),

supplied as (
    select distinct state_postal
    from {{ ref('int_program_mapped') }}
),

programs_without as (
    select
        lists.list_id,
        'program_without_credential' as gap_kind,
        programs.program_id as subject_id,
        any_value(programs.program_name) as subject_name,
        any_value(programs.cip_code) as cip_code,
        case
            when any_value(programs.cip_code) is null then 'the programme names no CIP code'
            when any_value(programs.soc_codes) is null then 'its CIP code prepares for no occupation of the crosswalk'
            else 'no priority occupation that it prepares for asks for a listed credential'
        end as reason
    from lists
    inner join {{ ref('int_program_mapped') }} as programs on lists.state_postal = programs.state_postal
    anti join links
        on
            lists.list_id = links.list_id
            and programs.program_id = links.program_id
    group by lists.list_id, programs.program_id
),

credentials_without as (
    select
        priority.list_id,
        'credential_without_program' as gap_kind,
        priority.credential_code as subject_id,
        any_value(priority.credential_name) as subject_name,
        cast(null as varchar) as cip_code,
        'no programme of the state leads to it' as reason
    from {{ ref('mart_priority_credential') }} as priority
    inner join supplied on priority.state_postal = supplied.state_postal
    anti join links
        on
            priority.list_id = links.list_id
            and priority.credential_code = links.credential_code
    where not contains(priority.area_id, ':')
    group by priority.list_id, priority.credential_code
),

gaps as (
    select * from programs_without
    union all
    select * from credentials_without
)

select
    md5(concat_ws('|', gaps.list_id, gaps.gap_kind, gaps.subject_id)) as pathway_gap_key,
    gaps.list_id,
    lists.cycle,
    lists.state_postal,
    gaps.gap_kind,
    gaps.subject_id,
    gaps.subject_name,
    gaps.cip_code,
    gaps.reason,
    lists.policy_id,
    lists.param_hash
from gaps
inner join lists on gaps.list_id = lists.list_id
