with structure as (
    select
        soc_code as occupation_code,
        '2018' as soc_version,
        soc_title as occupation_title,
        soc_level as occupation_level
    from {{ ref('stg_soc__structure') }}
),

published_titles as (
    select
        soc_version,
        line_code as occupation_code,
        line_title as occupation_title
    from {{ ref('int_projection_line_classified') }}
    union all
    select
        soc_version,
        occupation_code,
        occupation_title
    from {{ ref('int_wage_sourced') }}
),

-- Codes that agencies publish beside SOC 2018: OEWS combinations and codes of older versions.
other_codes as (
    select
        codes.occupation_code,
        codes.soc_version,
        min(published_titles.occupation_title) as occupation_title,
        any_value(codes.code_level) as occupation_level
    from {{ ref('int_occupation_code_mapped') }} as codes
    left join published_titles
        on
            codes.soc_version = published_titles.soc_version
            and codes.occupation_code = published_titles.occupation_code
    anti join structure
        on
            codes.occupation_code = structure.occupation_code
            and codes.soc_version = structure.soc_version
    group by codes.occupation_code, codes.soc_version
),

all_codes as (
    select * from structure
    union all by name
    select * from other_codes
)

select
    all_codes.soc_version || ':' || all_codes.occupation_code as occupation_key,
    all_codes.occupation_code,
    all_codes.soc_version,
    all_codes.occupation_title,
    all_codes.occupation_level,
    left(all_codes.occupation_code, 2) || '-0000' as major_group_code,
    majors.occupation_title as major_group_title,
    codes.mapping_method,
    coalesce(
        codes.component_key,
        case when all_codes.occupation_level = 'detailed' then all_codes.occupation_code end
    ) as component_codes,
    skills.job_zone,
    skills.job_zone_basis,
    round(skills.beyond_high_school_pct, 6) as beyond_high_school_pct,
    left(all_codes.occupation_code, 2) = '45' as has_coverage_gap
from all_codes
left join structure as majors
    on
        left(all_codes.occupation_code, 2) || '-0000' = majors.occupation_code
        and majors.occupation_level = 'major'
left join {{ ref('int_occupation_code_mapped') }} as codes
    on
        all_codes.occupation_code = codes.occupation_code
        and all_codes.soc_version = codes.soc_version
left join {{ ref('int_soc_skill_aggregated') }} as skills
    on all_codes.occupation_code = skills.soc_code and all_codes.occupation_level = 'detailed'
