-- The places on the list that each credential had in a school year, by the days on which it was sat (L5): its tiers, and
-- `none` for the days on which it was not on the list. `is_split` where it had several: then neither tier holds it whole.
with sat as (
    select distinct
        state_postal,
        school_year,
        credential_code,
        coalesce(tier, 'none') as tier
    from {{ ref('int_attempt_counted') }}
    where is_attempt
)

select
    *,
    count(*) over (partition by state_postal, school_year, credential_code) > 1 as is_split
from sat
