-- J13: median pay in ads that ask for a credential against ads of the same occupation and area that do not; only where
-- both sides have enough ads that name pay. The interval is that of a difference of medians: 1.2533 standard errors of
-- the mean each, which holds for near-normal pay; it is a signal, not an estimate of a wage effect.
with paid as (
    select
        lines.scope_id,
        openings.soc_code,
        lines.dup_group,
        openings.salary_hourly_usd
    from {{ ref('int_posting_line') }} as lines
    inner join {{ ref('int_posting_unique') }} as openings on lines.dup_group = openings.dup_group
    where openings.salary_hourly_usd between 2 and 500
    qualify row_number() over (partition by lines.scope_id, lines.dup_group order by lines.line_code) = 1
),

scoped as (
    select distinct
        list_id,
        cycle,
        state_postal,
        area_id,
        scope_id,
        policy_id,
        param_hash,
        pay_min_postings,
        confidence_z
    from {{ ref('int_demand_scope') }}
),

asking as (
    select
        paid.scope_id,
        paid.soc_code,
        asked.credential_code,
        paid.dup_group,
        paid.salary_hourly_usd
    from paid
    inner join {{ ref('int_posting_credential_asked') }} as asked
        on
            paid.dup_group = asked.dup_group
            and asked.is_asked
),

with_it as (
    select
        scope_id,
        soc_code,
        credential_code,
        count(*) as with_count,
        median(salary_hourly_usd) as with_median_hourly_usd,
        stddev_samp(salary_hourly_usd) as with_deviation
    from asking
    group by all
),

without_it as (
    select
        with_it.scope_id,
        with_it.soc_code,
        with_it.credential_code,
        count(*) as without_count,
        median(paid.salary_hourly_usd) as without_median_hourly_usd,
        stddev_samp(paid.salary_hourly_usd) as without_deviation
    from with_it
    inner join paid
        on
            with_it.scope_id = paid.scope_id
            and with_it.soc_code = paid.soc_code
    anti join asking
        on
            paid.scope_id = asking.scope_id
            and paid.dup_group = asking.dup_group
            and with_it.credential_code = asking.credential_code
    group by all
),

compared as (
    select
        with_it.*,
        coalesce(without_it.without_count, 0) as without_count,
        without_it.without_median_hourly_usd,
        1.2533 * sqrt(
            power(with_it.with_deviation, 2) / with_it.with_count
            + power(without_it.without_deviation, 2) / without_it.without_count
        ) as standard_error
    from with_it
    left join without_it
        on
            with_it.scope_id = without_it.scope_id
            and with_it.soc_code = without_it.soc_code
            and with_it.credential_code = without_it.credential_code
)

select
    md5(concat_ws('|', scoped.list_id, scoped.area_id, compared.soc_code, compared.credential_code)) as pay_premium_key,
    scoped.list_id,
    scoped.cycle,
    scoped.state_postal,
    scoped.area_id,
    compared.soc_code,
    '2018' as soc_version,
    compared.credential_code,
    compared.with_count,
    compared.without_count,
    enough.is_enough as has_enough_postings,
    case when enough.is_enough then round(compared.with_median_hourly_usd, 6) end as with_median_hourly_usd,
    case when enough.is_enough then round(compared.without_median_hourly_usd, 6) end as without_median_hourly_usd,
    case
        when enough.is_enough then round(compared.with_median_hourly_usd - compared.without_median_hourly_usd, 6)
    end as premium_hourly_usd,
    case
        when enough.is_enough
            then round(
                compared.with_median_hourly_usd - compared.without_median_hourly_usd
                - scoped.confidence_z * compared.standard_error, 6
            )
    end as premium_low_hourly_usd,
    case
        when enough.is_enough
            then round(
                compared.with_median_hourly_usd - compared.without_median_hourly_usd
                + scoped.confidence_z * compared.standard_error, 6
            )
    end as premium_high_hourly_usd,
    scoped.policy_id,
    scoped.param_hash
from compared
inner join scoped on compared.scope_id = scoped.scope_id
cross join lateral (
    select
        compared.with_count >= scoped.pay_min_postings
        and compared.without_count >= scoped.pay_min_postings as is_enough
) as enough
