"""Sketches by lines are those of the texts, whatever was met before (J4)."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.posting_text.deduplicate.line_words import LineWords
from extractors.posting_text.deduplicate.text_sketch import LONGEST_TAG, Sketches
from extractors.posting_text.lines import Lines, buffers, plain

PIECES = (
    *("Drives the van", "nurse's aide", "naïve café", "25.50 an hour", "日本語", "x" * 40, " ", "• item"),
    *("<b>bold</b>", "<a", "href=1>link", "<div ", "a < b", ">", "&amp;", "&am", "p; more", "&nbsp;", "&", "AT&T"),
    *("\n", "\n\n", "\n "),
)


def _same(lines: Lines, words: LineWords, texts: list[str]) -> None:
    array = plain(texts)
    found, expected = words.sketches(lines.cut(array)), Sketches(*buffers(array))
    for name in Sketches.__slots__:
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


texts = st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), st.booleans())
def test_sketches_by_lines_are_those_of_the_texts(batches: list[list[str]], begins_anew: bool) -> None:
    lines, words = Lines(), LineWords()
    for batch in batches:
        _same(lines, words, batch)
        if begins_anew:
            lines = Lines()


def test_lines_that_were_numbered_elsewhere_are_read_from_the_text() -> None:
    lines, words = Lines(), LineWords()
    _same(lines, words, ["One line.\nAnother line.\n"])
    lines.cut(plain(["A line of a title\nand the Rest"]))
    _same(lines, words, ["Another line.\nA line of a title\nThe end.", "The end.\n"])


def test_a_tag_over_lines_and_one_that_never_ends() -> None:
    lines, words = Lines(), LineWords()
    never = "<a " + "word " * LONGEST_TAG
    _same(lines, words, ["Bring <a\nHref='Up'>boots</a> and\nGloves.", never + "\nEnd >", "Gloves.", "", "\n"])


def test_many_lines_grow_the_pool() -> None:
    lines, words = Lines(), LineWords()
    for part in range(3):
        _same(lines, words, ["\n".join(f"Line {part} {number} of many" for number in range(40_000))])
