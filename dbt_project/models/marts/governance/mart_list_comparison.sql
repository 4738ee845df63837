with version_rules as (
    select * from {{ ref('soc_version_rule') }}
    where data_kind = 'lists'
),

listed_elsewhere as (
    select
        lists.list_id,
        entries.list_kind,
        entries.publisher,
        entries.list_name,
        entries.list_date,
        entries.occupation_code,
        codes.component_codes,
        entries.capture_id
    from {{ ref('stg_reference_lists__occupation') }} as entries
    inner join {{ ref('int_list_resolved') }} as lists on entries.state_postal = lists.state_postal
    inner join version_rules
        on year(entries.list_date) between version_rules.year_from and version_rules.year_to
    left join {{ ref('int_occupation_code_mapped') }} as codes
        on
            version_rules.soc_version = codes.soc_version
            and entries.occupation_code = codes.occupation_code
),

lines as (
    select
        outcomes.list_id,
        outcomes.area_id,
        outcomes.line_code,
        outcomes.line_title,
        outcomes.terminal_state,
        string_split(outcomes.component_codes, '|') as component_codes
    from {{ ref('mart_occupation_outcome') }} as outcomes
    where outcomes.area_kind <> 'region'
)

select
    md5(concat_ws('|', lines.list_id, lines.area_id, lines.line_code, elsewhere.publisher, elsewhere.list_name))
        as comparison_key,
    lines.list_id,
    lines.area_id,
    lines.line_code,
    lines.line_title,
    lines.terminal_state,
    elsewhere.list_kind,
    elsewhere.publisher,
    elsewhere.list_name,
    max(elsewhere.list_date) as list_date,
    string_agg(distinct elsewhere.occupation_code, '|' order by elsewhere.occupation_code) as listed_codes,
    max(elsewhere.capture_id) as capture_id
from lines
inner join listed_elsewhere as elsewhere
    on
        lines.list_id = elsewhere.list_id
        and list_has_any(lines.component_codes, elsewhere.component_codes)
group by
    lines.list_id, lines.area_id, lines.line_code, lines.line_title, lines.terminal_state,
    elsewhere.list_kind, elsewhere.publisher, elsewhere.list_name
