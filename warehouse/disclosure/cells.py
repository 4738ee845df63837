"""Tables of counts, as dbt hands them over, become one system of cells and equations.

Belongs here: keys of cells, roll-ups, parts of populations, what an earlier release printed. Does not belong here: what
is sensitive or hidden; reading from DuckDB (the caller passes Arrow).

A cell is what its dimensions say and nothing else: the same students in two tables are one cell. Cells are numbered by
their sorted keys, so the order of the rows makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.disclosure.primary import Rates
from warehouse.disclosure.system import Ints, Mask, NotAdditive, System, system

POPULATION = "population"


@dataclass(frozen=True)
class Rollup:
    """A way in which a dimension adds up; a dimension may have several (regions and workforce boards).

    Attributes:
        dimension: a dimension's column; `population` for "takers = passers + failers".
        parent, child: codes, pairwise.
        populations: of which it holds; empty: all. Students who earn two credentials do not add up over credentials.
        absent: "zero": a child without a row counts 0, and readers know it; "unprinted": it may be anything.
    """

    dimension: str
    parent: Sequence[str]
    child: Sequence[str]
    populations: tuple[str, ...] = ()
    absent: str = "zero"


@dataclass(frozen=True)
class Part:
    """A population that is part of another, cell by cell: a numerator and a denominator.

    Attributes:
        part, whole: populations.
        at: dimensions in which the whole has one code only: {"credential": "all"} for graduates.
        not_at: codes at which it is no part: of "all less priority", a difference and no group of students.
        rate: the part over the whole is printed as a rate.
        people: those of the whole outside the part are people, whom small numbers would reveal; False for "students are
            no more than credentials".
    """

    part: str
    whole: str
    at: Mapping[str, str] = field(default_factory=dict)
    not_at: Mapping[str, str] = field(default_factory=dict)
    rate: bool = True
    people: bool = True


@dataclass(frozen=True, eq=False)
class Cells:
    """The system of some tables, and where each row stands in it.

    Attributes:
        system: cells and equations.
        row_cell: (rows,) cell number of each row of the table.
        part, whole: (pairs,) cell numbers of every pair of a `Part`.
        rest: (pairs,) cell numbers of the whole without the part; printed by nobody.
        is_rate, is_people: (pairs,) of the pair's `Part`.
        pairs_of_part: how many pairs each `Part` has, in their order.
        complement: (cells,) is the rest of a pair.
        kept: (cells,) hidden in the earlier release.
        revised: how many cells the earlier release printed with another value.
        largest: (cells,) largest contribution, 0 where none is given.
        revised_cells: (cells,) differ too little from what an earlier release printed: both together would tell.
        dear: (cells,) printed as long as anything else can be hidden in their stead.
    """

    system: System
    row_cell: Ints
    part: Ints
    whole: Ints
    rest: Ints
    is_rate: Mask
    is_people: Mask
    pairs_of_part: list[int]
    complement: Mask
    kept: Mask
    revised: int
    largest: Ints
    revised_cells: Mask
    dear: Mask

    @property
    def rates(self) -> Rates:
        """The pairs that are printed as rates."""
        return Rates(self.part[self.is_rate], self.whole[self.is_rate])


class _Keys:
    """Cells by key: one number of mixed radix per combination of codes, codes in alphabetical order."""

    def __init__(self, columns: Sequence[str], tables: Sequence[pa.Table], more: Mapping[str, set[str]]) -> None:
        self.columns = list(columns)
        self.codes: dict[str, list[str]] = {}
        for column in columns:
            found = set(more.get(column, ()))
            for table in tables:
                found |= set(pc.unique(table[column]).to_pylist())
            if None in found:
                raise ValueError(f"column {column} of the cells has nulls; a total has a code of its own")
            self.codes[column] = sorted(found)
        sizes = [max(len(self.codes[column]), 1) for column in columns]
        if float(np.prod(np.array(sizes, np.float64))) >= 2.0**62:
            raise ValueError(f"too many combinations of codes: {dict(zip(columns, sizes, strict=True))}")
        self.stride = dict(
            zip(columns, np.append(np.cumprod(sizes[::-1])[-2::-1], 1).tolist() if len(sizes) > 1 else [1], strict=True)
        )
        self.place = {column: {code: at for at, code in enumerate(self.codes[column])} for column in columns}

    def of(self, table: pa.Table) -> Ints:
        """(rows,) the key of each row."""
        key = np.zeros(table.num_rows, np.int64)
        for column in self.columns:
            at = pc.index_in(table[column].cast(pa.string()), pa.array(self.codes[column], pa.string()))
            key += at.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64) * self.stride[column]
        return key

    def code(self, key: Ints, column: str) -> Ints:
        """(keys,) the position of the column's code."""
        return key // self.stride[column] % max(len(self.codes[column]), 1)

    def moved(self, key: Ints, column: str, code: Ints | int) -> Ints:
        """(keys,) the same keys with another code in one column."""
        return key + (code - self.code(key, column)) * self.stride[column]

    def words(self, key: int) -> str:
        """The key for an error message: codes only, no counts."""
        one = np.array([key])
        return ", ".join(f"{c} {self.codes[c][int(self.code(one, c)[0])]}" for c in self.columns)


