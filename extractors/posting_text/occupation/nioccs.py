"""CDC NIOCCS as a coder: free, without a key, marked "no longer supported" by its publisher though it answers.

Belongs here: the call and its answer. Does not belong here: retries and pacing (`extractors.http`).

    GET {CURRENCY_NIOCCS_URL}/nioccs/IOCode?o={title}&n={n}&t=json
    -> {"Industry": [...], "Occupation": [{"Code": "29-1141", "Title": "...", "Probability": "0.98"}, ...]}

Only titles leave the house, one request each, equal titles once. Its coding-scheme parameter `c` is sent only when it
is given: without it the service answers with SOC codes, and an answer in another scheme (Census, 4 digits) is no SOC
code and is left out. Its probability is its own: it has not been calibrated on postings, so an answer is kept below
the accept band and goes to review (J7).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from extractors.posting_text.occupation.calibration import ACCEPT
from extractors.posting_text.occupation.coders import Answer
from extractors.posting_text.occupation.normalise import normalise
from extractors.posting_text.occupation.source_codes import Crosswalks

if TYPE_CHECKING:
    from extractors.http import HttpClient

VARIABLE, DEFAULT = "CURRENCY_NIOCCS_URL", "https://wwwn.cdc.gov"
_BELOW_ACCEPT = ACCEPT - 0.01


class NioccsCoder:
    """Asks NIOCCS for each distinct title."""

    def __init__(self, client: HttpClient, crosswalks: Crosswalks, k: int = 3, scheme: str | None = None) -> None:
        self._client, self._crosswalks, self._k, self._scheme = client, crosswalks, k, scheme
        self._address = (os.environ.get(VARIABLE) or DEFAULT).rstrip("/")

    @property
    def name(self) -> str:
        return "nioccs"

    def code(self, titles: Sequence[str], texts: Sequence[str | None] | None = None) -> list[list[Answer]]:
        """Answers with the service's probability, at most just below the accept band; texts are never sent."""
        del texts
        asked: dict[str, list[Answer]] = {}
        for title in titles:
            words = normalise(title).replace(" |", "")
            if words and words not in asked:
                asked[words] = self._ask(words)
        return [asked.get(normalise(title).replace(" |", ""), []) for title in titles]

    def _ask(self, words: str) -> list[Answer]:
        parameters: dict[str, Any] = {"o": words, "n": self._k, "t": "json"}
        if self._scheme is not None:
            parameters["c"] = self._scheme
        response = self._client.get(
            f"{self._address}/nioccs/IOCode", parameters, {"Accept": "application/json"}, allow_status={404}
        )
        if response.status == 404:
            return []
        answers = []
        for one in response.json().get("Occupation") or []:
            # The edition of its SOC codes is not stated: SOC 2018 is tried first, then SOC 2010.
            candidates = self._crosswalks.read(str(one.get("Code") or ""), None).candidates
            if len(candidates) == 1:
                answers.append(Answer(candidates[0], min(_probability(one.get("Probability")), _BELOW_ACCEPT)))
        return sorted(answers, key=lambda answer: -answer.score)[: self._k]


def _probability(value: Any) -> float:
    """A probability as number or text; 0 where it is neither."""
    try:
        return min(max(float(value), 0.0), 1.0)
    except (TypeError, ValueError):
        return 0.0
