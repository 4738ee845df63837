with counts as (
    {{ published_counts([('awards_total', ['awards', 'awards_passes_only'])]) }}
),

everybody as (
    select * from counts
    where subgroup_kind = 'all'
),

credentials as (
    select
        everybody.*,
        names.credential_name,
        row_number() over (
            partition by everybody.state_postal, everybody.school_year, everybody.area_level, everybody.area_code
            order by everybody.awards_total_count desc nulls last, everybody.credential_code asc
        ) as place
    from everybody
    left join {{ ref('int_credential_named') }} as names on everybody.credential_code = names.credential_code
    where everybody.credential_level = 'credential' and coalesce(everybody.awards_total_count, 1) > 0
),

totals as (
    select
        everybody.state_postal,
        everybody.school_year,
        everybody.area_level,
        everybody.area_code,
        everybody.awards_total_count,
        policies.concentration_alert_pct,
        policies.concentration_top_count
    from everybody
    inner join {{ ref('int_attainment_policy') }} as policies on everybody.state_postal = policies.state_postal
    where everybody.credential_level = 'all'
),

summed as (
    select
        totals.state_postal,
        totals.school_year,
        totals.area_level,
        totals.area_code,
        totals.awards_total_count,
        totals.concentration_alert_pct,
        totals.concentration_top_count,
        count(*) as credential_kind_count,
        count(*) filter (where credentials.awards_total_count is null) as hidden_credential_count,
        sum(credentials.awards_total_count) filter (where credentials.place <= totals.concentration_top_count)
            as top_award_count,
        string_agg(coalesce(credentials.credential_name, credentials.credential_code), '; ' order by credentials.place)
        filter (where credentials.place <= totals.concentration_top_count and credentials.awards_total_count is not null)
            as top_credential_names,
        sum(
            (cast(credentials.awards_total_count as double) / nullif(totals.awards_total_count, 0))
            * (cast(credentials.awards_total_count as double) / nullif(totals.awards_total_count, 0))
        ) as herfindahl
    from totals
    inner join credentials
        on
            totals.state_postal = credentials.state_postal
            and totals.school_year = credentials.school_year
            and totals.area_level = credentials.area_level
            and totals.area_code = credentials.area_code
    group by all
)

select
    md5(concat_ws('|', summed.state_postal, summed.school_year, summed.area_level, summed.area_code))
        as concentration_key,
    summed.state_postal,
    summed.school_year,
    summed.area_level,
    summed.area_code,
    coalesce(areas.area_name, summed.area_code) as area_name,
    summed.awards_total_count as award_count,
    summed.credential_kind_count,
    summed.hidden_credential_count,
    summed.top_credential_names,
    round(100 * {{ share_of('summed.top_award_count', 'summed.awards_total_count') }}, 6) as top_share_pct,
    -- Hidden counts are smaller than the shown ones or hidden beside them: shares and index are at least this.
    summed.hidden_credential_count > 0 as is_lower_bound,
    round(summed.herfindahl, 6) as herfindahl_rate,
    case
        when summed.awards_total_count > 0
            then
                100 * {{ share_of('summed.top_award_count', 'summed.awards_total_count') }}
                >= summed.concentration_alert_pct
    end as is_alert,
    summed.concentration_alert_pct as alert_pct
from summed
{{ join_areas('summed') }}
