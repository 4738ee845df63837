"""What a what-if needs of a build, in a folder of the release: the inputs, the SQL that dbt compiled, the policy.

Belongs here: writing and reading that folder. Not here: running it (`whatif.py`), any rule: the SQL is dbt's own, taken
from the manifest, and this module knows only which models follow from the policy seeds.

    whatif/chain.json       models in the order of their dependencies, each with its compiled SQL; inputs; fingerprints
    whatif/inputs/*.parquet everything that those models read and that no policy seed can change
    whatif/shared/*.parquet models that depend on the policy through common parameters alone (wages per hour, the Job
                            Zone of an occupation): they are made again only where such a parameter moves
    whatif/policy/*.csv     the policy tables that the build used

Of postings only the counts go in: per scope (area, source of lines, window, weight cap), line and credential. So what
would need other counts is not asked here (`whatif_credentials.py`), and no posting leaves the build.

Rows of states that have no list are left out of whatever has an `area_id`; the nation and metropolitan areas stay.
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection; the SQL of the chain is dbt's)
from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import connect, quote_literal, quote_relation
from warehouse.failures import PermanentFailure, from_error
from warehouse.files import remove_tree
from warehouse.policy_contract import TABLES

if TYPE_CHECKING:
    import duckdb

FOLDER = "whatif"
"""Name of the folder inside a release."""
OCCUPATION_TARGETS = (
    "mart_occupation_screening",
    "mart_occupation_outcome",
    "mart_occupation_condition",
    "mart_occupation_funnel",
    "mart_priority_occupation",
)
CREDENTIAL_TARGETS = (
    "mart_credential_screening",
    "mart_credential_outcome",
    "mart_credential_near_miss",
    "mart_priority_credential",
    "mart_credential_list_release",
)
TARGETS = OCCUPATION_TARGETS + CREDENTIAL_TARGETS
"""The marts that a what-if tells of."""
COUNTED = ("int_credential_demand_counted", "int_line_posting_counted")
"""Where the chain begins on the side of postings: counts, kept as they are although a scope is a list's."""
SCOPE_MODEL = "int_demand_scope"
"""Which counts each list reads."""

_FORMAT = 2
_CHAIN = "chain.json"
_COMMON = re.compile(r"common_parameter\(\s*['\"]([\w.]+)['\"]\s*\)")
_EVERYWHERE = ("US", "MSA")


@dataclass(frozen=True)
class Model:
    """A model of the chain.

    Attributes:
        shared: it depends on the policy through common parameters alone.
        for_credentials: no list of occupations needs it.
    """

    name: str
    schema: str
    identifier: str
    sql: str
    shared: bool
    for_credentials: bool


@dataclass(frozen=True)
class Relation:
    """Rows kept as Parquet: what they stand for in the build, the file, whether they are kept by area.

    Attributes:
        for_shared_only: needed only where the shared models are made again.
        for_credentials: no list of occupations needs it.
    """

    name: str
    schema: str
    identifier: str
    file: str
    by_area: bool
    for_shared_only: bool
    for_credentials: bool


@dataclass(frozen=True)
class Chain:
    """`chain.json`.

    Attributes:
        catalog: database name that the compiled SQL names.
        policy: seed -> (schema, identifier).
        models: in the order of their dependencies.
        inputs, shared: the Parquet files.
        common_parameters: what the shared models read.
        states: postal codes that have a list; rows of others are not in the files.
        fingerprints: list -> `fingerprint_sql` of its outcomes in the build.
        has_credentials: the build held the counts of postings; without them only occupations can be asked about.
        scopes: ids of the counts that were made.
        credential_fingerprints: list -> `credential_fingerprint_sql` of the build.
    """

    catalog: str
    policy: Mapping[str, Sequence[str]]
    models: tuple[Model, ...]
    inputs: tuple[Relation, ...]
    shared: tuple[Relation, ...]
    common_parameters: tuple[str, ...]
    states: tuple[str, ...]
    fingerprints: Mapping[str, str]
    has_credentials: bool
    scopes: tuple[str, ...]
    credential_fingerprints: Mapping[str, str]


