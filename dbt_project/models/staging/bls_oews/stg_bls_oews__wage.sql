with wages as (
    select * from {{ source('bls_oews', 'wages') }}
    -- Industry and ownership splits are other estimates of the same jobs; the screening reads the cross-industry row.
    where naics = '000000' and own_code = '1235'
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
),

states as (
    select * from {{ ref('state') }}
)

select
    case
        when wages.area_type = 1 then 'US'
        when wages.area_type in (2, 3) then states.state_postal
        else 'MSA:' || wages.area
    end as area_id,
    case
        when wages.area_type = 1 then 'nation'
        when wages.area_type in (2, 3) then states.area_kind
        else 'metro'
    end as area_kind,
    wages.area_title as area_name,
    coalesce(states.state_postal, wages.prim_state) as state_postal,
    wages.reference_year,
    captures.capture_role,
    'bls' as source_system,
    wages.occ_code as occupation_code,
    wages.occ_title as occupation_title,
    wages.o_group as occupation_level_published,
    wages.tot_emp as employment_count,
    wages.emp_prse as employment_prse_pct,
    wages.mean_prse as mean_wage_prse_pct,
    wages.h_median as median_hourly_published_usd,
    wages.h_median_mark as median_hourly_mark,
    wages.a_median as median_annual_published_usd,
    wages.a_median_mark as median_annual_mark,
    wages.h_pct25 as p25_hourly_published_usd,
    wages.a_pct25 as p25_annual_published_usd,
    wages.topcode_hourly_usd,
    captures.data_vintage,
    wages.dataset,
    wages.capture_id,
    wages.row_number as source_row_number
from wages
inner join captures
    on
        wages.dataset = captures.dataset
        and wages.capture_id = captures.capture_id
left join states
    on
        wages.area_type in (2, 3)
        and lpad(wages.area, 2, '0') = states.state_fips
where
    wages.area_type not in (2, 3)
    or states.state_postal is not null
