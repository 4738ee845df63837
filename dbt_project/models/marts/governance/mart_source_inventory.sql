with lists as (
    select * from {{ ref('int_list_resolved') }}
),

inventory as (
    select * from {{ ref('stg_source_inventory__source') }}
),

aged as (
    select
        lists.list_id,
        lists.cycle,
        lists.as_of_date,
        lists.source_warn_age_years,
        lists.source_max_age_years,
        inventory.*,
        date_diff('day', inventory.analysis_date, lists.as_of_date) / 365.25 as age_years,
        -- I3: "older than three years" is counted in calendar months: on the third birthday it is not older yet.
        inventory.analysis_date < lists.as_of_date - to_months(round(12 * lists.source_warn_age_years)::integer)
            as is_aging,
        inventory.analysis_date < lists.as_of_date - to_months(round(12 * lists.source_max_age_years)::integer)
            as is_stale
    from lists
    inner join inventory on lists.state_postal = inventory.state_postal
)

select
    md5(concat_ws('|', list_id, source_id)) as source_key,
    list_id,
    cycle,
    state_postal,
    source_id,
    source_title,
    source_kind,
    evidence_class,
    source_mode,
    source_owner,
    analysis_date,
    age_years,
    case
        when is_stale then 'fail'
        when is_aging then 'warn'
        else 'ok'
    end as age_status,
    is_stale,
    base_year,
    horizon_years,
    has_counts,
    has_percent,
    separates_replacement,
    needs_update,
    -- I2: six questions about the WIOA plan's analyses.
    case
        when source_kind = 'wioa_plan'
            then
                (analysis_date is not null)::integer + (horizon_years is not null)::integer
                + (needs_update is not null)::integer + (source_owner is not null)::integer
                + (has_counts is not null and has_percent is not null)::integer
                + (separates_replacement is not null)::integer
    end as wioa_questions_answered_count,
    licence,
    licence_end_date,
    source_url,
    data_vintage,
    capture_id
from aged
