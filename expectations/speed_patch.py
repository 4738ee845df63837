"""Spares Great Expectations from computing the same configuration of an expectation some seventy times per judgement.

`Expectation.configuration` rebuilds a pydantic dump and an `ExpectationConfiguration` at every access and is accessed
by every small helper; measured over the landing suites that is a third of the time (230 checks: 3.0 s without,
1.9 s with). Within the context manager each expectation object remembers its own and hands out copies, so nobody's
change reaches anybody else. Outside of it the library is untouched.
`tests/unit/expectations/test_landing_gates.py` compares the verdicts with and without.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_KEPT = "_kept_configuration"


@contextmanager
def remembered_configurations() -> Iterator[None]:
    """Expectation objects remember their configuration until the end of the block."""
    from great_expectations.expectations.expectation import Expectation

    original = Expectation.configuration
    if not isinstance(original, property) or original.fget is None:  # another Great Expectations: leave it alone
        yield
        return
    compute = original.fget

    def configuration(self: Any) -> Any:
        kept = self.__dict__.get(_KEPT)
        if kept is None:
            kept = self.__dict__[_KEPT] = compute(self)
        given = copy.copy(kept)
        given.kwargs = dict(kept.kwargs)
        return given

    Expectation.configuration = property(configuration)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Expectation.configuration = original  # type: ignore[method-assign]
