select * from {{ source('posting_text', 'mention') }}
