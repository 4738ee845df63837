"""Which table has which gate. To add a table: its suite under `landing/` or `release/`, listed here by its module.

Reading the registry imports neither Great Expectations nor pandas. `tests/contracts/test_gates_complete.py` fails for
a raw table or a mart without a gate, and for a gate without a table.
"""

from __future__ import annotations

import importlib
from functools import cache

from expectations.suite import LANDING, RELEASE, Gate

LANDING_SOURCES = (
    "projections_central",
    "state_projections",
    "bls_oews",
    "state_oews",
    "onet",
    "soc",
    "living_wage",
    "regions",
    "industry_map",
    "source_inventory",
    "reference_lists",
    "job_postings",
    "credentials",
    "school_lists",
)
RESTRICTED_SOURCES = ("student_records", "vendor_exams", "audit_verdicts")
"""Tables with people in them, which are no part of the general raw zone."""
RELEASE_DOMAINS = (
    "core",
    "identify",
    "governance",
    "postings",
    "credentials",
    "attainment",
    "attainment_restricted",
)


@cache
def landing_gates() -> dict[str, Gate]:
    """Raw table's full name -> gate."""
    return _collect(LANDING, LANDING_SOURCES)


@cache
def restricted_gates() -> dict[str, Gate]:
    """Restricted raw table's full name -> gate, each of which withholds its rows."""
    return _collect(LANDING, RESTRICTED_SOURCES)


@cache
def release_gates() -> dict[str, Gate]:
    """Mart -> gate."""
    return _collect(RELEASE, RELEASE_DOMAINS)


def landing_gate_of(full_name: str) -> Gate:
    """The gate of a raw table.

    Raises:
        LookupError: it has none; the message says where to add it.
    """
    return _find(landing_gates() | restricted_gates(), full_name, LANDING)


def release_gate_of(mart: str) -> Gate:
    """The gate of a mart.

    Raises:
        LookupError: it has none; the message says where to add it.
    """
    return _find(release_gates(), mart, RELEASE)


def _find(gates: dict[str, Gate], table: str, door: str) -> Gate:
    if table in gates:
        return gates[table]
    raise LookupError(
        f"{table}: no {door} gate.\n  Expected: one of {', '.join(sorted(gates))}\n"
        f"  What to do: state what must hold of it in expectations/{door}/ and list its module in registry.py"
    )


def _collect(door: str, modules: tuple[str, ...]) -> dict[str, Gate]:
    gates: dict[str, Gate] = {}
    for module in modules:
        for gate in importlib.import_module(f"expectations.{door}.{module}").GATES:
            if gate.table in gates:
                raise ValueError(f"{gate.name} is stated twice; keep one of the two in expectations/{door}/")
            gates[gate.table] = gate
    return gates
