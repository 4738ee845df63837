select
    md5(concat_ws('|', credential_code, soc_code)) as occupation_credential_key,
    credential_code,
    soc_code,
    '2018' as soc_version,
    relation,
    is_family
from {{ ref('int_credential_occupation') }}
