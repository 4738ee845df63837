"""A trie of many phrases at once: sorted, two neighbours share the nodes of their common beginning.

Belongs here: numbering of nodes. What the matcher makes of them: `matcher`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    _Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Trie:
    """Nodes by depth, those near the root first: they are met all the time and so lie together in memory.

    Attributes:
        parent: int64 [nodes]; of the root 0.
        letter: uint8 [nodes], on the way from the parent; of the root 0.
        children: int64 [nodes], how many.
        end: word -> its last node.
        shallow: number of nodes at depth 0 to 3, which come first.
    """

    parent: _Array
    letter: _Array
    children: _Array
    end: dict[str, int]
    shallow: int

    def near_root(self) -> list[dict[str, int]]:
        """Node -> {letter: child} of the nodes at depth 0 to 3."""
        out: list[dict[str, int]] = [{} for _ in range(self.shallow)]
        for node in range(1, len(self.parent)):
            parent = int(self.parent[node])
            if parent >= self.shallow:
                break
            out[parent][chr(self.letter[node])] = node
        return out


def build(words: Sequence[str]) -> Trie:
    """The trie of words of ASCII letters; none is empty, repeats do not matter."""
    import numpy as np

    ordered = sorted(set(words))
    if not ordered:
        nothing = np.zeros(1, np.int64)
        return Trie(nothing, np.zeros(1, np.uint8), nothing, {}, 1)
    coded = np.array([word.encode("ascii") for word in ordered])
    signs = coded.view(np.uint8).reshape(len(ordered), coded.dtype.itemsize)
    length = np.array([len(word) for word in ordered])
    differs = signs[1:] != signs[:-1]
    shared = np.concatenate([[0], differs.argmax(axis=1)]) if len(ordered) > 1 else np.zeros(1, np.int64)
    parents, letters = [np.zeros(1, np.int64)], [np.zeros(1, np.uint8)]
    above = np.zeros(len(ordered), np.int64)
    last = np.zeros(len(ordered), np.int64)
    count, shallow = 1, 1
    for depth in range(signs.shape[1]):
        opens = (shared <= depth) & (depth < length)
        parents.append(above[opens])
        letters.append(signs[opens, depth])
        # A word that opens no node here goes on in that of the word before it.
        above = count + np.cumsum(opens) - 1
        last = np.where(depth < length, above, last)
        count += int(opens.sum())
        if depth < 3:
            shallow = count
    parent = np.concatenate(parents)
    children = np.bincount(parent[1:], minlength=count)
    return Trie(parent, np.concatenate(letters), children, dict(zip(ordered, last.tolist(), strict=True)), shallow)
