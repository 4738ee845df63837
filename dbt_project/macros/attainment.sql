{#-
  Columns of int_attainment_member, in words: one for each population that its rows are of, and last a mark: who sat one of
  several exams is none who did not sit.
-#}
{% macro member_flags() -%}
    cohort_9_earned graduates_earned cte_completers_earned cte_concentrators_earned
    takers attempts first_time_takers first_time_takers_earned takers_earned awards
    earners_passes_only awards_passes_only pathway_enrolled_earned
    audit_frame audit_reviewed audit_error audit_unproven
    sittings_only_vendor sittings_only_district sittings_both sittings_conflict
    course_enrolments course_passers course_passers_earned
    eligible eligible_courses_passed eligible_sat eligible_earned eligible_not_sat eligible_any_sat
{%- endmacro %}

{#-
  CTEs up to `finest`: what is counted at the finest area, by credential level and subgroup, of the CTE `asked_with_parts`
  (population, unit, area_level, credential_level, subgroup_kind) and over int_attainment_population and _member.

  A population is one bit of a number. So a student's year is one row however many populations it is in, what is counted
  by area and subgroup is these numbers, and they are taken apart when few rows are left. Students are counted once per
  level and code, credentials and sittings as often as there are rows.
-#}
{% macro attainment_counts() %}
{#- Populations that a flag of a student's year tells of (B1-B4, B11, B22). -#}
{%- set denominators = {
    'enrolled': 'is_enrolled',
    'cohort_9': 'is_cohort_9',
    'graduates': 'is_graduate',
    'pathway_enrolled': 'is_pathway_enrolled',
    'cte_completers': 'is_cte_completer',
    'cte_concentrators': 'is_cte_concentrator',
} -%}
{%- set group_kinds = [
    'gender', 'race_ethnicity', 'income', 'disability', 'english_learner', 'special_populations'
] -%}
{%- set flags = member_flags().split() -%}
{%- set bit_of = {} -%}
{%- for name in denominators.keys() | list + flags -%}{%- do bit_of.update({name: 2 ** loop.index0}) -%}{%- endfor -%}
{%- set all_bits = bit_of.values() | sum -%}
{%- set levels = {
    'all': ("'all'", 'true'),
    'priority': ("'priority'", 'is_priority'),
    'tier': ('tier', 'is_priority and tier is not null'),
    'credential': ('credential_code', 'credential_code is not null'),
    'vendor': ('vendor_code', 'true'),
    'credential_part': ('part_code', 'part_code is not null'),
} -%}
bits as (
    select
        population,
        cast(bit as bigint) as bit
    from (
        values
        ('none', 0)
        {%- for name, bit in bit_of.items() if name != 'eligible_any_sat' %},
        ('{{ name }}', {{ bit }})
        {%- endfor %}
    ) as named (population, bit)
),

-- What is asked of a level by a kind of subgroup, students apart from credentials and sittings.
askings as (
    select
        cast(row_number() over () as integer) as asking,
        *
    from (
        select
            asked.credential_level,
            asked.subgroup_kind,
            asked.unit = 'students' as is_students,
            bool_or(asked.area_level = 'school') as is_by_school,
            bit_or(bits.bit) as bits
        from asked_with_parts as asked
        inner join bits on asked.population = bits.population
        group by asked.credential_level, asked.subgroup_kind, asked.unit = 'students'
    ) as grouped
),

-- School and year by number; a district goes by the first of its schools.
numbered_places as (
    select
        *,
        cast(row_number() over () as integer) as place
    from (
        select distinct
            state_postal,
            school_year,
            district_code,
            school_code
        from {{ ref('int_attainment_population') }}
    ) as schools
),

places as (
    select
        *,
        min(place) over (partition by state_postal, school_year, district_code) as district_place
    from numbered_places
),

-- The words of each kind, in one row: people carry their place in these lists, which is a tenth of the room.
group_words as (
    select
        {%- for kind in group_kinds %}
        list(distinct {{ kind }}) as {{ kind }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_attainment_population') }}
),

people as (
    select
        students.population_row,
        places.place,
        places.district_place,
        {%- for kind in group_kinds %}
        cast(list_position(group_words.{{ kind }}, students.{{ kind }}) as usmallint) as {{ kind }},
        {%- endfor %}
        {%- for name, column in denominators.items() %}
        case when students.{{ column }} then {{ bit_of[name] }} else 0 end |
        {%- endfor %} 0 as bits
    from {{ ref('int_attainment_population') }} as students
    inner join places
        on
            students.state_postal = places.state_postal
            and students.school_year = places.school_year
            and students.district_code = places.district_code
            and students.school_code = places.school_code
    cross join group_words
    where not students.is_left_out
),

member as (
    select
        members.population_row,
        members.credential_code,
        members.vendor_code,
        members.is_priority,
        members.tier,
        parts.credential_code || '|' || parts.tier as part_code,
        {%- for name in flags %}
        case when members.{{ name }} then {{ bit_of[name] }} else 0 end |
        {%- endfor %} 0 as bits
    from {{ ref('int_attainment_member') }} as members
    left join {{ ref('int_credential_place') }} as parts
        on
            parts.is_split
            and members.state_postal = parts.state_postal
            and members.school_year = parts.school_year
            and members.credential_code = parts.credential_code
            and coalesce(members.tier, 'none') = parts.tier
),

{% for level in levels %}
    asked_of_{{ level }} as (
        select
            coalesce(bit_or(bits) filter (where is_students), 0) as student_bits,
            coalesce(bit_or(bits) filter (where not is_students), 0) as item_bits
        from askings
        where credential_level = '{{ level }}'
    ),
{% endfor %}

-- One row per student and school year and code of a level.
students as (
    {% for level, (code, condition) in levels.items() %}
        select
            population_row,
            '{{ level }}' as credential_level,
            {{ code }} as credential_code,
            case
                when bit_or(bits) & {{ bit_of['eligible_any_sat'] }} > 0
                    then bit_or(bits) & {{ all_bits - bit_of['eligible_not_sat'] }}
                else bit_or(bits)
            end as bits
        from (
            select
                member.* replace (
                    member.bits & (asked.student_bits | {{ bit_of['eligible_any_sat'] }}) as bits
                )
            from member
            cross join asked_of_{{ level }} as asked
            where {{ condition }} and member.bits & asked.student_bits > 0
            {%- if level == 'all' %}
            union all by name
            select
                population_row,
                bits
            from people
            {%- endif %}
        ) as rows
        group by population_row{{ '' if code.startswith("'") else ', ' ~ code }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Credentials and sittings, alike ones of a student and school year together.
items as (
    {% for level, (code, condition) in levels.items() %}
        select
            population_row,
            '{{ level }}' as credential_level,
            {{ code }} as credential_code,
            member.bits & asked.item_bits as bits,
            count(*) as value
        from member
        cross join asked_of_{{ level }} as asked
        where {{ condition }} and member.bits & asked.item_bits > 0
        group by
            population_row, member.bits & asked.item_bits{{ '' if code.startswith("'") else ', ' ~ code }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- With the places and groups of the student, before rows are multiplied by what is asked of them.
countable as materialized (
    select
        counts.credential_level,
        counts.credential_code,
        counts.is_students,
        counts.bits,
        counts.value,
        people.place,
        people.district_place,
        {%- for kind in group_kinds %}
        people.{{ kind }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            *,
            true as is_students,
            1 as value
        from students
        union all by name
        select
            *,
            false as is_students
        from items
    ) as counts
    inner join people on counts.population_row = people.population_row
),

by_place as (
    select
        askings.asking,
        case when askings.is_by_school then countable.place else countable.district_place end as place,
        countable.credential_code,
        case askings.subgroup_kind
            when 'gender' then countable.gender
            when 'race_ethnicity' then countable.race_ethnicity
            when 'income' then countable.income
            when 'disability' then countable.disability
            when 'english_learner' then countable.english_learner
        end as subgroup_place,
        countable.bits & askings.bits as bits,
        sum(countable.value) as value
    from countable
    inner join askings
        on countable.credential_level = askings.credential_level and countable.is_students = askings.is_students
    where countable.bits & askings.bits > 0
    group by all
),

-- Special populations overlap: each stands against all others, who are the rest of everybody.
special_values as (
    select distinct subgroup_value
    from {{ ref('subgroup') }}
    where subgroup_kind = 'special_population' and not is_reference
),

special_members as (
    select
        special_values.subgroup_value,
        cast(list_position(group_words.special_populations, words.special_populations) as usmallint)
            as special_populations
    from group_words
    cross join unnest(group_words.special_populations) as words (special_populations)
    inner join special_values
        on list_contains(string_split(words.special_populations, '|'), special_values.subgroup_value)
),

special_by_place as (
    select
        askings.asking,
        case when askings.is_by_school then countable.place else countable.district_place end as place,
        countable.credential_code,
        special_members.subgroup_value,
        countable.bits & askings.bits as bits,
        sum(countable.value) as value
    from countable
    inner join askings
        on
            countable.credential_level = askings.credential_level
            and countable.is_students = askings.is_students
            and askings.subgroup_kind = 'special_population'
    inner join special_members on countable.special_populations = special_members.special_populations
    where countable.bits & askings.bits > 0
    group by all
),

taken_apart as (
    select
        counts.asking,
        counts.place,
        counts.credential_code,
        counts.subgroup_value,
        bits.population,
        sum(counts.value) as value
    from (
        select
            by_place.asking,
            by_place.place,
            by_place.credential_code,
            case askings.subgroup_kind
                {%- for kind in group_kinds if kind != 'special_populations' %}
                when '{{ kind }}' then group_words.{{ kind }}[by_place.subgroup_place]
                {%- endfor %}
                else 'all'
            end as subgroup_value,
            by_place.bits,
            by_place.value
        from by_place
        inner join askings on by_place.asking = askings.asking
        cross join group_words
        union all
        select * from special_by_place
    ) as counts
    inner join bits on counts.bits & bits.bit > 0
    group by all
),

finest as (
    select
        places.state_postal,
        places.school_year,
        places.district_code,
        places.school_code,
        askings.credential_level,
        taken_apart.credential_code,
        askings.subgroup_kind,
        taken_apart.subgroup_value,
        taken_apart.population,
        taken_apart.value
    from taken_apart
    inner join askings on taken_apart.asking = askings.asking
    inner join places on taken_apart.place = places.place
    where askings.subgroup_kind <> 'special_population' or taken_apart.subgroup_value <> 'all'
    union all
    select
        places.state_postal,
        places.school_year,
        places.district_code,
        places.school_code,
        askings.credential_level,
        everybody.credential_code,
        askings.subgroup_kind,
        'not_' || special_values.subgroup_value as subgroup_value,
        everybody.population,
        everybody.value - coalesce(special.value, 0) as value
    from taken_apart as everybody
    inner join askings
        on everybody.asking = askings.asking and askings.subgroup_kind = 'special_population'
    inner join places on everybody.place = places.place
    cross join special_values
    left join taken_apart as special
        on
            everybody.asking = special.asking
            and everybody.place = special.place
            and everybody.credential_code = special.credential_code
            and everybody.population = special.population
            and special_values.subgroup_value = special.subgroup_value
    where everybody.subgroup_value = 'all'
)
{% endmacro %}
