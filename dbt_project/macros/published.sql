{#-
  Published counts, one column per population: `<population>_count`, null where it is not shown and 0 where there is no
  such cell, for nobody was counted. One row per area, school year, credential level and subgroup that has any of them.
  `populations` may name a sum: ('awards_total', ['awards', 'awards_passes_only']) is shown where all its parts are.
-#}
{% macro published_counts(populations) -%}
    {%- set names = [] -%}
    {%- for entry in populations -%}
        {%- for part in ([entry] if entry is string else entry[1]) -%}{%- do names.append(part) -%}{%- endfor -%}
    {%- endfor -%}
    select
        state_postal,
        cast(school_year as integer) as school_year,
        area_level,
        area_code,
        credential_level,
        credential_code,
        subgroup_kind,
        subgroup_value,
        {%- for entry in populations %}
        {%- set parts = [entry] if entry is string else entry[1] %}
        case
            when not bool_or(population in ('{{ parts | join("', '") }}') and publication <> 'shown')
                then cast(coalesce(sum(value) filter (where population in ('{{ parts | join("', '") }}')), 0) as bigint)
        end as {{ entry if entry is string else entry[0] }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_attainment_cell_published') }}
    where population in ('{{ names | join("', '") }}')
    group by all
{%- endmacro %}

{#- A share of counts, six decimals; null where either is not shown or there is nothing to divide by. -#}
{% macro share_of(part, whole) -%}
    round(cast({{ part }} as double) / nullif({{ whole }}, 0), 6)
{%- endmacro %}

{#- The same of people and their sittings: null as well where it would say nobody or everybody outright (B23). -#}
{% macro inner_share_of(part, whole) -%}
    case when {{ part }} > 0 and {{ part }} < {{ whole }} then {{ share_of(part, whole) }} end
{%- endmacro %}

{#-
  One cell beside another: same state, school year, area, credentials and subgroup, but for the columns in `but`. A
  condition for `on`, in parentheses.
-#}
{% macro same_cell(left, right, but=[]) -%}
    {%- set keys = [
        'state_postal', 'school_year', 'area_level', 'area_code', 'credential_level', 'credential_code', 'subgroup_kind',
        'subgroup_value',
    ] | reject('in', but) | list -%}
    ({% for key in keys %}{{ left }}.{{ key }} = {{ right }}.{{ key }}{{ ' and ' if not loop.last }}{% endfor %})
{%- endmacro %}

{#- A rate of whole and part as it may be printed: exactly, by its code (a row of `codes`), or not at all (B23). -#}
{% macro rate_in_words(rate, codes, denominator) -%}
    case
        when {{ rate }} is not null then round(100 * {{ rate }}, 1) || ' %'
        else coalesce(
            list_filter({{ codes }}, lambda code: code.denominator = {{ denominator }})[1].shown_as, 'not shown'
        )
    end
{%- endmacro %}

{#- The name of an area beside its code: join of int_attainment_area under `areas`. -#}
{% macro join_areas(relation) -%}
    left join {{ ref('int_attainment_area') }} as areas
        on
            {{ relation }}.state_postal = areas.state_postal
            and {{ relation }}.area_level = areas.area_level
            and {{ relation }}.area_code = areas.area_code
{%- endmacro %}

{#- The credentials of a level in words; `names` is a join of int_credential_named. -#}
{% macro credential_label(relation) -%}
    case {{ relation }}.credential_level
        when 'all' then 'Any credential'
        when 'priority' then 'Any credential of the state''s list on the day of the exam'
        when 'tier' then 'Any credential of ' || {{ relation }}.credential_code || ' on the day of the exam'
        else coalesce(names.credential_name, {{ relation }}.credential_code)
    end
{%- endmacro %}
