"""Disclosure control on 122,679 cells: nothing recoverable, few cells hidden besides, in seconds.

    python -m benchmarks.disclosure [--json]

The table is `disclosure_truth`'s: 39,702 non-zero cells, 22,818 of them from 1 to 9, 56,031 equations; zeros printed.

**Zero**: cells that can be computed exactly over all printed tables, by the rank audit and by sizes alone, at the end.

**Secondary cells** before repairs, beside the proven optimum of HiGHS for the rule "no equation with exactly one hidden
cell", and what repairs added. Twice: "narrow" is that same rule, for like with like; "whole" is the pattern in use,
which also leaves the cells of each equation enough room. The limit holds for the latter. The optimum is audited too: it
shows what the rule alone leaves open.

**Seconds** of wall clock for everything from the true counts to the last audit, without the attacker's programmes.

**Attack**: 200 hidden cells by linear programmes over all equations, timed apart: tables that agree with all that is
printed and show that readers cannot know the cell to within the width, else its least and most. The deciles are of the
widths that were proven. Readers are taken to know that a hidden cell is not zero, as zeros are printed.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks.harness import Bench, Figure, main, run

NAME, LIMIT = "disclosure control, figures past their limit", 0.0
MOST_SECONDS = 30.0
MOST_OF_OPTIMUM = 1.25
SAMPLE = 200
WIDTH = 5
MIN_COUNT = 10
OPTIMUM_SECONDS = 120.0
SEED = 11


def measure(bench: Bench) -> Figure:
    """All of it in a process of its own; the figure is how many of the limits are not met."""
    child = run([sys.executable, "-m", "benchmarks.disclosure", "--once"], bench.environment)
    told = child.report()
    missed = [name for name, met in told.pop("limits").items() if not met]
    detail = {"cpu_seconds": round(child.cpu_seconds, 2), **told}
    if missed:
        detail["past their limit"] = "; ".join(missed)
    return Figure(NAME, LIMIT, float(len(missed)), unit="figures", detail=detail, peak_bytes=child.peak_bytes)


def once() -> dict[str, Any]:
    """Everything that the figure tells, and which limits are met."""
    import numpy as np

    from benchmarks import disclosure_truth as truth
    from warehouse.disclosure.bounds import propagated
    from warehouse.disclosure.engine import suppress
    from warehouse.disclosure.optimum import cheapest
    from warehouse.disclosure.pattern import complete
    from warehouse.disclosure.policy import Policy
    from warehouse.disclosure.primary import primary
    from warehouse.disclosure.rank import recoverable
    from warehouse.disclosure.system import OPEN, system

    made = truth.table()
    equation, cell, sign = truth.additivity(made)
    policy = Policy(
        min_count=MIN_COUNT, min_complement=MIN_COUNT, min_denominator=MIN_COUNT, zeros_printed=True, width=WIDTH,
        sample=SAMPLE, bands=(), dominance=None, cost="cells", total_cost=1.0, optimum_seconds=0.0, most_rounds=20,
    )  # fmt: skip
    begun = time.perf_counter()
    of = system(made.counts.ravel(), equation, cell, sign)
    sensitive = primary(of, policy).sensitive
    prepared = time.perf_counter() - begun
    found = suppress(of, sensitive, policy, seed=SEED)

    may_hide, cost = of.value > 0, np.ones(of.cells)
    tie = np.random.default_rng(SEED).permutation(of.cells)
    alone = complete(of, sensitive, sensitive, may_hide, cost, tie)
    begun = time.perf_counter()
    best = cheapest(of, sensitive, sensitive, may_hide, cost, seconds=OPTIMUM_SECONDS, start=alone)
    solving = time.perf_counter() - begun
    open_ = sensitive | best.chosen
    low, high = propagated(of, open_, np.where(open_, 1, 0), np.full(of.cells, OPEN))
    attack = found.attack
    assert attack is not None
    seconds = prepared + found.seconds
    return {
        "cells": of.cells,
        "equations": of.equations,
        "non-zero": int((of.value > 0).sum()),
        "primary": int(found.primary.sum()),
        "secondary before repairs": {
            "narrow rule": int(alone.sum()),
            "whole rule": found.pattern,
            "optimum of the narrow rule": int(best.cost),
            "proven": best.proved,
            "narrow / optimum": round(int(alone.sum()) / best.bound, 3),
            "whole / optimum": round(found.pattern / best.bound, 3),
        },
        "repairs": {"cells added": found.repaired, "zeros": found.zeros, "rounds": found.rounds},
        "after repairs": {
            "recoverable": found.recoverable,
            "forced by sizes": found.forced,
            "narrower than the width by bounds, of all hidden cells": found.narrow,
            "hidden": int(found.hidden.sum()),
            "share of non-zero cells hidden": round(float(found.hidden.sum() / (of.value > 0).sum()), 3),
        },
        "the optimum alone would leave": {
            "recoverable": int((recoverable(of, open_) & open_).sum()),
            "forced by sizes": int((open_ & (low == high)).sum()),
            "narrower than the width": int((open_ & (high - low < WIDTH)).sum()),
        },
        "attack": {
            "sampled": attack.sampled,
            "narrower than the width": attack.narrow,
            "deciles of the widths": " ".join(map(str, attack.widths)),
            "programmes": attack.programmes,
            "seconds": round(attack.seconds, 1),
        },
        "seconds": {"suppression with audits": round(seconds, 2), "optimum": round(solving, 1)},
        "limits": {
            "the table has the counts of the target": (
                int((of.value > 0).sum()), int(found.primary.sum()), of.equations, of.cells,
            ) == (truth.NON_ZERO, truth.SMALL, truth.EQUATIONS, truth.CELLS),
            "nothing recoverable": found.recoverable == found.forced == 0,
            "secondary cells beside the optimum": best.proved and found.pattern <= MOST_OF_OPTIMUM * best.bound,
            "seconds": seconds <= MOST_SECONDS,
            "attacked cells": attack.sampled >= SAMPLE,
            "widths": found.narrow == 0 and attack.narrow == 0,
        },
    }  # fmt: skip


if __name__ == "__main__":
    if "--once" in sys.argv:
        print(json.dumps(once()))
    else:
        main(sys.modules[__name__])
