-- I27: which credentials lead to a priority credential, and in how many steps. Stepping stones are kept apart from the
-- list and out of money.
select
    md5(concat_ws('|', priority.list_id, priority.area_id, reached.from_code, reached.to_code)) as career_lattice_key,
    priority.list_id,
    priority.cycle,
    priority.state_postal,
    priority.area_id,
    reached.from_code as from_credential_code,
    from_names.credential_name as from_credential_name,
    reached.to_code as to_credential_code,
    priority.credential_name as to_credential_name,
    reached.hop_count,
    own.credential_code is not null as is_from_listed,
    own.credential_code is null as is_stepping_stone,
    priority.policy_id,
    priority.param_hash
from {{ ref('mart_priority_credential') }} as priority
inner join {{ ref('int_credential_reached') }} as reached on priority.credential_code = reached.to_code
inner join {{ ref('int_credential_named') }} as from_names on reached.from_code = from_names.credential_code
left join {{ ref('mart_priority_credential') }} as own
    on
        priority.list_id = own.list_id
        and priority.area_id = own.area_id
        and reached.from_code = own.credential_code
