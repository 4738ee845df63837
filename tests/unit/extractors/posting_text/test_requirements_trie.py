"""The trie of many phrases against one that is built letter by letter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extractors.posting_text.requirements.trie import build

WORDS = st.lists(st.text("ab c", min_size=1, max_size=7).filter(str.strip), max_size=30)


@given(WORDS)
def test_every_word_ends_where_its_letters_lead(words: list[str]) -> None:
    trie = build(words)
    prefixes = {word[:n] for word in words for n in range(len(word) + 1)} | {""}
    assert len(trie.parent) == len(prefixes)
    assert set(trie.end) == set(words)
    spelled = {0: ""}
    for node in range(1, len(trie.parent)):
        # A parent comes first, and nodes near the root come before those further off.
        spelled[node] = spelled[int(trie.parent[node])] + chr(trie.letter[node])
        assert len(spelled[node]) >= len(spelled[node - 1])
    assert set(spelled.values()) == prefixes
    assert all(spelled[node] == word for word, node in trie.end.items())
    counts = [sum(1 for other in prefixes if other and other[:-1] == spelled[n]) for n in range(len(trie.parent))]
    assert trie.children.tolist() == counts


@given(WORDS)
def test_near_the_root_the_ways_are_written_out(words: list[str]) -> None:
    trie = build(words)
    ways = trie.near_root()
    assert trie.shallow == len(ways) == len({w[:n] for w in words for n in range(4)} | {""})
    for word in words:
        node = 0
        for letter in word[:4]:
            node = ways[node][letter]
