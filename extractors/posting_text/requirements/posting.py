"""What a posting makes of its sentences: the part that each stands in, alternatives over list items, its long forms.

Belongs here: everything that depends on more than one sentence (J10). Sentences are taken one after the other; what of
the posting so far decides how the next one reads is a `Standing`, so that the step from one standing to the next by one
line need be taken only once (`automaton`). What asks for the whole posting (a long form elsewhere, a degree nearby)
raises `NeedsPosting` where only a line is at hand: such postings are read as a whole.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from extractors.posting_text.requirements import cues, sections
from extractors.posting_text.requirements.lexicon import IN_AD, IN_TITLE, LONG_FORM, Lexicon
from extractors.posting_text.requirements.mentions import (
    ELSEWHERE,
    IN_ASKING_SECTION,
    OR_ASKED,
    SURE,
    Mention,
    context_pattern,
)
from extractors.posting_text.requirements.sentences import Sentence

# So near in characters that two lines belong to one list of what is asked.
_BESIDE = 200
# In a title the name of a licensed person is the job.
_PERSON = re.compile(r"\b(?:certified|licensed|registered|chartered)\b", re.IGNORECASE)
_HELD = ("lead:hold", "lead:possess", "lead:valid", "lead:current")
_OPENING = 16  # characters: such a word opens the sentence
_NOT_ASKING = frozenset({sections.BENEFIT, sections.ABOUT, sections.KEYWORDS})
ABOVE = -(1 << 30)
"""In place of its number: the OR-group that was open before the line."""

Placed = tuple[Sentence, int, int]
"""A sentence, where it begins, its hash."""


class NeedsPosting(Exception):
    """A line alone does not tell."""


class Standing(NamedTuple):
    """What of a posting so far decides how its next sentence reads.

    Attributes:
        section: kind of the heading above.
        is_form: it has answer options.
        is_open: an OR-group runs over the next list items.
        open_bullet: whether those are bullets; None before the first.
    """

    section: str = sections.NONE
    is_form: bool = False
    is_open: bool = False
    open_bullet: bool | None = None


START = Standing()


class MentionRow(NamedTuple):
    """A row of mentions, its place counted from where its line begins."""

    code: str
    says: str
    group: int | None
    form: str
    start: int
    end: int
    rule: str
    section: str
    negated: bool
    sentence: int


class RequirementRow(NamedTuple):
    """A row of requirements."""

    kind: str
    says: str
    value: str | None
    years: float | None
    sentence: int


class _Around:
    """What the rest of a posting says about a doubtful form: long forms, and the words that "@ad:" asks for."""

    def __init__(self, posting: Sequence[Placed], title_words: set[str] | None) -> None:
        self.long_forms = {
            m.code for sentence, _, _ in posting for m in sentence.mentions if m.is_long and m.open_question == SURE
        }
        self.title = title_words or set()
        self.words = {word for sentence, _, _ in posting for word in sentence.ad_words} | self.title

    def forbid(self, m: Mention) -> bool:
        """Whether the posting, or its title, holds a word that excludes the form."""
        return any(
            word.removeprefix(IN_TITLE) in self.title if word.startswith(IN_TITLE) else word in self.words
            for word in m.forbidden
        )

    def settles(self, m: Mention, heading: str, own_heading: str) -> bool:
        """Whether the posting holds one of the things that the form needs."""
        for word in m.needs:
            if word == LONG_FORM:
                if m.code in self.long_forms:
                    return True
            elif (word.startswith(IN_AD) and word.removeprefix(IN_AD) in self.words) or (
                word.startswith(IN_TITLE) and word.removeprefix(IN_TITLE) in self.title
            ):
                return True
        return context_found(m.needs, f"{heading} {own_heading}")


class Posting:
    """Reads one posting, sentence by sentence.

    Args:
        standing: what stands before the first sentence.
        whole: all sentences of the posting; None where only a line is at hand.
        title_words: what the title says of the words that "@ad:" asks for.

    Attributes:
        mentions, requirements: rows so far.
        unlisted: rows so far of names that the lexicon lacks; their form is the name.
        group: OR-groups so far.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        standing: Standing = START,
        whole: Sequence[Placed] | None = None,
        title_words: set[str] | None = None,
    ) -> None:
        self.mentions: list[MentionRow] = []
        self.requirements: list[RequirementRow] = []
        self.unlisted: list[MentionRow] = []
        self.group = 0
        self._lexicon = lexicon
        self._state = standing.section
        self._is_form = standing.is_form
        self.open_group = ABOVE if standing.is_open else 0  # over list items, all of them bullets or none
        self._open_bullet = standing.open_bullet
        self._whole, self._title_words = whole, title_words
        self._words = ""
        self._around: _Around | None = None

    @property
    def standing(self) -> Standing:
        """What stands after the sentences so far."""
        is_open = self.open_group != 0
        bullet = self._open_bullet if is_open else None
        return Standing(self._state, self._is_form, is_open, bullet)

    def take(self, sentence: Sentence, begin: int, number: int) -> None:
        """Settle what the sentence left open, and write its rows."""
        (
            heading,
            opens,
            heading_words,
            _,
            mentions,
            requirements,
            opens_list,
            questionnaire,
            is_bullet,
            _,
            unlisted,
        ) = sentence
        here = above = self._state
        if heading is not None:
            here = sections.following(above, heading)
            if opens:
                self._state = here
                self._words = heading_words
            self.open_group = 0
        if questionnaire:
            self._is_form = True
        if mentions:
            if self.open_group and self._open_bullet is None:
                self._open_bullet = is_bullet
            elif is_bullet != self._open_bullet:
                self.open_group = 0
            self._mentions(sentence, begin, number, here, above)
        elif self.open_group and not is_bullet:
            self.open_group = 0
        if opens_list:
            self.group += 1
            self.open_group = self.group
            self._open_bullet = None
        if unlisted:
            self._unlisted(sentence, begin, number, here, above)
        for r in requirements:
            self.requirements.append(RequirementRow(r.kind, ask(r.says, here), r.value, r.years, number))

    def _mentions(self, sentence: Sentence, begin: int, number: int, here: str, above: str) -> None:
        offset = self.group
        joined = 0
        general = self._lexicon.general
        for m in sentence.mentions:
            if (
                m.open_question & IN_ASKING_SECTION
                and here not in sections.ASKING
                and m.says not in (cues.REQUIRED, cues.PREFERRED)
                and not (here == sections.NONE and self._beside_degree(begin))
            ):
                continue
            if (
                m.open_question & ELSEWHERE
                and not (m.open_question & OR_ASKED and here in sections.ASKING)
                and not self._surroundings().settles(m, self._words, sentence.words)
            ):
                continue
            if m.forbidden and self._surroundings().forbid(m):
                continue
            negated = m.says == cues.NEGATED
            part = here if m.start >= sentence.heading_at else above
            if part == sections.KEYWORDS:
                continue
            says, rule = settle(m, part, self._is_form)
            number_of_group: int | None = None
            if m.group >= 0:
                joined = max(joined, m.group + 1)
                number_of_group = offset + m.group
            elif self.open_group and not negated:
                number_of_group = self.open_group - 1
            start, end = begin + m.start, begin + m.end
            self.mentions.append(
                MentionRow(m.code, says, number_of_group, m.form, start, end, rule, part, negated, number)
            )
        self.group += joined
        if self._whole is None and not general.isdisjoint([m.code for m in sentence.mentions]):
            raise NeedsPosting

    def _unlisted(self, sentence: Sentence, begin: int, number: int, here: str, above: str) -> None:
        for m in sentence.unlisted:
            asked = here in sections.ASKING or m.says in (cues.REQUIRED, cues.PREFERRED)
            part = here if m.start >= sentence.heading_at else above
            if (m.open_question & IN_ASKING_SECTION and not asked) or part == sections.KEYWORDS:
                continue
            says, rule = settle(m, part, self._is_form)
            if says == cues.MENTION:
                continue  # what nobody is asked for is mostly the firm's own, or no credential at all
            start, end = begin + m.start, begin + m.end
            self.unlisted.append(MentionRow(m.code, says, None, m.form, start, end, rule, part, False, number))

    def finish(self) -> None:
        """ "CDL" gives way to "Class A CDL" of the same posting."""
        general, family = self._lexicon.general, self._lexicon.family
        if any(m.code in general for m in self.mentions):
            special = {(m.code[:5], family[m.code]) for m in self.mentions if m.code not in general}
            # "CCNA or other Cisco certifications": an alternative beside the member stays
            beside = {(m.code[:5], family[m.code], m.group) for m in self.mentions if m.code not in general}
            self.mentions = [
                m
                for m in self.mentions
                if m.code not in general
                or (m.code[:5], family[m.code]) not in special
                or (m.group is not None and (m.code[:5], family[m.code], m.group) in beside)
            ]

    def _surroundings(self) -> _Around:
        if self._whole is None:
            raise NeedsPosting
        if self._around is None:
            self._around = _Around(self._whole, self._title_words)
        return self._around

    def _beside_degree(self, begin: int) -> bool:
        """Whether a bare degree stands in a line nearby: ads that lost their headings list "ADN", "RN", "BLS"."""
        if self._whole is None:
            raise NeedsPosting
        return any(
            abs(at - begin) < _BESIDE and any(r.kind == "education" for r in sentence.requirements)
            for sentence, at, _ in self._whole
        )


