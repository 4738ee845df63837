-- The areas of every place that postings name, and the days on which it belongs to them: its state always; of each
-- scheme its region by ZIP, or by county on days on which no region of the scheme has the ZIP (I29, X6). A membership
-- that ended maps nothing after its last day.
with places as (
    select
        place_number,
        state_postal,
        county_fips,
        zip_code
    from {{ ref('int_posting_place') }}
    where state_postal is not null
),

-- One row per member, also where a list names it twice; without an end it lasts.
members as (
    select
        state_postal || ':' || region_code as area_id,
        state_postal,
        region_scheme,
        member_type,
        member_code,
        nullif(max(coalesce(valid_to_date, date 'infinity')), date 'infinity') as until_date
    from {{ ref('stg_regions__membership') }}
    where member_type in ('zip', 'county')
    group by state_postal, region_code, region_scheme, member_type, member_code
),

zips as (
    select
        state_postal,
        region_scheme,
        member_code as zip_code,
        nullif(max(coalesce(until_date, date 'infinity')), date 'infinity') as until_date
    from members
    where member_type = 'zip'
    group by state_postal, region_scheme, member_code
)

select
    place_number,
    state_postal as area_id,
    'state' as area_kind,
    cast(null as varchar) as region_scheme,
    cast(null as date) as after_date,
    cast(null as date) as until_date
from places
union all
select
    places.place_number,
    members.area_id,
    'region',
    members.region_scheme,
    null,
    members.until_date
from places
inner join members
    on
        places.state_postal = members.state_postal
        and places.zip_code = members.member_code
        and members.member_type = 'zip'
union all
select
    places.place_number,
    members.area_id,
    'region',
    members.region_scheme,
    zips.until_date as after_date,
    members.until_date
from places
inner join members
    on
        places.state_postal = members.state_postal
        and places.county_fips = members.member_code
        and members.member_type = 'county'
left join zips
    on
        places.state_postal = zips.state_postal
        and members.region_scheme = zips.region_scheme
        and places.zip_code = zips.zip_code
where zips.zip_code is null or zips.until_date is not null
