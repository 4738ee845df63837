"""What is compiled at the installation."""

from __future__ import annotations

import re
from pathlib import Path

import extractors
from extractors.posting_text.warm import KERNELS


def test_every_module_with_kernels_is_compiled() -> None:
    """A module that decorates functions with njit is in the list."""
    top = Path(extractors.__file__).parent
    found = {
        ".".join(("extractors", *path.relative_to(top).with_suffix("").parts))
        for path in top.rglob("*.py")
        if re.search(r"^@(?:numba\.)?njit\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    # what the others import is compiled with them
    assert found - set(KERNELS) <= {"extractors.posting_text.deduplicate.compiled"}
    assert set(KERNELS) <= found
