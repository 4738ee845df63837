"""Named certificates and licences that the lexicon has no row for, read by their wording alone (J10).

"QZEG certification", "certificate in kiln arc glazing (KAG)", "certified seed analyst": a word for a certificate
or licence, and a name of one to six words tied to it. Belongs here: where such a name begins and ends, and what it is
called. Not here: what the sentence asks for (`unlisted_mentions`), where it stands in the posting (`posting`).

Words alone decide (`unlisted.csv`): `general` and `weak` name nothing ("relevant certification", "medical license"),
and the general ones are no part of a name; one `field` alone names nothing either; `stop` ends a name; `other` makes
it no credential of a person ("gift card"); `after` makes the certificate word part of something else
("certification process"); `person` ends what a person may be certified as.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from extractors.posting_text.requirements import linking
from extractors.posting_text.requirements.matcher import fold
from extractors.posting_text.requirements.vocabulary import read_csv

LONGEST = 60
"""Characters of a name."""
_WORDS, _PLAIN_WORDS, _BRACKET, _MEMBERS = 6, 4, 4, 6
_LEAST_FIELDS = 2  # "electrical safety certification" is a name, "safety certification" is none
_BESIDE = 30  # characters that hold the next word
# so many names of the lexicon make a list one of certificates
_LISTED = 2

_NOUNS = {
    "certificate": "certification",
    "certificates": "certification",
    "certification": "certification",
    "certifications": "certification",
    "cert": "certification",
    "certs": "certification",
    "license": "license",
    "licenses": "license",
    "licence": "license",
    "licences": "license",
    "licensure": "license",
    "registration": "registration",
    "ticket": "ticket",
    "tickets": "ticket",
    "card": "card",
    "cards": "card",
    "permit": "permit",
    "permits": "permit",
    "credential": "certification",
    "credentials": "certification",
}
_GIVEN = {"certified": "certification", "licensed": "license", "licenced": "license", "registered": "registration"}
# these stand for much else: only a name in capitals makes them a credential's
_LOOSE = frozenset(("registration", "ticket", "card", "permit"))
_CERTIFICATE = re.compile(
    r"\b(?:cert(?:ificates?|ifications?|ified|s)?|licen(?:[sc]es?|[sc]ed|sure)|regist(?:ration|ered)|credentials?|tickets?"
    r"|cards?|permits?)\b"
)
_STEMS = (*linking.STEMS, "regist", "card", "permit")
_REACH = 100  # characters on either side of the word
_TOKEN = re.compile(r"[^\W_](?:[\w.+#&'’-]*[\w+#])?|[^\w\s]")
_CONNECTS = frozenset(("of", "for", "in", "and", "&", "the"))
_ANDS = frozenset(("and", "&"))
_PARTS = ".,;:!?(/•–—-"
_BETWEEN = frozenset((",", "/", "and", "or", "&"))
_INTRODUCES = frozenset(
    ("(", ":", "such", "as", "like", "including", "e.g", "i.e", ".", "preferred", "required", "desired")
)
_INITIALS = re.compile(r"[A-Z][A-Z0-9]{2,7}")
_TIES = frozenset(("in", "as"))
# "postgraduate certificate in": of a university
_ACADEMIC = frozenset(
    ("graduate", "postgraduate", "post-graduate", "undergraduate", "pg", "diploma", "degree", "higher", "or", "/")
)
_STATE = re.compile(r"[A-Z]{2}")
_ARTICLES = frozenset(("a", "an", "the"))
_ACRONYM = re.compile(r"[A-Z][A-Za-z]*[A-Z0-9][\w+-]*")
_QUALIFIES = re.compile(
    r"-(?:related|specific|based|level|approved|recogni[sz]ed|compliant|issued|required|accredited|wide|relevant)$"
)
_ANY = frozenset(
    ("any", "similar", "related", "relevant", "other", "equivalent", "appropriate", "comparable", "such", "applicable")
)
_HAS_LETTERS = re.compile(r"[^\W\d_]{2,}")


class Name(NamedTuple):
    """A name in a sentence.

    Attributes:
        start, end: characters of the sentence, the certificate word with it where it stands beside the name.
        name: folded, without articles and general words, with one word for the kind.
        is_licence: a licence, not a certificate.
        is_person: "certified X": it may be the word for the person sought.
    """

    start: int
    end: int
    name: str
    is_licence: bool
    is_person: bool


class _Token(NamedTuple):
    text: str
    lower: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def is_name(self) -> bool:
        """Written as a name is."""
        return self.text[0].isupper() or (self.text[0].isdigit() and any(c.isalpha() for c in self.text))


@cache
def _lists() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in read_csv("unlisted"):
        found[row["kind"]].add(row["word"])
    return {kind: frozenset(words) for kind, words in found.items()}


def _words(kind: str) -> frozenset[str]:
    return _lists()[kind]


def may_name(text: str) -> bool:
    """Whether there may be a word for a ticket, card or permit; the others are phrases of the vocabulary."""
    return "icket" in text or "ermit" in text or " card" in text or "Card" in text


def names(text: str, known: Sequence[tuple[int, int]], body: int = 0) -> list[Name]:
    """The names in a sentence, in order, none overlapping another.

    Args:
        text: the sentence.
        known: spans of the lexicon's forms: a name does not reach into them, and their certificate words are theirs.
        body: where the words after a heading begin; the heading names nothing.
    """
    tokens: list[_Token] = []
    upto = 0
    found: list[Name] = []
    for start, end in _certificate_words(text.lower(), body):
        is_theirs = any(s - 1 <= end and start <= e + 1 for s, e in known)
        if is_theirs and any(s < end and start < e for s, e in known):
            continue
        may_list = len(known) >= _LISTED and _NOUNS.get(text[start:end].lower()) == "certification"
        if not may_list and (is_theirs or _stands_alone(text, start, end)):
            continue  # most words, and to cut the sentence into words is what costs
        if end > upto:
            tokens = _tokens(text, max(body, start - _REACH), end + _REACH)
            upto = end + _REACH // 2
        at = next((k for k, token in enumerate(tokens) if token.start == start and token.end == end), -1)
        if at < 0:
            continue  # part of a longer word
        lower = tokens[at].lower
        if may_list:
            found += _initials(tokens, at, known)
        if is_theirs:
            continue
        if lower in _NOUNS:
            found += _beside(tokens, at, _NOUNS[lower], known)
        else:
            found += _person(tokens, at, known)
    return _apart(found)


def _certificate_words(lower: str, body: int) -> list[tuple[int, int]]:
    """Where they stand, in order; to look for a beginning is quicker than for a pattern."""
    found = []
    for stem in _STEMS:
        at = lower.find(stem, body)
        while at >= 0:
            word = _CERTIFICATE.match(lower, at)
            if word:
                found.append(word.span())
            at = lower.find(stem, at + len(stem))
    return sorted(found)


def _tokens(text: str, low: int, high: int) -> list[_Token]:
    """The words and signs of [low, high), but a word that is cut off."""
    if low and text[low - 1].isalnum():
        low = text.find(" ", low) + 1 or low
    return [_Token(t[0], t[0].lower(), t.start(), t.end()) for t in _TOKEN.finditer(text, low, high)]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the words on either side of [start, end) tie no name to it: most do not, and to look them up is quick."""
    after = text[end : end + _BESIDE].split(None, 1)
    following = after[0].lower() if after else ""
    if following in _TIES:
        return False
    before = text[max(0, start - _BESIDE) : start].split()
    last = before[-1] if before else ""
    word = text[start:end]
    if word.lower() in _GIVEN:
        if word in ("registered", "Registered", "licensed"):
            return True
        return (not following[:1].isalnum() or following in _words("stop")) and not _INITIALS.fullmatch(last)
    return (
        not last
        or last[-1] in _PARTS
        or last.lower() in _words("stop")
        or last.lower() in _words("general")
        or following in _words("after")
    )


