select
    dataset,
    base_dataset,
    state_postal,
    capture_id,
    capture_role,
    vintage as data_vintage,
    fetched_at,
    title,
    publisher,
    licence,
    attribution,
    source_url,
    is_sample,
    sha256
from {{ source('archive', 'capture') }}
