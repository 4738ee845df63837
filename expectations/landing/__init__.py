"""One module per source: what must hold of each raw table before its capture is accepted.

The columns stated here are the door's own record of the contract; `tests/contracts/test_gates_complete.py` holds them
against `extractors.raw_tables`, so neither side can drift alone.
"""
