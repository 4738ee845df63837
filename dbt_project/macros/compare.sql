{#-
  Compare a value with a threshold by the operator that a policy row names (I12: >= is "meet or exceed").
  Returns true, false, or null where the value or the threshold is unknown: unknown is never a pass (I17).
  Both sides are rounded to the millionth: 12.6 % over ten years is 1.26 % a year, whatever binary fractions say.
-#}
{% macro meets(value, operator, threshold) -%}
    case
        when {{ value }} is null or {{ threshold }} is null then null
        when {{ operator }} = '>=' then round({{ value }}, 6) >= round({{ threshold }}, 6)
        when {{ operator }} = '>' then round({{ value }}, 6) > round({{ threshold }}, 6)
    end
{%- endmacro %}

{#- Three-valued AND over a group: false beats unknown beats true. -#}
{% macro all_true(condition) -%}
    case
        when bool_or({{ condition }} is false) then false
        when bool_or({{ condition }} is null) then null
        else true
    end
{%- endmacro %}

{#- Three-valued OR over a group: true beats unknown beats false. -#}
{% macro any_true(condition) -%}
    case
        when bool_or({{ condition }} is true) then true
        when bool_or({{ condition }} is null) then null
        else false
    end
{%- endmacro %}

{#- pass | fail | unknown. -#}
{% macro result_label(condition) -%}
    case when {{ condition }} is null then 'unknown' when {{ condition }} then 'pass' else 'fail' end
{%- endmacro %}

{#- A parameter of the common policy, as text; for settings that no state varies. -#}
{% macro common_parameter(name) -%}
    (
        select p.value
        from {{ ref('policy_parameter') }} as p
        where p.policy_id = 'common' and p.parameter = '{{ name }}'
    )
{%- endmacro %}

{#-
  Percent a year, compounded, that grows by `total_pct` over `years` (K2). Null where either is unknown: greatest()
  alone would skip the null and call it a loss of everything.
-#}
{% macro compound_growth_pct(total_pct, years) -%}
    case
        when {{ total_pct }} is not null
            then 100 * (power(greatest(1 + ({{ total_pct }}) / 100, 0), 1.0 / nullif({{ years }}, 0)) - 1)
    end
{%- endmacro %}
