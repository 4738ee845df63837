-- Every occupation code that any source publishes, read in the SOC version of its source, as the set of SOC 2018
-- detailed codes that it covers (I14-I16, X3). Two codes with the same set are the same occupation, whatever their
-- digits: that is how a projections line finds its wage row.
with version_rules as (
    select * from {{ ref('soc_version_rule') }}
),

published_codes as (
    select
        rules.soc_version,
        p.line_code as occupation_code
    from {{ ref('stg_projections_central__projection') }} as p
    inner join version_rules as rules
        on rules.data_kind = 'projections' and p.base_year between rules.year_from and rules.year_to
    union
    select
        rules.soc_version,
        p.line_code
    from {{ ref('stg_state_projections__projection') }} as p
    inner join version_rules as rules
        on rules.data_kind = 'projections' and p.base_year between rules.year_from and rules.year_to
    union
    select
        rules.soc_version,
        w.occupation_code
    from {{ ref('stg_bls_oews__wage') }} as w
    inner join version_rules as rules
        on rules.data_kind = 'wages' and w.reference_year between rules.year_from and rules.year_to
    union
    select
        rules.soc_version,
        w.occupation_code
    from {{ ref('stg_state_oews__wage') }} as w
    inner join version_rules as rules
        on rules.data_kind = 'wages' and w.reference_year between rules.year_from and rules.year_to
    union
    select
        rules.soc_version,
        r.occupation_code
    from {{ ref('stg_reference_lists__occupation') }} as r
    inner join version_rules as rules
        on rules.data_kind = 'lists' and year(r.list_date) between rules.year_from and rules.year_to
),

structure as (
    select * from {{ ref('stg_soc__structure') }}
),

-- A detailed code belongs to the nearest broad code before it: the digits alone mislead, 29-1221 belongs to 29-1210.
broad_members as (
    select
        detailed.soc_code as detailed_code,
        max(broad.soc_code) as broad_code
    from structure as detailed
    inner join structure as broad
        on
            broad.soc_level = 'broad'
            and left(detailed.soc_code, 2) = left(broad.soc_code, 2)
            and detailed.soc_code > broad.soc_code
    where detailed.soc_level = 'detailed'
    group by detailed.soc_code
),

readings as (
    select
        soc_code as occupation_code,
        soc_code as component_code,
        'soc_2018_detailed' as mapping_method
    from structure
    where soc_level = 'detailed'
    union all
    select
        broad_code as occupation_code,
        detailed_code as component_code,
        'soc_2018_broad' as mapping_method
    from broad_members
    union all
    select distinct
        oews_code,
        soc_2018_code,
        'oews_hybrid'
    from {{ ref('stg_soc__oews_hybrid') }}
    union all
    select distinct
        soc_2010_code,
        soc_2018_code,
        'soc_2010'
    from {{ ref('stg_soc__crosswalk_2010_2018') }}
    union all
    select distinct
        left(soc_2010_code, 6) || '0',
        soc_2018_code,
        'soc_2010_broad'
    from {{ ref('stg_soc__crosswalk_2010_2018') }}
),

-- Which reading speaks first depends on the version of the file: 15-1256 is an OEWS combination in every version,
-- 19-3031 is a SOC 2010 code that SOC 2018 no longer has.
precedence (soc_version, mapping_method, preference) as (
    values
    ('2018', 'soc_2018_detailed', 1),
    ('2018', 'soc_2018_broad', 2),
    ('2018', 'oews_hybrid', 3),
    ('2018', 'soc_2010', 4),
    ('2018', 'soc_2010_broad', 5),
    ('oews_hybrid_2019', 'oews_hybrid', 1),
    ('oews_hybrid_2019', 'soc_2018_detailed', 2),
    ('oews_hybrid_2019', 'soc_2018_broad', 3),
    ('oews_hybrid_2019', 'soc_2010', 4),
    ('oews_hybrid_2019', 'soc_2010_broad', 5),
    ('2010', 'soc_2010', 1),
    ('2010', 'soc_2010_broad', 2),
    ('2010', 'soc_2018_detailed', 3),
    ('2010', 'soc_2018_broad', 4),
    ('2010', 'oews_hybrid', 5)
),

mapped as (
    select
        codes.soc_version,
        codes.occupation_code,
        readings.mapping_method,
        list_sort(list_distinct(list(readings.component_code))) as component_codes
    from published_codes as codes
    inner join readings on codes.occupation_code = readings.occupation_code
    inner join precedence
        on
            codes.soc_version = precedence.soc_version
            and readings.mapping_method = precedence.mapping_method
    group by codes.soc_version, codes.occupation_code, readings.mapping_method, precedence.preference
    qualify row_number() over (
        partition by codes.soc_version, codes.occupation_code
        order by precedence.preference
    ) = 1
),

aggregates as (
    select soc_code as occupation_code
    from structure
    where soc_level in ('major', 'minor')
)

select
    codes.soc_version,
    codes.occupation_code,
    case
        when codes.occupation_code = '00-0000' then 'total'
        when regexp_full_match(codes.occupation_code, '[0-9]{2}-0000') then 'major'
        when
            aggregates.occupation_code is not null
            or regexp_full_match(codes.occupation_code, '[0-9]{2}-[1-9]000')
            then 'minor'
        when mapped.mapping_method is null then 'unmapped'
        when mapped.mapping_method in ('soc_2018_broad', 'soc_2010_broad') then 'broad'
        when structure.soc_level = 'broad' then 'broad'
        when len(mapped.component_codes) > 1 then 'combination'
        else 'detailed'
    end as code_level,
    mapped.mapping_method,
    mapped.component_codes,
    array_to_string(mapped.component_codes, '|') as component_key,
    coalesce(len(mapped.component_codes), 0) as component_count
from published_codes as codes
left join mapped
    on
        codes.soc_version = mapped.soc_version
        and codes.occupation_code = mapped.occupation_code
left join aggregates on codes.occupation_code = aggregates.occupation_code
left join structure on codes.occupation_code = structure.soc_code
