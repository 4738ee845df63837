select
    md5(concat_ws(
        '|', state_postal, school_year, area_level, area_code, credential_level, credential_code, subgroup_kind,
        subgroup_value, population, unit
    )) as restatement_key,
    state_postal,
    school_year,
    area_level,
    area_code,
    credential_level,
    credential_code,
    subgroup_kind,
    subgroup_value,
    population,
    unit,
    cast(official_count as bigint) as official_count,
    cast(current_count as bigint) as current_count,
    cast(current_count - official_count as bigint) as difference_count,
    official_date
from {{ ref('int_attainment_restated') }}
