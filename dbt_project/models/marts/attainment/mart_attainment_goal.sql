with counts as (
    {{ published_counts(['goal_earners']) }}
)

select
    md5(concat_ws('|', goals.goal_code, counts.school_year)) as attainment_goal_key,
    goals.goal_code,
    goals.title as goal_title,
    goals.state_postal,
    counts.school_year,
    goals.goal_year,
    goals.goal_pct,
    goals.population_count,
    goals.population_words,
    goals.baseline_count,
    goals.baseline_words,
    goals.counted_level as credential_level,
    counts.goal_earners_count as credential_earner_count,
    round(100 * {{ share_of('goals.baseline_count', 'goals.population_count') }}, 6) as baseline_pct,
    -- Whoever has one is counted once, and whether they still live here is not known: an upper bound of the goal's share.
    round(
        100 * {{ share_of('goals.baseline_count + counts.goal_earners_count', 'goals.population_count') }}, 6
    ) as attained_at_most_pct,
    round(
        goals.goal_pct
        - 100 * {{ share_of('goals.baseline_count + counts.goal_earners_count', 'goals.population_count') }}, 6
    ) as remaining_at_least_pct,
    goals.citation
from {{ ref('attainment_goal') }} as goals
inner join counts
    on
        goals.state_postal = counts.state_postal
        and counts.area_level = 'state'
        and goals.counted_level = counts.credential_level
