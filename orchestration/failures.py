"""How the failures of the layers below look to Dagster.

Belongs here: the translation of `PermanentFailure` and `TransientFailure`. Does not belong here: deciding which of
the two something is; `extractors.http`, the parsers and `warehouse` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from extractors.failures import CurrencyFailure
from extractors.failures import TransientFailure as TransientCapture
from warehouse.failures import TransientFailure as TransientWarehouse
from warehouse.failures import WarehouseFailure

Failure = CurrencyFailure | WarehouseFailure
FAILURES = (CurrencyFailure, WarehouseFailure)  # for `except`
TRANSIENT = (TransientCapture, TransientWarehouse)


def as_failure(error: Failure) -> dg.Failure:
    """A Dagster failure that is never retried and shows what was found, where, what was expected and what to do."""
    parts = {
        "found": error.found,
        "where": error.where,
        "expected": error.expected,
        "what to do": error.remedy,
    }
    return dg.Failure(
        description=str(error),
        metadata={name: dg.MetadataValue.text(text) for name, text in parts.items() if text},
        allow_retries=False,
    )


@contextmanager
def explained(retries: int = 0, wait_seconds: float = 0.0) -> Iterator[None]:
    """Raises what Dagster understands: a retry for what may heal by itself, a final failure for the rest.

    Args:
        retries: how often a step may be tried again after a `TransientFailure`.
        wait_seconds: pause before each new attempt.

    Raises:
        dg.RetryRequested: a `TransientFailure`, and `retries` is above zero. Dagster counts the attempts.
        dg.Failure: a `PermanentFailure`, or a `TransientFailure` without retries.
    """
    try:
        yield
    except TRANSIENT as error:
        if retries > 0:
            raise dg.RetryRequested(max_retries=retries, seconds_to_wait=wait_seconds) from error
        raise as_failure(error) from error
    except FAILURES as error:
        raise as_failure(error) from error
