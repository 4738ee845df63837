{#-
  Bounds of Wilson's interval for a share of `hits` in `total` (J10). They stay within 0-1 and are honest for small
  counts; null where there is nothing to count. Source: E. B. Wilson, JASA 22 (1927) 209-212.
-#}
{% macro wilson_low(hits, total, z) -%}
    case
        when {{ total }} > 0
            then greatest(
                (
                    {{ hits }} + {{ z }} * {{ z }} / 2.0
                    - {{ z }} * sqrt({{ hits }} * ({{ total }} - {{ hits }}) / {{ total }} + {{ z }} * {{ z }} / 4.0)
                ) / ({{ total }} + {{ z }} * {{ z }}), 0
            )
    end
{%- endmacro %}

{% macro wilson_high(hits, total, z) -%}
    case
        when {{ total }} > 0
            then least(
                (
                    {{ hits }} + {{ z }} * {{ z }} / 2.0
                    + {{ z }} * sqrt({{ hits }} * ({{ total }} - {{ hits }}) / {{ total }} + {{ z }} * {{ z }} / 4.0)
                ) / ({{ total }} + {{ z }} * {{ z }}), 1
            )
    end
{%- endmacro %}

{#-
  An employer's name without case, accents, punctuation and legal form, so that "Acme, Inc.", "Acme L.L.C." and "ACME"
  are one, and "Lowe's" is "Lowes" (J11).
-#}
{% macro employer_key(name) -%}
    nullif(trim(regexp_replace(
        regexp_replace(
            regexp_replace(lower(strip_accents({{ name }})), '[.''’]', '', 'g'), '[^a-z0-9]+', ' ', 'g'
        ),
        '( (inc|incorporated|llc|llp|lp|ltd|limited|corp|corporation|co|company|plc|pllc|pc|the))+ *$', '', 'g'
    )), '')
{%- endmacro %}

{#-
  A credential's name as it is compared: without case, punctuation, trade marks and the words that all names share. The
  letter A is none of them: "CDL Class A" and "A+" mean it.
-#}
{% macro credential_name_key(name) -%}
    nullif(trim(regexp_replace(
        regexp_replace(
            regexp_replace(lower({{ name }}), '[®™℠]|\((r|tm|sm)\)', '', 'g'), '[^a-z0-9+#]+', ' ', 'g'
        ),
        '\b(certification|certificate|certified|credential|exam|the|license|licence|of|in|an|and)\b ?', '', 'g'
    )), '')
{%- endmacro %}

{#- USD per hour of an amount in a named unit (J3, J13): 2,080 hours a year, 40 a week, 8 a day. -#}
{% macro hourly_usd(amount, unit, currency) -%}
    case
        when coalesce({{ currency }}, 'USD') <> 'USD' then null
        when {{ unit }} = 'hour' then {{ amount }}
        when {{ unit }} = 'day' then {{ amount }} / 8
        when {{ unit }} = 'week' then {{ amount }} / 40
        when {{ unit }} = 'month' then {{ amount }} * 12 / 2080
        when {{ unit }} = 'year' then {{ amount }} / 2080
    end
{%- endmacro %}

{#- A job title as it is compared: small letters and digits, one blank between words. -#}
{% macro title_key(title) -%}
    nullif(lower(trim(regexp_replace({{ title }}, '[^A-Za-z0-9]+', ' ', 'g'))), '')
{%- endmacro %}

{#- Words of a closed list, stored as one byte each. Requirements stand in the order of their strength (J10). -#}
{% macro soc_method_type() -%} enum ('coder', 'reviewed', 'source') {%- endmacro %}
{% macro soc_status_type() -%} enum ('accepted', 'review', 'uncoded') {%- endmacro %}
{% macro sibling_flag_type() -%} enum ('other_requisition', 'other_town') {%- endmacro %}
{% macro requirement_type() -%} enum ('required', 'preferred', 'after_hire', 'named', 'mention') {%- endmacro %}

{#- A detailed SOC code as a number and back: `29-1141` is 291141. What is joined and counted a million times is short. -#}
{% macro soc_number(code) -%} cast(replace({{ code }}, '-', '') as integer) {%- endmacro %}
{% macro soc_code(number) -%}
    left(cast({{ number }} as varchar), 2) || '-' || right(cast({{ number }} as varchar), 4)
{%- endmacro %}
