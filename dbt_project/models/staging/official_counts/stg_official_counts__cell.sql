-- What was frozen was frozen once: there are no other captures of it to choose from.
select
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
    counted_value,
    publication,
    value,
    shown_as,
    from_json(
        codes, '[{"denominator": "varchar", "publication": "varchar", "shown_as": "varchar"}]'
    ) as codes,
    reporting,
    frozen_on as official_date,
    capture_id as data_vintage,
    dataset,
    capture_id
from {{ source('official_counts', 'cell') }}
