"""The trained coder as an object and as a file: two networks, their vocabularies, calibration, where it came from.

Belongs here: coding of titles and texts, the file's layout. Does not belong here: training (`train`), what is done
with a score (`calibration`), other coders (`coders`).

The file is an `.npz` of plain arrays (nothing is unpickled). Embeddings are kept as signed bytes with one scale per
feature; all other weights as 16-bit floats. Metadata carries the attribution that O*NET's licence asks for.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import atomic
from extractors.failures import PermanentFailure
from extractors.posting_text.occupation.calibration import ACCEPT, Calibration
from extractors.posting_text.occupation.features import TEXT, TITLE, Vocabulary, hashed
from extractors.posting_text.occupation.network import CHUNK, Network, normalised, one_thread
from extractors.posting_text.occupation.normalise import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "currency-occupation-coder-1"
ATTRIBUTION = (
    "Trained on job titles, tasks and descriptions of the O*NET database by the U.S. Department of Labor, Employment "
    "and Training Administration (USDOL/ETA), used under the CC BY 4.0 licence; USDOL/ETA has not approved, endorsed "
    "or tested this derived work. Occupation titles of the 2018 Standard Occupational Classification by the U.S. "
    "Bureau of Labor Statistics (public domain)."
)
NAME = "offline"
TOP = 5
_STEPS = (
    31  # an embedding's weight is one of 63 values; 127 steps code no title better and make the file a third larger
)
RESIDUAL_PENALTY = 1.0  # in logits: an "all other" occupation is only right where nothing more specific is
TEXT_WEIGHT = 0.4  # of the text's log probabilities beside the title's; .25 to .75 are alike


@dataclass(frozen=True)
class CodedTitles:
    """The best codes per title, best first.

    Attributes:
        index: place in `OccupationCoder.soc_codes` [n, k]; -1 where a title has no word that names work.
        score: calibrated probability that the code is right [n, k].
    """

    index: NDArray[np.int32]
    score: NDArray[np.float32]


@dataclass(frozen=True)
class OccupationCoder:
    """Codes titles, and titles with texts, to SOC 2018 detailed occupations (J7). Offline; `load` it from a file."""

    soc_codes: tuple[str, ...]
    soc_titles: tuple[str, ...]
    title_words: Vocabulary
    title_network: Network
    text_words: Vocabulary
    text_network: Network
    title_calibration: Calibration
    text_calibration: Calibration
    metadata: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the answers are signed with: `offline:` and the fingerprint of examples, settings and code."""
        return f"{NAME}:{self.metadata['fingerprint']}"

    @one_thread()
    def code_titles(self, titles: Sequence[str | None], k: int = TOP) -> CodedTitles:
        """The k best codes of each title. Equal normalised titles are coded once."""
        import numpy as np

        distinct, place = _distinct(titles)
        rows = self.title_words.rows(hashed(distinct, TITLE))
        parts = [
            self._ranked(self.title_network.log_probabilities(rows, chosen), self.title_calibration, k)
            for chosen in _chunks(np.arange(len(distinct), dtype=np.int64))
        ]
        found = CodedTitles(np.concatenate([p.index for p in parts]), np.concatenate([p.score for p in parts]))
        silent = np.diff(rows.pointers) == 0  # empty, or in an alphabet that no title of the capture uses
        found.index[silent], found.score[silent] = -1, 0.0
        return CodedTitles(found.index[place], found.score[place])

    @one_thread()
    def code_texts(self, titles: Sequence[str | None], texts: Sequence[str | None], k: int = TOP) -> CodedTitles:
        """The k best codes of each posting; its text is read where its title alone is not sure (below accept).

        Where a text is missing or says nothing about duties, the title alone decides. A sure title is not overruled:
        on real advertisements its answer was as good without the text (benchmarks/occupation_coding.py).
        """
        import numpy as np

        found = self.code_titles(titles, k)
        unsure = (found.score[:, 0] < ACCEPT) & np.fromiter((bool(text) for text in texts), bool, len(texts))
        for chosen in _chunks(np.flatnonzero(unsure)):
            rows = self.text_words.rows(hashed([texts[number] or "" for number in chosen], TEXT))
            every = np.arange(len(chosen), dtype=np.int64)
            both = np.float32(TEXT_WEIGHT) * self.text_network.log_probabilities(rows, every)
            distinct, place = _distinct([titles[number] for number in chosen])
            title_rows = self.title_words.rows(hashed(distinct, TITLE))
            both += self.title_network.log_probabilities(title_rows, np.arange(len(distinct), dtype=np.int64))[place]
            better = self._ranked(normalised(both), self.text_calibration, k)
            # A title without any word that names work is left uncoded, whatever the text says: the text alone is right
            # in one of five (benchmarks/occupation_coding.py).
            speaks = (np.diff(rows.pointers) > 0) & (found.index[chosen, 0] >= 0)
            found.index[chosen[speaks]], found.score[chosen[speaks]] = better.index[speaks], better.score[speaks]
        return found

    def _ranked(self, log_probabilities: NDArray[np.float32], calibration: Calibration, k: int) -> CodedTitles:
        """The k best classes per row. The first score is calibrated; what it leaves is shared out to the others."""
        import numpy as np

        k = min(k, log_probabilities.shape[1])
        best = np.argpartition(log_probabilities, -k, axis=1)[:, -k:]
        values = np.take_along_axis(log_probabilities, best, axis=1)
        # Ties go to the lower code, so that the order of a partition never shows.
        order = np.lexsort((best, -values), axis=1)
        best, values = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
        probability = np.exp(values)
        score = calibration(probability[:, 0])
        left = (1 - score) / np.maximum(1 - probability[:, 0], 1e-6)
        scores = np.minimum(probability * left[:, None], score[:, None])
        scores[:, 0] = score
        return CodedTitles(best.astype(np.int32), scores.astype(np.float32))

    def save(self, path: Path) -> int:
        """Write the file in one step; returns its size in bytes."""
        content = self.to_bytes()
        atomic.write_bytes(path, content)
        return len(content)

    def to_bytes(self) -> bytes:
        """The file's content; equal coders give equal bytes."""
        import numpy as np

        arrays: dict[str, Any] = {}
        for name, words, network, calibration in (
            ("title", self.title_words, self.title_network, self.title_calibration),
            ("text", self.text_words, self.text_network, self.text_calibration),
        ):
            scale, small = _as_bytes(network.embedding)
            arrays |= {
                f"{name}_keys": words.keys,
                f"{name}_idf": words.idf.astype(np.float16),
                f"{name}_scale": scale,
                f"{name}_embedding": small,
                f"{name}_hidden_bias": network.hidden_bias.astype(np.float16),
                f"{name}_output": network.output.astype(np.float16),
                f"{name}_output_bias": network.output_bias.astype(np.float16),
                f"{name}_calibration": np.stack([calibration.probability, calibration.share_right]),
            }
        about = {
            **self.metadata,
            "format": FORMAT,
            "attribution": ATTRIBUTION,
            "soc_version": "2018",
            "soc_codes": self.soc_codes,
            "soc_titles": self.soc_titles,
            "word_share": {"title": self.title_words.word_share, "text": self.text_words.word_share},
        }
        arrays["about"] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> OccupationCoder:
        """The coder of a file. Raises PermanentFailure when it is missing or no such file."""
        import zipfile
        import zlib

        import numpy as np

        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(arrays["about"].tobytes())
            if about["format"] != FORMAT:
                raise KeyError(about["format"])
            title_words, title_network, title_calibration = _part(arrays, "title", about["word_share"]["title"])
            text_words, text_network, text_calibration = _part(arrays, "text", about["word_share"]["text"])
            return cls(
                tuple(about["soc_codes"]),
                tuple(about["soc_titles"]),
                title_words,
                title_network,
                text_words,
                text_network,
                title_calibration,
                text_calibration,
                about,
            )
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise PermanentFailure(
                f"this is no occupation coder ({type(error).__name__})",
                where=str(path),
                expected=f"a file of format {FORMAT} as `currency occupation train` writes it",
                remedy="train the coder again: currency occupation train",
            ) from error


