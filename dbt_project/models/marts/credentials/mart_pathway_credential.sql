-- CIP -> SOC -> line -> credential: which priority credential a programme may lead to, through its own word or through the
-- occupations that it prepares for.
with programs as (
    select * from {{ ref('int_program_mapped') }}
),

listed as (
    select
        priority.list_id,
        priority.state_postal,
        priority.credential_code,
        priority.line_codes
    from {{ ref('mart_priority_credential') }} as priority
    where not contains(priority.area_id, ':')
),

-- What a decision added has no line; a programme may still name it.
listed_lines as (
    select
        list_id,
        state_postal,
        credential_code,
        unnest(string_split(line_codes, '|')) as line_code
    from listed
    where line_codes is not null
),

components as (
    select distinct
        scopes.list_id,
        components.line_code,
        components.component_code
    from {{ ref('int_demand_scope') }} as scopes
    inner join {{ ref('int_line_component_weighted') }} as components
        on
            scopes.area_id = components.area_id
            and scopes.source_system = components.source_system
    where scopes.area_kind <> 'region'
),

through_occupation as (
    select
        listed_lines.list_id,
        programs.state_postal,
        programs.program_id,
        listed_lines.credential_code,
        string_agg(distinct listed_lines.line_code, '|' order by listed_lines.line_code) as line_codes
    from programs
    inner join listed_lines on programs.state_postal = listed_lines.state_postal
    inner join components
        on
            listed_lines.list_id = components.list_id
            and listed_lines.line_code = components.line_code
            and list_contains(programs.soc_codes, components.component_code)
    group by all
),

stated as (
    select distinct
        listed.list_id,
        programs.state_postal,
        programs.program_id,
        listed.credential_code
    from programs
    inner join listed
        on
            programs.state_postal = listed.state_postal
            and programs.credential_code = listed.credential_code
),

joined as (
    select
        coalesce(stated.list_id, through_occupation.list_id) as list_id,
        coalesce(stated.program_id, through_occupation.program_id) as program_id,
        coalesce(stated.state_postal, through_occupation.state_postal) as state_postal,
        coalesce(stated.credential_code, through_occupation.credential_code) as credential_code,
        through_occupation.line_codes,
        stated.program_id is not null as is_stated_by_program
    from stated
    full outer join through_occupation
        on
            stated.list_id = through_occupation.list_id
            and stated.program_id = through_occupation.program_id
            and stated.credential_code = through_occupation.credential_code
)

select
    md5(concat_ws('|', joined.list_id, joined.program_id, joined.credential_code)) as pathway_credential_key,
    joined.list_id,
    lists.cycle,
    joined.state_postal,
    joined.program_id,
    programs.program_name,
    programs.provider_name,
    programs.cip_code,
    joined.credential_code,
    names.credential_name,
    joined.line_codes,
    joined.is_stated_by_program,
    programs.data_vintage,
    programs.capture_id,
    lists.policy_id,
    lists.param_hash
from joined
inner join {{ ref('int_list_resolved') }} as lists on joined.list_id = lists.list_id
inner join programs
    on
        joined.program_id = programs.program_id
        and joined.state_postal = programs.state_postal
left join {{ ref('int_credential_named') }} as names on joined.credential_code = names.credential_code
