"""Killing a piece of work at each of its durable steps: a process of its own dies at the n-th flush to the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

_KILLED = 77


def killed_at_each_step(work: Callable[[], object], fresh: Callable[[], object], at_least: int) -> Iterator[int]:
    """For n = 1, 2, …: `fresh()`, then `work()` in a child that is gone at its n-th `os.fsync`; yields n.

    Ends when the work gets through, which must take `at_least` steps. Nothing is cleaned up, as after `kill -9` or a
    power failure.
    """
    step = 0
    while True:
        step += 1
        fresh()
        child = os.fork()
        if child == 0:
            _run_and_die(work, step)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            assert step > at_least
            return
        assert code == _KILLED, f"the work failed at step {step} with {code}"
        yield step


def _run_and_die(work: Callable[[], object], step: int) -> None:
    flush, left = os.fsync, step

    def dying(handle: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(_KILLED)
        flush(handle)

    os.fsync = dying
    try:
        work()
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)
