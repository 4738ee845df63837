with published as (
    select * from {{ source('vendor_exams', 'exam') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    published.state_postal,
    published.agreement_id,
    published.vendor_code,
    published.exam_key,
    published.vendor_exam_code,
    published.vendor_exam_name,
    published.credential_code,
    published.test_date,
    published.has_sat,
    published.has_passed,
    published.score,
    published.district_name,
    published.site_name,
    published.is_outside_window,
    -- A delivery is named feed+year: the year speaks where a sitting has no day.
    try_cast(regexp_extract(published.dataset, '[+]([0-9]{4})$', 1) as bigint) as delivery_year,
    coalesce(captures.data_vintage, published.capture_id) as data_vintage,
    published.dataset,
    published.capture_id
from published
left join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
where coalesce(captures.capture_role, 'current') = 'current'
