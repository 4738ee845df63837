-- Counties of a state that no region or more than one region of a scheme claims (I28).
select
    state_postal,
    region_scheme,
    member_code as county_fips,
    count(distinct region_code) as region_count,
    string_agg(distinct region_code, ', ' order by region_code) as region_codes
from {{ ref('stg_regions__membership') }}
where member_type = 'county' and valid_to_date is null
group by state_postal, region_scheme, member_code
having count(distinct region_code) <> 1
