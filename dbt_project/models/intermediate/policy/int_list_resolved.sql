-- One row per list with the settings that the screening reads, typed, and a hash of every parameter that decides it.
with parameters as (
    select * from {{ ref('int_list_parameter_resolved') }}
),

pivoted as (
    select
        list_id,
        max(case when parameter = 'demand.horizon_mode' then value end) as horizon_mode,
        max(case when parameter = 'demand.growth_annualisation' then value end) as growth_annualisation,
        max(case when parameter = 'projections.source' then value end) as projections_source,
        max(case when parameter = 'skill.rule' then value end) as skill_rule,
        max(case when parameter = 'skill.min_job_zone' then try_cast(value as integer) end) as min_job_zone,
        max(case when parameter = 'skill.min_education_share_pct' then try_cast(value as double) end)
            as min_education_share_pct,
        max(case when parameter = 'skill.line_pass_share' then try_cast(value as double) end) as line_pass_rate,
        max(case when parameter = 'wage.rule' then value end) as wage_rule,
        max(case when parameter = 'wage.family' then value end) as wage_family,
        max(case when parameter = 'wage.geo_level' then value end) as wage_geo_level,
        max(case when parameter = 'wage.operator' then value end) as wage_operator,
        max(case when parameter = 'wage.threshold_hourly_usd' then try_cast(value as double) end)
            as fixed_threshold_hourly_usd,
        max(case when parameter = 'wage.share_of_area_median_pct' then try_cast(value as double) end)
            as share_of_area_median_pct,
        max(case when parameter = 'wage.max_age_years' then try_cast(value as double) end) as wage_max_age_years,
        max(case when parameter = 'stability.standard_errors' then try_cast(value as double) end) as standard_errors,
        max(case when parameter = 'review.min_sector_share_pct' then try_cast(value as double) end)
            as min_sector_share_pct,
        max(case when parameter = 'reconciliation.tolerance_pct' then try_cast(value as double) end)
            as reconciliation_tolerance_pct,
        max(case when parameter = 'agriculture.min_share_pct' then try_cast(value as double) end)
            as agriculture_min_share_pct,
        max(case when parameter = 'source.warn_age_years' then try_cast(value as double) end) as source_warn_age_years,
        max(case when parameter = 'source.max_age_years' then try_cast(value as double) end) as source_max_age_years,
        max(case when parameter = 'process.required_sectors' then value end) as required_sectors,
        md5(string_agg(parameter || '=' || coalesce(value, ''), ';' order by parameter)) as param_hash
    from parameters
    group by list_id
)

select
    lists.list_id,
    lists.title as list_title,
    lists.state_postal,
    lists.cycle,
    lists.as_of_date,
    lists.policy_id,
    policies.title as policy_title,
    policies.list_year as policy_list_year,
    policies.citation as policy_citation,
    policies.citation_url as policy_citation_url,
    policies.how_read as policy_how_read,
    lists.include_regions,
    lists.owner as list_owner,
    pivoted.* exclude (list_id)
from {{ ref('occupation_list') }} as lists
inner join {{ ref('policy') }} as policies on lists.policy_id = policies.policy_id
inner join pivoted on lists.list_id = pivoted.list_id
