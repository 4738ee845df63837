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
    int64(int32[::1], int32[::1], int64[::1], int32[::1], int32[::1], int32[::1], int32[::1], int64[::1], int32[::1],
          int32[::1], int32[::1], uint8[::1]),
    cache=True,
    nogil=True,
    error_model="numpy",
)  # fmt: skip
def walk(  # pragma: no cover - compiled
    text: Any,
    line: Any,
    keys: Any,
    steps: Any,
    after: Any,
    grows: Any,
    opens: Any,
    state: Any,
    out_step: Any,
    out_group: Any,
    out_open: Any,
    hard: Any,
) -> Any:
    """Take the steps of all postings as far as they are known.

    Args:
        text, line: [n] the lines of the postings, in order.
        keys, steps: [a power of two] standing << 32 | line -> step, -1: free.
        after: [steps] the standing that it leads to, HARD: the posting is to be read as a whole.
        grows: [steps] OR-groups that it opens.
        opens: [steps] the open group after it: -1 as before, 0 none, else counted from the groups before the step.
        state: [5] position, text, standing, groups, open group; moved on.
        out_step, out_group, out_open: [n] the step at each line, groups and open group before it.
        hard: [texts] 1 where a posting is to be read as a whole.

    Returns:
        1 when all is done, 0 where a step is missing: from state[2] by line[state[0]].
    """
    size = len(keys)
    k = state[0]
    while k < len(text):
        if text[k] != state[1]:
            state[1] = text[k]
            state[2] = 0
            state[3] = 0
            state[4] = 0
        if hard[text[k]]:
            k += 1
            continue
        key = state[2] << 32 | int64(line[k])
        slot = _slot(key, size)
        while steps[slot] >= 0 and keys[slot] != key:
            slot = (slot + 1) & (size - 1)
        step = steps[slot]
        if step < 0:
            state[0] = k
            return int64(0)
        out_step[k] = step
        out_group[k] = state[3]
        out_open[k] = state[4]
        if after[step] == HARD:
            hard[text[k]] = 1
        else:
            if opens[step] == 0:
                state[4] = 0
            elif opens[step] > 0:
                state[4] = state[3] + opens[step]
            state[3] += grows[step]
            state[2] = after[step]
        k += 1
    state[0] = k
    return int64(1)


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
