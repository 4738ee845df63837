"""Spares Great Expectations work that nobody asks for: in its import, and some seventy times per judgement.

The import copies the fields of every model class in depth, types included, and reads a drawing library: both together
were a third of its CPU (3.2 s, 2.2 s without).

`Expectation.configuration` rebuilds a pydantic dump and an `ExpectationConfiguration` at every access and is accessed
by every small helper; measured over the landing suites that is a third of the time (230 checks: 3.0 s without,
1.9 s with). Within the context manager each expectation object remembers its own and hands out copies, so nobody's
change reaches anybody else. Outside of it the library is untouched.
`tests/unit/expectations/test_landing_gates.py` compares the verdicts with and without.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import sys
import types
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


@contextmanager
def fields_copied_by_hand() -> Iterator[None]:
    """Classes of pydantic 1, which Great Expectations is made of, copy inherited fields without the types in them.

    A subclass sets the configuration of its copies and adds validators to them, so each copy has lists and tables of
    its own; types, functions and validators are never changed. Does nothing where pydantic is not as we know it.
    """
    try:
        from pydantic.v1 import fields, main

        in_depth, field_slots = main.smart_deepcopy, fields.ModelField.__slots__
    except (ImportError, AttributeError):
        yield
        return

    def copied(field: Any) -> Any:
        new = object.__new__(type(field))
        for name in field_slots:
            value = getattr(field, name)
            setattr(new, name, value.copy() if type(value) in (list, dict) else value)
        new.default = in_depth(field.default)
        new.field_info = copy.copy(field.field_info)
        new.field_info.default = in_depth(field.field_info.default)
        new.field_info.extra = dict(field.field_info.extra)
        new.sub_fields = None if field.sub_fields is None else [copied(f) for f in field.sub_fields]
        new.key_field = None if field.key_field is None else copied(field.key_field)
        return new

    def is_known(field: Any) -> bool:
        within = [*(field.sub_fields or ()), *([field.key_field] if field.key_field else ())]
        return type(field) is fields.ModelField and field.sub_fields_mapping is None and all(map(is_known, within))

    def of_fields(value: Any) -> Any:
        if type(value) is dict and all(isinstance(f, fields.ModelField) and is_known(f) for f in value.values()):
            return {name: copied(field) for name, field in value.items()}
        return in_depth(value)

    main.smart_deepcopy = of_fields  # type: ignore[assignment]
    try:
        yield
    finally:
        main.smart_deepcopy = in_depth


class _Later(types.ModuleType):
    """Stands for a module until somebody asks it for something."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def import_when_asked(name: str) -> None:
    """`import name` costs nothing until an attribute of it is asked for; does nothing where it is absent or loaded."""
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is not None:
        later = _Later(name)
        later.__file__ = spec.origin  # asked for by whoever looks through all modules
        sys.modules[name] = later