def _apart(found: Sequence[Name]) -> list[Name]:
    out: list[Name] = []
    for name in sorted(found):
        if not out or name.start >= out[-1].end:
            out.append(name)
    return out


def _is_free(run: Sequence[_Token], known: Sequence[tuple[int, int]]) -> bool:
    return not any(s < run[-1].end and run[0].start < e for s, e in known)


def _plain(token: _Token) -> str:
    return token.lower.replace("’", "").replace("'", "")


def _says_nothing(word: str) -> bool:
    return (
        word in _words("general")
        or word in _words("weak")
        or word in _CONNECTS
        or bool(_QUALIFIES.search(word))
        or not _HAS_LETTERS.search(word)
    )


def _named(
    run: Sequence[_Token],
    kind: str,
    end: int,
    known: Sequence[tuple[int, int]],
    is_person: bool = False,
    is_plural: bool = False,
    initials: bool = False,
) -> list[Name]:
    """The name that a run of words makes, where it makes one; the list has one or none."""
    general, other = _words("general"), _words("other")
    run = [token for token in run if token.is_word or token.text == "&"]
    asks_for_any = False
    while run and (_plain(run[0]) in general or run[0].lower in _CONNECTS or _QUALIFIES.search(run[0].lower)):
        asks_for_any = asks_for_any or run[0].lower in _ANY
        run = run[1:]
    words = [_plain(token) for token in run]
    telling = [word for word in words if not _says_nothing(word)]
    fields = sum(word in _words("field") for word in telling)
    is_named = fields < len(telling) or fields >= _LEAST_FIELDS or (initials and len(run) > 1)
    if not run or len(run) > _WORDS or not is_named or not _ANY.isdisjoint(words):
        return []
    if kind == "license" and len(run) == 1 and _STATE.fullmatch(run[0].text):
        return []
    is_written_so = initials or any(token.is_name for token in run[1:]) or bool(_ACRONYM.fullmatch(run[0].text))
    is_field = asks_for_any or is_plural or (len(run) == 1 and words[0] in _words("person"))
    if is_field and not is_person and not is_written_so:
        return []  # "similar security certification", "electrical certifications"
    if (not (initials and len(run) > 1) and not other.isdisjoint(words)) or not _is_free(run, known):
        return []
    plain = fold(" ".join(word for word in words if word not in _ARTICLES))
    name = f"{kind} {plain}" if is_person else f"{plain} {kind}"
    if len(name) > LONGEST:
        return []
    return [Name(run[0].start, max(end, run[-1].end), name, kind == "license", is_person)]


