"""Training of the offline coder from one O*NET capture, once, and its cache.

Belongs here: which examples feed which network, calibration, the name of the cached file. Does not belong here: the
networks' arithmetic (`network`).

Two networks share the work. The *title* network sees titles (words, pairs, characters) and, as words alone, tasks and
descriptions: so a title may use words that no listed title has. The *text* network sees bundles of up to ten tasks of
one occupation, which look like the duties of an advertisement, and titles as they may be named in it.

Calibration looks at answers for titles and tasks that a first pair of networks has not seen (`HELD_OUT` of each, by
hash of the text); the networks that are kept then see everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.posting_text.occupation.calibration import ACCEPT, Calibration, fitted
from extractors.posting_text.occupation.examples import Examples, read_examples
from extractors.posting_text.occupation.features import (
    TEXT,
    TITLE,
    Hashed,
    Vocabulary,
    bundled,
    hashed,
    stacked,
    together,
    vocabulary_of,
)
from extractors.posting_text.occupation.model import (
    FORMAT,
    RESIDUAL_PENALTY,
    TEXT_WEIGHT,
    OccupationCoder,
    rounded,
)
from extractors.posting_text.occupation.network import CHUNK, Network, Recipe, Targets, normalised, one_thread
from extractors.posting_text.occupation.network import train as train_network

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

HELD_OUT = 0.1
_TEXTS_IN_TITLE_NETWORK = 0.5  # weight of a task against a title
_WORDS_OF_TITLES = 0.8  # weight of words against characters in a title
_WORDS_OF_TEXTS = 1.28  # = sqrt(1 + .8²): a text row is as long as a title row
_MOST_OF_A_BUNDLE = 10
_OTHER_DUTIES = 3
_ENOUGH = 100  # unsure held-out titles to calibrate on; a small capture has fewer, and keeps to the titles' calibration


@dataclass(frozen=True)
class Settings:
    """All that decides how a capture becomes a coder."""

    title: Recipe = field(default_factory=lambda: Recipe(width=112, epochs=12, embedding_rate=0.8))
    text: Recipe = field(default_factory=lambda: Recipe(width=64, epochs=8, drop_features=0.5))
    bundles: int = 20  # per occupation
    held_out: float = HELD_OUT


def train(
    titles: pa.Table,
    tasks: pa.Table,
    occupations: pa.Table,
    soc: pa.Table,
    out: Path,
    *,
    onet_to_soc: Mapping[str, str] | None = None,
    capture: str = "",
    settings: Settings | None = None,
) -> OccupationCoder:
    """Train a coder and write it to `out` (.npz); returns it as it was written.

    The tables are described at `examples.read_examples`. `capture` is the name of the O*NET capture, for the metadata.
    """
    coder = trained(read_examples(titles, tasks, occupations, soc, onet_to_soc), settings, {"capture": capture})
    coder.save(out)
    return coder


def train_once(
    titles: pa.Table,
    tasks: pa.Table,
    occupations: pa.Table,
    soc: pa.Table,
    folder: Path,
    *,
    onet_to_soc: Mapping[str, str] | None = None,
    capture: str = "",
    settings: Settings | None = None,
) -> Path:
    """The coder's file for these examples, this code and these settings: found in `folder`, or trained into it."""
    examples = read_examples(titles, tasks, occupations, soc, onet_to_soc)
    path = folder / f"occupation-coder-{fingerprint(examples, settings)}.npz"
    if not path.exists():
        trained(examples, settings, {"capture": capture}).save(path)
    return path


