"""A small network from sparse rows to occupations: embedding bag, one hidden layer, softmax.

Belongs here: its arithmetic, in training and afterwards. Does not belong here: what the rows and classes are.

    hidden = relu(sum of weight x embedding[feature] + bias);  logits = hidden @ output + output bias

A row's target is a distribution over classes: a title that O*NET lists under three occupations is a third of each.
Trained by mini-batches (embeddings with AdaGrad, the dense layers with Adam), with features and hidden units dropped
at random, from a fixed seed and on one thread: the same rows give the same network, bit for bit on processors of one
kind (another kind rounds sums in another order).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from extractors.posting_text.occupation.features import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 256
CHUNK = 4096  # rows whose logits are held at once


@dataclass(frozen=True)
class Targets:
    """Per row a distribution over classes: `classes[pointers[i]:pointers[i + 1]]` with `shares` that sum to 1."""

    pointers: NDArray[np.int64]
    classes: NDArray[np.int64]
    shares: NDArray[np.float32]
    row_weights: NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """Weights as float32: embedding [features, width], hidden_bias [width], output [width, classes], output_bias."""

    embedding: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def log_probabilities(self, rows: Rows, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
        """Log probabilities [chosen, classes] of some rows; at most `CHUNK` of them at once keep memory small."""
        import numpy as np

        from extractors.posting_text.occupation import kernels

        hidden = np.tile(self.hidden_bias, (len(chosen), 1))
        kernels.embed(rows.pointers, rows.ids, rows.weights, chosen, self.embedding, hidden)
        np.maximum(hidden, 0, out=hidden)
        logits: NDArray[np.float32] = hidden @ self.output
        logits += self.output_bias
        return normalised(logits)


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrix products on one thread: the same bytes on any number of cores, and no cores kept spinning.

    Products of this size gain nothing from a second thread; on a busy machine waiting for it cost five times the CPU.
    """
    with _blas().limit(limits=1, user_api="blas"):
        yield


@cache
def _blas() -> Any:
    import numpy  # noqa: F401  # its BLAS must be loaded before it can be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def normalised(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits as log probabilities, in place."""
    import numpy as np

    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. Chosen on held-out O*NET titles (benchmarks/occupation_coding.py says how).

    `members` networks of `width` from different seeds are averaged: half a point more than one network of their
    common size, and less left to the seed.
    """

    members: int = 2
    width: int = 64
    epochs: int = 8
    embedding_rate: float = 0.5
    dense_rate: float = 0.002
    drop_features: float = 0.1
    drop_hidden: float = 0.3
    seed: int = 2018


def train(rows: Rows, targets: Targets, features: int, classes: int, recipe: Recipe) -> Network:
    """A network for these rows; `features` and `classes` are the sizes of vocabulary and code list."""
    return _averaged([_member(rows, targets, features, classes, recipe, n) for n in range(recipe.members)])


def _averaged(members: Sequence[Network]) -> Network:
    """One network whose logits are the mean of the members': their hidden layers side by side."""
    import numpy as np

    share = np.float32(1 / len(members))
    return Network(
        np.ascontiguousarray(np.hstack([member.embedding for member in members])),
        np.concatenate([member.hidden_bias for member in members]),
        np.ascontiguousarray(np.vstack([member.output for member in members]) * share),
        np.sum([member.output_bias for member in members], axis=0) * share,
    )


def _member(rows: Rows, targets: Targets, features: int, classes: int, recipe: Recipe, number: int) -> Network:
    import numpy as np

    from extractors.posting_text.occupation import kernels

    random = np.random.Generator(np.random.PCG64([recipe.seed, number]))
    embedding = random.standard_normal((features, recipe.width), dtype=np.float32) * np.float32(0.1)
    gathered = np.full(features, 1e-3, np.float32)
    hidden_bias = np.zeros(recipe.width, np.float32)
    output = random.standard_normal((recipe.width, classes), dtype=np.float32) * np.float32(0.05)
    output_bias = np.zeros(classes, np.float32)
    adam = [_Adam(part) for part in (hidden_bias, output, output_bias)]
    kept = np.float32(1 - recipe.drop_hidden)
    # Few rows (the sample state) need as many steps as many rows do: epochs grow until there are 200 steps.
    epochs = max(recipe.epochs, min(60, -(-200 * BATCH // max(len(rows), 1))))
    for epoch in range(epochs):
        decay = 1 - epoch / epochs
        weights = rows.weights
        if recipe.drop_features:
            stays = random.random(len(weights), dtype=np.float32) >= recipe.drop_features
            weights = weights * stays / np.float32(1 - recipe.drop_features)
        order = random.permutation(len(rows))
        for start in range(0, len(rows), BATCH):
            batch = order[start : start + BATCH]
            hidden = np.tile(hidden_bias, (len(batch), 1))
            kernels.embed(rows.pointers, rows.ids, weights, batch, embedding, hidden)
            mask = ((random.random(hidden.shape, dtype=np.float32) >= recipe.drop_hidden) & (hidden > 0)) / kept
            active = hidden * mask
            error = active @ output + output_bias
            error -= error.max(axis=1, keepdims=True)
            np.exp(error, out=error)
            error /= error.sum(axis=1, keepdims=True)
            _subtract(error, targets, batch)
            error *= targets.row_weights[batch, None]
            hidden_error = (error @ output.T) * mask
            kernels.learn(
                rows.pointers, rows.ids, weights, batch, hidden_error, embedding, gathered,
                np.float32(recipe.embedding_rate * decay),
            )  # fmt: skip
            gradients = (hidden_error.mean(axis=0), active.T @ error / np.float32(len(batch)), error.mean(axis=0))
            for one, gradient in zip(adam, gradients, strict=True):
                one.step(gradient, recipe.dense_rate * decay)
    return Network(embedding, hidden_bias, output, output_bias)


class _Adam:
    """Adam for one dense array, changed in place."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        import numpy as np

        self.values, self.steps = values, 0
        self.mean, self.square = np.zeros_like(values), np.zeros_like(values)

    def step(self, gradient: NDArray[np.float32], rate: float) -> None:
        import numpy as np

        self.steps += 1
        self.mean += np.float32(0.1) * (gradient - self.mean)
        self.square += np.float32(0.001) * (gradient * gradient - self.square)
        mean = self.mean / np.float32(1 - 0.9**self.steps)
        square = self.square / np.float32(1 - 0.999**self.steps)
        self.values -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))


def _subtract(probabilities: NDArray[np.float32], targets: Targets, batch: NDArray[np.int64]) -> None:
    """probabilities[r, class] -= share, for the targets of the batch's rows."""
    import numpy as np

    first = targets.pointers[batch]
    sizes = targets.pointers[batch + 1] - first
    row = np.repeat(np.arange(len(batch)), sizes)
    place = np.repeat(first - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes) + np.arange(sizes.sum())
    probabilities[row, targets.classes[place]] -= targets.shares[place]
