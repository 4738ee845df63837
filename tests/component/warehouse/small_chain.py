"""A build of eight invented lines with a chain of a few models, in the shape of dbt's manifest: what a what-if runs on.

The rules are toys (openings, Job Zone, wage; share of openings, openings, employers), but the policy tables are the
committed ones, and export, run and comparison are the real code. That the chain of the real project gives what dbt
gives is shown in tests/pipeline.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warehouse.connection import connect
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.policy import PolicySet, load_policies
from warehouse.quick_sql import literals
from warehouse.release import Release, ReleaseColumn, ReleaseTable, assemble
from warehouse.whatif_export import TARGETS, export

SEEDS = CHECKOUT / "dbt_project" / "seeds" / "policy"
# area, code, title, annual openings, Job Zone, annual wage
LINES = [
    ("XA", "11-1011", "Chief Executives", 1300.0, 5, 208_000.0),
    ("XA", "13-1041", "Compliance Officers", 400.0, 4, 72_800.0),
    ("XA", "29-1141", "Registered Nurses", 500.0, 4, 83_200.0),
    ("XA", "35-3023", "Fast Food Workers", 5000.0, 1, 31_200.0),
    ("XA", "47-2111", "Electricians", 499.0, 3, 62_400.0),
    ("XA", "53-3032", "Truck Drivers", 900.0, 2, None),
    ("XA:1", "29-1141", "Registered Nurses", 50.0, 4, 83_200.0),
    ("NY", "29-1141", "Registered Nurses", 9000.0, 4, 93_600.0),
]
# area, line, credential, name, openings of the line, that ask for it, that require it, employers
OPENINGS = [
    ("XA", "29-1141", "STNUR001", "Nurse licence", 250, 240, 240, 9),
    ("XA", "29-1141", "CCRNX001", "Critical care nurse", 250, 11, 0, 4),
    ("XA", "29-1141", "ACLSX001", "Life support", 250, 20, 12, 2),
    ("XA", "29-1141", "CPRXX001", "First aid", 250, 0, 0, 0),
    ("XA", "13-1041", "CRCMX001", "Compliance manager", 60, 30, 30, 5),
    ("XA:1", "29-1141", "STNUR001", "Nurse licence", 12, 12, 12, 3),
]
_PARAMETERS = """
with found as (
    select list_id, parameter, value, unit, 1 as preference from {list_parameter}
    union all
    select l.list_id, p.parameter, p.value, p.unit, case p.policy_id when 'common' then 3 else 2 end
    from {occupation_list} as l inner join {policy_parameter} as p on p.policy_id in (l.policy_id, 'common')
    union all
    select l.list_id, c.parameter, cast(c.threshold as varchar), c.unit, 2
    from {occupation_list} as l inner join {policy_demand_condition} as c on l.policy_id = c.policy_id
)
select * exclude (preference) from found
qualify row_number() over (partition by list_id, parameter order by preference) = 1
"""
_WAGE = """
select area_id, line_code, annual_wage / (
    select cast(value as double) from {policy_parameter} as p
    where p.policy_id = 'common' and p.parameter = 'wage.hours_per_year'
) as hourly_usd
from {int_line}
"""
_SETTING = "(select value from {int_list_parameter_resolved} as p where p.list_id = l.list_id and p.parameter = '%s')"
_CONDITION = f"""
select l.list_id, s.area_id, s.line_code, 'long' as horizon, 1 as alternative, 'demand.min_openings' as parameter,
    'annual_openings' as measure, s.openings as value, '>=' as operator,
    cast({_SETTING % "demand.min_openings"} as double) as threshold, 'openings per year' as unit,
    case when s.openings >= cast({_SETTING % "demand.min_openings"} as double) then 'pass' else 'fail' end as result
from {{occupation_list}} as l
inner join {{int_line}} as s on l.state_postal = left(s.area_id, 2) and (l.include_regions or length(s.area_id) = 2)
where {_SETTING % "demand.min_openings"} is not null
"""
_SCREENING = f"""
select list_id, area_id, line_code, 'demand' as test, measure, value, operator, threshold, unit, parameter, result,
    result as reason
from {{mart_occupation_condition}}
union all
select l.list_id, c.area_id, c.line_code, 'skill', 'job_zone', s.job_zone, '>=', z.bar, 'Job Zone',
    'skill.min_job_zone',
    case when z.bar is null or s.job_zone >= z.bar then 'pass' else 'fail' end, 'published'
from {{mart_occupation_condition}} as c
inner join {{occupation_list}} as l using (list_id)
inner join {{int_line}} as s using (area_id, line_code),
    lateral (select cast({_SETTING % "skill.min_job_zone"} as double) as bar) as z
