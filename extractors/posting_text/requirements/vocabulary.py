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

from extractors.posting_text.requirements.lexicon import IN_AD, IN_TITLE, Form, Lexicon
from extractors.posting_text.requirements.matcher import CONTENT, HEADING, PAIR, Phrase, PhraseMatcher, fold

# What a phrase stands for.
CREDENTIAL, CUE, HEAD, LICENCE_WORD, EDUCATION, YEARS, SKILL, ONE_OF, QUESTIONNAIRE, AD_WORD = range(10)

HERE = Path(__file__).parent
_TOKEN = re.compile(r"\w+")
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


@dataclass(frozen=True)
class Vocabulary:
    """Phrases with their meaning.

    Attributes:
        matcher: finds them.
        meaning: phrase id of a scan -> ((what, data), ...).
        forms: credential forms, index = data of CREDENTIAL.
        family_of: form index -> its family.
        ad_words_in: form index -> words of "@ad:" conditions that the form itself holds.
        families: "osha" -> {"10": form indices, "30": ...}: what a following number or letter names.
    """

    matcher: PhraseMatcher
    meaning: tuple[tuple[tuple[int, Any], ...], ...]
    forms: tuple[Form, ...]
    families: dict[str, dict[str, tuple[int, ...]]]
    family_of: dict[int, str]
    ad_words_in: dict[int, tuple[str, ...]]


def build(lexicon: Lexicon, only_credentials: bool = False) -> Vocabulary:
    """The vocabulary of one lexicon; `vocabulary_file` keeps it."""
    forms = tuple(lexicon.spellings())
    phrases: list[Phrase] = []
    stands_for: list[tuple[int, Any]] = []

    def add(phrase: Phrase, what: int, data: Any) -> None:
        phrases.append(phrase)
        stands_for.append((what, data))

    for index, form in enumerate(forms):
        add(Phrase(form.text, CONTENT, form.case_sensitive), CREDENTIAL, index)
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
        add(Phrase(text), LICENCE_WORD, text)
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
    asked = {w for f in forms for w in (*f.needs, *f.excludes) if w.startswith((IN_AD, IN_TITLE))}
    ad_words = sorted({w.removeprefix(IN_AD).removeprefix(IN_TITLE) for w in asked})
    for text in ad_words:
        add(Phrase(text, CONTENT), AD_WORD, text)
    beginnings = {word for text in ad_words for word in _TOKEN.findall(text.lower())[:1]}
    inside = {
        index: words
        for index, form in enumerate(forms)
        if not beginnings.isdisjoint(_TOKEN.findall(form.text.lower())) and (words := _standing_in(form.text, ad_words))
    }
    matcher = PhraseMatcher(phrases)
    meaning = tuple(tuple(stands_for[position] for position in group) for group in matcher.groups)
    families: dict[str, dict[str, list[int]]] = {}
    family_of: dict[int, str] = {}
    for index, form in enumerate(forms):
        parts = re.fullmatch(r"(.+ )(\d{1,3}|[a-z])", fold(form.text))
        if parts:
            families.setdefault(parts[1], {}).setdefault(parts[2], []).append(index)
            family_of[index] = parts[1]
    return Vocabulary(
        matcher,
        meaning,
        forms,
        {family: {k: tuple(v) for k, v in members.items()} for family, members in families.items() if len(members) > 1},
        family_of,
        inside,
    )


def _standing_in(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """The words that stand in the text, whole."""
    lower = text.lower()
    return tuple(
        w for w in words if w.lower() in lower and re.search(r"(?<!\w)" + re.escape(w) + r"(?!\w)", text, re.IGNORECASE)
    )


def read_csv(name: str) -> Iterator[dict[str, str]]:
    """Rows of one of the lists beside this file."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