def title_rows(sentences: Sequence[Placed]) -> list[MentionRow]:
    """A title names; it asks only where a licence is written as such ("CDL A driver")."""
    rows = []
    for sentence, begin, number in sentences:
        for m in sentence.mentions:
            if m.open_question != SURE or m.forbidden or _PERSON.search(m.form):
                continue
            negated = m.says == cues.NEGATED
            says, rule = ("mention", "title")
            if m.says in (cues.REQUIRED, cues.PREFERRED):
                says, rule = m.says, m.rule
            elif m.is_licence and not negated:
                says, rule = "required", "title:licence"
            start, end = begin + m.start, begin + m.end
            rows.append(MentionRow(m.code, says, None, m.form, start, end, rule, sections.TITLE, negated, number))
    return rows


# what the person does, and with whom: among what is asked for it says nothing of a credential that is named beside it;
# what is paid, offered or supported stays a mention there as well
_DONE = frozenset(
    f"aside:{phrase}"
    for phrase in (
        "teach", "teaches", "teaching", "instruct", "supervise", "supervises", "supervision of", "reports to",
        "under the supervision of", "under the direction of", "working with", "work with", "collaborate with",
        "collaborates with", "coordinate with", "tracking", "tracks", "preparing for", "prepare for the",
        "studying for", "in compliance with", "bring along", "please bring", "awaiting", "leads to", "leading to",
        "lead to", "pathway to", "path to", "apprenticeship",
    )
)  # fmt: skip