class _Builder:
    """Collects cells and terms of equations."""

    def __init__(self, keys: _Keys, key: Ints, value: Ints, printed: Mask, known: Mask) -> None:
        self.keys, self.key, self.value, self.printed, self.known = keys, key, value, printed, known
        self.row: list[Ints] = []
        self.cell: list[Ints] = []
        self.sign: list[Ints] = []
        self.equations = 0

    def find(self, key: Ints) -> Ints:
        """(keys,) cell numbers, -1 where there is none."""
        at = np.searchsorted(self.key, key)
        at[at == len(self.key)] = 0
        return np.where(self.key[at] == key, at, -1) if len(self.key) else np.full(len(key), -1)

    def insert(self, key: Ints, value: Ints) -> None:
        """New cells that nobody prints; before any equation refers to numbers."""
        all_keys = np.concatenate([self.key, key])
        order = np.argsort(all_keys, kind="stable")
        self.key = all_keys[order]
        self.value = np.concatenate([self.value, value])[order]
        new = np.zeros(len(key), np.bool_)
        self.printed = np.concatenate([self.printed, new])[order]
        self.known = np.concatenate([self.known, new])[order]

    def append(self, value: Ints) -> Ints:
        """New cells without a key, printed by nobody, after all others; returns their numbers."""
        first = len(self.value)
        self.value = np.concatenate([self.value, value])
        new = np.zeros(len(value), np.bool_)
        self.printed, self.known = np.concatenate([self.printed, new]), np.concatenate([self.known, new])
        return np.arange(first, first + len(value))

    def equate(self, row: Ints, cell: Ints, sign: Ints | int, count: int) -> None:
        """Terms of `count` new equations, numbered from 0 in `row`; call it for all terms, then `done`."""
        self.row.append(row + self.equations)
        self.cell.append(cell)
        self.sign.append(np.broadcast_to(np.asarray(sign, np.int64), row.shape))

    def done(self, count: int) -> None:
        """The equations of the last terms are complete."""
        self.equations += count


def build(
    cells: pa.Table,
    *,
    dimensions: Sequence[str],
    rollups: Sequence[Rollup],
    parts: Sequence[Part],
    previous: pa.Table | None = None,
    equations: pa.Table | None = None,
) -> Cells:
    """The system of all tables.

    Args:
        cells: one row per cell or several that agree: the dimensions, `population`, `value` (int), and if wanted
            `printed` (bool, default true), `known` (bool, default false), `dear`, `revised`, `hidden_before` (bool,
            default false; as `dear`, `revised_cells`, `kept` of `Cells`), `largest` (int), `cell_key` (text).
        dimensions: columns that tell cells apart, besides `population`.
        rollups: how they add up.
        parts: numerators and denominators.
        previous: an earlier release: dimensions, `population`, true `value`, `printed`. What it printed is known, what
            it hid stays hidden, also where it is no longer reported.
        equations: more equations: `equation`, `cell_key`, `sign`; the signed cells add up to 0.

    Raises:
        ValueError: rows of one cell disagree, or a part exceeds its whole; the message names the cell, never a count.
        NotAdditive: children add up to more than their parent.
    """
    columns = [*dimensions, POPULATION]
    more: dict[str, set[str]] = {column: set() for column in columns}
    for rollup in rollups:
        more[rollup.dimension] |= set(rollup.parent)
    for part in parts:
        more[POPULATION] |= {part.part, part.whole}
        for column, code in part.at.items():
            more[column].add(code)
    keys = _Keys(columns, [cells] if previous is None else [cells, previous], more)
    row_key = keys.of(cells)
    key, first, back = np.unique(row_key, return_index=True, return_inverse=True)
    value = _column(cells, "value", 0)
    if (value[first][back] != value).any():
        wrong = int(row_key[np.flatnonzero(value[first][back] != value)[0]])
        raise ValueError(f"two rows of one cell disagree: {keys.words(wrong)}")
    printed = np.zeros(len(key), np.bool_)
    np.logical_or.at(printed, back, _column(cells, "printed", 1).astype(np.bool_))
    known = np.zeros(len(key), np.bool_)
    np.logical_or.at(known, back, _column(cells, "known", 0).astype(np.bool_))
    made = _Builder(keys, key, value[first], printed, known)
    kept_keys, revised = _earlier(made, previous)
    while sum(_add_parents(made, rollup) for rollup in rollups):
        pass  # parents that nobody prints may have parents themselves
    for rollup in rollups:
        _add_up(made, rollup)
    pairs = [_pairs(made, part) for part in parts]
    keyed = len(made.key)
    row_cell = made.find(row_key)
    if equations is not None:
        _more(made, equations, cells, row_cell)
    largest = np.zeros(len(made.value), np.int64)
    np.maximum.at(largest, row_cell, _column(cells, "largest", 0))
    dear, revised_cells, kept = (
        _marked(cells, name, row_cell, len(made.value)) for name in ("dear", "revised", "hidden_before")
    )
    kept[made.find(kept_keys)] = True
    complement = np.zeros(len(made.value), np.bool_)
    joined = [np.concatenate([pair[k] for pair in pairs]) if pairs else np.zeros(0, np.int64) for k in range(3)]
    complement[joined[2]] = True
    assert (joined[2] >= keyed).all()
    return Cells(
        system=system(
            made.value,
            np.concatenate(made.row) if made.row else [],
            np.concatenate(made.cell) if made.cell else [],
            np.concatenate(made.sign) if made.sign else [],
            equations=made.equations,
            printed=made.printed,
            known=made.known,
        ),
        row_cell=row_cell,
        part=joined[0],
        whole=joined[1],
        rest=joined[2],
        is_rate=np.repeat([p.rate for p in parts], [len(pair[0]) for pair in pairs]).astype(np.bool_),
        is_people=np.repeat([p.people for p in parts], [len(pair[0]) for pair in pairs]).astype(np.bool_),
        pairs_of_part=[len(pair[0]) for pair in pairs],
        complement=complement,
        kept=kept,
        revised=revised,
        largest=largest,
        revised_cells=revised_cells,
        dear=dear,
    )