union all
select l.list_id, c.area_id, c.line_code, 'wage', 'median_hourly_usd', w.hourly_usd, '>=', b.bar, 'USD per hour',
    'wage.threshold_hourly_usd',
    case when b.bar is null then 'pass' when w.hourly_usd is null then 'unknown' when w.hourly_usd >= b.bar then 'pass'
    else 'fail' end, 'wage_not_published'
from {{mart_occupation_condition}} as c
inner join {{occupation_list}} as l using (list_id)
inner join {{int_wage}} as w using (area_id, line_code),
    lateral (select cast({_SETTING % "wage.threshold_hourly_usd"} as double) as bar) as b
"""
_OUTCOME = """
with judged as (
    select s.list_id, s.area_id, s.line_code, bool_and(s.result = 'pass') as passes,
        arg_min(s.test, case s.test when 'demand' then 1 when 'skill' then 2 else 3 end)
            filter (s.result <> 'pass') as first,
        bool_or(s.test = 'demand' and s.value = s.threshold) as on_the_bar
    from {mart_occupation_screening} as s
    group by all
)
select md5(concat_ws('|', j.list_id, j.area_id, j.line_code)) as outcome_key, j.list_id, j.area_id, j.line_code,
    n.title as line_title, j.line_code as component_codes,
    case when d.decision = 'add' and not j.passes then 'listed_by_decision'
        when d.decision = 'remove' and j.passes then 'removed_by_decision'
        when j.passes then 'listed' else 'failed_' || j.first end as terminal_state,
    case when j.on_the_bar then 'borderline' else 'solid' end as stability, d.decision, d.reason as decision_reason,
    'capture-1' as capture_id
from judged as j
inner join {int_line} as n using (area_id, line_code)
left join {occupation_decision} as d using (list_id, area_id, line_code)
"""
_NUMBER = "cast(" + _SETTING + " as double)"
_SCOPE = f"""
select l.list_id, s.area_id, md5(concat_ws('|', s.area_id, l.as_of_date, {_SETTING % "posting.window_months"},
    {_SETTING % "posting.weight_cap"})) as scope_id
from {{occupation_list}} as l
inner join (select distinct area_id from {{int_line}}) as s
    on l.state_postal = left(s.area_id, 2) and (l.include_regions or length(s.area_id) = 2)
inner join (select distinct list_id from {{int_list_parameter_resolved}}) as p using (list_id)
"""
_TESTS = [
    (test, measure, value, f"case when {_SETTING % 'credential.postings_measure'} in ('both', '{of}') then {bar} end")
    if of
    else (test, measure, value, bar)
    for test, measure, value, of, bar in (
        ("postings", "postings_pct", "100.0 * n / posting_count", "share", _NUMBER % "credential.min_postings_pct"),
        ("postings", "postings_count", "n::double", "count", _NUMBER % "credential.min_postings_count"),
        ("employers", "employers_count", "employers::double", "", _NUMBER % "credential.min_employers_count"),
    )
]
_CREDENTIAL_TESTS = f"""
with demand as (
    select o.* exclude (posting_count), t.posting_count, s.list_id, p.line_title,
        case when {_SETTING.replace("l.list_id", "s.list_id") % "credential.evidence"} = 'required'
            then o.required else o.asked end as n
    from {{int_demand_scope}} as s
    inner join {{int_credential_demand_counted}} as o using (scope_id)
    inner join {{int_line_posting_counted}} as t using (scope_id, line_code)
    inner join {{mart_priority_occupation}} as p
        on s.list_id = p.list_id and o.area_id = p.area_id and o.line_code = p.line_code
),

tests as (
    {
    " union all ".join(
        f"select l.*, '{test}' as test, '{measure}' as measure, {value} as value, {bar} as threshold from demand as l"
        for test, measure, value, bar in _TESTS
    )
}
)

select l.list_id, l.area_id, l.line_code, l.line_title, l.credential_code, l.credential_name, l.test, l.measure,
    l.posting_count, l.n, l.value, l.threshold, case when l.value >= l.threshold then 'pass' else 'fail' end as result,
    {_SETTING % "credential.rule"} as credential_rule
from tests as l
where l.threshold is not null
"""
_CREDENTIAL_OUTCOME = f"""
with near as (
    select *, {_NUMBER % "credential.near_miss_pct"} / 100 as band from {{mart_credential_screening}} as l
),

judged as (
    select list_id, area_id, line_code, line_title, credential_code, credential_name, credential_rule, posting_count,
        n as evidence_count, 100.0 * n / posting_count as postings_pct,
        case when credential_rule = 'any' then bool_or(result = 'pass') else bool_and(result = 'pass') end as passes,
        bool_and(value >= threshold * band) as is_near, bool_or(value = threshold) as on_the_bar,
        arg_min(test, case test when 'postings' then 1 else 2 end) filter (result = 'fail') as first
    from near
    group by list_id, area_id, line_code, line_title, credential_code, credential_name, credential_rule, posting_count,
        n
)

