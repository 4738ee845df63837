with cells as (
    select * from {{ ref('int_attainment_cell_published') }}
    -- Remainders that nobody prints are no loss.
    where credential_level not in ('other', 'credential_part')
)

select
    md5(concat_ws(
        '|', cells.state_postal, cells.school_year, cells.area_level, cells.population, cells.credential_level,
        cells.subgroup_kind
    )) as disclosure_loss_key,
    cells.state_postal,
    cast(cells.school_year as integer) as school_year,
    cells.area_level,
    cells.population,
    any_value(measures.label) as population_label,
    cells.credential_level,
    cells.subgroup_kind,
    count(*) as cell_count,
    count(*) filter (where cells.publication = 'shown') as shown_count,
    count(*) filter (where cells.publication = 'hidden' and len(cells.codes) > 0) as coded_count,
    count(*) filter (where cells.publication = 'hidden' and coalesce(len(cells.codes), 0) = 0) as hidden_count,
    count(*) filter (where cells.publication = 'left_out') as left_out_count,
    round(
        100.0 * count(*) filter (where cells.publication = 'hidden' and coalesce(len(cells.codes), 0) = 0) / count(*), 6
    ) as hidden_pct
from cells
inner join {{ ref('population_measure') }} as measures on cells.population = measures.population
group by
    cells.state_postal, cells.school_year, cells.area_level, cells.population, cells.credential_level,
    cells.subgroup_kind
