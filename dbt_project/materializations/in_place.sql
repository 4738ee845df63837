{#-
  Tables and views, made in one statement under their own name.

  dbt's own materializations make an intermediate relation, rename what was there to a backup, rename the new one, drop
  the backup: six statements and twenty macros for each of 158 models, for readers who must not miss a table. Nobody
  reads the build database but the build itself (readers have releases), and `create or replace` is one transaction in
  DuckDB: where a model fails, what was there before stays. Contracts are checked as ever. A model in Python is written the
  same way, after it has run.
-#}
{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {%- set target_relation = this.incorporate(type="table") -%}
    {%- do begun(target_relation) -%}
    {%- if model["language"] == "python" -%}
        {% call statement("main", language="python") -%}
{{ compiled_code }}


def materialize(df, con):
    con.register("__made_by_python", df)
    con.execute('create or replace table {{ target_relation }} as select * from __made_by_python')
    con.unregister("__made_by_python")
        {%- endcall %}
        {{ return(handed_over(target_relation)) }}
    {%- endif -%}
    {% call statement("main") -%}
        {%- if config.get("contract").enforced -%}
            {{ get_assert_columns_equivalent(compiled_code) }}
            create or replace table {{ target_relation }} {{ get_table_columns_and_constraints() }};
            insert into {{ target_relation }} {{ get_column_names() }} (
                {{ get_select_subquery(compiled_code) }}
            );
        {%- else -%}
            create or replace table {{ target_relation }} as (
                {{ compiled_code }}
            );
        {%- endif -%}
    {%- endcall %}
    {{ return(handed_over(target_relation)) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target_relation = this.incorporate(type="view") -%}
    {%- do begun(target_relation) -%}
    {% call statement("main") -%}
        create or replace view {{ target_relation }} as (
            {{ compiled_code }}
        );
    {%- endcall %}
    {{ return(handed_over(target_relation)) }}
{% endmaterialization %}

{#- The beginning: a view cannot replace a table, nor a table a view, so what is there of the other kind goes; hooks. -#}
{% macro begun(target_relation) -%}
    {%- set existing_relation = load_cached_relation(target_relation) -%}
    {%- if existing_relation is not none and existing_relation.type != target_relation.type -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- if pre_hooks -%}
        {{ run_hooks(pre_hooks, inside_transaction=False) }}
        {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- endif -%}
{%- endmacro %}

{#- The end of a materialization: hooks, commit, and what dbt wants to be told. -#}
{% macro handed_over(target_relation) -%}
    {%- if post_hooks -%} {{ run_hooks(post_hooks, inside_transaction=True) }} {%- endif -%}
    {%- do adapter.commit() -%}
    {%- if post_hooks -%} {{ run_hooks(post_hooks, inside_transaction=False) }} {%- endif -%}
    {{ return({"relations": [target_relation]}) }}
{%- endmacro %}
