-- Which school years are official, and whether districts have corrected something since (P7, B22). The counts of an
-- official year are those that were frozen; all others are preliminary. What exactly is another today stays with the
-- state: old and new counts side by side would tell of single students.
select
    md5(concat_ws('|', cells.state_postal, cells.school_year)) as official_year_key,
    cells.state_postal,
    cast(cells.school_year as integer) as school_year,
    case when max(cells.official_date) is null then 'preliminary' else 'official' end as status,
    max(cells.official_date) as official_date,
    bool_or(cells.is_corrected_since) as is_corrected_since,
    count(*) as published_cell_count,
    count(*) filter (cells.publication = 'shown') as shown_cell_count
from {{ ref('int_attainment_cell_published') }} as cells
group by cells.state_postal, cells.school_year
