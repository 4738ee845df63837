"""E-mail addresses and telephone numbers out of text: `[e-mail]` and `[phone]`.

Belongs here: the patterns. Does not belong here: which rows are looked at (`kernels.screen` points at those with an
"@" or seven digits near each other), HTML.

Errs on the side of masking: a run of digits that could be a US number is masked though it may be a reference, since a
person's number in the raw zone is the worse mistake. Ids and addresses of web pages keep their digits.
"""

from __future__ import annotations

import re

AT, SPELLED, DIGITS = 1, 2, 4  # as `kernels.windows` tells them
EMAIL, PHONE = "[e-mail]", "[phone]"
_NOT_LOCAL = frozenset(" \t\r\n\f\v\x00\xa0@<>()[]{},;:\"'`|\\/=")
_LOCAL_LENGTH = 64
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,62})\.)+[^\W\d_]{2,24}")
_SPELLED = re.compile(  # "first.last (at) host (dot) gov"
    r"[\w.+-]{1,64} ?[\[(] ?at ?[\])] ?(?:[\w-]{1,63} ?(?:\.|[\[(] ?dot ?[\])]) ?)+[^\W\d_]{2,24}", re.IGNORECASE
)
_AT_SIGN = re.compile(r"[aA][tT] ?[)\]]")
_GAP = r"[ .\-/–—·•]{0,3}"
_EXTENSION = r"(?:[ ,;]{0,2}(?:ext|extension|x)\.?[ :]?[0-9]{1,6}(?![0-9]))?"
_PHONE = re.compile(
    r"(?<![0-9])(?<![0-9][,.])(?:"
    # US and Canada: area code and exchange begin with 2-9; with or without country code, brackets, signs between
    rf"(?:\+?1{_GAP})?(?:\( ?[2-9][0-9]{{2}} ?\){_GAP}|[2-9][0-9]{{2}}{_GAP})[2-9][0-9]{{2}}{_GAP}[0-9]{{4}}"
    # any country: + and 8 to 15 digits
    rf"|\+[0-9](?:[ .\-/()–]{{0,3}}[0-9]){{7,14}}"
    # United Kingdom and others: a leading 0, 10 or 11 digits
    rf"|\(?0[1-9][0-9]{{1,3}}\)?(?:[ \-.]?[0-9]){{6,8}}"
    rf"){_EXTENSION}(?![0-9])"
)
_CANDIDATE = re.compile(r"[0-9][0-9 .\-/()–—·•]{5,}[0-9]")
_BEFORE, _AFTER = 3, 24  # characters around a candidate that may belong to it: "+(", an extension
# Shorter numbers only behind a word that announces them.
_ANNOUNCED = re.compile(
    r"(?<!\[)\b(?:tel|telephone|phone|ph|mobile|cell|fax|call|whatsapp|text|sms)\b"
    r"(?:[ .:#*()+\-–]|\bno\b|\bus\b|\bat\b|\bon\b|\bor\b|\bnumber\b|\bline\b|\bis\b|\[phone\]){0,10}\Z",
    re.IGNORECASE,
)
_ANNOUNCED_WITHIN = 48
_SHORTEST, _LONGEST = 7, 15


def mask(text: str, kinds: int = AT | SPELLED | DIGITS) -> tuple[str, int, int]:
    """The text without e-mail addresses and telephone numbers, and how many of each were masked. Idempotent.

    Args:
        kinds: what the text can hold: an "@", an "(at)", seven digits near each other.
    """
    emails = phones = 0
    for _ in range(8):  # a mask may uncover a second one beside it
        before = emails + phones
        if kinds & AT:
            text, found = _without_emails(text)
            emails += found
        if kinds & SPELLED and _AT_SIGN.search(text) is not None:
            text, found = _SPELLED.subn(EMAIL, text)
            emails += found
        if kinds & DIGITS:
            text, found = _without_phones(text)
            phones += found
        if emails + phones == before:
            break
        kinds &= SPELLED | (AT if "@" in text else 0) | (DIGITS if _CANDIDATE.search(text) else 0)
        if not kinds:
            break
    return text, emails, phones


def mask_emails(text: str) -> str:
    """Only e-mail addresses, for web addresses whose digits are no telephone numbers."""
    return mask(text, AT | SPELLED)[0]


def _without_emails(text: str) -> tuple[str, int]:
    spans = []
    at, passed = text.find("@"), 0
    while at >= 0:
        span = _email_around(text, at, passed)
        if span is not None:
            spans.append(span)
            passed = span[1]
        at = text.find("@", max(at + 1, passed))
    return _replaced(text, spans, EMAIL), len(spans)


def _email_around(text: str, at: int, passed: int) -> tuple[int, int] | None:
    """Where the address around an "@" begins and ends; also "first.last @ host.gov" with single blanks."""
    left, right = at, at + 1
    spaced = False
    if left > passed and text[left - 1] == " ":
        left, spaced = left - 1, True
    if right < len(text) and text[right] == " ":
        right, spaced = right + 1, True
    host = _HOST.match(text, right)
    if host is None:
        return None
    begin = left
    while begin > passed and left - begin < _LOCAL_LENGTH and text[begin - 1] not in _NOT_LOCAL:
        begin -= 1
    local = text[begin:left]
    if not local or local.isspace() or (spaced and not any(c in "._+-" or c.isdigit() for c in local)):
        return None
    return begin, host.end()


def _without_phones(text: str) -> tuple[str, int]:
    spans: list[tuple[int, int]] = []
    for candidate in _CANDIDATE.finditer(text):
        start, end = candidate.span()
        digits = sum(map(str.isdigit, candidate.group()))
        if digits < _SHORTEST:
            continue
        found = [m.span() for m in _PHONE.finditer(text, max(0, start - _BEFORE), min(len(text), end + _AFTER))]
        found = [f for f in found if not _is_reference(text, *f)]
        if found:
            spans += found
        elif digits <= _LONGEST and _ANNOUNCED.search(text, max(0, start - _ANNOUNCED_WITHIN), start):
            spans.append((start, end))
    spans = [s for i, s in enumerate(spans) if i == 0 or s[0] >= spans[i - 1][1]]
    return _replaced(text, spans, PHONE), len(spans)


def _is_reference(text: str, begin: int, end: int) -> bool:
    """Whether digits are a reference: run together behind "#" or "AB-", or a 0 and too few digits for a number."""
    digits = text[begin:end]
    if digits.isdigit():
        before = text[max(0, begin - 2) : begin]
        if before[-1:] == "#" or (before[-1:] == "-" and before[:1].isalpha()):
            return _ANNOUNCED.search(text, max(0, begin - _ANNOUNCED_WITHIN), begin) is None
    return digits.lstrip("(")[0] == "0" and not 10 <= sum(map(str.isdigit, digits)) <= 16  # 11 and an extension


def _replaced(text: str, spans: list[tuple[int, int]], mark: str) -> str:
    if not spans:
        return text
    parts, passed = [], 0
    for begin, end in spans:
        parts += [text[passed:begin], mark]
        passed = end
    return "".join(parts) + text[passed:]
