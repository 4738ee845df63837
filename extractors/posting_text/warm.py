"""Compiles the kernels that read postings, so that no first run waits for it: `python -m extractors.posting_text.warm`.

numba keeps what it compiled beside the source (or in `NUMBA_CACHE_DIR`). Kernels have explicit signatures, so that an
import compiles them; a second call finds them and costs the imports.
"""

from __future__ import annotations

import importlib
import time

KERNELS = (
    "extractors.job_postings.kernels",
    "extractors.job_postings.contacts",
    "extractors.job_postings.reading.split",
    "extractors.posting_text.lines.kernel",
    "extractors.posting_text.deduplicate.text_sketch",
    "extractors.posting_text.deduplicate.line_words",
    "extractors.posting_text.deduplicate.name_words",
    "extractors.posting_text.deduplicate.candidates",
    "extractors.posting_text.deduplicate.pair_rules",
    "extractors.posting_text.deduplicate.merge",
    "extractors.posting_text.deduplicate.siblings",
    "extractors.posting_text.occupation.kernels",
    "extractors.posting_text.requirements.scan_kernel",
    "extractors.posting_text.requirements.walk_kernel",
)


def main() -> None:
    """Import every module with kernels, and say what each took."""
    importlib.import_module("numba")
    for name in KERNELS:
        begun = time.perf_counter()
        importlib.import_module(name)
        print(f"  {name.removeprefix('extractors.'):45} {time.perf_counter() - begun:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
