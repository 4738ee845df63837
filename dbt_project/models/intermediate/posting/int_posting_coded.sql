-- The occupation of every posting: the source's code where it means one SOC 2018 occupation, else the coder's (J7, J8).
-- Of a code that was split the coder chooses among the successors. Below the accepting score a posting is put up for
-- review, or stays uncoded; neither counts for any occupation.
with thresholds as (
    select
        cast({{ common_parameter('posting.soc_accept_score') }} as double) as accept_score,
        cast({{ common_parameter('posting.soc_review_score') }} as double) as review_score
),

candidates as (
    select
        postings.posting_key,
        mapped.soc_codes,
        mapped.soc_count,
        coder.soc_code_1,
        coder.score_1,
        coder.soc_code_2,
        coder.score_2,
        coder.soc_code_3,
        coder.score_3,
        coder.coder,
        coder.basis,
        coder.title_key,
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
)

select
    candidates.posting_key,
    coalesce(
        candidates.source_code,
        case when candidates.score_1 >= thresholds.accept_score then candidates.soc_code_1 end
    ) as soc_code,
    case
        when candidates.source_code is not null then 'source'
        when candidates.score_1 >= thresholds.review_score then 'coder'
    end as soc_method,
    case when candidates.source_code is null then candidates.score_1 end as soc_score,
    case
        when candidates.source_code is not null or candidates.score_1 >= thresholds.accept_score then 'accepted'
        when candidates.score_1 >= thresholds.review_score then 'review'
        else 'uncoded'
    end as soc_status,
    candidates.soc_code_1 as coder_soc_code,
    candidates.score_1 as coder_score,
    candidates.coder,
    candidates.basis as coder_basis,
    candidates.title_key,
    candidates.is_source_code_unmapped,
    coalesce(candidates.soc_count > 1, false) as is_source_code_split
from candidates
cross join thresholds