def _column(table: pa.Table, name: str, default: int) -> Ints:
    """(rows,) a column as int64, the default where it is missing. Raises ValueError on a null."""
    if name not in table.column_names:
        return np.full(table.num_rows, default, np.int64)
    if table[name].null_count:
        raise ValueError(f"column {name} of the cells has {table[name].null_count} nulls; the true value is needed")
    return table[name].cast(pa.int64()).combine_chunks().to_numpy(zero_copy_only=False)


def _marked(cells: pa.Table, name: str, row_cell: Ints, count: int) -> Mask:
    """(cells,) of which any row has the mark."""
    found = np.zeros(count, np.bool_)
    np.logical_or.at(found, row_cell, _column(cells, name, 0).astype(np.bool_))
    return found


def _earlier(made: _Builder, previous: pa.Table | None) -> tuple[Ints, int]:
    """Marks what an earlier release printed as known, adds its other cells; (keys that it hid, cells it revised)."""
    if previous is None:
        return np.zeros(0, np.int64), 0
    key, first = np.unique(made.keys.of(previous), return_index=True)
    value, was = _column(previous, "value", 0)[first], _column(previous, "printed", 1)[first].astype(np.bool_)
    at = made.find(key)
    here = at >= 0
    same = here & (made.value[np.maximum(at, 0)] == value)
    revised = int((here & ~same & was).sum())
    made.known[at[same & was]] = True
    gone = ~here
    made.insert(key[gone], value[gone])
    made.known[made.find(key[gone & was])] = True
    return key[~was & (same | gone)], revised


def _parents(made: _Builder, rollup: Rollup, key: Ints) -> tuple[Ints, Ints]:
    """(found,) each: positions in `key` of cells that are children in the roll-up, and their parents' keys."""
    place = made.keys.place[rollup.dimension]
    column = made.keys.code(key, rollup.dimension)
    inside = np.ones(len(key), np.bool_)
    if rollup.populations:
        wanted = [made.keys.place[POPULATION][p] for p in rollup.populations if p in made.keys.place[POPULATION]]
        inside = np.isin(made.keys.code(key, POPULATION), wanted)
    found, parents = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    pairs = sorted({(place[c], place[p]) for p, c in zip(rollup.parent, rollup.child, strict=True) if c in place})
    # a child may stand under several parents of one roll-up (overlapping regions): one pass per parent of a child
    while pairs:
        parent_of = np.full(len(place), -1, np.int64)
        left = []
        for child, parent in pairs:
            if parent_of[child] < 0:
                parent_of[child] = parent
            else:
                left.append((child, parent))
        at = np.flatnonzero(inside & (parent_of[column] >= 0))
        found.append(at)
        parents.append(made.keys.moved(key[at], rollup.dimension, parent_of[column[at]]))
        pairs = left
    return np.concatenate(found), np.concatenate(parents)