def export(build_database: Path, manifest_path: Path, target_folder: Path) -> Path:
    """Write the what-if folder of a build.

    Args:
        build_database: what dbt built; opened read-only, so dbt must have let go of it.
        manifest_path: dbt's manifest.json of that build, with `compiled/` beside it.
        target_folder: the folder to write, replaced whole where it exists.

    Returns:
        `target_folder`.

    Raises:
        PermanentFailure: the manifest lacks the chain or its SQL; a table is not in the build; disk full.
        TransientFailure: another process writes to the build.
    """
    import duckdb

    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    graph = _Graph(manifest, manifest_path)
    target_folder.parent.mkdir(parents=True, exist_ok=True)
    draft = target_folder.with_name(f".{target_folder.name}.{os.getpid()}.tmp")
    remove_tree(draft)
    try:
        for name in ("inputs", "shared", "policy"):
            (draft / name).mkdir(parents=True)
        with connect(build_database, read_only=True) as con:
            chain = _write(con, graph, draft)
        (draft / _CHAIN).write_text(
            json.dumps({"format": _FORMAT, **asdict(chain)}, indent=1, sort_keys=True), encoding="utf-8"
        )
        remove_tree(target_folder)
        draft.replace(target_folder)
    except (duckdb.Error, OSError) as error:
        raise from_error(error, where=target_folder, doing="writing what a what-if needs") from error
    finally:
        remove_tree(draft)
    return target_folder


