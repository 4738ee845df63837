-- What each agreement allows, over time: its own words, and those of an amendment that both parties signed, from the
-- amendment's day on (M6, M9, M11, K10). One row per agreement and period; `|` between the purposes.
with said as (
    select
        agreement_id,
        state_postal,
        party_kind,
        party_code,
        party_name,
        window_from_month_day,
        due_month_day,
        effective_from as from_date,
        permitted_use
    from {{ ref('data_agreement') }}
    where signed_state_on is not null and signed_party_on is not null
    union all
    select
        agreements.agreement_id,
        agreements.state_postal,
        agreements.party_kind,
        agreements.party_code,
        agreements.party_name,
        agreements.window_from_month_day,
        agreements.due_month_day,
        amendments.amended_on as from_date,
        amendments.permitted_use
    from {{ ref('data_agreement_amendment') }} as amendments
    inner join {{ ref('data_agreement') }} as agreements on amendments.agreement_id = agreements.agreement_id
    where
        amendments.permitted_use is not null
        and amendments.signed_state_on is not null
        and amendments.signed_party_on is not null
        and agreements.signed_state_on is not null
        and agreements.signed_party_on is not null
)

select
    *,
    lead(from_date) over (partition by agreement_id order by from_date) - 1 as to_date
from said