def _beside(tokens: Sequence[_Token], at: int, kind: str, known: Sequence[tuple[int, int]]) -> list[Name]:
    """ "X certification", "X (ABC) certification", "A, B and C certifications", "certification in X"."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is not None and after.lower in _words("after"):
        return []
    found: list[Name] = []
    end = tokens[at].end
    stop = at
    listed, is_plural = True, tokens[at].lower.endswith("s")
    for member in range(_MEMBERS):
        run, begin, initials = _before(tokens, stop, and_joins=not is_plural)
        if member and not (listed and all(t.is_name or t.lower in _CONNECTS for t in run)):
            break  # only names share the word
        listed = all(t.is_name or t.lower in _CONNECTS for t in run)
        if kind in _LOOSE and not any(t.is_name for t in run[1:] or run):
            break
        if not run:
            break
        named = _named(run, kind, end if not member else 0, known, is_plural=is_plural, initials=initials)
        found += named
        if not named and member == 0 and _is_free(run, known):
            break
        stop = _separated(tokens, begin)
        if stop < 0:
            break
    if not found and after is not None and after.lower in _TIES and kind not in _LOOSE:
        before = {token.lower for token in tokens[max(0, at - 2) : at]}
        run = [] if before & _ACADEMIC else _following(tokens, at + 2)
        governed = _named(run, kind, 0, known, is_plural=is_plural, initials=_has_initials(tokens, run))
        found += [name._replace(start=tokens[at].start) for name in governed]
    return found


def _initials(tokens: Sequence[_Token], at: int, known: Sequence[tuple[int, int]]) -> list[Name]:
    """Initials in a list with names of the lexicon: "CISSP, XYZP certifications", "certifications (CISSP, XYZP)"."""
    found: list[Name] = []
    for step in (-1, 1):
        members: list[Name] = []
        separated = False
        listed: set[tuple[int, int]] = set()
        k = at + step
        while 0 <= k < len(tokens):
            token = tokens[k]
            of_known = [(s, e) for s, e in known if s <= token.start and token.end <= e]
            if of_known:
                listed.update(of_known[:1])
                separated = False
            elif token.lower in _BETWEEN or (step > 0 and not members and not listed and token.lower in _INTRODUCES):
                separated = True
            elif step < 0 and not members and not listed and token.lower in _words("general"):
                pass  # "A, B or similar certifications"
            elif separated and _INITIALS.fullmatch(token.text):
                members += _named([token], "certification", 0, known)
                separated = False
            else:
                break
            k += step
        # what a list may end in unfinished is no member: "CISSP, AWS experience"
        if members and step > 0 and k < len(tokens) and tokens[k].is_word and members[-1].end + 1 >= tokens[k].start:
            members.pop()
        found += members if len(listed) >= _LISTED else []
    return found


def _separated(tokens: Sequence[_Token], begin: int) -> int:
    """Where the member before this one of a list ends; -1 where there is none."""
    at = begin - 1
    if at < 0 or tokens[at].lower not in _BETWEEN:
        return -1
    while at >= 0 and tokens[at].lower in _BETWEEN:
        at -= 1
    return at + 1 if at >= 0 else -1


def _before(tokens: Sequence[_Token], at: int, and_joins: bool) -> tuple[list[_Token], int, bool]:
    """The run of words that ends before `at`, where it begins, and whether its initials follow it in brackets."""
    stops = _words("stop")
    run: list[_Token] = []
    k = at - 1
    bracket: list[_Token] = []
    if k >= 0 and tokens[k].text == ")":
        opened = next((j for j in range(k - 1, max(-1, k - 2 - _BRACKET), -1) if tokens[j].text == "("), -1)
        if opened < 0:
            return [], at, False
        bracket = list(tokens[opened + 1 : k])
        k = opened - 1
    is_name = False
    initials = len(bracket) == 1 and bool(_ACRONYM.fullmatch(bracket[0].text))
    while k >= 0:
        token = tokens[k]
        if not token.is_word and token.text != "&":
            break
        ties = token.lower in _CONNECTS and run and run[0].is_name and k > 0 and tokens[k - 1].is_name
        if ties and (tokens[k - 1].lower in stops or (token.lower in _ANDS and not and_joins)):
            ties = False
        if token.lower in _CONNECTS and not ties:
            break
        if token.lower in stops and not ties:
            break
        if is_name and not token.is_name and not ties:
            break
        if len(run) and token.end < run[0].start - 2:
            break
        is_name = is_name or token.is_name
        run.insert(0, token)
        k -= 1
        if len(run) > _WORDS + 2:
            return [], at, False
    if not is_name and len(run) > _PLAIN_WORDS:
        return [], at, False
    if not run and bracket:
        return bracket, k + 1, False
    return run, k + 1, initials


def _following(tokens: Sequence[_Token], at: int) -> list[_Token]:
    """The run of words from `at` on."""
    stops = _words("stop")
    while at < len(tokens) and tokens[at].lower in _ARTICLES:
        at += 1
    run: list[_Token] = []
    for k in range(at, len(tokens)):
        token = tokens[k]
        if not token.is_word and token.text != "&":
            break
        if token.lower in stops or token.lower in _CONNECTS:
            names_on = k + 1 < len(tokens) and tokens[k + 1].is_name and run and run[-1].is_name
            if not (token.lower in _CONNECTS and names_on):
                break
        if token.lower in _words("general") and token.lower in _ENDS:
            break
        run.append(token)
        if len(run) > _WORDS:
            return []
    return run


_ENDS = frozenset(
    ("required", "preferred", "desired", "desirable", "mandatory", "necessary", "preferably", "helpful", "plus")
)


def _person(tokens: Sequence[_Token], at: int, known: Sequence[tuple[int, int]]) -> list[Name]:
    """ "Certified X", "certified in X", "certified as an X", "ABC certified"."""
    kind = tokens[at].lower
    if at + 1 < len(tokens) and tokens[at + 1].lower in _TIES:
        run = _following(tokens, at + 2)
        if not all(t.is_name or t.lower in _CONNECTS for t in run):
            return []
        found = _named(run, _GIVEN[kind], 0, known, initials=_has_initials(tokens, run))
        return [n._replace(start=tokens[at].start) for n in found]
    run = _following(tokens, at + 1)
    if not run and kind == "certified" and at and _INITIALS.fullmatch(tokens[at - 1].text):
        return _named([tokens[at - 1]], _GIVEN[kind], tokens[at].end, known)
    initials = _has_initials(tokens, run)
    is_written_so = bool(run) and all(t.is_name or t.lower in _CONNECTS for t in run)
    last = max((k for k, token in enumerate(run) if token.lower in _words("person")), default=-1)
    if last < 0 and not (initials and is_written_so):
        return []
    if not (initials and is_written_so):
        run = run[: last + 1]
    if kind == "registered" or (kind != "certified" and not (is_written_so and tokens[at].is_name and len(run) > 1)):
        return []  # "a licensed therapist", "Registered Office", "Registered Practice Nurse": persons, and firms
    found = _named(run, kind, 0, known, is_person=True, initials=initials or (is_written_so and len(run) > 1))
    return [n._replace(start=tokens[at].start, is_person=run[-1].lower in _words("person")) for n in found]


def _has_initials(tokens: Sequence[_Token], run: Sequence[_Token]) -> bool:
    """Whether initials in brackets follow the run."""
    after = next((k for k, token in enumerate(tokens) if run and token.start >= run[-1].end), len(tokens))
    return after + 2 < len(tokens) and tokens[after].text == "(" and bool(_ACRONYM.fullmatch(tokens[after + 1].text))
