"""From a network's probability to the share of such answers that are right, and what is done with it (J7).

Belongs here: monotone calibration, the three bands. Does not belong here: how an answer is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ACCEPT, REVIEW = 0.70, 0.50  # J7
ACCEPTED, TO_REVIEW, ABSTAINED = "accepted", "review", "abstained"
_BINS = 40
_CEILING = 0.99  # no title is beyond doubt


def band_of(score: float) -> str:
    """`accepted` from .70, `review` from .50, else `abstained` (J7)."""
    if score >= ACCEPT:
        return ACCEPTED
    return TO_REVIEW if score >= REVIEW else ABSTAINED


@dataclass(frozen=True)
class Calibration:
    """A rising line of straight pieces: probability of the network -> share right."""

    probability: NDArray[np.float32]
    share_right: NDArray[np.float32]

    def __call__(self, probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated scores in [0, .99], same shape."""
        import numpy as np

        found = np.interp(probability, self.probability, self.share_right)
        return np.minimum(found, _CEILING).astype(np.float32)


def fitted(probability: NDArray[np.float32], right: NDArray[np.bool_]) -> Calibration:
    """The rising line through bins of equal count (isotonic: neighbours that fall are pooled).

    Each bin's share is drawn to the overall share as if two more answers of average quality were in it, so that a
    bin of few answers is not certain.
    """
    import numpy as np

    order = np.argsort(probability, kind="stable")
    overall = (float(right.sum()) + 1) / (len(right) + 2)
    pools: list[tuple[float, float, float]] = []  # count, sum of probability, sum right
    for part in np.array_split(order, max(1, min(_BINS, len(order) // 25))):
        if not len(part):
            continue
        pools.append((len(part), float(probability[part].sum()), float(right[part].sum())))
        while len(pools) > 1 and _share(pools[-2], overall) >= _share(pools[-1], overall):
            last = pools.pop()
            pools[-1] = tuple(a + b for a, b in zip(pools[-1], last, strict=True))  # type: ignore[assignment]
    x = [0.0, *(pool[1] / pool[0] for pool in pools), 1.0]
    y = [0.0, *(_share(pool, overall) for pool in pools)]
    return Calibration(np.array(x, np.float32), np.array([*y, y[-1] if pools else overall], np.float32))


def _share(pool: tuple[float, float, float], overall: float) -> float:
    return (pool[2] + 2 * overall) / (pool[0] + 2)
