"""O*NET Web Services' keyword search as a coder: ranks, no scores.

Belongs here: the call and its answer. Does not belong here: retries and pacing (`extractors.http`).

    GET {CURRENCY_ONET_API_URL}/online/search?keyword={title}&end={n}      header X-API-Key: {ONET_API_KEY}
    -> {"occupation": [{"code": "29-1141.00", "title": "Registered Nurses", ...}, ...]} in rank order

Only titles leave the house, one request each, equal titles once. 404 and 422 mean that nothing was found. The answer
carries no score, so the first code lands in the review band and is never accepted by itself (J7). Licence CC BY 4.0.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from extractors.failures import PermanentFailure
from extractors.posting_text.occupation.coders import Answer, ranked_answers
from extractors.posting_text.occupation.normalise import normalise
from extractors.posting_text.occupation.source_codes import ONET_2019, Crosswalks
from extractors.sources.onet import API_DEFAULT, API_VARIABLE, KEY_VARIABLE

if TYPE_CHECKING:
    from extractors.http import HttpClient


class OnetSearchCoder:
    """Asks O*NET for each distinct title. Needs `ONET_API_KEY`."""

    def __init__(self, client: HttpClient, crosswalks: Crosswalks, k: int = 3) -> None:
        self._client, self._crosswalks, self._k = client, crosswalks, k
        self._address = (os.environ.get(API_VARIABLE) or API_DEFAULT).rstrip("/")
        self._key = (os.environ.get(KEY_VARIABLE) or "").strip()
        if not self._key:
            raise PermanentFailure(
                "there is no key for O*NET Web Services",
                where=KEY_VARIABLE,
                expected="the API key of your registration at https://services.onetcenter.org",
                remedy=f"export {KEY_VARIABLE}=…, or use the offline coder, which needs none",
            )

    @property
    def name(self) -> str:
        return "onet_search"

    def code(self, titles: Sequence[str], texts: Sequence[str | None] | None = None) -> list[list[Answer]]:
        """Answers in rank order; texts are never sent."""
        del texts
        asked: dict[str, list[Answer]] = {}
        for title in titles:
            words = normalise(title).replace(" |", "")
            if words and words not in asked:
                asked[words] = self._ask(words)
        return [asked.get(normalise(title).replace(" |", ""), []) for title in titles]

    def _ask(self, words: str) -> list[Answer]:
        response = self._client.get(
            f"{self._address}/online/search",
            {"keyword": words, "end": self._k},
            {"X-API-Key": self._key, "Accept": "application/json"},
            secret_headers=("X-API-Key",),
            allow_status={404, 422},
        )
        if response.status in (404, 422):
            return []
        found = response.json().get("occupation", [])
        codes = (self._crosswalks.read(str(one.get("code", "")), ONET_2019).candidates for one in found)
        return ranked_answers([one[0] for one in codes if one][: self._k])
