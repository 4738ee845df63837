{#- Rows of `counted_from` and how many of them are matched, once for every kind of subgroup: a column of it, or `all`. -#}
{% macro matches_of_subgroups(counted_from, kinds) -%}
{% for kind in kinds -%}
{{ "union all" if not loop.first }}
select
    state_postal,
    school_year,
    vendor_code,
    '{{ counted_from }}' as counted_from,
    '{{ kind }}' as subgroup_kind,
    {{ "'all'" if kind == "all" else kind }} as subgroup,
    count(*) as row_count,
    count(*) filter (where is_matched) as matched_count,
    count(*) filter (where is_in_review) as review_count,
    count(*) filter (where is_reviewed) as reviewed_count
from {{ counted_from }}
group by state_postal, school_year, vendor_code, subgroup
{% endfor %}
{%- endmacro %}