def _add_parents(made: _Builder, rollup: Rollup) -> int:
    """Parents that nobody prints, as sums of their children: two roll-ups may meet in one. Returns how many.

    A parent above a parent that is lacking too waits for it: its sum would not be whole.
    """
    if rollup.absent != "zero":
        return 0
    cells, parents = _parents(made, rollup, made.key)
    lacking = made.find(parents) < 0
    new, back = np.unique(parents[lacking], return_inverse=True)
    total = np.zeros(len(new), np.int64)
    np.add.at(total, back, made.value[cells[lacking]])
    above = np.unique(_parents(made, rollup, new)[1])
    ready = np.ones(len(new), np.bool_)
    for _ in made.keys.codes[rollup.dimension]:
        if not len(above):
            break
        ready &= ~np.isin(new, above)
        above = np.unique(_parents(made, rollup, above)[1])
    else:
        if len(above):
            raise ValueError(f"a roll-up of {rollup.dimension} goes in a circle")
    made.insert(new[ready], total[ready])
    return int(ready.sum())


def _add_up(made: _Builder, rollup: Rollup) -> None:
    """One equation per parent with children; what they leave of it becomes a cell that nobody prints."""
    cells, parents = _parents(made, rollup, made.key)
    parent_cell = made.find(parents)
    cells, parent_cell = cells[parent_cell >= 0], parent_cell[parent_cell >= 0]
    top, back, present = np.unique(parent_cell, return_inverse=True, return_counts=True)
    left = made.value[top].copy()
    np.subtract.at(left, back, made.value[cells])
    if (left < 0).any():
        at = int(top[np.flatnonzero(left < 0)[0]])
        raise NotAdditive(
            f"{int((left < 0).sum())} totals over {rollup.dimension} are less than their parts; "
            f"the first: {made.keys.words(int(made.key[at]))}"
        )
    rest = left > 0
    if rollup.absent != "zero":
        place = made.keys.place[rollup.dimension]
        declared: dict[str, int] = {}
        for parent, _ in sorted(set(zip(rollup.parent, rollup.child, strict=True))):
            declared[parent] = declared.get(parent, 0) + 1
        wanted = np.zeros(max(len(place), 1), np.int64)
        for parent, many in declared.items():
            wanted[place[parent]] = many
        rest |= present < wanted[made.keys.code(made.key[top], rollup.dimension)]
    extra = made.append(left[rest])
    count = len(top)
    made.equate(np.arange(count), top, 1, count)
    made.equate(back, cells, -1, count)
    made.equate(np.flatnonzero(rest), extra, -1, count)
    made.done(count)


def _pairs(made: _Builder, part: Part) -> tuple[Ints, Ints, Ints]:
    """Cell numbers of the parts that have a whole, of the wholes, and of what the parts leave of them."""
    place = made.keys.place
    key = made.key[made.keys.code(made.key, POPULATION) == place[POPULATION][part.part]]
    for column, code in part.not_at.items():
        if code in place[column]:
            key = key[made.keys.code(key, column) != place[column][code]]
    over = made.keys.moved(key, POPULATION, place[POPULATION][part.whole])
    for column, code in part.at.items():
        over = made.keys.moved(over, column, place[column][code])
    inner, outer = made.find(key), made.find(over)
    inner, outer = inner[outer >= 0], outer[outer >= 0]
    left = made.value[outer] - made.value[inner]
    if (left < 0).any():
        at = int(inner[np.flatnonzero(left < 0)[0]])
        raise ValueError(f"{part.part} exceeds {part.whole} (K7): {made.keys.words(int(made.key[at]))}")
    rest = made.append(left)
    count = len(inner)
    for cell, sign in ((outer, 1), (inner, -1), (rest, -1)):
        made.equate(np.arange(count), cell, sign, count)
    made.done(count)
    return inner, outer, rest


def _more(made: _Builder, equations: pa.Table, cells: pa.Table, row_cell: Ints) -> None:
    """The caller's equations, by `cell_key`."""
    at = pc.index_in(equations["cell_key"], cells["cell_key"].combine_chunks())
    if at.null_count:
        raise ValueError("an equation names a cell_key that is not among the cells")
    numbers = pc.unique(equations["equation"]).sort()
    row = pc.index_in(equations["equation"], numbers).combine_chunks().to_numpy(zero_copy_only=False)
    cell = row_cell[at.combine_chunks().to_numpy(zero_copy_only=False)]
    made.equate(row.astype(np.int64), cell, _column(equations, "sign", 1), len(numbers))
    made.done(len(numbers))
