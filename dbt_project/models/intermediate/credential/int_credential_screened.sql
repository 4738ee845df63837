-- The tests of every candidate: list x area x priority line x credential x measure, with threshold, margin and
-- stability (J11). A measure whose threshold the policy leaves empty is no test.
with demand as (
    select * from {{ ref('int_credential_demand_measured') }}
    where is_priority_line
),

rules as (
    select distinct
        list_id,
        area_id,
        credential_rule,
        postings_measure,
        min_postings_pct,
        min_postings_count,
        min_employers_count,
        min_occupations_count,
        near_miss_pct
    from {{ ref('int_demand_scope') }}
),

measured as (
    select
        demand.*,
        rules.credential_rule,
        rules.near_miss_pct,
        unnest([
            {
                'test': 'postings',
                'measure': 'postings_pct',
                'value': demand.postings_pct,
                'low': demand.postings_low_pct,
                'high': demand.postings_high_pct,
                'threshold': case when rules.postings_measure in ('both', 'share') then rules.min_postings_pct end
            },
            {
                'test': 'postings',
                'measure': 'postings_count',
                'value': cast(demand.evidence_count as double),
                -- Counting error of a rare event: one standard deviation of a Poisson count on either side.
                'low': demand.evidence_count - sqrt(demand.evidence_count),
                'high': demand.evidence_count + sqrt(demand.evidence_count),
                'threshold': case when rules.postings_measure in ('both', 'count') then rules.min_postings_count end
            },
            {
                'test': 'employers',
                'measure': 'employers_count',
                'value': cast(demand.evidence_employer_count as double),
                'low': cast(demand.evidence_employer_count as double),
                'high': cast(demand.evidence_employer_count as double),
                'threshold': rules.min_employers_count
            },
            {
                'test': 'breadth',
                'measure': 'occupations_count',
                'value': cast(demand.area_soc_count as double),
                'low': cast(demand.area_soc_count as double),
                'high': cast(demand.area_soc_count as double),
                'threshold': rules.min_occupations_count
            }
        ]) as reading
    from demand
    inner join rules
        on
            demand.list_id = rules.list_id
            and demand.area_id = rules.area_id
)

select
    list_id,
    cycle,
    state_postal,
    area_id,
    area_kind,
    line_code,
    line_title,
    credential_code,
    policy_id,
    param_hash,
    credential_rule,
    near_miss_pct,
    reading.test as test,
    reading.measure as measure,
    reading.value as value,
    reading.threshold as threshold,
    reading.value - reading.threshold as margin,
    {{ meets('reading.value', "'>='", 'reading.threshold') }} as is_met,
    {{ meets('reading.low', "'>='", 'reading.threshold') }} as is_met_at_low,
    {{ meets('reading.high', "'>='", 'reading.threshold') }} as is_met_at_high,
    -- J17: within the near-miss band below the threshold.
    reading.value >= reading.threshold * near_miss_pct / 100 as is_near
from measured
where reading.threshold is not null
