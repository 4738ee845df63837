-- Each line's components with weight, Job Zone and education: what the skill test reads.
select
    components.area_id,
    components.source_system,
    components.line_code,
    components.component_code,
    structure.soc_title as component_title,
    components.employment_count,
    components.component_rate,
    components.weight_basis,
    skills.job_zone,
    skills.job_zone_basis,
    skills.beyond_high_school_pct
from {{ ref('int_line_component_weighted') }} as components
left join {{ ref('int_soc_skill_aggregated') }} as skills on components.component_code = skills.soc_code
left join {{ ref('stg_soc__structure') }} as structure on components.component_code = structure.soc_code