def settle(m: Mention, section: str, is_form: bool) -> tuple[str, str]:
    """(class, rule) of a mention: the sentence first, then the heading, then what it is."""
    says = m.says
    if says == cues.NEGATED:
        return "mention", m.rule
    if section == sections.PREFERRED and m.rule.startswith("lead:should "):
        return "preferred", "heading:preferred"
    if says in (cues.REQUIRED, cues.PREFERRED, cues.AFTER_HIRE):
        return says, m.rule
    if says == cues.MENTION and (section not in sections.ASKING or m.rule not in _DONE):
        return "mention", m.rule
    if is_form and says != cues.WEAK:
        return "mention", "questionnaire"
    if section == sections.PREFERRED:
        return "preferred", "heading:preferred"
    if section in sections.ASKING:
        return "required", f"heading:{section}"
    if section in _NOT_ASKING:
        if m.start <= _OPENING and m.rule.startswith(_HELD):
            return "required", m.rule  # "Hold an NMC pin" in a list that follows the benefits without a heading
        return "mention", f"heading:{section}"
    if says == cues.WEAK:
        return "required", m.rule
    if m.is_licence:
        return "required", "default:licence"
    if m.is_item:
        return "required", "default:item"
    return "mention", "default"


def ask(says: str, section: str) -> str:
    """required | preferred | unspecified of education, experience and skills."""
    if says == cues.PREFERRED or says == cues.REQUIRED:
        return says
    if section == sections.PREFERRED:
        return "preferred"
    if section in sections.ASKING:
        return "required"
    return "unspecified"


_heading_pattern = functools.cache(context_pattern)


def context_found(needs: tuple[str, ...], words: str) -> bool:
    """Whether a heading holds one of the needed words."""
    return bool(_heading_pattern(needs).search(words))
