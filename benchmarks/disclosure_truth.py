"""A table of counts with small cells, generated from one seed: area x credential x sex, with all its totals.

Belongs here: how the numbers arise, and the counts that the table must show. Does not belong here: disclosure control.

1 state, 8 regions and 120 districts; 1 total, 16 fields and 300 credentials; 1 total and 2 sexes: 122,679 cells under
56,031 equations. Districts differ in size, credentials in popularity, each district offers only some of them, and sexes
choose differently. Poisson counts with these means come near the counts of the table that the targets of this project
were measured on; the last few cells are then moved by single students until the number of non-zero cells and of cells
from 1 to 9 are the same as there, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 20_260
REGIONS, DISTRICTS = 8, 120
FIELDS, CREDENTIALS = 16, 300
SEXES = 2
CELLS, EQUATIONS, NON_ZERO, SMALL = 122_679, 56_031, 39_702, 22_818
SMALL_BELOW = 10


@dataclass(frozen=True)
class Table:
    """The table, dense.

    Attributes:
        counts: int64, (129, 317, 3): state, regions, districts x total, fields, credentials x total, sexes.
        region_of: int64, (120,): 0 .. 7 for each district.
        field_of: int64, (300,): 0 .. 15 for each credential.
    """

    counts: NDArray[np.int64]
    region_of: NDArray[np.int64]
    field_of: NDArray[np.int64]


def table(seed: int = SEED, districts: int = DISTRICTS, credentials: int = CREDENTIALS, *, exact: bool = True) -> Table:
    """The table of a seed; `exact` moves single students until the counts above are met (full size only)."""
    rng = np.random.default_rng(seed)
    region_of = np.arange(districts) * REGIONS // districts
    field_of = np.sort(np.concatenate([np.arange(FIELDS), rng.integers(0, FIELDS, credentials - FIELDS)]))
    size = rng.lognormal(0.0, 0.8, districts)
    popular = rng.lognormal(0.0, 1.35, credentials)
    offered = rng.random((districts, credentials)) < np.clip(0.28 * size[:, None] ** 0.35 * popular**0.35, 0.0, 1.0)
    lean = rng.beta(1.2, 1.2, credentials)
    mean = 1.2 * size[:, None] * popular * rng.lognormal(0.0, 0.5, (districts, credentials)) * offered
    leaves = rng.poisson(mean[..., None] * np.stack([lean, 1 - lean], -1)).astype(np.int64)
    if exact:
        _settle(leaves, region_of, field_of, rng)
    return Table(_totals(leaves, region_of, field_of), region_of, field_of)


def additivity(made: Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(terms,) each: equation, cell and sign of every equation "parent = sum of children"."""
    number = np.arange(made.counts.size).reshape(made.counts.shape)
    areas = [(0, np.arange(REGIONS) + 1)]
    areas += [(1 + r, 1 + REGIONS + np.flatnonzero(made.region_of == r)) for r in range(REGIONS)]
    groups = [(0, np.arange(FIELDS) + 1)]
    groups += [(1 + f, 1 + FIELDS + np.flatnonzero(made.field_of == f)) for f in range(FIELDS)]
    sexes = [(0, np.arange(SEXES) + 1)]
    equation, cell, sign, count = [], [], [], 0
    for axis, edges in enumerate((areas, groups, sexes)):
        lines = np.moveaxis(number, axis, 0).reshape(number.shape[axis], -1)
        for parent, children in edges:
            numbers = count + np.arange(lines.shape[1])
            equation += [numbers, np.broadcast_to(numbers, (len(children), len(numbers))).ravel()]
            cell += [lines[parent], lines[children].ravel()]
            sign += [np.ones(len(numbers), np.int64), np.full(len(children) * len(numbers), -1)]
            count += len(numbers)
    return np.concatenate(equation), np.concatenate(cell), np.concatenate(sign)


def _totals(leaves: NDArray[np.int64], region_of: NDArray[np.int64], field_of: NDArray[np.int64]) -> NDArray[np.int64]:
    regions = np.zeros((REGIONS, *leaves.shape[1:]), np.int64)
    np.add.at(regions, region_of, leaves)
    areas = np.concatenate([leaves.sum(0, keepdims=True), regions, leaves])
    fields = np.zeros((areas.shape[0], FIELDS, SEXES), np.int64)
    np.add.at(fields, (slice(None), field_of), areas)
    groups = np.concatenate([areas.sum(1, keepdims=True), fields, areas], 1)
    return np.concatenate([groups.sum(2, keepdims=True), groups], 2)


def _settle(
    leaves: NDArray[np.int64], region_of: NDArray[np.int64], field_of: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Moves students one by one, in place, while that brings both counts nearer."""
    counts = _totals(leaves, region_of, field_of)

    def miss(found: tuple[int, int]) -> int:
        return abs(found[0] - NON_ZERO) + abs(found[1] - SMALL)

    def seen(part: NDArray[Any]) -> tuple[int, int]:
        return int(np.count_nonzero(part)), int(np.count_nonzero((part > 0) & (part < SMALL_BELOW)))

    now = seen(counts)
    while miss(now):
        district, credential = int(rng.integers(len(region_of))), int(rng.integers(len(field_of)))
        sex, step = int(rng.integers(SEXES)), int(rng.choice([-6, -2, -1, 1, 2, 6]))
        if leaves[district, credential, sex] + step < 0:
            continue
        where = np.ix_(
            [0, 1 + region_of[district], 1 + REGIONS + district],
            [0, 1 + field_of[credential], 1 + FIELDS + credential],
            [0, 1 + sex],
        )
        before, after = seen(counts[where]), seen(counts[where] + step)
        new = (now[0] + after[0] - before[0], now[1] + after[1] - before[1])
        if miss(new) < miss(now):
            now = new
            counts[where] += step
            leaves[district, credential, sex] += step