select md5(concat_ws('|', list_id, area_id, line_code, credential_code)) as credential_outcome_key,
    * exclude (first), passes and evidence_count > 0 as is_passed,
    not passes and evidence_count > 0 and is_near as is_near_miss,
    case when evidence_count = 0 then 'only_mentioned' when passes then 'passed' else 'failed_' || first end
        as terminal_state, case when on_the_bar then 'borderline' else 'solid' end as stability
from judged
"""
_CREDENTIAL_LISTED = """
select coalesce(p.list_id, d.list_id) as list_id, coalesce(p.area_id, d.area_id) as area_id,
    coalesce(p.credential_code, d.credential_code) as credential_code, p.credential_name, p.line_codes,
    coalesce(p.stability, 'solid') as stability, d.tier, d.reason as decision_reason,
    case when d.decision = 'remove' then 'removed_by_decision' when p.list_id is null then 'listed_by_decision'
        else 'listed' end as terminal_state
from (
    select list_id, area_id, credential_code, credential_name, min(stability) as stability,
        string_agg(line_code, '|' order by line_code) as line_codes
    from {mart_credential_outcome} where is_passed group by all
) as p
full join (
    select d.* from {credential_decision} as d inner join {occupation_list} as l using (list_id)
    where d.decision in ('add', 'remove')
) as d using (list_id, area_id, credential_code)
"""
_CREDENTIAL_RELEASE = f"""
select l.list_id, 1 as previous_count, 100.0 * (l.n - 1) as size_change_pct, l.bar as allowed_change_pct,
    100.0 * (l.n - 1) > l.bar as is_size_change_sudden
