{#-
  A model about single postings, kept from build to build: one Parquet file per batch of posting months, made where it is
  not there yet, and a view over all of them. So a new month costs that month (ADR 0011).

  `raw.posting_batch` names the batches: what is in them (`content`, a hash) and their files. A kept file is named by
  that hash and by one over everything that decides the rows: the SQL of the model and of the views that it reads, and
  DuckDB's version. An edit of either makes another name, never another content. The model may read staging views of
  the postings and of the captures alone (a contract test holds it to that): what the policy says comes after it.

  While a batch is made, the raw views of this connection are narrowed to its files (`warehouse/raw_views.py`). dbt
  opens a connection for each model, so nothing else is ever narrowed. A file appears by one rename when it is whole.
-#}
{% materialization in_batches, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target_relation = this.incorporate(type="view") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set batches = run_query("select batch_number, content, folder from raw.posting_batch order by batch_number") -%}
    {%- set rules = local_md5(compiled_code ~ definitions_of(model) ~ run_query("select version()").rows[0][0])[:12] -%}
    {%- set kept = [] -%}
    {%- for batch in batches.rows -%}
        {%- set file = batch[2] ~ "/" ~ this.identifier ~ "-" ~ rules ~ "-" ~ batch[1] ~ ".parquet" -%}
        {%- set there = run_query("select count(*) from glob(" ~ quoted(file) ~ ")").rows[0][0] -%}
        {%- if there == 0 -%}
            {%- do run_query(
                "set variable posting_batch = (select files from raw.posting_batch where batch_number = " ~ batch[0] ~ ")"
            ) -%}
            {%- do run_query("copy (" ~ compiled_code ~ "\n) to " ~ quoted(file) ~ " (format parquet, use_tmp_file true)") -%}
            {%- do run_query("reset variable posting_batch") -%}
        {%- endif -%}
        {%- do kept.append(quoted(file)) -%}
    {%- endfor -%}

    {%- if existing_relation is not none and not existing_relation.is_view -%}
        {{ drop_relation_if_exists(existing_relation) }}
    {%- endif -%}
    {% call statement("main") -%}
        create or replace view {{ target_relation }} as
        {% if kept -%}
        select * from read_parquet([{{ kept | join(", ") }}], hive_partitioning = false)
        {%- else -%}
        {{ compiled_code }}
        {%- endif %}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{#- The SQL of every view that a model reads, directly or through another one; raw views are files, which `content` names. -#}
{% macro definitions_of(node) -%}
    {%- for parent in node.depends_on.nodes | sort if parent in graph.nodes -%}
        {%- set read = graph.nodes[parent] -%}
        {%- set found = run_query(
            "select sql from duckdb_views() where schema_name = " ~ quoted(read.schema) ~ " and view_name = " ~ quoted(read.alias)
        ) -%}
        {{- found.rows[0][0] if found.rows else exceptions.raise_compiler_error(read.name ~ " is no view") -}}
        {{- definitions_of(read) -}}
    {%- endfor -%}
{%- endmacro %}

{#- Text as an SQL string literal. -#}
{% macro quoted(text) -%}
    {{- "'" ~ text | replace("'", "''") ~ "'" -}}
{%- endmacro %}