def fingerprint(examples: Examples, settings: Settings | None = None) -> str:
    """16 hex digits that change with the examples, the settings, the file format and the code of this package."""
    digest = hashlib.sha256(json.dumps([FORMAT, asdict(settings or Settings())], sort_keys=True).encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.stem in _CODE_THAT_TRAINS:
            digest.update(file.read_bytes())
    for part in (examples.codes, examples.names, examples.titles, examples.wordings, examples.texts):
        digest.update(json.dumps(part, sort_keys=True, default=list).encode())
    return digest.hexdigest()[:16]


_CODE_THAT_TRAINS = frozenset(
    {"calibration", "examples", "features", "kernels", "model", "network", "normalise", "training", "words"}
)


@one_thread()
def trained(
    examples: Examples, settings: Settings | None = None, about: Mapping[str, Any] | None = None
) -> OccupationCoder:
    """A coder for these examples."""
    settings = settings or Settings()
    rest, titles, texts = examples.without(settings.held_out)
    calibrations = _calibrations(_networks(rest, settings), rest, titles, texts)
    title_words, title_network, text_words, text_network = _networks(examples, settings)
    metadata = {
        **(about or {}),
        "fingerprint": fingerprint(examples, settings),
        "settings": asdict(settings),
        "title_count": len(examples.titles),
        "text_count": len(examples.texts),
        "held_out_title_count": len(titles),
    }
    return OccupationCoder(
        examples.codes, examples.names, title_words, title_network, text_words, text_network, *calibrations, metadata
    )


def _networks(examples: Examples, settings: Settings) -> tuple[Vocabulary, Network, Vocabulary, Network]:
    texts = hashed([text for _, text in examples.texts], TEXT)
    text_targets = [((place, 1.0),) for place, _ in examples.texts]
    title_words, title_network = _title_network(examples, texts, text_targets, settings.title)
    text_words, text_network = _text_network(examples, texts, settings)
    return (
        title_words,
        rounded(_less_residual(title_network, examples.residual)),
        text_words,
        rounded(text_network),
    )


def _title_network(
    examples: Examples, texts: Hashed, text_targets: Sequence[Sequence[tuple[int, float]]], recipe: Recipe
) -> tuple[Vocabulary, Network]:
    titles = hashed(list(examples.titles), TITLE)
    words = vocabulary_of(together([titles, texts]), at_least=(2, 1, 2), word_share=_WORDS_OF_TITLES)
    rows = stacked([words.rows(titles), words.rows(texts, word_share=_WORDS_OF_TEXTS)])
    shares = [tuple(found.items()) for found in examples.titles.values()]
    weights = [min(2.0, max(found.values())) for found in examples.titles.values()]
    weights += [_TEXTS_IN_TITLE_NETWORK] * len(text_targets)
    targets = _targets([*shares, *text_targets], weights)
    return words, train_network(rows, targets, len(words.keys), len(examples.codes), recipe)


def _text_network(examples: Examples, texts: Hashed, settings: Settings) -> tuple[Vocabulary, Network]:
    import numpy as np

    titles = hashed(list(examples.wordings), TEXT)
    words = vocabulary_of(together([texts, titles]), at_least=(2, 2, 2), word_share=1.0)
    of_class: dict[int, list[int]] = {}
    for number, (place, _) in enumerate(examples.texts):
        of_class.setdefault(place, []).append(number)
    random = np.random.Generator(np.random.PCG64(settings.text.seed))
    bundles: list[list[int]] = []
    targets: list[tuple[tuple[int, float], ...]] = []
    for place, members in sorted(of_class.items()):
        for _ in range(settings.bundles):
            size = min(len(members), 1 + int(random.integers(_MOST_OF_A_BUNDLE)))
            bundles.append([members[m] for m in random.permutation(len(members))[:size]])
            targets.append(((place, 1.0),))
    rows = stacked([words.rows(bundled(texts, bundles)), words.rows(titles)])
    targets += [tuple((place, 1.0) for place in found) for found in examples.wordings.values()]
    recipe = settings.text
    return words, train_network(
        rows, _targets(targets, [1.0] * len(targets)), len(words.keys), len(examples.codes), recipe
    )


def _targets(shares: Sequence[Sequence[tuple[int, float]]], weights: Sequence[float]) -> Targets:
    """Distributions from weights per class."""
    import numpy as np

    pointers = np.concatenate(([0], np.cumsum([len(found) for found in shares], dtype=np.int64)))
    values = [weight / sum(w for _, w in found) for found in shares for _, weight in found]
    return Targets(
        pointers,
        np.array([place for found in shares for place, _ in found], np.int64),
        np.array(values, np.float32),
        np.array(weights, np.float32),
    )


def _less_residual(network: Network, residual: Sequence[int]) -> Network:
    bias = network.output_bias.copy()
    bias[list(residual)] -= RESIDUAL_PENALTY
    return Network(network.embedding, network.hidden_bias, network.output, bias)


def _calibrations(
    networks: tuple[Vocabulary, Network, Vocabulary, Network],
    examples: Examples,
    titles: Mapping[str, frozenset[int]],
    texts: Sequence[tuple[int, str]],
) -> tuple[Calibration, Calibration]:
    """For titles alone, and for unsure titles beside duties of one of their occupations.

    The duties are one unseen task of the occupation and three of any: an advertisement says much that belongs to no
    occupation or to several, and tasks alone would make the coder surer than it is on advertisements (with as many
    own as other tasks, answers above accept were right in less than half of the cases). Only titles below accept are
    looked at, for only with them is the text read.
    """
    import numpy as np

    title_words, title_network, text_words, text_network = networks
    names = list(titles)
    rows = title_words.rows(hashed(names, TITLE))
    every = [np.arange(start, min(start + CHUNK, len(names)), dtype=np.int64) for start in range(0, len(names), CHUNK)]
    alone = [
        one for chosen in every for one in _best(title_network.log_probabilities(rows, chosen), names, titles, chosen)
    ]
    title_calibration = _fitted(alone)
    unsure = np.flatnonzero(title_calibration(np.array([p for p, _ in alone], np.float32)) < ACCEPT)
    by_class: dict[int, list[int]] = {}
    for number, (place, _) in enumerate(texts):
        by_class.setdefault(place, []).append(number)
    tasks = hashed([text for _, text in texts], TEXT)
    beside: list[tuple[float, bool]] = []
    for start in range(0, len(unsure), CHUNK):
        part = unsure[start : start + CHUNK]
        described = np.array([n for n in part if min(titles[names[n]]) in by_class], np.int64)
        own = {int(n): min(titles[names[n]]) for n in described}
        duties = [_duties(by_class[place], n, len(texts)) for n, place in own.items()]
        both = title_network.log_probabilities(rows, described)
        both += np.float32(TEXT_WEIGHT) * text_network.log_probabilities(
            text_words.rows(bundled(tasks, duties)), np.arange(len(described), dtype=np.int64)
        )
        right = {names[n]: frozenset({place}) for n, place in own.items()}
        beside += _best(normalised(both), names, right, described)
    return title_calibration, _fitted(beside) if len(beside) >= _ENOUGH else title_calibration


def _fitted(answers: Sequence[tuple[float, bool]]) -> Calibration:
    import numpy as np

    return fitted(np.array([p for p, _ in answers], np.float32), np.array([right for _, right in answers], bool))


def _duties(own: Sequence[int], number: int, count: int) -> list[int]:
    """One of an occupation's own texts and three of all `count` texts, scattered by number."""
    return [own[0], *((number * 7_919 + step * 104_729) % count for step in range(_OTHER_DUTIES))]


def _best(
    log_probabilities: NDArray[np.float32],
    names: Sequence[str],
    right: Mapping[str, frozenset[int]],
    chosen: NDArray[np.int64],
) -> list[tuple[float, bool]]:
    """(probability of the best class, whether it is right) per chosen title."""
    import numpy as np

    if not len(chosen):
        return []
    best, probability = log_probabilities.argmax(axis=1), np.exp(log_probabilities.max(axis=1))
    return [(float(p), int(b) in right[names[n]]) for p, b, n in zip(probability, best, chosen, strict=True)]