from (
    select l.list_id, {_NUMBER % "credential.list_size_change_pct"} as bar,
        (select count(*) from {{mart_priority_credential}} as p where p.list_id = l.list_id and p.area_id = 'XA') as n
    from {{occupation_list}} as l
) as l
"""
_OPENING = "select distinct s.scope_id, o.* from {int_demand_scope} as s inner join {int_opening} as o using (area_id)"
MODELS = {
    "int_list_parameter_resolved": ("intermediate", _PARAMETERS, ""),
    "int_wage": ("intermediate", _WAGE, "{{ common_parameter('wage.hours_per_year') }}"),
    "mart_occupation_condition": ("identify", _CONDITION, ""),
    "mart_occupation_screening": ("identify", _SCREENING, ""),
    "mart_occupation_outcome": ("identify", _OUTCOME, ""),
    "mart_occupation_funnel": (
        "identify",
        "select list_id, count(*) as n from {mart_occupation_outcome} group by 1",
        "",
    ),
    "mart_priority_occupation": (
        "identify",
        "select * from {mart_occupation_outcome} where terminal_state in ('listed', 'listed_by_decision')",
        "",
    ),
    "int_demand_scope": ("intermediate", _SCOPE, ""),
    "int_credential_demand_counted": ("intermediate", _OPENING, ""),
    "int_line_posting_counted": (
        "intermediate",
        f"select scope_id, line_code, max(posting_count) as posting_count from ({_OPENING}) group by all",
        "",
    ),
    "mart_credential_screening": ("postings", _CREDENTIAL_TESTS, ""),
    "mart_credential_outcome": ("postings", _CREDENTIAL_OUTCOME, ""),
    "mart_credential_near_miss": (
        "postings",
        "select *, 'short' as shortfall from {mart_credential_outcome} where is_near_miss",
        "",
    ),
    "int_credential_listed": ("intermediate", _CREDENTIAL_LISTED, ""),
    "mart_priority_credential": (
        "credentials",
        "select md5(concat_ws('|', list_id, area_id, credential_code)) as priority_credential_key, *"
        " from {int_credential_listed} where terminal_state <> 'removed_by_decision'",
        "",
    ),
    "mart_credential_list_release": ("credentials", _CREDENTIAL_RELEASE, ""),
}
_RELEASED = {
    "mart_occupation_outcome": ("list_id", "area_id", "line_code"),
    "mart_occupation_screening": ("list_id", "area_id", "line_code", "test"),
    "mart_occupation_condition": ("list_id", "area_id", "line_code", "horizon", "parameter"),
    "mart_credential_screening": ("list_id", "area_id", "line_code", "credential_code", "measure"),
    "mart_credential_outcome": ("list_id", "area_id", "line_code", "credential_code"),
    "mart_credential_near_miss": ("list_id", "area_id", "line_code", "credential_code"),
    "mart_priority_credential": ("list_id", "area_id", "credential_code"),
    "mart_credential_list_release": ("list_id",),
}
_BASES = {
    "int_line": (
        "area_id varchar, line_code varchar, title varchar, openings double, job_zone int, annual_wage double", LINES,
    ),
    "int_opening": (
        "area_id varchar, line_code varchar, credential_code varchar, credential_name varchar, posting_count bigint,"
        " asked bigint, required bigint, employers bigint", OPENINGS,
    ),
}  # fmt: skip


def policy_folder(target: Path) -> Path:
    """A copy of the committed policy files, to edit."""
    target.mkdir(parents=True)
    for path in SEEDS.glob("*.csv"):
        shutil.copy(path, target)
    return target


def build(root: DataRoot, policy: PolicySet | None = None) -> Path:
    """The build database: policy seeds, the lines, every model run once; and dbt's manifest beside it.

    Returns:
        Path of the manifest.
    """
    policy = policy or load_policies(SEEDS)
    root.ensure()
    root.build_database.unlink(missing_ok=True)
    names = {name: f'"warehouse"."policy"."{name}"' for name in policy.tables}
    names |= {name: f'"warehouse"."intermediate"."{name}"' for name in _BASES}
    names |= {name: f'"warehouse"."{schema}"."{name}"' for name, (schema, *_) in MODELS.items()}
    compiled = {name: sql.format(**names) for name, (_, sql, _) in MODELS.items()}
    with connect(root.build_database) as con:
        for schema in ("policy", "intermediate", "identify", "postings", "credentials"):
            con.execute(f"create schema {schema}")
        for name, table in policy.tables.items():
            arrow = table.arrow()
            con.register("arrow", arrow)
            con.execute(f"create table {names[name]} as select * from arrow")
            con.unregister("arrow")
        for name, (columns, rows) in _BASES.items():
            con.execute(f"create table {names[name]} ({columns})")
            con.execute(f"insert into {names[name]} values {', '.join(f'({literals(row)})' for row in rows)}")
        for name, sql in compiled.items():
            con.execute(f"create table {names[name]} as {sql}")
    return _manifest(root, policy, compiled)


def release(root: DataRoot, policy: PolicySet | None = None, *, held_back: Mapping[str, str] | None = None) -> Release:
    """Build, export and release, without the domains that are held back."""
    manifest = build(root, policy)
    folder = export(root.build_database, manifest, root.build / "whatif")
    root.lock_file.write_text("{}", encoding="utf-8")
    with connect(root.build_database, read_only=True) as con:
        tables = [
            ReleaseTable(
                MODELS[name][0], MODELS[name][0], name, root.build_database, key, name,
                tuple(
                    ReleaseColumn(row[0], publish=True)
                    for row in con.execute(f"describe {MODELS[name][0]}.{name}").fetchall()
                ),
            )
            for name, key in _RELEASED.items()
        ]  # fmt: skip
    return assemble(
        root,
        tables,
        held_back=held_back,
        lock_file=root.lock_file,
        provenance={"policy_fingerprint": "p"},
        extras={"whatif": folder},
        sources=(),
    )


def _manifest(root: DataRoot, policy: PolicySet, compiled: dict[str, str]) -> Path:
    """Only what the export reads. The compiled SQL of one model lies in a file, as after a run without --write-json."""
    ids = {name: f"seed.toy.{name}" for name in policy.tables} | {name: f"model.toy.{name}" for name in _BASES}
    ids |= {name: f"model.toy.{name}" for name in MODELS}
    nodes: dict[str, Any] = {
        ids[name]: {
            "name": name, "resource_type": "seed", "fqn": ["toy", "policy", name], "schema": "policy",
            "database": "warehouse", "config": {"materialized": "seed"},
        }
        for name in policy.tables
    }  # fmt: skip
    nodes |= {ids[name]: _node(name, "intermediate", [], "select 1", "") for name in _BASES}
    for name, (schema, sql, macro) in MODELS.items():
        read = [other for other in ids if "{" + other + "}" in sql]
        raw = macro or sql.replace("{", "{{ ref('").replace("}", "') }}")
        nodes[ids[name]] = _node(name, schema, [ids[other] for other in read], compiled[name], raw)
    in_file = nodes[ids["int_wage"]]
    file = root.state / "target" / "compiled" / "toy" / in_file["original_file_path"]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(in_file.pop("compiled_code") + "\n;\n", encoding="utf-8")
    path = root.state / "target" / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": {}}), encoding="utf-8")
    assert set(TARGETS) <= set(MODELS)
    return path


def _node(name: str, schema: str, parents: list[str], compiled: str, raw: str) -> dict[str, Any]:
    return {
        "name": name, "resource_type": "model", "fqn": ["toy", name], "schema": schema, "database": "warehouse",
        "config": {"materialized": "table"}, "package_name": "toy", "original_file_path": f"models/{name}.sql",
        "depends_on": {"nodes": parents}, "raw_code": raw, "compiled_code": compiled,
    }  # fmt: skip
