-- The areas that an opening counts for: its state and, by ZIP or else by county, its region of each scheme (I29, X6). A
-- membership that ended before the posting's day maps nothing.
with openings as (
    select
        dup_group,
        state_postal,
        county_fips,
        zip_code,
        posted_date
    from {{ ref('int_posting_unique') }}
    where state_postal is not null
),

members as (
    select
        state_postal || ':' || region_code as area_id,
        state_postal,
        region_scheme,
        member_type,
        member_code,
        valid_to_date
    from {{ ref('stg_regions__membership') }}
    where member_type in ('zip', 'county')
),

regional as (
    select
        openings.dup_group,
        members.area_id,
        members.region_scheme
    from openings
    inner join members
        on
            openings.state_postal = members.state_postal
            and openings.zip_code = members.member_code
            and members.member_type = 'zip'
            and (members.valid_to_date is null or openings.posted_date <= members.valid_to_date)
    union
    select
        openings.dup_group,
        members.area_id,
        members.region_scheme
    from openings
    inner join members
        on
            openings.state_postal = members.state_postal
            and openings.county_fips = members.member_code
            and members.member_type = 'county'
            and (members.valid_to_date is null or openings.posted_date <= members.valid_to_date)
    anti join members as zips
        on
            openings.state_postal = zips.state_postal
            and members.region_scheme = zips.region_scheme
            and openings.zip_code = zips.member_code
            and zips.member_type = 'zip'
            and (zips.valid_to_date is null or openings.posted_date <= zips.valid_to_date)
)

select
    dup_group,
    state_postal as area_id,
    'state' as area_kind,
    cast(null as varchar) as region_scheme
from openings
union all
select
    dup_group,
    area_id,
    'region',
    region_scheme
from regional
