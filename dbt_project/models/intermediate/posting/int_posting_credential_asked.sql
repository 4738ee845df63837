-- What each opening asks for: opening x credential, the strongest requirement that any posting of the group states
-- (J10: required wins over preferred, then after hire, then named by the source without saying which, then mentioned).
-- Among equals one that stands alone wins over one of several alternatives. The words behind it are
-- `int_posting_credential_worded`.
with strongest as (
    select
        dup_group,
        credential_code,
        min(requirement) as requirement,
        -- The strongest that stands alone; the requirement itself where there is one as strong.
        min(requirement) filter (where not is_alternative) as requirement_alone,
        cast(count(*) as integer) as mention_count,
        bool_or(is_source) as is_named_by_source
    from {{ ref('int_posting_mention') }}
    group by dup_group, credential_code
)

select
    dup_group,
    credential_code,
    requirement,
    requirement <> 'mention' as is_asked,
    (requirement_alone is distinct from requirement) as is_alternative,
    mention_count,
    is_named_by_source
from strongest
