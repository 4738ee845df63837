"""The one call: tables of counts in, what may be printed of them out.

Belongs here: cells, primary rule and engine put together, and the tables as they may be published. Does not belong
here: reading and writing (the caller passes and takes Arrow), the rules' values (policy seeds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.disclosure.cells import POPULATION, Cells, Part, Rollup, build
from warehouse.disclosure.codes import Codes
from warehouse.disclosure.engine import suppress
from warehouse.disclosure.outcome import Loss, Outcome, loss
from warehouse.disclosure.policy import Policy
from warehouse.disclosure.primary import primary
from warehouse.disclosure.rates import CodedRate, coded


class NotPublishable(RuntimeError):
    """After all repairs something can still be inferred: the tables must not leave, in no part."""


@dataclass(frozen=True, eq=False)
class Protected:
    """Tables under disclosure control. Restricted, except what `table`, `rates` and `report` return.

    Attributes:
        rows: the table that came in.
        dimensions: its columns that tell cells apart.
        cells: the system behind it.
        parts: numerators and denominators.
        policy: the rules applied.
        codes: what rates could tell of hidden numerators; `outcome.standing` says which do.
        outcome: the decision.
    """

    rows: pa.Table
    dimensions: tuple[str, ...]
    cells: Cells
    parts: tuple[Part, ...]
    policy: Policy
    codes: Codes
    outcome: Outcome

    @cached_property
    def hidden(self) -> Any:
        """(rows,) bool: do not print the row's value."""
        return self.outcome.hidden[self.cells.row_cell] & self._asked

    @property
    def _asked(self) -> Any:
        """(rows,) bool: rows to be printed at all."""
        return self.cells.system.printed[self.cells.row_cell]

    def table(self) -> pa.Table:
        """The printed cells: dimensions, `population`, `value` (null where hidden), `is_suppressed`; sorted by key.

        Why a cell is hidden is not in it. Rows of cells that nobody prints are left out.
        """
        self.must_be_publishable()
        cell = self.cells.row_cell
        _, first = np.unique(cell, return_index=True)
        keep = first[self._asked[first]]
        names = [n for n in (*self.dimensions, POPULATION, "cell_key") if n in self.rows.column_names]
        shown = self.rows.select(names).take(keep)
        hidden = self.hidden[keep]
        value = pa.array(self.cells.system.value[cell[keep]], pa.int64(), mask=hidden)
        return shown.append_column("value", value).append_column("is_suppressed", pa.array(hidden))

    def rates(self) -> pa.Table:
        """One row per printed rate: dimensions of the numerator, `population`, `denominator_population`, `rate_text`,
        `rate_pct` (null unless exact), `numerator`, `denominator` (null where hidden), `is_suppressed`.

        A code such as "<=5%" stands where the denominator is printed; everything else that is hidden is empty.
        """
        self.must_be_publishable()
        of, hidden, found = self.cells.system, self.outcome.hidden, self.cells
        row_of, spoken = _row_of(found), self._spoken()
        pair = np.flatnonzero(found.is_rate & of.printed[found.part] & (row_of[found.part] >= 0))
        part, whole = found.part[pair], found.whole[pair]
        shown = self.rows.select([*self.dimensions, POPULATION]).take(row_of[part])
        open_whole = (of.printed[whole] | of.known[whole]) & ~hidden[whole]
        open_part = ~hidden[part]
        texts: list[str | None] = []
        pct: list[float | None] = []
        for at, a, b, part_open, whole_open in zip(
            pair.tolist(), of.value[part].tolist(), of.value[whole].tolist(), open_part, open_whole, strict=True
        ):
            rate = coded(a, b, self.policy)
            said = rate.text if b and whole_open and (part_open if rate.exact else at in spoken) else ""
            texts.append(said or None)
            pct.append(100 * a / b if said and rate.exact else None)
        names = _denominators(found, self.parts)[pair]
        suppressed = pc.is_null(pa.array(texts, pa.string()))
        for name, column in (
            ("denominator_population", pa.array([str(name) for name in names], pa.string())),
            ("rate_text", pa.array(texts, pa.string())),
            ("rate_pct", pa.array(pct, pa.float64())),
            ("numerator", pa.array(of.value[part], pa.int64(), mask=~open_part)),
            ("denominator", pa.array(of.value[whole], pa.int64(), mask=~open_whole)),
            ("is_suppressed", suppressed),
        ):
            shown = shown.append_column(name, column)
        return shown

    def coded_rates(self) -> dict[int, dict[str, CodedRate]]:
        """Row of a hidden numerator -> denominator's population -> the code that is printed."""
        of = self.cells.system
        row_of, names = _row_of(self.cells), _denominators(self.cells, self.parts)
        found: dict[int, dict[str, CodedRate]] = {}
        for pair in sorted(self._spoken()):
            part, whole = self.cells.part[pair], self.cells.whole[pair]
            code = coded(int(of.value[part]), int(of.value[whole]), self.policy)
            if row_of[part] >= 0 and code.text:
                found.setdefault(int(row_of[part]), {})[str(names[pair])] = code
        return found

    def _spoken(self) -> set[int]:
        """Positions, among all pairs, of those whose code is printed."""
        rates = np.flatnonzero(self.cells.is_rate)
        return set(rates[self.codes.pair[self.outcome.standing]].tolist())

    def lost(self, by: str) -> dict[str, Loss]:
        """What was lost for each value of a column of the rows, such as `population` or `area_level`."""
        of = self.cells.system
        found = {}
        for value in sorted(pc.unique(self.rows[by]).to_pylist()):
            within = np.zeros(of.cells, np.bool_)
            within[self.cells.row_cell[pc.equal(self.rows[by], value).combine_chunks().to_numpy(False)]] = True
            found[str(value)] = loss(of, self.outcome.hidden, within)
        return found

    def report(self) -> dict[str, Any]:
        """Figures that may be published: what was lost, and that the audits found nothing. No reasons."""
        o = self.outcome
        return {
            "cells": o.loss.cells,
            "hidden_cells": o.loss.hidden_cells,
            "share_of_cells_hidden": round(o.loss.share_of_cells, 4),
            "exactly_recoverable": o.recoverable + o.forced,
            "intervals_tried": o.attack.sampled if o.attack else 0,
            "narrower_than_width": o.narrow,
            "width": self.policy.width,
            "revised_since_earlier_release": self.cells.revised,
            "publishable": o.publishable,
        }

    def must_be_publishable(self) -> None:
        """Raises NotPublishable where something can still be inferred."""
        if not self.outcome.publishable:
            raise NotPublishable(
                f"{self.outcome.recoverable + self.outcome.forced} cells can be computed exactly and "
                f"{self.outcome.narrow} too nearly after {self.outcome.rounds} rounds of repair; "
                "publish a coarser table, or fewer"
            )


