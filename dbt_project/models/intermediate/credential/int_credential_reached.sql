-- Which credentials lead to which, over any number of steps (I27). Steps that would close a circle are not followed.
with recursive steps as (
    select
        from_code,
        to_code
    from {{ ref('credential_step') }}
    where relation in ('prerequisite', 'stacks_to')
),

walked as (
    select
        from_code,
        to_code,
        1 as hop_count,
        [from_code, to_code] as path
    from steps
    union all
    select
        walked.from_code,
        steps.to_code,
        walked.hop_count + 1,
        list_append(walked.path, steps.to_code)
    from walked
    inner join steps on walked.to_code = steps.from_code
    where not list_contains(walked.path, steps.to_code) and walked.hop_count < 12
)

select
    from_code,
    to_code,
    min(hop_count) as hop_count
from walked
group by from_code, to_code
