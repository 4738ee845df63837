"""The two kinds of failure of everything that touches the outside world.

A `PermanentFailure` is never retried: trying again cannot help, a person must act, and the
message says how. A `TransientFailure` may heal by itself and is retried with bounded backoff.
Both carry *what was found, where, what was expected, what to do next*.
"""

from __future__ import annotations


class CurrencyFailure(Exception):
    """A failure with a location and a remedy.

    Args:
        found: what was seen, in one sentence.
        where: file, sheet, row, column or URL.
        expected: what should have been there.
        remedy: what the person who reads this does next.
    """

    def __init__(self, found: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        self.found, self.where, self.expected, self.remedy = found, where, expected, remedy
        parts = [f"{where}: {found}" if where else found]
        if expected:
            parts.append(f"Expected: {expected}")
        if remedy:
            parts.append(f"What to do: {remedy}")
        super().__init__("\n  ".join(parts))


class PermanentFailure(CurrencyFailure):
    """400/401/403/404/422, wrong content, broken contract, refused by acceptance: a person must act."""


class TransientFailure(CurrencyFailure):
    """408/429/5xx, timeouts, resets: may heal; retried with bounded backoff, Retry-After honoured."""
