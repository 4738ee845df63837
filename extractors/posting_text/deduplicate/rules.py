"""From the policy's one number to the thresholds of the pair rules.

The policy says `similarity` .9 (J4, ours): nine words in ten are the same. Texts are compared by 3-word shingles, and a
shingle survives only where all its words do, so that a share s of kept words leaves s^3 of the shingles of the shorter
text: its **containment** in the longer one; two texts of equal length then have the Jaccard coefficient s^3 / (2 -
s^3). For .9 that is a containment of .729 and a Jaccard coefficient of .574. What each pair must reach depends on what
else speaks for it:

| titles and employers | needed |
|---|---|
| both the same | containment >= s^3 (.729) |
| employers one within the other ("Acme" / "Acme Ohio") | containment >= s, or >= .815 with Jaccard >= .574 |
| titles one within the other ("Nurse" / "Nurse, Oncology") | containment >= (1 + s) / 2 (.95) |
| employer missing, or an agency's or a board's | containment >= (s^3 + s) / 2 (.815) with the same title, else >= .95 |
| same requisition of the same employer or feed | titles not different, or containment >= s |
| a word of its own in each title, a rank more in one, another shift | never |

Titles within one another are held to more since one hospital's ads for its wards differ in little else: among real ones
of one board, pairs of that kind were mostly two openings below .95.

The published `similarity` of a row is on the policy's scale: the cube root of the containment.
"""

from __future__ import annotations

from dataclasses import dataclass

from extractors.failures import PermanentFailure

SHINGLE = 3
MIN_WORDS = 20
"""A text with fewer words ("Apply on our site") tells openings apart no better than none."""


@dataclass(frozen=True)
class Rules:
    """Thresholds of a grouping.

    Attributes:
        window_days: postings further apart are different openings, unless one between them links them.
        similarity: 0-1, see above.
    """

    window_days: int = 60
    similarity: float = 0.9

    def __post_init__(self) -> None:
        if not 1 <= self.window_days <= 3660:
            raise PermanentFailure(
                f"a window of {self.window_days} days", where="duplicates of postings", expected="1 to 3660",
                remedy="correct the policy",
            )  # fmt: skip
        if not 0.5 <= self.similarity <= 1:
            raise PermanentFailure(
                f"a similarity of {self.similarity}", where="duplicates of postings", expected="0.5 to 1",
                remedy="correct the policy",
            )  # fmt: skip

    @property
    def contained_same(self) -> float:
        """Containment that suffices where title and employer are the same."""
        return self.similarity**SHINGLE

    @property
    def contained_part(self) -> float:
        """Containment that suffices where one employer is within the other."""
        return self.similarity

    @property
    def contained_title_part(self) -> float:
        """Containment that suffices where one title is within the other."""
        return (1 + self.similarity) / 2

    @property
    def jaccard_part(self) -> float:
        """Jaccard coefficient that suffices, with `contained_with_jaccard`, where one employer is within the other."""
        kept = self.similarity**SHINGLE
        return kept / (2 - kept)

    @property
    def contained_with_jaccard(self) -> float:
        """Containment that has to go with `jaccard_part`, or suffices for the same title without an employer."""
        return (self.contained_same + self.contained_part) / 2
