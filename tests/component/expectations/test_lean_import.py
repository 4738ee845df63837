"""The import of Great Expectations without what no check asks for: the same model classes, and what is left out comes.

Each question is asked in a process of its own: what is imported once stays.
"""

from __future__ import annotations

import os
import subprocess
import sys

from warehouse.paths import CHECKOUT

_FIELDS = """
import hashlib, re
from pydantic.v1 import BaseModel
import great_expectations
def told(f):
    names = lambda functions: [getattr(g, "__qualname__", "") for g in functions or ()]
    return [f.name, f.alias, str(f.type_), str(f.outer_type_), repr(f.default), f.required, f.allow_none, f.shape,
            names(f.validators), names(f.pre_validators), names(f.post_validators), sorted(f.class_validators),
            f.model_config.__name__, repr(f.field_info), [told(s) for s in f.sub_fields or ()]]
waiting, seen = [BaseModel], {}
while waiting:
    for model in waiting.pop().__subclasses__():
        waiting.append(model)
        fields = re.sub("0x[0-9a-f]+", "", repr([told(f) for f in model.__fields__.values()]))
        seen.setdefault(f"{model.__module__}.{model.__qualname__}", set()).add(fields)
print(len(seen), hashlib.sha256(repr(sorted((n, sorted(f)) for n, f in seen.items())).encode()).hexdigest())
"""


def _said(code: str) -> str:
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_model_classes_are_those_of_the_library_itself() -> None:
    lean = _said("from expectations.runner import import_library\nimport_library()" + _FIELDS)
    assert int(lean.split()[0]) > 300
    assert lean == _said(_FIELDS)


def test_what_is_left_out_is_there_when_it_is_asked_for() -> None:
    code = "from expectations.runner import import_library\nimport sys\nimport_library()\n"
    assert _said(code + "print('altair.vegalite' in sys.modules)") == "False"
    assert _said(code + "import altair\nprint(altair.Chart.__name__)") == "Chart"
    assert _said(code + "import altair.expr\nprint(altair.Chart.__name__, altair.expr is not None)") == "Chart True"


def test_the_compiler_finds_no_linear_algebra_and_leaves_scipy_to_others() -> None:
    code = "import extractors.job_postings.kernels, sys\nprint('scipy.linalg' in sys.modules)\n"
    assert _said(code) == "False"
    assert _said(code + "import scipy.linalg.cython_blas").startswith("False")
