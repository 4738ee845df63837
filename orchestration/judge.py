"""The judge: a child process that has Great Expectations loaded while this one still asks agencies or runs dbt.

Belongs here: starting it, handing it tables, ending it. Does not belong here: what must hold (`expectations`).

Importing Great Expectations takes five to eight seconds of one core, and two cores are there: the child imports while
the parent works, so a changed policy is released that much sooner. Requests and answers are pickles on the child's
standard input and output; when the parent dies its end of the pipe closes and the child ends by itself. Where no child
runs, or it dies, the gates are judged in this process: slower, and to the same verdict.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any

from orchestration.home import seldom_collected
from warehouse.paths import CHECKOUT

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.model import GateResult

_at_hand: ContextVar[Judge | None] = ContextVar("judge", default=None)


class Judge:
    """The parent's end."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()

    def start(self) -> None:
        """Let the child begin to import; returns at once. Does nothing when it runs already."""
        if self._child is None:
            path = os.pathsep.join(p for p in (str(CHECKOUT), os.environ.get("PYTHONPATH", "")) if p)
            self._child = subprocess.Popen(
                [sys.executable, "-m", "orchestration.judge"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )

    def ask(self, door: str, table_name: str, table: pa.Table, options: Mapping[str, Any]) -> GateResult:
        """A verdict.

        Raises:
            LookupError: there is no gate for the table.
        """
        with self._asking:  # one question, one answer: `ahead` asks while a gate may
            self.start()
            child = self._child
            assert child is not None and child.stdin is not None and child.stdout is not None
            try:
                pickle.dump((door, table_name, table, dict(options)), child.stdin, protocol=5)
                child.stdin.flush()
                answer = pickle.load(child.stdout)  # noqa: S301 - our own child's words
            except (OSError, EOFError, pickle.UnpicklingError):
                self.end()
                return judge_here(door, table_name, table, options)
        if isinstance(answer, Exception):
            raise answer
        verdict: GateResult = answer
        return verdict

    def end(self) -> None:
        """End the child; it has nothing to lose."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            child.wait()


@contextlib.contextmanager
def judge_at_hand() -> Iterator[Judge]:
    """Inside the block `verdict` asks this judge. It starts with the first question, or earlier by `start`."""
    judge = Judge()
    token = _at_hand.set(judge)
    try:
        yield judge
    finally:
        _at_hand.reset(token)
        judge.end()


def is_at_hand() -> bool:
    """True inside `judge_at_hand`."""
    return _at_hand.get() is not None


def verdict(door: str, table_name: str, table: pa.Table, options: Mapping[str, Any]) -> GateResult:
    """The verdict of a gate: by the judge at hand, else in this process.

    Args:
        door: landing | release.
        table_name: raw table's full name, or mart.
        options: keyword arguments of `expectations.runner.landing_gate` or `release_gate`.
    """
    judge = _at_hand.get()
    return judge.ask(door, table_name, table, options) if judge else judge_here(door, table_name, table, options)


def judge_here(door: str, table_name: str, table: pa.Table, options: Mapping[str, Any]) -> GateResult:
    """The verdict, judged in this process."""
    from expectations import runner

    gates: dict[str, Callable[..., GateResult]] = {"landing": runner.landing_gate, "release": runner.release_gate}
    return gates[door](table_name, table, **options)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """The child's life: import, then answer until the parent closes the pipe."""
    from expectations.runner import import_library

    import_library()
    while True:
        try:
            door, table_name, table, options = pickle.load(requests)  # noqa: S301 - our own parent's words
        except EOFError:
            return
        answer: GateResult | Exception
        try:
            answer = judge_here(door, table_name, table, options)
        except Exception as error:  # the parent raises it: nothing a gate meets may end the judge
            answer = error
        pickle.dump(answer, answers, protocol=5)
        answers.flush()


def main() -> None:
    """`python -m orchestration.judge`: what libraries print must not reach the pipe of answers."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        with seldom_collected():
            serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
