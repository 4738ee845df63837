"""Which code a posting gets: the source's, a reviewer's or the coder's, and why (J7, J8).

Belongs here: the order of precedence and its reasons. Does not belong here: how codes are found.

1. A reviewer's verdict that names this very posting: the reviewer saw it.
2. The source's own code, where it means a SOC 2018 detailed occupation (J8: source > autocoder > manual). Where SOC
   2018 split it, the coder's best answer among the successors; where the coder has none, the code is not used.
3. A reviewer's verdict on the title: it answers the coder's doubt or corrects it, for every posting of that title.
   This is the one place where "source > coder > reviewed" reads twice: a title's verdict is made to be used, so it
   stands before the coder's answer for that title, and never before a source's code.
4. The coder: accepted from .70, kept for review from .50, else no code at all (J7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractors.posting_text.occupation.calibration import ABSTAINED, ACCEPTED, band_of
from extractors.posting_text.occupation.source_codes import NOTHING, SourceCode

SOURCE, CODER, REVIEWED, NONE = "source", "coder", "reviewed", "none"
NO_OCCUPATION = "none"  # a verdict: no occupation can be told


@dataclass(frozen=True)
class Decision:
    """The code of a posting.

    Attributes:
        soc_code: SOC 2018 detailed code; null where nothing decides.
        soc_score: the coder's calibrated score of this code; null for a source's or reviewer's code.
        soc_method: source | reviewed | coder | none.
        soc_status: accepted | review | abstained (the bands of J7; a source's or reviewer's code is accepted).
        reason: what was assumed, or why a better method did not decide; empty where nothing is to be said.
    """

    soc_code: str | None
    soc_score: float | None
    soc_method: str
    soc_status: str
    reason: str = ""


def decide(
    source: SourceCode = NOTHING,
    answers: Sequence[tuple[str, float]] = (),
    title_verdict: str | None = None,
    posting_verdict: str | None = None,
) -> Decision:
    """The code of one posting.

    Args:
        source: what the source's own code means.
        answers: the coder's codes with scores, best first.
        title_verdict, posting_verdict: a SOC 2018 code, or `none` where the reviewer found that no code fits.
    """
    if posting_verdict:
        return _reviewed(posting_verdict, "verdict on this posting")
    if len(source.candidates) == 1:
        return Decision(source.candidates[0], None, SOURCE, ACCEPTED, source.reason)
    if source.candidates:
        chosen = next((code for code, _ in answers if code in source.candidates), None)
        if chosen:
            return Decision(chosen, None, SOURCE, ACCEPTED, f"{source.reason}; the coder chose among its successors")
    why = "" if source == NOTHING else _unused(source)
    if title_verdict:
        return _reviewed(title_verdict, "; ".join(filter(None, ["verdict on this title", why])))
    if not answers:
        return Decision(None, None, NONE, ABSTAINED, why or "no word of the title names work")
    code, score = answers[0]
    band = band_of(score)
    return Decision(None if band == ABSTAINED else code, score, CODER if band != ABSTAINED else NONE, band, why)


def _reviewed(verdict: str, reason: str) -> Decision:
    if verdict == NO_OCCUPATION:
        return Decision(None, None, REVIEWED, ABSTAINED, f"{reason}: no occupation can be told")
    return Decision(verdict, None, REVIEWED, ACCEPTED, reason)


def _unused(source: SourceCode) -> str:
    return f"{source.reason}; no successor among the coder's answers" if source.candidates else source.reason
