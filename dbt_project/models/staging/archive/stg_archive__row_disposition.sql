select
    dataset,
    capture_id,
    raw_table,
    disposition,
    reason,
    row_count
from {{ source('archive', 'row_disposition') }}
