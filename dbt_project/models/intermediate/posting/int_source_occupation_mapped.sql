-- Every occupation code that a source of postings gives, as the SOC 2018 detailed codes that it means (J8, X3). Codes of
-- groups and codes that no classification knows map to nothing: the coder decides there.
with given as (
    select
        source_soc_number,
        any_value(source_soc_code) as source_soc_code,
        any_value(source_soc_taxonomy) as source_soc_taxonomy
    from {{ ref('int_posting_fact') }}
    where source_soc_number is not null
    group by source_soc_number
),

-- `29-1141`, `291141`, `29-1141.00`, `29114100`
shaped as (
    select
        *,
        regexp_replace(source_soc_code, '[^0-9]', '', 'g') as digits
    from given
),

coded as (
    select
        *,
        case when length(digits) >= 6 then substr(digits, 1, 2) || '-' || substr(digits, 3, 4) end as soc_code,
        case when length(digits) = 8 then substr(digits, 7, 2) end as onet_suffix
    from shaped
),

detailed as (
    select soc_code
    from {{ ref('stg_soc__structure') }}
    where soc_level = 'detailed'
),

from_onet as (
    select
        coded.source_soc_code,
        coded.source_soc_taxonomy,
        crosswalk.soc_code,
        'onet_soc_2019' as mapping_method,
        1 as preference
    from coded
    inner join {{ ref('stg_soc__onet_to_soc') }} as crosswalk
        on coded.soc_code || '.' || coalesce(coded.onet_suffix, '00') = crosswalk.onetsoc_code
    where coded.source_soc_taxonomy in ('onet_soc_2019', 'unknown')
),

from_2018 as (
    select
        coded.source_soc_code,
        coded.source_soc_taxonomy,
        detailed.soc_code,
        'soc_2018' as mapping_method,
        2 as preference
    from coded
    inner join detailed on coded.soc_code = detailed.soc_code
    where coded.source_soc_taxonomy in ('soc_2018', 'onet_soc_2019', 'unknown')
),

from_2010 as (
    select
        coded.source_soc_code,
        coded.source_soc_taxonomy,
        crosswalk.soc_2018_code as soc_code,
        'soc_2010' as mapping_method,
        3 as preference
    from coded
    inner join {{ ref('stg_soc__crosswalk_2010_2018') }} as crosswalk on coded.soc_code = crosswalk.soc_2010_code
    where coded.source_soc_taxonomy in ('soc_2010', 'onet_soc_2010', 'unknown')
),

mapped as (
    select * from from_onet
    union all
    select * from from_2018
    union all
    select * from from_2010
),

best as (
    select *
    from mapped
    qualify preference = min(preference) over (partition by source_soc_code, source_soc_taxonomy)
)

select
    given.source_soc_number,
    given.source_soc_code,
    given.source_soc_taxonomy,
    max(best.mapping_method) as mapping_method,
    list_sort(list(distinct best.soc_code) filter (where best.soc_code is not null)) as soc_codes,
    list_sort(list(distinct {{ soc_number('best.soc_code') }}) filter (where best.soc_code is not null)) as soc_numbers,
    count(distinct best.soc_code) as soc_count
from given
left join best
    on
        given.source_soc_code = best.source_soc_code
        and given.source_soc_taxonomy = best.source_soc_taxonomy
group by given.source_soc_number, given.source_soc_code, given.source_soc_taxonomy
