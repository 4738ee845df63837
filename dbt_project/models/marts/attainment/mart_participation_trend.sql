with counts as (
    {{ published_counts([
        'takers', 'attempts', ('awards_total', ['awards', 'awards_passes_only']), 'awards', 'course_enrolments'
    ]) }}
),

by_area as (
    select * from counts
    where subgroup_kind = 'all' and credential_level in ('all', 'priority', 'credential')
)

select
    md5(concat_ws(
        '|', by_area.state_postal, by_area.school_year, by_area.area_level, by_area.area_code, by_area.credential_level,
        by_area.credential_code
    )) as participation_trend_key,
    by_area.state_postal,
    by_area.school_year,
    by_area.area_level,
    by_area.area_code,
    coalesce(areas.area_name, by_area.area_code) as area_name,
    by_area.credential_level,
    by_area.credential_code,
    {{ credential_label('by_area') }} as credential_label,
    by_area.course_enrolments_count as course_enrolment_count,
    by_area.takers_count as taker_count,
    by_area.attempts_count as attempt_count,
    by_area.awards_total_count as award_count,
    {{ inner_share_of('by_area.awards_count', 'by_area.attempts_count') }} as attempt_pass_rate,
    by_area.takers_count - max(by_area.takers_count) over by_year as taker_change_count,
    by_area.awards_total_count - max(by_area.awards_total_count) over by_year as award_change_count,
    round(
        100 * {{ share_of(
            'by_area.awards_total_count - max(by_area.awards_total_count) over by_year',
            'max(by_area.awards_total_count) over by_year'
        ) }}, 6
    ) as award_growth_pct
from by_area
{{ join_areas('by_area') }}
left join {{ ref('int_credential_named') }} as names on by_area.credential_code = names.credential_code
window
    by_year as (
        partition by
            by_area.state_postal, by_area.area_level, by_area.area_code, by_area.credential_level,
            by_area.credential_code
        order by by_area.school_year
        range between 1 preceding and 1 preceding
    )
