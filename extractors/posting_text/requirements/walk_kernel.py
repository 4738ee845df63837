"""Postings, line by line, from standing to standing (J10). Importing this module imports numba."""

from __future__ import annotations

from typing import Any

from extractors.compiled import njit, types

int32, int64, uint8, uint64 = types.int32, types.int64, types.uint8, types.uint64
HARD = -1
_HELPER: Any = {"cache": True, "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


@njit(int64(int64, int64), **_HELPER)
def _slot(key: Any, size: Any) -> Any:  # pragma: no cover - compiled
    return int64((uint64(key) * uint64(0x9E3779B97F4A7C15) >> uint64(32)) & uint64(size - 1))


@njit(
    int64(int32[::1], int64[::1], int32[::1], int64[::1], int32[::1], int32[::1], int32[::1], int32[::1], int64[::1],
          int64[:, ::1], int64[::1], int32[::1], int32[::1], int32[::1], uint8[::1]),
    cache=True,
    nogil=True,
    error_model="numpy",
)  # fmt: skip
def walk(  # pragma: no cover - compiled
    text: Any,
    ends: Any,
    line: Any,
    keys: Any,
    steps: Any,
    after: Any,
    grows: Any,
    opens: Any,
    pending: Any,
    state: Any,
    missing: Any,
    out_step: Any,
    out_group: Any,
    out_open: Any,
    hard: Any,
) -> Any:
    """Take the steps of the pending postings as far as they are known.

    Args:
        text, ends: [postings] number, and where the lines end.
        line: [n] the lines of the postings, in order.
        keys, steps: [a power of two] standing << 32 | line -> step, -1: free.
        after: [steps] the standing that it leads to, HARD: the posting is to be read as a whole.
        grows: [steps] OR-groups that it opens.
        opens: [steps] the open group after it: -1 as before, 0 none, else counted from the groups before the step.
        pending: [postings] which to take; those that miss a step come to stand first, in their order.
        state: [postings, 4] next line, standing, groups, open group; moved on.
        missing: [postings] the keys of the missing steps.
        out_step, out_group, out_open: [n] the step at each line, groups and open group before it.
        hard: [texts] 1 where a posting is to be read as a whole.

    Returns:
        how many miss a step.
    """
    size = len(keys)
    waiting = int64(0)
    for p in range(len(pending)):
        at = pending[p]
        k, standing, groups, open_group = state[at, 0], state[at, 1], state[at, 2], state[at, 3]
        while k < ends[at]:
            key = standing << 32 | int64(line[k])
            slot = _slot(key, size)
            while steps[slot] >= 0 and keys[slot] != key:
                slot = (slot + 1) & (size - 1)
            step = steps[slot]
            if step < 0:
                missing[waiting] = key
                pending[waiting] = at
                waiting += 1
                break
            out_step[k] = step
            out_group[k] = groups
            out_open[k] = open_group
            if after[step] == HARD:
                hard[text[at]] = 1
                break
            if opens[step] == 0:
                open_group = int64(0)
            elif opens[step] > 0:
                open_group = groups + opens[step]
            groups += grows[step]
            standing = int64(after[step])
            k += 1
        state[at, 0], state[at, 1], state[at, 2], state[at, 3] = k, standing, groups, open_group
    return waiting


@njit(
    int64(int64[::1], int32[::1], int64[::1], int32[::1]), cache=True, nogil=True, error_model="numpy"
)  # fmt: skip
def put(keys: Any, steps: Any, new_keys: Any, new_steps: Any) -> Any:  # pragma: no cover - compiled
    """Put steps into the table of `walk`; returns how many."""
    size = len(keys)
    for n in range(len(new_keys)):
        slot = _slot(new_keys[n], size)
        while steps[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        keys[slot] = new_keys[n]
        steps[slot] = new_steps[n]
    return int64(len(new_keys))
