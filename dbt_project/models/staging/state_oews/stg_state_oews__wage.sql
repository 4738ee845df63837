with wages as (
    select * from {{ source('state_oews', 'wages') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
)

select
    case wages.area_kind
        when 'state' then wages.state_postal
        when 'metro' then 'MSA:' || wages.area
        else wages.state_postal || ':' || wages.area
    end as area_id,
    wages.area_kind,
    wages.area_title as area_name,
    wages.state_postal,
    wages.reference_year,
    captures.capture_role,
    'state' as source_system,
    wages.occ_code as occupation_code,
    wages.occ_title as occupation_title,
    cast(null as varchar) as occupation_level_published,
    wages.tot_emp as employment_count,
    wages.emp_prse as employment_prse_pct,
    wages.mean_prse as mean_wage_prse_pct,
    wages.h_median as median_hourly_published_usd,
    wages.h_median_mark as median_hourly_mark,
    wages.a_median as median_annual_published_usd,
    wages.a_median_mark as median_annual_mark,
    wages.h_pct25 as p25_hourly_published_usd,
    wages.a_pct25 as p25_annual_published_usd,
    cast(null as double) as topcode_hourly_usd,
    captures.data_vintage,
    wages.dataset,
    wages.capture_id,
    wages.row_number as source_row_number
from wages
inner join captures
    on
        wages.dataset = captures.dataset
        and wages.capture_id = captures.capture_id
