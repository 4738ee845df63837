{%- set steps = [
    ('eligible', 'In the course in which the credential is sat'),
    ('eligible_courses_passed', 'and passed all courses that lead to it'),
    ('eligible_sat', 'and sat the exam'),
    ('eligible_earned', 'and earned the credential'),
    ('eligible_not_sat', 'In the course and sat no exam'),
] -%}
with counts as (
    {{ published_counts(['eligible', 'eligible_courses_passed', 'eligible_sat', 'eligible_earned', 'eligible_not_sat']) }}
),

steps as (
    {% for step, words in steps %}
        {%- set previous = steps[loop.index0 - 1][0] if not loop.first and not loop.last else none %}
        select
            state_postal,
            school_year,
            area_level,
            area_code,
            credential_level,
            credential_code,
            {{ loop.index if step != 'eligible_not_sat' else 0 }} as step_order,
            '{{ step }}' as step,
            '{{ words }}' as step_label,
            {{ step }}_count as student_count,
            eligible_count,
            '{{ previous or '' }}' as previous_step,
            {{ previous ~ '_count' if previous else 'cast(null as bigint)' }} as previous_count
        from counts
        -- Without a denominator there is no chain.
        where subgroup_kind = 'all' and coalesce(eligible_count, 1) > 0
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

rated as (
    select
        steps.*,
        case
            when steps.step = 'eligible' then {{ share_of('steps.student_count', 'steps.eligible_count') }}
            else {{ inner_share_of('steps.student_count', 'steps.eligible_count') }}
        end as of_eligible_rate,
        {{ inner_share_of('steps.student_count', 'steps.previous_count') }} as of_previous_rate,
        cells.codes
    from steps
    left join {{ ref('int_attainment_cell_published') }} as cells
        on
            {{ same_cell('steps', 'cells', but=['subgroup_kind', 'subgroup_value']) }}
            and cells.subgroup_kind = 'all'
            and steps.step = cells.population
)

select
    md5(concat_ws(
        '|', steps.state_postal, steps.school_year, steps.area_level, steps.area_code, steps.credential_level,
        steps.credential_code, steps.step
    )) as credential_pipeline_key,
    steps.state_postal,
    steps.school_year,
    steps.area_level,
    steps.area_code,
    coalesce(areas.area_name, steps.area_code) as area_name,
    steps.credential_level,
    steps.credential_code,
    {{ credential_label('steps') }} as credential_label,
    nullif(steps.step_order, 0) as step_order,
    steps.step,
    steps.step_label,
    steps.student_count,
    steps.of_eligible_rate,
    {{ rate_in_words('steps.of_eligible_rate', 'steps.codes', "'eligible'") }} as of_eligible_shown_as,
    steps.of_previous_rate,
    case
        when steps.previous_step <> ''
            then {{ rate_in_words('steps.of_previous_rate', 'steps.codes', 'steps.previous_step') }}
    end as of_previous_shown_as
from rated as steps
{{ join_areas('steps') }}
left join {{ ref('int_credential_named') }} as names on steps.credential_code = names.credential_code
