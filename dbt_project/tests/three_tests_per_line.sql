-- Every line carries exactly its three tests, and the terminal state is the first that did not pass.
with tests as (
    select
        list_id,
        area_id,
        line_code,
        count(*) as test_count,
        count(distinct test) as distinct_count,
        arg_min(test, test_order) filter (where result <> 'pass') as first_not_passed
    from {{ ref('mart_occupation_screening') }}
    group by list_id, area_id, line_code
)

select
    outcomes.list_id,
    outcomes.area_id,
    outcomes.line_code,
    outcomes.terminal_state,
    tests.first_not_passed
from {{ ref('mart_occupation_outcome') }} as outcomes
full join tests
    on
        outcomes.list_id = tests.list_id
        and outcomes.area_id = tests.area_id
        and outcomes.line_code = tests.line_code
where
    tests.test_count is distinct from 3
    or tests.distinct_count is distinct from 3
    or outcomes.list_id is null
    or (
        outcomes.decision is null
        and outcomes.terminal_state <> 'listed'
        and split_part(outcomes.terminal_state, '_', 2) is distinct from tests.first_not_passed
    )
    or (outcomes.terminal_state = 'listed' and tests.first_not_passed is not null)
