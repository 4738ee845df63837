with lists as (
    select * from {{ ref('int_list_resolved') }}
),

required_sectors as (
    select
        list_id,
        unnest(string_split(required_sectors, '|')) as sector
    from lists
),

team as (
    select
        required_sectors.list_id,
        count(distinct required_sectors.sector) as required_count,
        count(distinct members.sector) as present_count,
        array_to_string(
            list_sort(list(distinct required_sectors.sector) filter (where members.sector is null)), ', '
        ) as missing
    from required_sectors
    left join {{ ref('team_member') }} as members
        on
            required_sectors.list_id = members.list_id
            and required_sectors.sector = members.sector
    group by required_sectors.list_id
),

inventory as (
    select
        list_id,
        count(*) filter (where source_kind = 'wioa_plan') as wioa_plan_count,
        max(wioa_questions_answered_count) as wioa_questions_answered_count,
        count(*) filter (where age_status = 'fail') as stale_count,
        count(*) filter (where age_status = 'warn') as aging_count,
        count(*) filter (where source_mode = 'traditional') as traditional_count,
        count(*) filter (where source_mode = 'real_time') as real_time_count,
        count(*) filter (where evidence_class = 'primary') as primary_count,
        count(*) filter (where evidence_class = 'secondary') as secondary_count
    from {{ ref('mart_source_inventory') }}
    group by list_id
),

priority_sectors as (
    select
        state_postal,
        count(*) filter (where is_priority) as priority_count
    from {{ ref('stg_industry_map__sector') }}
    group by state_postal
),

agriculture as (
    select
        list_areas.list_id,
        100 * sum(case when left(lines.line_code, 2) = '45' then lines.base_jobs_count else 0 end)
        / nullif(sum(lines.base_jobs_count), 0) as agriculture_pct,
        bool_or(lines.is_supplement) as has_supplement
    from {{ ref('int_list_area_resolved') }} as list_areas
    inner join {{ ref('int_projection_line_sourced') }} as lines
        on
            list_areas.area_id = lines.area_id
            and list_areas.source_system = lines.source_system
    where
        lines.capture_role = 'current' and lines.line_kind = 'occupation'
        and list_areas.area_kind <> 'region'
    group by list_areas.list_id
),

lines_of_list as (
    select
        list_id,
        count(*) as line_count
    from {{ ref('int_list_line_enumerated') }}
    group by list_id
),

items as (
    select
        lists.list_id,
        lists.cycle,
        unnest([
            {
                'item': 'team_complete', 'requirement': 'I1',
                'is_met': coalesce(team.present_count = team.required_count, false),
                'found': coalesce('missing: ' || team.missing, 'all sectors present')
            },
            {
                'item': 'wioa_plan_answered', 'requirement': 'I2',
                'is_met': coalesce(inventory.wioa_questions_answered_count = 6, false),
                'found': coalesce(inventory.wioa_questions_answered_count, 0) || ' of 6 questions answered'
            },
            {
                'item': 'sources_within_age', 'requirement': 'I3',
                'is_met': coalesce(inventory.stale_count = 0, false),
                'found': coalesce(inventory.stale_count, 0) || ' too old, '
                || coalesce(inventory.aging_count, 0) || ' aging'
            },
            {
                'item': 'traditional_and_real_time', 'requirement': 'I34',
                'is_met': coalesce(inventory.traditional_count > 0 and inventory.real_time_count > 0, false),
                'found': coalesce(inventory.traditional_count, 0) || ' traditional, '
                || coalesce(inventory.real_time_count, 0) || ' real-time'
            },
            {
                'item': 'primary_and_secondary', 'requirement': 'I34',
                'is_met': coalesce(inventory.primary_count > 0 and inventory.secondary_count > 0, false),
                'found': coalesce(inventory.primary_count, 0) || ' primary, '
                || coalesce(inventory.secondary_count, 0) || ' secondary'
            },
            {
                'item': 'priority_industries_named', 'requirement': 'I31',
                'is_met': coalesce(priority_sectors.priority_count > 0, false),
                'found': coalesce(priority_sectors.priority_count, 0) || ' priority sectors'
            },
            {
                'item': 'agriculture_covered', 'requirement': 'I9',
                'is_met': coalesce(
                    agriculture.has_supplement
                    or (
                        agriculture.agriculture_pct is not null
                        and agriculture.agriculture_pct < lists.agriculture_min_share_pct
                    ), false
                ),
                'found': 'agriculture is ' || coalesce(format('{:.1f}', agriculture.agriculture_pct), 'an unknown')
                || ' % of projected jobs; supplement '
                || case when agriculture.has_supplement then 'loaded' else 'not loaded' end
            },
            {
                'item': 'projections_loaded', 'requirement': 'I4',
                'is_met': coalesce(lines_of_list.line_count > 0, false),
                'found': coalesce(lines_of_list.line_count, 0) || ' lines to screen'
            }
        ]) as checked
    from lists
    left join team on lists.list_id = team.list_id
    left join inventory on lists.list_id = inventory.list_id
    left join priority_sectors on lists.state_postal = priority_sectors.state_postal
    left join agriculture on lists.list_id = agriculture.list_id
    left join lines_of_list on lists.list_id = lines_of_list.list_id
)

select
    md5(concat_ws('|', list_id, checked.item)) as checklist_key,
    list_id,
    cycle,
    checked.item as checklist_item,
    checked.requirement as requirement_id,
    checked.is_met,
    checked.found
from items
