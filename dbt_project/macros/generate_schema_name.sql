{#- Schemas are named by layer and domain, without a target prefix: one build file is one environment. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
