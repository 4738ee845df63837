-- Every place that postings name, and the state that supplied them: number x codes.
select
    place_number,
    any_value(supplied_by_postal) as supplied_by_postal,
    any_value(state_postal) as state_postal,
    any_value(county_fips) as county_fips,
    any_value(zip_code) as zip_code
from {{ ref('int_posting_fact') }}
group by place_number