def read_chain(folder: Path) -> Chain:
    """`chain.json` of a release's what-if folder.

    Raises:
        PermanentFailure: the release was made without it, or by a version that wrote another format.
    """
    try:
        content = json.loads((folder / _CHAIN).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PermanentFailure(
            "the release was made without what a what-if needs",
            where=str(folder),
            expected=f"{_CHAIN} and the Parquet files beside it",
            remedy="build and release again: currency refresh",
        ) from error
    if content.pop("format", None) != _FORMAT:
        raise PermanentFailure(
            "another version wrote it",
            where=str(folder / _CHAIN),
            expected=f"format {_FORMAT}",
            remedy="build and release again: currency refresh",
        )
    return Chain(
        **{
            **content,
            "models": tuple(Model(**model) for model in content["models"]),
            "inputs": tuple(Relation(**relation) for relation in content["inputs"]),
            "shared": tuple(Relation(**relation) for relation in content["shared"]),
            **{name: tuple(content[name]) for name in ("common_parameters", "states", "scopes")},
        }
    )


def fingerprint_sql(outcomes: str) -> str:
    """A query of (list_id, fingerprint) over a relation of outcomes; the order of rows does not matter."""
    said = "concat_ws('|', outcome_key, terminal_state, stability, coalesce(capture_id, ''))"
    return (
        f"select list_id, count(*) || '-' || bit_xor(md5_number_lower({said})) as fingerprint"
        f" from {outcomes} group by list_id"
    )


def credential_fingerprint_sql(outcomes: str, listed: str) -> str:
    """As `fingerprint_sql`, over the outcomes of credentials and the list of credentials."""
    said = "concat_ws('|', {key}, terminal_state, stability)"
    parts = (
        f"select list_id, {said.format(key='credential_outcome_key')} as said from {outcomes}"
        f" union all select list_id, {said.format(key='priority_credential_key')} from {listed}"
    )
    return (
        "select list_id, count(*) || '-' || bit_xor(md5_number_lower(said)) as fingerprint"
        f" from ({parts}) group by list_id"
    )


def area_filter(states: Iterable[str]) -> str:
    """A condition on `area_id`: these states, their regions, the nation, metropolitan areas."""
    parts = []
    for state in sorted({*states, *_EVERYWHERE}):
        # ';' follows ':' in every collation that matters here, so that Parquet's row groups can be skipped by range.
        low, high = quote_literal(f"{state}:"), quote_literal(f"{state};")
        parts.append(f"area_id = {quote_literal(state)} or (area_id >= {low} and area_id < {high})")
    return "(" + " or ".join(parts) + ")"


class _Graph:
    """The part of dbt's manifest that follows from the policy seeds, up to the targets."""

    def __init__(self, manifest: Mapping[str, Any], path: Path) -> None:
        self.path = path
        self.nodes: dict[str, Any] = {**manifest["nodes"], **manifest["sources"]}
        self.seeds = {
            node["name"]: unique_id
            for unique_id, node in self.nodes.items()
            if node["resource_type"] == "seed" and "policy" in node["fqn"]
        }
        missing = sorted(set(TABLES) - set(self.seeds))
        if missing:
            raise self._broken(f"no policy seed {', '.join(missing)}")
        self.by_name = {node["name"]: uid for uid, node in self.nodes.items() if node["resource_type"] == "model"}
        self.chain = self._chain(TARGETS)
        self.for_credentials = set(self.chain) - set(self._chain(OCCUPATION_TARGETS))
        self.shared = self._shared()

    def leave_out_credentials(self) -> None:
        """The lists of occupations alone."""
        self.chain = [unique_id for unique_id in self.chain if unique_id not in self.for_credentials]
        self.for_credentials = set()
        self.shared &= set(self.chain)

    def parents(self, unique_id: str) -> list[str]:
        """What a node reads."""
        return list(self.nodes[unique_id].get("depends_on", {}).get("nodes", []))

    def sql(self, unique_id: str) -> str:
        """The compiled SQL of a model: from the manifest, else from the file that dbt wrote."""
        node = self.nodes[unique_id]
        if node.get("compiled_code"):
            return str(node["compiled_code"])
        file = self.path.parent / "compiled" / node["package_name"] / node["original_file_path"]
        if not file.is_file():
            raise self._broken(f"no compiled SQL for {node['name']}")
        return file.read_text(encoding="utf-8")

    def common_parameters(self) -> list[str]:
        """The common parameters that the shared models read."""
        return sorted(
            {name for unique_id in self.shared for name in _COMMON.findall(self.nodes[unique_id]["raw_code"])}
        )

    def catalog(self) -> str:
        """The database name that the compiled SQL uses."""
        return str(self.nodes[self.chain[-1]]["database"])

    def _chain(self, targets: Sequence[str]) -> list[str]:
        """Models between the policy seeds and the targets, in the order of their dependencies."""
        absent = [name for name in targets if name not in self.by_name]
        if absent:
            raise self._broken(f"no model {', '.join(absent)}")
        seeds, order, depends = set(self.seeds.values()), [], {self.by_name.get(name): False for name in COUNTED}

        def visit(unique_id: str) -> bool:
            if unique_id in seeds:
                return True
            if unique_id not in depends:
                above = [visit(parent) for parent in self.parents(unique_id)]
                depends[unique_id] = any(above)
                if depends[unique_id] and self.nodes[unique_id]["config"].get("materialized") != "ephemeral":
                    order.append(unique_id)
            return depends[unique_id]

        for name in targets:
            visit(self.by_name[name])
        return order

    def _shared(self) -> set[str]:
        """Models of the chain that read no policy seed but for common parameters, nor a model that does."""
        reference = re.compile(r"ref\(\s*['\"](" + "|".join(map(re.escape, self.seeds)) + r")['\"]\s*\)")
        shared: set[str] = set()
        for unique_id in self.chain:
            above = [parent for parent in self.parents(unique_id) if parent in self.chain]
            if not reference.search(self.nodes[unique_id]["raw_code"]) and all(parent in shared for parent in above):
                shared.add(unique_id)
        return shared

    def inputs(self) -> dict[str, bool]:
        """What the chain reads from outside it -> True where only shared models read it."""
        outside: dict[str, bool] = {}
        for unique_id in self.chain:
            for parent in self._effective_parents(unique_id):
                if parent not in self.chain and parent not in self.seeds.values():
                    outside[parent] = outside.get(parent, True) and unique_id in self.shared
        return dict(sorted(outside.items()))

    def kept(self) -> list[str]:
        """Shared models that models of the lists read: their rows are kept."""
        read = {p for uid in self.chain if uid not in self.shared for p in self._effective_parents(uid)}
        return [unique_id for unique_id in self.chain if unique_id in self.shared & read]

    def needed_by_occupations(self, unique_id: str) -> bool:
        """True where a model of the occupations' chain reads it."""
        return any(
            unique_id in self._effective_parents(reader) for reader in self.chain if reader not in self.for_credentials
        )

    def _effective_parents(self, unique_id: str) -> list[str]:
        """Parents, those of an ephemeral parent in its place: dbt writes its SQL into the child's."""
        found = []
        for parent in self.parents(unique_id):
            if self.nodes[parent].get("config", {}).get("materialized") == "ephemeral":
                found += self._effective_parents(parent)
            else:
                found.append(parent)
        return found

    def _broken(self, found: str) -> PermanentFailure:
        return PermanentFailure(
            found,
            where=str(self.path),
            expected="the manifest of the dbt build that made the build database",
            remedy="build again: currency refresh",
        )


def _write(con: duckdb.DuckDBPyConnection, graph: _Graph, draft: Path) -> Chain:
    """Every file but chain.json; returns what goes into it."""
    schema_of = {name: (graph.nodes[uid]["schema"], _identifier(graph.nodes[uid])) for name, uid in graph.seeds.items()}
    lists = quote_relation(*schema_of["occupation_list"])
    states = tuple(row[0] for row in con.execute(f"select distinct state_postal from {lists} order by 1").fetchall())
    for name in TABLES:
        columns = ", ".join(f'"{column.name}"' for column in TABLES[name].columns)
        con.execute(
            f"copy (select {columns} from {quote_relation(*schema_of[name])})"
            f" to {quote_literal(str(draft / 'policy' / f'{name}.csv'))} (format csv, header true)"
        )
    if not _has_counts(con, graph):
        graph.leave_out_credentials()
    relation = {graph.nodes[uid]["name"]: _relation(graph.nodes[uid]) for uid in graph.chain}
    credentials = CREDENTIAL_TARGETS[1] in relation
    return Chain(
        catalog=graph.catalog(),
        policy=schema_of,
        models=tuple(_model(graph, unique_id) for unique_id in graph.chain),
        inputs=tuple(_keep(con, graph, uid, draft, "inputs", states, only) for uid, only in graph.inputs().items()),
        shared=tuple(_keep(con, graph, uid, draft, "shared", states, False) for uid in graph.kept()),
        common_parameters=tuple(graph.common_parameters()),
        states=states,
        fingerprints=dict(con.execute(fingerprint_sql(relation["mart_occupation_outcome"])).fetchall()),
        has_credentials=credentials,
        scopes=tuple(
            row[0]
            for row in con.execute(f"select distinct scope_id from {relation[SCOPE_MODEL]} order by 1").fetchall()
        )
        if credentials
        else (),
        credential_fingerprints=dict(
            con.execute(
                credential_fingerprint_sql(relation["mart_credential_outcome"], relation["mart_priority_credential"])
            ).fetchall()
        )
        if credentials
        else {},
    )


def _has_counts(con: duckdb.DuckDBPyConnection, graph: _Graph) -> bool:
    """False where the part of the build that counts postings was not made: a blocking test of postings failed."""
    made = set(con.execute("select table_schema, table_name from information_schema.tables").fetchall())
    read = {uid for uid in graph.inputs() if not graph.needed_by_occupations(uid)} | graph.for_credentials
    return all((graph.nodes[uid]["schema"], _identifier(graph.nodes[uid])) in made for uid in read)


def _relation(node: Mapping[str, Any]) -> str:
    return quote_relation(node["schema"], _identifier(node))


def _model(graph: _Graph, unique_id: str) -> Model:
    node = graph.nodes[unique_id]
    sql = graph.sql(unique_id).strip().rstrip(";")
    return Model(
        node["name"], node["schema"], _identifier(node), sql, unique_id in graph.shared,
        unique_id in graph.for_credentials,
    )  # fmt: skip


def _keep(
    con: duckdb.DuckDBPyConnection,
    graph: _Graph,
    unique_id: str,
    draft: Path,
    folder: str,
    states: Sequence[str],
    for_shared_only: bool,
) -> Relation:
    node = graph.nodes[unique_id]
    schema, identifier = node["schema"], _identifier(node)
    source = quote_relation(schema, identifier)
    by_area = "area_id" in {row[0] for row in con.execute(f"describe {source}").fetchall()}
    file = f"{folder}/{schema}.{identifier}.parquet"
    rows = f"select * from {source}" + (f" where {area_filter(states)} order by area_id" if by_area else "")
    con.execute(f"copy ({rows}) to {quote_literal(str(draft / file))} (format parquet, compression zstd)")
    return Relation(
        node["name"], schema, identifier, file, by_area, for_shared_only, not graph.needed_by_occupations(unique_id)
    )


def _identifier(node: Mapping[str, Any]) -> str:
    return str(node.get("alias") or node.get("identifier") or node["name"])
