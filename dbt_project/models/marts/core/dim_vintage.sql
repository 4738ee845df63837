select
    md5(concat_ws('|', dataset, capture_id)) as vintage_key,
    dataset,
    base_dataset,
    state_postal,
    capture_id,
    capture_role,
    data_vintage,
    title as dataset_title,
    publisher,
    licence,
    attribution,
    source_url,
    is_sample,
    sha256
from {{ ref('stg_archive__capture') }}
