select * from {{ source('posting_text', 'unlisted') }}
