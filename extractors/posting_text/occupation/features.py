"""Titles and texts as weighted features, and the vocabulary that a model keeps.

Belongs here: from strings to sparse rows. Does not belong here: cutting noise from a title (`normalise`), learning
(`network`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from extractors.posting_text.occupation.words import BOILERPLATE, STOP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOILERPLATE_ALLOWED = 1  # words about the offer that a sentence about the work may hold
TITLE, TEXT = "title", "text"


@dataclass(frozen=True)
class Hashed:
    """Feature hashes of n texts: those of text i are `keys[pointers[i]:pointers[i + 1]]`, repeats included."""

    pointers: NDArray[np.int64]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.pointers) - 1


@dataclass(frozen=True)
class Rows:
    """n sparse rows: feature ids and weights of text i between `pointers[i]` and `pointers[i + 1]`."""

    pointers: NDArray[np.int64]
    ids: NDArray[np.int32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pointers) - 1


def hashed(texts: Sequence[str], way: str) -> Hashed:
    """Feature hashes of normalised titles (`TITLE`) or of running text as it is (`TEXT`)."""
    from extractors.posting_text.occupation import kernels

    buffer, offsets = _joined(texts)
    if way == TITLE:
        return Hashed(*kernels.title_hashes(buffer, offsets))
    stop, boiler = _text_words()
    return Hashed(*kernels.text_hashes(buffer, offsets, stop, boiler, BOILERPLATE_ALLOWED))


def stacked(parts: Sequence[Rows]) -> Rows:
    """Several lots of rows as one, in their order."""
    import numpy as np

    starts = np.cumsum([0, *(len(part.ids) for part in parts)])
    pointers = [part.pointers[1:] + start for part, start in zip(parts, starts, strict=False)]
    return Rows(
        np.concatenate([np.zeros(1, np.int64), *pointers]),
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def together(parts: Sequence[Hashed]) -> Hashed:
    """Several lots as one, in their order."""
    import numpy as np

    starts = np.cumsum([0, *(len(part.keys) for part in parts)])
    pointers = [part.pointers[1:] + start for part, start in zip(parts, starts, strict=False)]
    return Hashed(np.concatenate([np.zeros(1, np.int64), *pointers]), np.concatenate([part.keys for part in parts]))


def bundled(source: Hashed, members: Sequence[Sequence[int]]) -> Hashed:
    """One text per bundle: the features of its member texts one after the other."""
    import numpy as np

    keys = [source.keys[source.pointers[m] : source.pointers[m + 1]] for bundle in members for m in bundle]
    sizes = [sum(int(source.pointers[m + 1] - source.pointers[m]) for m in bundle) for bundle in members]
    return Hashed(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]),
        np.concatenate(keys) if keys else np.zeros(0, np.uint64),
    )


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows.

    Attributes:
        keys: sorted hashes [features].
        idf: ln((1 + texts) / (1 + texts with the feature)) + 1 [features].
        word_share: weight of words against characters.
    """

    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]
    word_share: float

    @property
    def kinds(self) -> NDArray[np.uint8]:
        """0 characters, 1 word, 2 pair, per feature."""
        import numpy as np

        return (self.keys & np.uint64(3)).astype(np.uint8)

    def rows(self, found: Hashed, *, word_share: float | None = None) -> Rows:
        """Weighted rows; what the vocabulary does not know is left out. `word_share` overrides the vocabulary's."""
        from extractors.posting_text.occupation import kernels

        share = self.word_share if word_share is None else word_share
        return Rows(*kernels.weigh(found.pointers, self._ids(found), self.kinds, self.idf, share))

    def _ids(self, found: Hashed) -> NDArray[np.int64]:
        import numpy as np

        if not len(self.keys):
            return np.full(len(found.keys), -1, np.int64)
        # Two words written as one count where the vocabulary has that word.
        joined = (found.keys & np.uint64(3)) == np.uint64(3)
        keys = np.where(joined, found.keys ^ np.uint64(2), found.keys)
        place = np.searchsorted(self.keys, keys)
        place[place == len(self.keys)] = 0
        return np.where(self.keys[place] == keys, place, -1)


def vocabulary_of(found: Hashed, *, at_least: tuple[int, int, int], word_share: float) -> Vocabulary:
    """The features that occur in at least so many texts, by kind (characters, words, pairs).

    Two words written as one do not make a word: they only meet one that somebody wrote.
    """
    import numpy as np

    text = np.repeat(np.arange(len(found)), np.diff(found.pointers))
    written = (found.keys & np.uint64(3)) != np.uint64(3)
    keys, texts = found.keys[written], text[written]
    order = np.lexsort((texts, keys))
    keys, texts = keys[order], texts[order]
    new = np.ones(len(keys), bool)
    new[1:] = (keys[1:] != keys[:-1]) | (texts[1:] != texts[:-1])
    distinct, frequency = np.unique(keys[new], return_counts=True)
    keep = frequency >= np.array(at_least)[(distinct & np.uint64(3)).astype(np.int64)]
    idf = np.log((1 + len(found)) / (1 + frequency[keep])) + 1
    return Vocabulary(distinct[keep], idf.astype(np.float32), word_share)


def _joined(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    import numpy as np

    encoded = [text.encode("utf-8", "replace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    return np.frombuffer(bytearray(b"".join(encoded) or b" "), np.uint8), offsets


@cache
def _text_words() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Sorted hashes of the stop words and of the words of boilerplate, as `text_hashes` forms them."""
    return _word_keys(STOP), _word_keys(BOILERPLATE)


def _word_keys(words: Sequence[str]) -> NDArray[np.uint64]:
    import numpy as np

    from extractors.posting_text.occupation import kernels

    nothing = np.zeros(0, np.uint64)
    keys = kernels.text_hashes(*_joined(words), nothing, nothing, 1 << 30)[1]
    return np.unique(keys[(keys & np.uint64(3)) == np.uint64(1)])
