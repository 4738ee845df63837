"""The counts of attainment under disclosure control: the tables of the build in, what may leave out (B14, B23).

Belongs here: how the long table of counts, its roll-ups and its populations become cells, equations and parts, and how
the outcome is worded. Does not belong here: the decision (`protect.py`), the settings' values (policy seeds), SQL.

Each school year is a system of its own: no count of one year is a sum of counts of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.disclosure.cells import Part, Rollup
from warehouse.disclosure.earlier import Before, before, unchanged
from warehouse.disclosure.policy import Policy, RateBand
from warehouse.disclosure.protect import Protected, protect
from warehouse.disclosure.rates import CodedRate

DIMENSIONS = ("area", "credential", "subgroup")
"""Two columns each: `<dimension>_level` (of a subgroup: `_kind`) and its code."""
_COLUMNS = {
    "area": ("area_level", "area_code"),
    "credential": ("credential_level", "credential_code"),
    "subgroup": ("subgroup_kind", "subgroup_value"),
}
KEYS = (
    "state_postal", "school_year", "area_level", "area_code", "credential_level", "credential_code", "subgroup_kind",
    "subgroup_value", "population", "unit",
)  # fmt: skip
PUBLISHED = (*KEYS, "value", "publication", "shown_as", "codes")
UNPRINTED_LEVELS = ("other", "credential_part")
"""Levels that no table shows: they are there because a reader can work them out."""
SHOWN, HIDDEN = "shown", "hidden"
CODES = pa.list_(
    pa.struct([("denominator", pa.string()), ("publication", pa.string()), ("shown_as", pa.string())])
)  # fmt: skip
"""The type of `codes`."""
_ALL = ("all", "all")
_WHOLE_PCT = 100


def published_cells(
    cells: pa.Table,
    rollups: pa.Table,
    populations: pa.Table,
    measures: pa.Table,
    policy: Mapping[str, Any],
    record: pa.Table | None = None,
) -> pa.Table:
    """What may be printed of the counts of one state.

    Args:
        cells: `KEYS` and `value`, the true count, one row per cell.
        rollups: state_postal, school_year, dimension, partition_code, unit, except_population, parent_level,
            parent_code, child_level, child_code: the children of one parent within one partition add up to it, for
            populations of the unit (null: of any) but one.
        populations: population, unit, numerator_of and subset_of (populations joined by |), is_by_credential.
        measures: numerators (populations joined by |): which populations rates are made of.
        policy: a row of int_attainment_policy.
        record: what earlier releases published of the state (`warehouse.published_record`).

    Returns:
        `KEYS`, `value` (null unless shown), `publication` (shown | hidden), `shown_as`, a text, and `codes`: the codes
        of rates that stand in place of a hidden numerator, per denominator {denominator, publication (at_or_below |
        at_or_above | range), shown_as}. Cells of levels that nobody prints are left out. Nothing tells why a count is
        hidden.

    Raises:
        NotPublishable: after all repairs something can still be worked out. A year that earlier releases told of is
            withheld then, and the others are published.
        ValueError, NotAdditive: the counts contradict each other.
    """
    # A database hands rows out in any order; the pattern must not depend on it.
    rules, named = policy_of(policy), sorted(populations.to_pylist(), key=lambda row: str(row["population"]))
    rated = {name for joined in measures["numerators"].to_pylist() for name in _names(joined)}
    cells, least = cells.sort_by([(name, "ascending") for name in KEYS]), int(policy["min_revision_count"])
    made: list[pa.Table] = []
    for year in sorted(pc.unique(cells["school_year"]).to_pylist()):
        own = cells.filter(pc.equal(cells["school_year"], year))
        told = None if record is None else record.filter(pc.equal(record["school_year"], year))
        printed, settings = own.filter(_printed(own)), settings_of(policy)
        kept = None if told is None else unchanged(printed, told, KEYS, settings, least)
        if kept is not None:
            made.append(_typed(kept))
            continue
        adds_up = rollups.filter(pc.equal(rollups["school_year"], year)).to_pylist()
        adds_up.sort(key=lambda row: tuple(map(str, row.values())))
        bound = before(own, told, KEYS, least) if told is not None and told.num_rows else None
        totals = _totals(own, rules) if policy["is_state_total_kept"] else None
        protected = _first_publishable(own, adds_up, named, rated, rules, int(year), bound, totals)
        if bound is not None and not protected.outcome.publishable:
            made.append(_withheld(own))
            continue
        protected.must_be_publishable()
        made.append(_worded(own, protected))
    return pa.concat_tables(made)


def _first_publishable(
    own: pa.Table,
    adds_up: list[dict[str, Any]],
    populations: list[dict[str, Any]],
    rated: set[str],
    rules: Policy,
    seed: int,
    bound: Before | None,
    totals: pa.Array | None,
) -> Protected:
    """The year under disclosure control: with all that should stay printed, else with less.

    First what was printed before stays; then it may go, for who sees it vanish cannot know whether it still holds. What
    is returned need not be publishable.
    """
    keyed = _keyed(own)
    marked, told = keyed, None
    if bound is not None:
        marked = keyed.append_column("revised", pa.array(bound.revised)).append_column(
            "hidden_before", pa.array(bound.hidden)
        )
        told = bound.told
    tries = [marked]
    if bound is not None:
        tries.insert(0, marked.append_column("known", pa.array(bound.known)))
    for table in tries:
        favoured = table if totals is None else table.append_column("dear", totals)
        protected = _protected(favoured, adds_up, populations, rated, rules, seed, told)
        if protected.outcome.publishable:
            break
    return protected


def _protected(
    keyed: pa.Table,
    adds_up: list[dict[str, Any]],
    populations: list[dict[str, Any]],
    rated: set[str],
    rules: Policy,
    seed: int,
    told: dict[int, frozenset[str]] | None,
) -> Protected:
    return protect(
        keyed,
        dimensions=DIMENSIONS,
        rollups=list(_rollups(adds_up, populations)),
        parts=list(_parts(populations, rated, set(pc.unique(keyed["population"]).to_pylist()))),
        policy=rules,
        seed=seed,
        told_before=told,
    )


def _totals(cells: pa.Table, rules: Policy) -> pa.Array:
    """(rows,) the state's own totals, over all credentials and everybody: hidden when nothing else helps.

    They are in every report of the state; a pattern that hides them to protect a school's count helps nobody.
    """
    is_total = pc.greater_equal(cells["value"], rules.min_count)
    for column, word in (("area_level", "state"), ("credential_level", "all"), ("subgroup_kind", "all")):
        is_total = pc.and_(is_total, pc.equal(cells[column], word))
    return is_total


def policy_of(row: Mapping[str, Any]) -> Policy:
    """The rules of a state, from its row of int_attainment_policy."""
    least = int(row["min_n_count"])
    return Policy(
        min_count=least,
        min_complement=least,
        min_denominator=least,
        zeros_printed=bool(row["is_zero_shown"]),
        width=int(row["disclosure_width_count"]),
        sample=int(row["attack_sample_count"]),
        bands=_bands(row, least),
        dominance=None,
        cost="students",
        total_cost=float(row["hidden_total_cost_rate"]),
        optimum_seconds=0.0,
        most_rounds=int(row["most_repair_rounds_count"]),
    )


def settings_of(row: Mapping[str, Any]) -> str:
    """The settings of disclosure control in one text: while it is the same, unchanged counts stay as published."""
    return f"{policy_of(row)} {row['is_state_total_kept']} {row['min_revision_count']}"


def _bands(row: Mapping[str, Any], least: int) -> tuple[RateBand, ...]:
    """How the ends of rates are coded: one rule for groups of any size, a finer one for large groups (B23)."""
    found = []
    for from_, low, high in (
        (least, row["low_pct"], row["high_pct"]),
        (int(row["large_n_count"]), row["large_low_pct"], row["large_high_pct"]),
    ):
        if low + high != _WHOLE_PCT or low != int(low):
            raise ValueError(f"the ends of rates mirror each other in whole per cents, not {low:g} and {high:g}")
        found.append(RateBand(from_, int(low), 0))
    return tuple(found)


def _code(level: str, code: str) -> str:
    return f"{level}:{code}"


def _keyed(cells: pa.Table) -> pa.Table:
    """The cells with one column per dimension, and which of them are printed."""
    columns: dict[str, Any] = {
        dimension: pc.binary_join_element_wise(cells[level].cast(pa.string()), cells[code].cast(pa.string()), ":")
        for dimension, (level, code) in _COLUMNS.items()
    }
    return pa.table(columns | {"population": cells["population"], "value": cells["value"], "printed": _printed(cells)})


def _printed(cells: pa.Table) -> Any:
    """(rows,) of a level that tables show."""
    return pc.invert(pc.is_in(cells["credential_level"], pa.array(UNPRINTED_LEVELS)))


def _rollups(rows: list[dict[str, Any]], populations: list[dict[str, Any]]) -> Iterator[Rollup]:
    """One roll-up per dimension, partition and unit."""
    groups: dict[tuple[str, str, str | None, str | None], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["dimension"], row["partition_code"], row["unit"], row["except_population"])
        groups.setdefault(key, []).append(row)
    for (dimension, _, unit, but), found in sorted(groups.items(), key=lambda group: tuple(map(str, group[0]))):
        yield Rollup(
            dimension,
            [_code(row["parent_level"], row["parent_code"]) for row in found],
            [_code(row["child_level"], row["child_code"]) for row in found],
            tuple(sorted(p["population"] for p in populations if unit in (None, p["unit"]) and p["population"] != but)),
        )


def _parts(populations: list[dict[str, Any]], rated: set[str], present: set[str]) -> Iterator[Part]:
    """Numerators in their denominators, and populations in those that they are drawn from.

    A denominator that asks for no credential has one count for all levels of the list. What rates are made of is coded
    near nobody and everybody, in its denominators and in the step before it (of those who sat, all passed).
    """
    by_name = {row["population"]: row for row in populations}
    for row in populations:
        contains = _ancestors(row["population"], by_name)
        for whole in dict.fromkeys((*_names(row["subset_of"]), *_names(row["numerator_of"]))):
            if whole in contains and whole in present and row["population"] in present:
                yield Part(
                    row["population"],
                    whole,
                    at={} if by_name[whole]["is_by_credential"] else {"credential": _code(*_ALL)},
                    not_at={"credential": _code("other", "other")},
                    rate=row["population"] in rated,
                )


def _ancestors(population: str, by_name: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The populations that a population is part of, directly or through others."""
    found: set[str] = set()
    todo = [population]
    while todo:
        wholes = set(_names(by_name[todo.pop()]["subset_of"])) - found
        found |= wholes
        todo += wholes
    return found


