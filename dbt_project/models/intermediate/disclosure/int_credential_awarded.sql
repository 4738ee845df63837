-- Credentials earned in a state by school year and credential, as far as they are shown; what supply and sectors add up.
with counts as (
    {{ published_counts([('awards_total', ['awards', 'awards_passes_only'])]) }}
)

select
    state_postal,
    school_year,
    credential_code,
    awards_total_count as award_count
from counts
where area_level = 'state' and credential_level = 'credential' and subgroup_kind = 'all'
