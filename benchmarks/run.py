"""Every figure that we claim, one after the other, and a table at the end. `--json` for a program."""

from __future__ import annotations

from benchmarks import all_areas, explain, nothing_new, peak_memory, policy_edit, sample_from_nothing, whatif
from benchmarks.harness import main

if __name__ == "__main__":
    main(sample_from_nothing, nothing_new, whatif, explain, policy_edit, all_areas, summary=peak_memory.of)
