select * from {{ source('posting_text', 'requirement') }}
