-- Lists whose living wage is older than their policy allows (I20).
select
    thresholds.list_id,
    thresholds.area_id,
    thresholds.threshold_hourly_usd,
    thresholds.living_wage_year,
    lists.as_of_date,
    lists.wage_max_age_years
from {{ ref('int_list_wage_threshold_resolved') }} as thresholds
inner join {{ ref('int_list_resolved') }} as lists on thresholds.list_id = lists.list_id
where
    thresholds.wage_rule = 'living_wage'
    and (
        thresholds.living_wage_year is null
        or year(lists.as_of_date) - thresholds.living_wage_year > lists.wage_max_age_years
    )
