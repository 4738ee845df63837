with published as (
    select * from {{ source('source_inventory', 'sources') }}
),

captures as (
    select * from {{ ref('stg_archive__capture') }}
    where capture_role = 'current'
)

select
    published.state_postal,
    published.source_id,
    published.title as source_title,
    published.source_kind,
    published.evidence_class,
    published.mode as source_mode,
    published.owner as source_owner,
    published.analysis_date,
    published.base_year,
    published.horizon_years,
    published.has_counts,
    published.has_percent,
    published.separates_replacement,
    published.needs_update,
    published.licence,
    published.licence_ends_on as licence_end_date,
    published.url as source_url,
    captures.data_vintage,
    published.dataset,
    published.capture_id
from published
inner join captures
    on
        published.dataset = captures.dataset
        and published.capture_id = captures.capture_id
