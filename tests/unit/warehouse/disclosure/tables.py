"""Small tables with totals, and slow but plain checks of what a reader can infer from them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from warehouse.disclosure.policy import Policy
from warehouse.disclosure.system import System, restricted, system

# One dimension as parent -> children by position; a total over three is {0: [1, 2, 3]}.
Tree = dict[int, list[int]]


def policy(**changed: object) -> Policy:
    """The policy of these tests: 10, zeros printed, intervals of at least 5 students, no sample of programmes limit."""
    given: dict[str, object] = {
        "min_count": 10, "min_complement": 10, "min_denominator": 10, "zeros_printed": True, "width": 5, "sample": 0,
        "bands": (), "dominance": None, "cost": "cells", "total_cost": 1.0, "optimum_seconds": 0.0, "most_rounds": 200,
    }  # fmt: skip
    return Policy(**{**given, **changed})  # type: ignore[arg-type]


def size(tree: Tree) -> int:
    """Positions of a dimension."""
    return 1 + max(itertools.chain(tree, *tree.values()))


def table(trees: Sequence[Tree], leaves: NDArray[np.int64]) -> System:
    """All cells of the cross product, totals computed; `leaves` fills the positions without children, in order."""
    shape = tuple(size(tree) for tree in trees)
    counts = np.zeros(shape, np.int64)
    bottoms = [[p for p in range(size(tree)) if p not in tree] for tree in trees]
    counts[np.ix_(*bottoms)] = leaves
    for axis, tree in enumerate(trees):
        lines = np.moveaxis(counts, axis, 0)
        for parent in sorted(tree, reverse=True):  # children have higher positions
            lines[parent] = lines[tree[parent]].sum(0)
    number = np.arange(counts.size).reshape(shape)
    row, cell, sign, equations = [], [], [], 0
    for axis, tree in enumerate(trees):
        lines = np.moveaxis(number, axis, 0)
        for parent, children in tree.items():
            for at in np.ndindex(lines.shape[1:]):
                row += [equations] * (1 + len(children))
                cell += [lines[(parent, *at)], *(lines[(child, *at)] for child in children)]
                sign += [1] + [-1] * len(children)
                equations += 1
    return system(counts.ravel(), row, cell, sign)


def exactly_known(of: System, unseen: NDArray[np.bool_]) -> set[int]:
    """Unseen cells whose unit vector lies in the row space of the equations: elimination over fractions."""
    row_start, column, sign, which = restricted(of, unseen)
    rows = [
        {int(c): Fraction(int(s)) for c, s in zip(column[a:b], sign[a:b], strict=True)}
        for a, b in itertools.pairwise(row_start)
        if b > a
    ]
    reduced: dict[int, dict[int, Fraction]] = {}
    for row in rows:
        for pivot in sorted(set(row) & set(reduced)):
            if pivot in row:
                _subtract(row, reduced[pivot], row[pivot])
        for pivot in [c for c in row if c in reduced]:
            _subtract(row, reduced[pivot], row[pivot])
        if not row:
            continue
        pivot = min(row)
        row = {c: v / row[pivot] for c, v in row.items()}
        for other in reduced.values():
            if pivot in other:
                _subtract(other, row, other[pivot])
        reduced[pivot] = row
    return {int(which[pivot]) for pivot, row in reduced.items() if len(row) == 1}


def _subtract(row: dict[int, Fraction], other: dict[int, Fraction], times: Fraction) -> None:
    for c, v in other.items():
        left = row.get(c, Fraction(0)) - times * v
        if left:
            row[c] = left
        else:
            row.pop(c, None)


def worlds(of: System, unseen: NDArray[np.bool_], low: NDArray[np.int64]) -> Iterator[dict[int, int]]:
    """Every table of whole numbers that agrees with what is printed: unseen cell -> count, by plain search."""
    which = [int(c) for c in np.flatnonzero(unseen)]
    equations = []
    for e in range(of.equations):
        terms = {int(of.cell[t]): int(of.sign[t]) for t in range(of.row_start[e], of.row_start[e + 1])}
        rest = int(of.constant[e]) - sum(s * int(of.value[c]) for c, s in terms.items() if not unseen[c])
        equations.append(({c: s for c, s in terms.items() if unseen[c]}, rest))
    top = int(of.value.max())

    def search(at: int, chosen: dict[int, int]) -> Iterator[dict[int, int]]:
        for terms, rest in equations:
            if all(c in chosen for c in terms) and sum(s * chosen[c] for c, s in terms.items()) != rest:
                return
        if at == len(which):
            yield dict(chosen)
            return
        cell = which[at]
        options: Sequence[int] = range(int(low[cell]), top + 1)
        for terms, rest in equations:  # a cell that is alone by now has one value
            if cell in terms and all(c in chosen for c in terms if c != cell):
                left = (rest - sum(s * chosen[c] for c, s in terms.items() if c != cell)) * terms[cell]
                options = [left] if left in range(int(low[cell]), top + 1) else []
                break
        for value in options:
            chosen[cell] = value
            yield from search(at + 1, chosen)
            del chosen[cell]

    yield from search(0, {})
