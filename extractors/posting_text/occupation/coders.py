"""What a coder is, and our own one as such. Others: `onet_search`, `nioccs`, `autocoder_files`.

Belongs here: the protocol and the answer. Does not belong here: what is done with an answer (`int_posting_coded` of the
dbt project).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from extractors.posting_text.occupation.calibration import REVIEW


@dataclass(frozen=True)
class Answer:
    """One code for one posting.

    Attributes:
        soc_code: SOC 2018 detailed code.
        score: probability that it is right. Only our own coder's is calibrated; see the other coders.
    """

    soc_code: str
    score: float


class Coder(Protocol):
    """Codes titles, with texts where it reads them."""

    @property
    def name(self) -> str:
        """What answers are signed with."""

    def code(self, titles: Sequence[str], texts: Sequence[str | None] | None = None) -> list[list[Answer]]:
        """Answers per title, best first; an empty list where there is none."""


# A rank is no probability: whatever a service that only ranks puts first is looked at by a person.
RANK_ONLY_SCORE = REVIEW + 0.1


def ranked_answers(codes: Sequence[str]) -> list[Answer]:
    """Answers of a service that ranks and does not score: the first in the review band, the others below it."""
    return [Answer(code, RANK_ONLY_SCORE / place) for place, code in enumerate(dict.fromkeys(codes), start=1)]


class OfflineCoder:
    """Our own coder: no network, calibrated scores."""

    def __init__(self, path: Path, k: int = 3) -> None:
        from extractors.posting_text.occupation.model import OccupationCoder

        self._model, self._k = OccupationCoder.load(path), k

    @property
    def name(self) -> str:
        """`offline:` and the fingerprint of the coder's file."""
        return self._model.name

    @property
    def soc_titles(self) -> dict[str, str]:
        """SOC 2018 code -> title."""
        return dict(zip(self._model.soc_codes, self._model.soc_titles, strict=True))

    def code(self, titles: Sequence[str], texts: Sequence[str | None] | None = None) -> list[list[Answer]]:
        """Answers with calibrated scores; texts are read where they are given."""
        found = (
            self._model.code_titles(titles, self._k)
            if texts is None
            else self._model.code_texts(titles, texts, self._k)
        )
        codes = self._model.soc_codes
        return [
            [
                Answer(codes[index], round(float(score), 4))
                for index, score in zip(row, scores, strict=True)
                if index >= 0
            ]
            for row, scores in zip(found.index, found.score, strict=True)
        ]