def protect(
    cells: pa.Table,
    *,
    dimensions: Sequence[str],
    rollups: Sequence[Rollup],
    parts: Sequence[Part],
    policy: Policy,
    seed: int,
    previous: pa.Table | None = None,
    equations: pa.Table | None = None,
    told_before: Mapping[int, frozenset[str]] | None = None,
) -> Protected:
    """Decides what of the tables may be printed. Arguments as in `cells.build`; the rest:

    Args:
        policy: the state's rules.
        told_before: row of a numerator that has not changed since an earlier release -> denominators whose codes that
            release printed; it printed no other.
        seed: of ties and samples; same input and seed, same outcome, whatever the order of the rows.

    Raises:
        ValueError, NotAdditive: the tables contradict themselves.
        RuntimeError: HiGHS did not come to an end.
    """
    found = build(
        cells, dimensions=dimensions, rollups=rollups, parts=parts, previous=previous, equations=equations
    )  # fmt: skip
    people = np.ones(found.system.cells, np.bool_)
    people[found.rest[~found.is_people]] = False
    rule = primary(
        found.system, policy, rates=found.rates, complement=found.complement, people=people, largest=found.largest
    )
    of, sensitive = found.system, rule.sensitive | found.revised_cells
    # Whoever knows the rest of a coded rate knows its numerator: "all of them" is as sensitive as "none".
    told = found.is_rate & sensitive[found.part] & (of.value[found.rest] == 0)
    sensitive[found.rest[told]] = True
    codes = _as_told(rule.codes, found, parts, told_before or {})
    outcome = suppress(
        of, sensitive, policy, seed=seed, hidden=found.kept, codes=codes, silent_zero=rule.silent_zero, dear=found.dear
    )  # fmt: skip
    return Protected(cells, tuple(dimensions), found, tuple(parts), policy, codes, outcome)


def _as_told(codes: Codes, found: Cells, parts: Sequence[Part], before: Mapping[int, frozenset[str]]) -> Codes:
    """The codes, with what an earlier release printed of them; `before` is `told_before` of `protect`."""
    fixed, gone = codes.fixed.copy(), codes.gone.copy()
    names = _denominators(found, parts)[np.flatnonzero(found.is_rate)[codes.pair]]
    row = _row_of(found)[codes.numerator]
    for at in np.flatnonzero(codes.is_code & np.isin(row, list(before))).tolist():
        (fixed if str(names[at]) in before[int(row[at])] else gone)[at] = True
    return replace(codes, fixed=fixed, gone=gone)


def _row_of(found: Cells) -> Any:
    """(cells,) the first row of each cell, -1 where none has it."""
    row_of = np.full(found.system.cells, -1, np.int64)
    row_of[found.row_cell[::-1]] = np.arange(len(found.row_cell))[::-1]
    return row_of


def _denominators(found: Cells, parts: Sequence[Part]) -> Any:
    """(pairs,) the population of each pair's whole."""
    return np.repeat(np.array([p.whole for p in parts], object), found.pairs_of_part)
