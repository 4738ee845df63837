select
    md5(concat_ws('|', state_postal, region_scheme, member_type, member_code)) as region_member_key,
    state_postal || ':' || region_code as area_id,
    state_postal,
    region_scheme,
    region_code,
    region_name,
    member_type,
    member_code,
    member_name,
    valid_from_date,
    valid_to_date,
    data_vintage,
    capture_id
from {{ ref('stg_regions__membership') }}
