{#-
  The exact interval of a share of a list of which some were reviewed without replacement: Clopper-Pearson with the
  finite correction (P7), the same as expectations/audit/intervals.py, which a test compares.
-#}

{#- Logarithm of the number of ways to choose `few` of `many`. -#}
{% macro log_choose(many, few) -%}
    lgamma({{ many }} + 1) - lgamma({{ few }} + 1) - lgamma({{ many }} - {{ few }} + 1)
{%- endmacro %}

{#- Probability that at most `found` of `drawn` are wrong where `wrong` of `total` are. -#}
{% macro at_most(found, drawn, wrong, total) -%}
    coalesce(list_sum(list_transform(
        range(greatest(0, {{ drawn }} - ({{ total }} - {{ wrong }})), least({{ found }}, {{ wrong }}) + 1),
        lambda seen: exp(
            {{ log_choose(wrong, 'seen') }}
            + {{ log_choose('(' ~ total ~ ' - ' ~ wrong ~ ')', '(' ~ drawn ~ ' - seen)') }}
            - ({{ log_choose(total, drawn) }})
        )
    )), 0)
{%- endmacro %}
