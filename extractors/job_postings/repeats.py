"""Which ids were seen before in a capture, with the same content or with another; 16 bytes per posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NEW, REPEATED, OTHER = 0, 1, 2
_LOAD = 0.7


class SeenIds:
    """An open-addressed table of posting key -> hash of title and text."""

    def __init__(self, slots: int = 1 << 16) -> None:
        import numpy as np

        self._slots = np.zeros(slots, np.int64)
        self._kept = np.zeros(slots, np.uint64)
        self._count = 0

    def judge(self, keys: np.ndarray, contents: np.ndarray) -> np.ndarray:
        """uint8[n]: NEW, REPEATED (same id and content) or OTHER (same id, other content); enters the new ones."""
        import numpy as np

        from extractors.job_postings import kernels

        while (self._count + len(keys)) > _LOAD * self._slots.size:
            self._grow()
        verdict = np.zeros(len(keys), np.uint8)
        self._count += kernels.remember(keys, contents, self._slots, self._kept, verdict)
        return verdict

    def _grow(self) -> None:
        import numpy as np

        from extractors.job_postings import kernels

        used = self._slots != 0
        keys, contents = self._slots[used], self._kept[used]
        self._slots = np.zeros(self._slots.size * 2, np.int64)
        self._kept = np.zeros(self._slots.size, np.uint64)
        kernels.remember(keys, contents, self._slots, self._kept, np.zeros(keys.size, np.uint8))
