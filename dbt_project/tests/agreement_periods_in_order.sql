-- M2, M6, M11: an agreement ends after it begins, its year has neither gap nor overlap, and an amendment falls into it.
with agreements as (
    select
        agreement_id,
        effective_from,
        effective_to,
        cast('2001-' || window_from_month_day as date) as window_from,
        cast('2001-' || window_to_month_day as date) as window_to
    from {{ ref('data_agreement') }}
),

amended as (
    select
        amendments.agreement_id,
        amendments.amended_on,
        amendments.effective_to
    from {{ ref('data_agreement_amendment') }} as amendments
)

select
    agreements.agreement_id,
    'the agreement ends before it begins' as problem
from agreements
where agreements.effective_to < agreements.effective_from
union all
select
    agreements.agreement_id,
    'the window does not begin on the day after it ends' as problem
from agreements
where agreements.window_from <> agreements.window_to + interval 1 day
union all
select
    amended.agreement_id,
    'the amendment does not fall into its agreement' as problem
from amended
inner join agreements on amended.agreement_id = agreements.agreement_id
where
    amended.amended_on < agreements.effective_from
    or amended.amended_on > agreements.effective_to
    or amended.effective_to < amended.amended_on
