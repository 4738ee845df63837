select * from {{ source('posting_text', 'occupation') }}
