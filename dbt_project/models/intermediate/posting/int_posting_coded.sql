-- The occupation of every posting: the source's code where it means one SOC 2018 occupation, else a reviewer's verdict on
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
        posting_feed,
        posting_id,
        arg_max(verdict, row(review_date, verdict)) as verdict
    from verdicts
    where posting_id is not null
    group by posting_feed, posting_id
),

title_verdicts as (
    select
        state_postal,
        title_key_text,
        arg_max(verdict, row(review_date, verdict)) as verdict
    from verdicts
    where posting_id is null and title_key_text is not null
    group by state_postal, title_key_text
),

candidates as (
    select
        postings.posting_key,
        mapped.soc_count,
        coder.soc_code_1,
        coder.score_1,
        coder.coder,
        coder.basis,
        coder.title_key,
        posting_verdicts.verdict as posting_verdict,
        title_verdicts.verdict as title_verdict,
        case
            when mapped.soc_count = 1 then mapped.soc_codes[1]
            when list_contains(mapped.soc_codes, coder.soc_code_1) then coder.soc_code_1
            when list_contains(mapped.soc_codes, coder.soc_code_2) then coder.soc_code_2
            when list_contains(mapped.soc_codes, coder.soc_code_3) then coder.soc_code_3
        end as source_code,
        postings.source_soc_code is not null and coalesce(mapped.soc_count, 0) = 0 as is_source_code_unmapped
    from {{ ref('int_posting_sourced') }} as postings
    left join {{ ref('int_source_occupation_mapped') }} as mapped
        on
            postings.source_soc_code = mapped.source_soc_code
            and coalesce(postings.source_soc_taxonomy, 'unknown') = mapped.source_soc_taxonomy
    left join {{ ref('stg_posting_text__occupation') }} as coder on postings.posting_key = coder.posting_key
    left join posting_verdicts
        on
            postings.feed = posting_verdicts.posting_feed
            and postings.posting_id = posting_verdicts.posting_id
    left join title_verdicts
        on
            postings.supplied_by_postal = title_verdicts.state_postal
            and postings.title_key_text = title_verdicts.title_key_text
),

decided as (
    select
        candidates.*,
        case
            when candidates.posting_verdict is not null then 'reviewed'
            when candidates.source_code is not null then 'source'
            when candidates.title_verdict is not null then 'reviewed'
            when candidates.score_1 >= thresholds.review_score then 'coder'
        end as soc_method,
        case
            when candidates.posting_verdict is not null then nullif(candidates.posting_verdict, 'none')
            when candidates.source_code is not null then candidates.source_code
            when candidates.title_verdict is not null then nullif(candidates.title_verdict, 'none')
            when candidates.score_1 >= thresholds.accept_score then candidates.soc_code_1
        end as soc_code
    from candidates
    cross join thresholds
)

select
    posting_key,
    soc_code,
    soc_method,
    case when (soc_method is distinct from 'source') then score_1 end as soc_score,
    case
        when soc_code is not null then 'accepted'
        when soc_method = 'coder' then 'review'
        else 'uncoded'
    end as soc_status,
    soc_code_1 as coder_soc_code,
    score_1 as coder_score,
    coder,
    basis as coder_basis,
    title_key,
    is_source_code_unmapped,
    coalesce(soc_count > 1, false) as is_source_code_split
from decided
