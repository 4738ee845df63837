"""Faults that a test switches on in the sample's server: which requests, what goes wrong, how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

STATUS_KINDS = ("400", "401", "403", "404", "408", "422", "429", "500", "502", "503", "504")
BODY_KINDS = ("html", "empty", "truncated", "garbage")
TRANSPORT_KINDS = ("timeout", "reset", "redirect")
PAGING_KINDS = ("repeated_page", "wrong_total")
KINDS = (*STATUS_KINDS, *BODY_KINDS, *TRANSPORT_KINDS, *PAGING_KINDS)


@dataclass
class Fault:
    """One switched-on fault.

    Attributes:
        pattern: shell pattern against `path?query` and against the path alone, e.g. `/oes/*nat.zip`.
        kind: one of `KINDS`.
        times: how many requests it still spoils; None for all.
        retry_after: value of the Retry-After header of a status fault.
        body: body of a status fault; empty by default, as O*NET's 401 and 429 have none.
        delay_s: how long a `timeout` keeps silent before it closes the connection.
        location: where a `redirect` points.
        skip: requests that still pass before the fault begins.
    """

    pattern: str
    kind: str
    times: int | None = 1
    retry_after: str | None = None
    body: bytes = b""
    delay_s: float = 30.0
    location: str = ""
    skip: int = 0
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")

    def matches(self, target: str) -> bool:
        """Whether the pattern fits the request target (`path?query`)."""
        return fnmatchcase(target, self.pattern) or fnmatchcase(target.partition("?")[0], self.pattern)


class FaultBoard:
    """The faults of one server; safe to use from several threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on. The newest one that fits a request wins."""
        with self._lock:
            self._faults.insert(0, fault)
        return fault

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._faults.clear()

    def take(self, target: str) -> Fault | None:
        """The fault that spoils this request, its budget reduced by one; None when all is well."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(target):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None
