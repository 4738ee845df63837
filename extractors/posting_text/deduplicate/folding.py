"""Which byte counts as which letter: 256-entry tables for the numba passes over UTF-8.

Belongs here: case, accents, what breaks a word. Does not belong here: cutting into words.

Entry b < 0x80 is the ASCII byte b. Entries 0x80-0xBF stand for the two-byte letters C3 80 - C3 BF (U+00C0 - U+00FF),
folded to their ASCII base. All other letters of UTF-8 stay the bytes that they are. Values: 0 breaks a word, 1 is
passed over (apostrophes: "driver's" is "drivers"), 2 holds a number together ("25.50"), 3 ends a word as part of it
("C++"), else the folded byte.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BREAK, SKIP, WITHIN_NUMBER, WORD_END = 0, 1, 2, 3


@cache
def text_bytes() -> NDArray[np.uint8]:
    """Letters and digits; everything else breaks a word but the apostrophe."""
    table = np.zeros(256, np.uint8)
    for byte in range(128):
        if chr(byte).isalnum():
            table[byte] = ord(chr(byte).lower())
    table[ord("'")] = SKIP
    for second in range(0x80, 0xC0):
        letter = chr(0x40 + second)
        base = unicodedata.normalize("NFD", letter)[0].lower()
        table[second] = ord(base) if base.isascii() and base.isalpha() else (BREAK if letter in "×÷" else second)
    return table


@cache
def name_bytes() -> NDArray[np.uint8]:
    """As in texts; besides, "." and "," stay inside numbers, "+" and "#" at the end of words."""
    table = text_bytes().copy()
    table[ord(".")] = table[ord(",")] = WITHIN_NUMBER
    table[ord("+")] = table[ord("#")] = WORD_END
    return table
