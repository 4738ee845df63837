-- One row per posting of a feed, with what is counted: of several deliveries the newest speaks (J4).
-- A view, as all that follows posting by posting: reading columns from Parquet costs a tenth of writing them once more.
{{ config(materialized='view') }}

select postings.*
from {{ ref('int_posting_grouped') }} as postings
anti join {{ ref('int_posting_superseded') }} as superseded
    on
        postings.posting_key = superseded.posting_key
        and postings.dataset = superseded.dataset
        and postings.capture_id = superseded.capture_id
        and postings.source_row_number = superseded.source_row_number
