-- Every posting with its occupation: the source's code where it means one SOC 2018 occupation, else a reviewer's verdict on
-- the title, else the coder's (J7, J8). Of a code that was split the coder chooses among the successors. A verdict on the
-- very posting beats all. Below the accepting score a posting is put up for review, or stays uncoded; neither counts for
-- any occupation.
{{ config(materialized='view') }}

with thresholds as (
    select
        cast({{ common_parameter('posting.soc_accept_score') }} as double) as accept_score,
        cast({{ common_parameter('posting.soc_review_score') }} as double) as review_score
),

verdicts as (
    select
        verdicts.*,
        {{ title_key('verdicts.title') }} as title_key_text
    from {{ ref('stg_occupation_verdicts__verdict') }} as verdicts
    left join {{ ref('stg_soc__structure') }} as detailed
        on
            verdicts.verdict = detailed.soc_code
            and detailed.soc_level = 'detailed'
    where verdicts.verdict = 'none' or detailed.soc_code is not null
),

posting_verdicts as (
    select
        postings.posting_key,
        arg_max(verdicts.verdict, row(verdicts.review_date, verdicts.verdict)) as verdict
    from verdicts
    inner join {{ ref('int_posting_named') }} as postings
        on
            verdicts.posting_feed = postings.feed
            and verdicts.posting_id = postings.posting_id
    group by postings.posting_key
),

title_verdicts as (
    select
        state_postal,
        hash(title_key_text) as title_number,
        arg_max(verdict, row(review_date, verdict)) as verdict
    from verdicts
    where posting_id is null and title_key_text is not null
    group by state_postal, title_key_text
),

candidates as (
    select
        postings.*,
        posting_verdicts.verdict as posting_verdict,
        title_verdicts.verdict as title_verdict,
        case
            when mapped.soc_count = 1 then mapped.soc_numbers[1]
            when list_contains(mapped.soc_numbers, postings.soc_number_1) then postings.soc_number_1
            when list_contains(mapped.soc_numbers, postings.soc_number_2) then postings.soc_number_2
            when list_contains(mapped.soc_numbers, postings.soc_number_3) then postings.soc_number_3
        end as source_number
    from {{ ref('int_posting_sourced') }} as postings
    left join {{ ref('int_source_occupation_mapped') }} as mapped on postings.source_soc_number = mapped.source_soc_number
    left join posting_verdicts on postings.posting_key = posting_verdicts.posting_key
    left join title_verdicts
        on
            postings.supplied_by_postal = title_verdicts.state_postal
            and postings.title_number = title_verdicts.title_number
),

decided as (
    select
        candidates.*,
        case
            when candidates.posting_verdict is not null then 'reviewed'
            when candidates.source_number is not null then 'source'
            when candidates.title_verdict is not null then 'reviewed'
            when candidates.score_1 >= thresholds.review_score then 'coder'
        end as soc_method,
        case
            when candidates.posting_verdict is not null then {{ soc_number("nullif(candidates.posting_verdict, 'none')") }}
            when candidates.source_number is not null then candidates.source_number
            when candidates.title_verdict is not null then {{ soc_number("nullif(candidates.title_verdict, 'none')") }}
            when candidates.score_1 >= thresholds.accept_score then candidates.soc_number_1
        end as soc_number
    from candidates
    cross join thresholds
)

select
    posting_key,
    feed,
    dataset,
    supplied_by_postal,
    place_number,
    posted_date,
    posted_month,
    title_number,
    employer_number,
    salary_hourly_usd,
    position_count,
    dup_group,
    is_canonical,
    is_near_match,
    sibling_flag,
    is_read,
    soc_number,
    soc_method,
    case when (soc_method is distinct from 'source') then score_1 end as soc_score,
    case
        when soc_number is not null then 'accepted'
        when soc_method = 'coder' then 'review'
        else 'uncoded'
    end as soc_status
from decided