def rounded(network: Network) -> Network:
    """The network as it comes back from a file: calibration and benchmarks look at what is shipped."""
    import numpy as np

    scale, small = _as_bytes(network.embedding)
    return Network(
        _as_floats(scale, small),
        *(
            part.astype(np.float16).astype(np.float32)
            for part in (network.hidden_bias, network.output, network.output_bias)
        ),
    )


def _as_bytes(embedding: NDArray[np.float32]) -> tuple[NDArray[np.float16], NDArray[np.int8]]:
    import numpy as np

    scale = (np.abs(embedding).max(axis=1, initial=0.0) / _STEPS).astype(np.float16)
    safe = np.maximum(scale.astype(np.float32), np.float32(1e-7))
    return scale, np.clip(np.rint(embedding / safe[:, None]), -_STEPS, _STEPS).astype(np.int8)


def _as_floats(scale: NDArray[np.float16], small: NDArray[np.int8]) -> NDArray[np.float32]:
    import numpy as np

    return np.ascontiguousarray(small.astype(np.float32) * scale.astype(np.float32)[:, None])


def _part(arrays: Mapping[str, Any], name: str, word_share: float) -> tuple[Vocabulary, Network, Calibration]:
    import numpy as np

    def floats(part: str) -> NDArray[np.float32]:
        return np.ascontiguousarray(arrays[f"{name}_{part}"].astype(np.float32))

    embedding = _as_floats(arrays[f"{name}_scale"], arrays[f"{name}_embedding"])
    return (
        Vocabulary(arrays[f"{name}_keys"], floats("idf"), word_share),
        Network(embedding, floats("hidden_bias"), floats("output"), floats("output_bias")),
        Calibration(*arrays[f"{name}_calibration"]),
    )


def _chunks(numbers: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Runs of at most CHUNK; one empty run where there is nothing."""
    return [numbers[start : start + CHUNK] for start in range(0, max(len(numbers), 1), CHUNK)]


def _distinct(titles: Sequence[str | None]) -> tuple[list[str], NDArray[np.int64]]:
    """(distinct normalised titles in order of first appearance, place of each title among them)."""
    import numpy as np

    raw: dict[str | None, int] = {}
    seen: dict[str, int] = {}
    place = np.empty(len(titles), np.int64)
    for number, title in enumerate(titles):
        known = raw.get(title)
        if known is None:
            known = raw[title] = seen.setdefault(normalise(title or ""), len(seen))
        place[number] = known
    return list(seen), place
