select
    md5(concat_ws('|', parameters.list_id, parameters.parameter)) as parameter_key,
    parameters.list_id,
    lists.cycle,
    lists.policy_id,
    parameters.parameter,
    parameters.value,
    parameters.unit,
    parameters.origin,
    parameters.reason,
    parameters.citation,
    lists.as_of_date,
    lists.param_hash
from {{ ref('int_list_parameter_resolved') }} as parameters
inner join {{ ref('int_list_resolved') }} as lists on parameters.list_id = lists.list_id
