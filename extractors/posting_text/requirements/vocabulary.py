"""All phrases of one reader under one matcher, and what each of them stands for.

Belongs here: putting credential forms, cues, headings, education levels, skills and triggers together. Phrases may
serve several ends at once ("certifications" is a heading word and a licence word): `meaning[id]` lists them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractors.posting_text.requirements.lexicon import IN_AD, IN_TITLE, SHARED, Credential, Form, Lexicon
from extractors.posting_text.requirements.matcher import CONTENT, HEADING, PAIR, Phrase, PhraseMatcher, fold

# What a phrase stands for.
CREDENTIAL, CUE, HEAD, LICENCE_WORD, EDUCATION, YEARS, SKILL, ONE_OF, QUESTIONNAIRE, AD_WORD = range(10)

HERE = Path(__file__).parent
_TOKEN = re.compile(r"\w+")
_MEMBER = re.compile(r"(.+ )(\d{1,3}|[a-z])")
_LICENCE_WORDS = (
    "license",
    "licence",
    "licensure",
    "licensing",
    "licensed",
    "licenced",
    "registration",
    "registered",
    "certified",
    "certification",
    "certifications",
    "cert",
    "certs",
    "certificate",
    "certificates",
    "credential",
    "credentials",
    "licenses",
    "licences",
    "registrations",
    "accreditations",
    "credentialed",
    "board certified",
    "board certification",
    "board eligible",
    "pin",
)
# Lists of alternatives; what they open is one OR-group.
_ONE_OF = (
    "one of the following",
    "one or more of the following",
    "any of the following",
    "at least one of the following",
    "one of these",
    "one or more of",
    "one or more",
    "at least one of",
    "any one of",
    "one of",
    "either",
    "such as",
    "e.g.",
    "eg",
    "i.e.",
    "for example",
    "etc",
    "or similar",
    "or other",
    "or another",
)
_QUESTIONNAIRE = ("answer to this question is required", "answers to this question", "choose the one answer")
_YEARS = ("years", "yrs", "year", "yr")


class Meanings(dict[int, tuple[tuple[int, Any], ...]]):
    """Phrase id of a scan -> ((what, data), ...), worked out when the id is met first: few of the ids ever are.

    Args:
        matcher: which phrases stand behind an id; the first `forms` of them are credential forms.
        forms: how many.
        others: what the phrases after these stand for.
    """

    def __init__(self, matcher: PhraseMatcher, forms: int, others: Sequence[tuple[int, Any]]) -> None:
        super().__init__()
        self._matcher = matcher
        self._forms = forms
        self.others = others

    def __missing__(self, phrase: int) -> tuple[tuple[int, Any], ...]:
        first, behind = self._matcher.first, self._matcher.behind
        positions = behind[first[phrase] : first[phrase + 1]].tolist()
        count = self._forms
        found = tuple((CREDENTIAL, at) if at < count else self.others[at - count] for at in positions)
        self[phrase] = found
        return found


@dataclass(frozen=True)
class Vocabulary:
    """Phrases with their meaning.

    Attributes:
        credentials: of the lexicon that it is of.
        matcher: finds the phrases.
        meaning: what they stand for.
        forms: credential forms, index = data of CREDENTIAL.
        family_of: form index -> its family.
        ad_words_in: form index -> words of "@ad:" conditions that the form itself holds.
        families: "osha" -> {"10": form indices, "30": ...}: what a following number or letter names.
    """

    credentials: Sequence[Credential]
    matcher: PhraseMatcher
    meaning: Meanings
    forms: Sequence[Form]
    families: dict[str, dict[str, tuple[int, ...]]]
    family_of: dict[int, str]
    ad_words_in: dict[int, tuple[str, ...]]


def build(lexicon: Lexicon, only_credentials: bool = False) -> Vocabulary:
    """The vocabulary of one lexicon; `vocabulary_file` keeps it."""
    spelled = lexicon.spellings()
    rest: list[Phrase] = []
    others: list[tuple[int, Any]] = []

    def add(phrase: Phrase, what: int, data: Any) -> None:
        rest.append(phrase)
        others.append((what, data))

    said: dict[str, tuple[str, str, str]] = {}
    for row in read_csv("cue"):
        said[fold(row["phrase"])] = (row["class"], row["side"], row["phrase"])
        add(Phrase(row["phrase"]), CUE, said[fold(row["phrase"])])
    for row in read_csv("heading"):
        add(
            Phrase(row["phrase"], HEADING | (PAIR if row["kind"] in ("required", "preferred") else 0)),
            HEAD,
            row["kind"],
        )
        # the longest phrase wins: "you must have" must not hide "must have"
        padded = f" {fold(row['phrase'])} "
        within = max((text for text in said if f" {text} " in padded), key=len, default="")
        if within and f" {within} " != padded:
            add(Phrase(row["phrase"]), CUE, said[within])
    for text in ("required", "preferred", "desired", "desirable", "essential", "mandatory"):
        add(Phrase(text, HEADING | PAIR), HEAD, "cue")
    for text in _LICENCE_WORDS:
        add(Phrase(text, CONTENT if text.startswith("certif") else 0), LICENCE_WORD, text)
    for row in () if only_credentials else read_csv("education"):
        add(
            Phrase(row["form"], CONTENT, row["case_sensitive"] == "true"),
            EDUCATION,
            (row["level"], row["needs_degree"]),
        )
    for text in () if only_credentials else _YEARS:
        add(Phrase(text, CONTENT), YEARS, text)
    for row in () if only_credentials else read_csv("skill"):
        add(Phrase(row["form"], CONTENT, row["case_sensitive"] == "true"), SKILL, row["skill"])
    for text in _ONE_OF:
        add(Phrase(text), ONE_OF, text)
    for text in _QUESTIONNAIRE:
        add(Phrase(text, CONTENT), QUESTIONNAIRE, text)
    # thousands of forms share a few lists of words
    asked = {w for words in {f.needs for f in spelled} | {f.excludes for f in spelled} for w in words}
    ad_words = sorted({w.removeprefix(IN_AD).removeprefix(IN_TITLE) for w in asked if w.startswith((IN_AD, IN_TITLE))})
    for text in ad_words:
        add(Phrase(text, CONTENT), AD_WORD, text)
    forms = _without_hiding(spelled, rest)
    # a plain word that may be the name of a certificate makes no sentence worth reading: the certificate word does
    phrases = [Phrase(form.text, 0 if SHARED in form.needs else CONTENT, form.case_sensitive) for form in forms]
    matcher = PhraseMatcher(phrases + rest)
    families: dict[str, dict[str, list[int]]] = {}
    family_of: dict[int, str] = {}
    for index, form in enumerate(forms):
        if parts := _MEMBER.fullmatch(fold(form.text)):
            families.setdefault(parts[1], {}).setdefault(parts[2], []).append(index)
            family_of[index] = parts[1]
    return Vocabulary(
        tuple(lexicon.credentials),
        matcher,
        Meanings(matcher, len(forms), others),
        forms,
        {family: {k: tuple(v) for k, v in members.items()} for family, members in families.items() if len(members) > 1},
        family_of,
        _standing_in(forms, ad_words),
    )


def _without_hiding(forms: Sequence[Form], others: Sequence[Phrase]) -> tuple[Form, ...]:
    """The forms without those plain words that would hide another phrase inside them: the longest phrase wins."""
    known = {fold(form.text) for form in forms if SHARED not in form.needs}
    known.update(fold(phrase.text) for phrase in others)
    taken = {fold(phrase.text) for phrase in others if not phrase.flags & CONTENT}

    def hides(text: str) -> bool:
        if text in taken:
            return True
        words = [found.span() for found in _TOKEN.finditer(text)]
        spans = [(start, end) for start, _ in words for _, end in words if start < end and end - start < len(text)]
        return any(text[start:end] in known for start, end in spans)

    return tuple(form for form in forms if SHARED not in form.needs or not hides(fold(form.text)))


def _standing_in(forms: Sequence[Form], words: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Form index -> the words that stand in the form, whole."""
    by_beginning: dict[str, list[tuple[str, str, re.Pattern[str]]]] = {}
    for word in words:
        pattern = re.compile(r"(?<!\w)" + re.escape(word) + r"(?!\w)", re.IGNORECASE)
        for token in _TOKEN.findall(word.lower())[:1]:
            by_beginning.setdefault(token, []).append((word, word.lower(), pattern))
    out: dict[int, tuple[str, ...]] = {}
    for index, form in enumerate(forms):
        text = form.text.lower()
        likely = [each for token in by_beginning.keys() & _TOKEN.findall(text) for each in by_beginning[token]]
        found = {word for word, lower, pattern in likely if lower in text and pattern.search(form.text)}
        if found:
            out[index] = tuple(sorted(found))
    return out


def read_csv(name: str) -> Iterator[dict[str, str]]:
    """Rows of one of the lists beside this file."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