def _names(joined: str | None) -> list[str]:
    return [name for name in (joined or "").split("|") if name]


def _withheld(cells: pa.Table) -> pa.Table:
    """The cells of a year of which nothing is printed: beside what was printed before, anything would tell too much."""
    made = cells.select(list(KEYS)).append_column("value", pa.nulls(cells.num_rows, pa.int64()))
    made = made.append_column("publication", pa.array([HIDDEN] * cells.num_rows, pa.string()))
    made = made.append_column("shown_as", pa.array(["not shown"] * cells.num_rows, pa.string()))
    return _typed(made.append_column("codes", pa.nulls(cells.num_rows, CODES)).filter(_printed(cells)))


def _worded(cells: pa.Table, protected: Protected) -> pa.Table:
    """The cells with what is printed of each."""
    hidden = protected.hidden.tolist()
    counts = cells["value"].to_pylist()
    value = [None if is_hidden else count for count, is_hidden in zip(counts, hidden, strict=True)]
    publication = [HIDDEN if is_hidden else SHOWN for is_hidden in hidden]
    shown_as = ["not shown" if count is None else f"{count:,}" for count in value]
    coded = protected.coded_rates()
    codes = [
        [{"denominator": whole, **_in_words(rate)} for whole, rate in sorted(coded.get(row, {}).items())]
        for row in range(len(hidden))
    ]
    made = cells.select(list(KEYS)).append_column("value", pa.array(value, pa.int64()))
    made = made.append_column("publication", pa.array(publication)).append_column("shown_as", pa.array(shown_as))
    return _typed(made.append_column("codes", pa.array(codes, CODES)).filter(_printed(cells)))


def _typed(made: pa.Table) -> pa.Table:
    """The columns that are published, with their types."""
    types = {"school_year": pa.int64(), "value": pa.int64(), "codes": CODES}
    return made.select(PUBLISHED).cast(pa.schema([(name, types.get(name, pa.string())) for name in PUBLISHED]))


def _in_words(rate: CodedRate) -> dict[str, str]:
    """A code as the tables say it."""
    low, high = rate.text.startswith("<"), rate.text.startswith(">")
    number = rate.text.strip("<>=%")
    if low:
        words = f"{number} % or less" if rate.text.startswith("<=") else f"less than {number} %"
    else:
        words = f"{number} % or more" if high else f"{number.replace('-', ' to ')} %"
    return {"publication": "at_or_below" if low else "at_or_above" if high else "range", "shown_as": words}
