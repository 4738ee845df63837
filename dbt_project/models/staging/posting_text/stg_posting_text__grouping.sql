select * from {{ source('posting_text', 'grouping') }}
