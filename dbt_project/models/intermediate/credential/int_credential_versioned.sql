-- The credential as it stood over time (SCD2, L5): one row per owner of the list, credential and period. A state's own
-- rows carry tier and effective dates; `US` is the lexicon's row, without a tier.
with supplied as (
    select
        state_postal,
        credential_code,
        tier,
        is_stepping_stone,
        coalesce(effective_from_date, date '1900-01-01') as from_date,
        effective_to_date,
        data_vintage,
        capture_id
    from {{ ref('int_credential_list_matched') }}
    qualify row_number() over (
        partition by state_postal, credential_code, coalesce(effective_from_date, date '1900-01-01')
        order by data_vintage desc, source_row_number asc
    ) = 1
),

states as (
    select
        state_postal,
        credential_code,
        tier,
        is_stepping_stone,
        from_date as valid_from_date,
        -- The next version ends the one before, so that every test date meets exactly one.
        least(
            effective_to_date,
            lead(from_date) over (partition by state_postal, credential_code order by from_date) - 1
        ) as valid_to_date,
        data_vintage,
        capture_id
    from supplied
),

lexicon as (
    select
        'US' as state_postal,
        credential_code,
        cast(null as varchar) as tier,
        cast(null as boolean) as is_stepping_stone,
        coalesce(active_from_date, date '1900-01-01') as valid_from_date,
        active_to_date as valid_to_date,
        cast(null as varchar) as data_vintage,
        cast(null as varchar) as capture_id
    from {{ ref('int_credential_named') }}
)

select * from states
union all by name
select * from lexicon
