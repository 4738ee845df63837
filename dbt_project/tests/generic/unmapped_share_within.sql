{#- X3: the share of lines whose code no crosswalk explains stays within the common parameter (percent). -#}
{% test unmapped_share_within(model, column_name) %}
    select
        100.0 * count(*) filter (where {{ column_name }}) / count(*) as unmapped_pct
    from {{ model }}
    having
        100.0 * count(*) filter (where {{ column_name }}) / count(*)
        > cast({{ common_parameter('soc.max_unmapped_share_pct') }} as double)
{% endtest %}
