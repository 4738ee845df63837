"""What every command of the warehouse shares: its common options, its exit codes, failures as words.

Belongs here: the decorator. Does not belong here: any command.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import ParamSpec

import click

EXIT_ACT, EXIT_TRY_AGAIN = 1, 75
_P = ParamSpec("_P")


def command(function: Callable[_P, None]) -> Callable[_P, None]:
    """Common options, and failures as messages with their exit code instead of tracebacks."""

    @click.option("--data-dir", type=click.Path(file_okay=False), help="Data root; by default CURRENCY_DATA_DIR.")
    @click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
    @functools.wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        from warehouse.failures import TransientFailure, WarehouseFailure

        try:
            function(*args, **kwargs)
        except WarehouseFailure as failure:
            if kwargs.get("as_json"):
                names = ("found", "where", "expected", "remedy")
                click.echo(json.dumps({"error": {name: getattr(failure, name) for name in names}}, indent=2))
            else:
                click.echo(f"Error: {failure}", err=True)
            code = EXIT_TRY_AGAIN if isinstance(failure, TransientFailure) else EXIT_ACT
            raise click.exceptions.Exit(code) from failure

    return wrapped
