"""From sensitive cells to a pattern that passes the audits: hide, audit, repair, until nothing is found.

Belongs here: the order of the steps and when to stop. Does not belong here: the steps themselves, and how tables become
a system (cells.py).

1. The pattern: the heuristic of pattern.py, or the optimum of HiGHS.
2. Bounds: cells that single equations confine to less than the width get company (pattern.py again, with what the
   bounds say of each cell's slack).
   Before that, codes of rates that confine a cell are taken back: a code less costs nothing that is printed.
3. The rank audit; a cell that can be computed goes to the attacker's programme, whose prices name the printed cells
   that give it away, and the cheapest of these is hidden; or the code on which it hangs is taken back.
4. The attacker's programmes on a fresh sample; narrow cells are repaired in the same way, and all steps are repeated.

The dear cells are hidden by repairs only, and zeros only when nothing else is left to hide. Same input and seed, same
outcome.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from warehouse.disclosure.attacker import Intervals, intervals
from warehouse.disclosure.bounds import propagated
from warehouse.disclosure.codes import Codes, no_codes
from warehouse.disclosure.optimum import cheapest
from warehouse.disclosure.outcome import Attack, Outcome, attack_of, loss
from warehouse.disclosure.pattern import complete
from warehouse.disclosure.policy import Policy
from warehouse.disclosure.rank import recoverable
from warehouse.disclosure.system import Ints, Mask, System

_LAST_BUT_ZEROS = 1e-7
_MOST_AT_ONCE = 200  # cells that one round hands to the programmes; the next round finds the rest


def suppress(
    of: System,
    sensitive: Mask,
    policy: Policy,
    *,
    seed: int,
    hidden: Mask | None = None,
    codes: Codes | None = None,
    silent_zero: Mask | None = None,
    dear: Mask | None = None,
) -> Outcome:
    """Decides which cells to hide, and which codes of rates to take back.

    Args:
        of: cells and equations.
        sensitive: (cells,) from the primary rule; unprinted cells too.
        policy: the state's rules.
        seed: of ties and samples.
        hidden: (cells,) hidden in any case, such as in the release before.
        codes: what rates tell in public of hidden numerators.
        silent_zero: (cells,) would be hidden if they were zero too: hiding them does not tell that they are not.
        dear: (cells,) printed as long as anything else can be hidden in their stead.
    """
    none = np.zeros(of.cells, np.bool_)
    work = _Work(
        of, sensitive, policy, seed, none if hidden is None else hidden, codes or no_codes(),
        none if silent_zero is None else silent_zero, none if dear is None else dear,
    )  # fmt: skip
    work.pattern()
    attack = work.repair()
    return work.outcome(attack)


@dataclass
class _Work:
    of: System
    sensitive: Mask
    policy: Policy
    seed: int
    kept: Mask
    codes: Codes
    silent_zero: Mask
    dear: Mask
    begun: float = field(default_factory=time.perf_counter)
    programmes: int = 0
    attack_seconds: float = 0.0
    rounds: int = 0
    pattern_cells: int = 0

    def __post_init__(self) -> None:
        of = self.of
        self.primary = self.sensitive & of.printed & ~of.known
        self.hidden = self.primary | (self.kept & of.printed & ~of.known)
        self.secret = of.secret
        self.idle = np.zeros(of.cells, np.bool_)  # hiding them protects nobody
        self.may_hide = of.printed & ~of.known & (of.value > 0) & ~self.dear
        parent = np.zeros(of.cells, np.bool_)
        parent[of.cell[of.sign > 0]] = True
        base = np.ones(of.cells) if self.policy.cost == "cells" else np.maximum(of.value, 1).astype(np.float64)
        self.cost = base * np.where(parent, self.policy.total_cost, 1.0)
        self.not_zero = (of.value > 0) & self.policy.zeros_printed & ~self.silent_zero  # hiding them says so
        self.taken = self.codes.too_narrow(of.cells, self.policy.width)  # codes that are not printed after all
        self.tie = np.random.default_rng(self.seed).permutation(of.cells).astype(np.int64)

    @property
    def unseen(self) -> Mask:
        """(cells,) what readers do not see."""
        return self.hidden | self.secret

    @property
    def guarded(self) -> Mask:
        """(cells,) unseen cells that must not become known."""
        return self.hidden | (self.secret & self.sensitive)

    @property
    def standing(self) -> Mask:
        """(codes,) that readers can use: printed, or known to lie between, of a denominator that they see."""
        seen = (self.of.printed | self.of.known) & ~self.hidden
        return ~self.taken & seen[self.codes.denominator]

    def granted(self, codes: bool = True) -> tuple[Ints, Ints]:
        """(cells,) low and high that readers take for granted: coded rates, and that what is hidden is not zero.

        Where zeros had to be hidden readers cannot be sure of that; we let them know which ones, to be safe.
        `codes` False leaves out the codes that could be taken back.
        """
        used = self.standing & self.unseen[self.codes.numerator] & (codes | ~self.codes.may_go)
        low, high = self.codes.bounds(self.of.cells, used)
        return np.maximum(np.maximum(self.of.low, (self.hidden & self.not_zero).astype(np.int64)), low), np.minimum(
            self.of.high, high
        )

    def floor(self) -> Ints:
        """(cells,) the least that readers would take for granted of a cell if it were hidden."""
        low, _ = self.codes.bounds(self.of.cells, self.standing)
        return np.maximum(np.maximum(self.of.low, self.not_zero.astype(np.int64)), low)

    def pattern(self) -> None:
        """Hides by the heuristic or the optimum."""
        of = self.of
        found = self._complete(of.value - self.floor(), 0 if self.policy.optimum_seconds else self.policy.width)
        if self.policy.optimum_seconds:
            found = cheapest(
                of, self.unseen, self.guarded, self.may_hide, self.cost,
                seconds=self.policy.optimum_seconds, start=found, seed=self.seed,
            ).chosen  # fmt: skip
        self.hidden |= found
        self.pattern_cells = int((self.hidden & ~self.primary).sum())

    def repair(self) -> Attack | None:
        """Rounds of bounds, rank audit and attack until a round finds nothing; the last attack."""
        sample: Intervals | None = None
        for _ in range(self.policy.most_rounds):
            self.rounds += 1
            self._retract()
            self._widen()
            found = np.flatnonzero(recoverable(self.of, self.unseen, seed=self.seed) & self.guarded)
            tight = np.flatnonzero(self._narrow())
            if len(found) or len(tight):
                few = np.union1d(found, tight)
                if not self._loosen(self._attack(self._some(few, _MOST_AT_ONCE))) and not self._free(found):
                    break
                continue
            sample = self._attack(self._some(np.flatnonzero(self.guarded), self.policy.sample))
            if not self._loosen(sample):
                break
        return attack_of(sample, self.needed(), self.programmes, self.attack_seconds) if sample else None

    def outcome(self, attack: Attack | None) -> Outcome:
        """The final audit of what is hidden now."""
        of, unseen, guarded = self.of, self.unseen, self.guarded
        low, high = propagated(of, unseen, *self.granted())
        narrow = int((guarded & (high - low < self.needed())).sum())
        hidden_zeros = self.hidden & (of.value == 0) & ~self.primary
        return Outcome(
            hidden=self.hidden,
            standing=self.standing & self.codes.is_code & self.hidden[self.codes.numerator],
            primary=self.primary,
            pattern=self.pattern_cells,
            repaired=int((self.hidden & ~self.primary).sum()) - self.pattern_cells,
            zeros=int(hidden_zeros.sum()),
            recoverable=int((recoverable(of, unseen, seed=self.seed + 1) & guarded).sum()),
            forced=int((guarded & (low == high)).sum()),
            exposed=int((self.sensitive & of.known).sum()),
            narrow=max(narrow, attack.narrow if attack else 0),
            rounds=self.rounds,
            attack=attack,
            loss=loss(of, self.hidden),
            seconds=time.perf_counter() - self.begun - self.attack_seconds,
        )

    def needed(self) -> Ints:
        """(cells,) the width that each interval must have: the policy's, or what a coded rate leaves of it."""
        return np.minimum(self.policy.width, self.of.high - self.of.low)

    # ------------------------------------------------------------------------------------------------------- the steps

    def _complete(self, slack: Ints, width: int) -> Mask:
        return complete(
            self.of, self.unseen, self.guarded, self.may_hide, self.cost, self.tie, slack=slack, width=width
        )  # fmt: skip

    def _widen(self) -> None:
        """Company for cells that single equations confine, until that adds nothing."""
        while True:
            low, _ = propagated(self.of, self.unseen, *self.granted())
            least = np.where(self.unseen, low, self.floor())
            found = self._complete(self.of.value - least, self.policy.width)
            if not found.any():
                return
            self.hidden |= found

    def _retract(self) -> None:
        """Takes codes back that confine cells, the nearest ones first, until what is still confined is so without."""
        of = self.of
        while True:
            narrow = self._narrow() & ~self._narrow(codes=False)
            if not narrow.any():
                return
            near = narrow
            own = self.standing & self.codes.may_go
            while not (found := own & near[self.codes.numerator]).any():
                rows = np.zeros(of.equations, np.bool_)
                rows[of.row[near[of.cell]]] = True
                reached = near.copy()
                reached[of.cell[rows[of.row]]] = True
                reached &= self.unseen
                if (reached == near).all():
                    return
                near = reached
            self.taken |= found

    def _free(self, found: Ints) -> bool:
        """Prints again what can be computed, is not sensitive itself, and cannot be helped: it protects nobody, for
        whoever looks for it has it already. False where there is no such cell."""
        idle = np.zeros(self.of.cells, np.bool_)
        idle[found] = True
        idle &= self.hidden & ~self.sensitive & ~self.kept
        self.hidden &= ~idle
        self.may_hide &= ~idle
        self.idle |= idle
        return bool(idle.any())

    def _narrow(self, codes: bool = True) -> Mask:
        """(cells,) guarded cells that bounds alone confine to less than they need."""
        low, high = propagated(self.of, self.unseen, *self.granted(codes))
        return self.guarded & (high - low < self.needed())

    def _some(self, cells: Ints, count: int) -> Ints:
        """At most `count` of the cells, at random, ascending; 0 takes all."""
        if not count or len(cells) <= count:
            return cells
        rng = np.random.default_rng((self.seed, self.rounds))
        return np.sort(rng.choice(cells, count, replace=False))

    def _attack(self, cells: Ints) -> Intervals:
        begun = time.perf_counter()
        found = intervals(
            self.of, self.unseen, *self.granted(), cells, needed=self.needed(), worth=self._worth(),
            exact=False, coded=self._coded(),
        )  # fmt: skip
        self.attack_seconds += time.perf_counter() - begun
        self.programmes += found.programmes
        return found

    def _worth(self) -> NDArray[np.float64]:
        """(cells,) how gladly we hide a cell, 0 where we may not: room for others per cost; zeros last."""
        of = self.of
        room = np.minimum(of.value, self.policy.width) / self.policy.width
        free = of.printed & ~of.known & ~self.hidden & ~self.idle
        bare = np.bincount(of.row[self.unseen[of.cell]], minlength=of.equations) == 0
        breaks = np.bincount(of.cell[bare[of.row]], minlength=of.cells)
        gladly = room / (self.cost * (1.0 + breaks)) + 1e-9 / (1.0 + breaks)
        gladly = np.where(self.dear, _LAST_BUT_ZEROS, gladly)
        return np.where(free, gladly * (1.0 + 1e-9 * self.tie / max(of.cells, 1)), 0.0)

    def _coded(self) -> Mask:
        """(cells,) of which a code that could be taken back tells something."""
        cells = np.zeros(self.of.cells, np.bool_)
        cells[self.codes.numerator[self.standing & self.codes.may_go]] = True
        return cells

    def _loosen(self, found: Intervals) -> bool:
        """Takes codes back that narrow intervals hang on, or hides what they hang on; False when none is narrow, or
        none can be helped."""
        narrow = found.width < self.needed()[found.cell]
        told = np.isin(self.codes.numerator, found.told[narrow & (found.told >= 0)]) & self.codes.may_go & ~self.taken
        self.taken |= told
        partners = np.unique(found.partner[narrow & (found.told < 0) & (found.partner >= 0)])
        self.hidden[partners] = True
        return bool(len(partners)) or bool(told.any())
