"""What one sentence says, whatever posting it stands in.

Sentences repeat, within a posting's siblings and from month to month, so a sentence is read once and remembered; what
depends on the
posting (the heading above it, a long form elsewhere) is left open here and settled in `reader`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from extractors.posting_text.requirements import (
    cues,
    education,
    experience,
    linking,
    sections,
    unlisted,
    unlisted_mentions,
)
from extractors.posting_text.requirements.lexicon import Lexicon
from extractors.posting_text.requirements.matcher import BULLET, COLON_END, LINE_END, LINE_START
from extractors.posting_text.requirements.mentions import Mention, MentionReader
from extractors.posting_text.requirements.vocabulary import (
    AD_WORD,
    CREDENTIAL,
    CUE,
    EDUCATION,
    HEAD,
    LICENCE_WORD,
    ONE_OF,
    SKILL,
    YEARS,
    Vocabulary,
)

_HEADING_ROOM = 80
_LEAD_IN_ROOM = 240
_NEAR_START = 40
_FEW = 12  # characters: signs of a list item
_LETTER = re.compile(r"\w")


class Requirement(NamedTuple):
    """Education, experience or a skill in a sentence."""

    kind: str
    value: str | None
    years: float | None
    says: str
    rule: str


class Sentence(NamedTuple):
    """What a sentence says.

    Attributes:
        heading: kind of the heading that it is or begins with; None.
        opens: whether that heading holds for what follows.
        words: the heading's words, lower case.
        heading_at: where it begins; what stands before it belongs to the part above.
        mentions: credentials, in order.
        requirements: education, experience, skills.
        opens_alternatives: it ends in "one of the following:".
        is_questionnaire: it belongs to a form with answer options.
        is_bullet: it is an item of a list.
        ad_words: words that "@ad:" conditions ask for.
        unlisted: names of credentials that the lexicon lacks, in order.
    """

    heading: str | None
    opens: bool
    words: str
    heading_at: int
    mentions: tuple[Mention, ...]
    requirements: tuple[Requirement, ...]
    opens_alternatives: bool
    is_questionnaire: bool
    is_bullet: bool
    ad_words: tuple[str, ...] = ()
    unlisted: tuple[Mention, ...] = ()


EMPTY = Sentence(None, False, "", 0, (), (), False, False, False)
# A line that names something and says nothing of it; it may still end a list.
_A_LINE = (Sentence(*EMPTY), Sentence(*EMPTY)._replace(is_bullet=True))


class SentenceReader:
    """Reads sentences with one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        self._meaning = vocabulary.meaning
        self._ad_words_in = vocabulary.ad_words_in
        self._mentions = MentionReader(vocabulary, lexicon)
        self._forms = self._mentions.forms

    def read(
        self, text: str, patterns: Sequence[int], starts: Sequence[int], stops: Sequence[int], origin: int, flags: int
    ) -> Sentence:
        """Read one sentence.

        Args:
            text: the sentence.
            patterns: phrase ids found in it, in order.
            starts: where they begin, counted from the text's beginning.
            stops: where they end.
            origin: where the sentence begins in the text.
            flags: of the segment, see `scan_kernel`.
        """
        meaning = self._meaning
        credentials: list[tuple[int, int, int]] = []
        degrees: list[tuple[int, int, str]] = []
        skills: list[tuple[int, int, str]] = []
        said: list[cues.Cue] = []
        marks: list[tuple[int, int, str]] = []
        years: list[tuple[int, int]] = []
        contrasts: list[int] = []
        ad_words: list[str] = []
        questionnaire = has_licence_word = least = False
        one_of_at = certificate_at = -1
        certifies: bool | None = None
        for pattern, start, end in zip(patterns, starts, stops, strict=True):
            start -= origin
            end -= origin
            for what, data in meaning[pattern]:
                if what == CUE:
                    if data[0] == cues.BREAK:
                        contrasts.append(start)
                        continue
                    found = cues.cue(text, start, end, data[0], data[1], data[2])
                    if found is not None:
                        said.append(found)
                        least = least or data[0] == cues.LEAST
                        if data[0] == "required" or data[0] == "preferred":
                            marks.append((start, end, "cue:" + data[0]))
                elif what == HEAD:
                    if data != "cue":
                        marks.append((start, end, data))
                elif what == SKILL:
                    skills.append((start, end, data))
                elif what == CREDENTIAL:
                    known = self._forms[data]
                    own = known.own_cue
                    if known.is_shared:
                        if certifies is None:
                            certifies = linking.speaks_of_certificates(text)
                        if not (certifies and linking.is_shared(text, start, end)) and not _is_all(text, start, end):
                            continue  # a plain word
                    if own:
                        said.append(cues.Cue(end - len(own), end, own, True, True, own))
                        end -= len(own) + 1
                    credentials.append((start, end, data))
                    if data in self._ad_words_in:
                        ad_words.extend(self._ad_words_in[data])
                elif what == YEARS:
                    years.append((start, end))
                elif what == EDUCATION:
                    if education.is_level(text, start, end, data[1]):
                        degrees.append((start, end, data[0]))
                elif what == LICENCE_WORD:
                    has_licence_word = True
                    certificate_at = start if certificate_at < 0 else certificate_at
                elif what == ONE_OF:
                    one_of_at = start
                elif what == AD_WORD:
                    ad_words.append(data)
                else:
                    questionnaire = True
        # ---- a heading?
        heading: str | None = None
        opens = False
        heading_at = body = 0
        bullet = bool(flags & BULLET)
        if marks:
            colon = text.find(":", 0, _HEADING_ROOM)
            if colon >= 0 and marks[0][0] < colon:
                heading = sections.heading_kind(text, colon, marks, 3 if colon >= len(text) - 2 else 1)
                if heading:
                    body = colon + 1
                    opens = not bullet or not _LETTER.search(text, body)
            elif (
                flags & LINE_START
                and flags & LINE_END
                and not bullet
                and len(text) <= _HEADING_ROOM
                and (text[-1] not in ".;,)" or _in_brackets(text, marks))
            ):
                trailing_cue = (
                    text[-1] != ")"
                    and marks[-1][2].startswith("cue:")
                    and len(marks) > 1
                    and not credentials
                    and not marks[0][2].startswith("cue:")
                )
                if not credentials and not degrees and not trailing_cue:
                    heading = sections.heading_kind(text, len(text), marks, 0)
                    if heading:
                        body = len(text)
                        opens = True
            if heading is None and len(marks) >= 2:
                for heading, heading_at, body in _capitalised_headings(text, marks):
                    opens = True
                    # a heading speaks of what follows it only
                    said = [c for c in said if not heading_at <= c.start < body]
                    if _LETTER.search(text, body):
                        said.append(cues.Cue(heading_at, body, str(heading), True, False, "heading", True))
                if opens:
                    said.sort()
            if (
                heading is None
                and flags & COLON_END
                and not credentials
                and len(text) <= _LEAD_IN_ROOM
                and (has_licence_word or one_of_at >= 0)
            ):
                # "One of the following certifications is preferred:"
                spoken = [c.says for c in said if c.says in (cues.REQUIRED, cues.PREFERRED)]
                if spoken:
                    heading = sections.PREFERRED if cues.PREFERRED in spoken else sections.REQUIRED
                    opens, body = True, len(text)
        named: Sequence[unlisted.Name] = ()
        more: tuple[Mention, ...] = ()
        # what nothing is said of is no ticket, card or permit that somebody must hold
        if has_licence_word or ((said or credentials) and unlisted.may_name(text)):
            named = unlisted.names(text, [(s, e) for s, e, _ in credentials], body)
        begin, asks = -1, False
        if credentials or named:
            begin = _item_start(text, body) if flags & (BULLET | LINE_START) or body else -1
            asks = heading in sections.ASKING or heading == sections.SUB
        if not (degrees or skills or years) and (not credentials or self._says_nothing(text, credentials)):
            if named:
                more = unlisted_mentions.read(text, named, said, cues.breaks(text, contrasts), (), begin, asks, False)
            if heading is None and not questionnaire and one_of_at < 0 and not ad_words:
                # a sentence that says nothing else ends no list
                silent = _A_LINE[bullet] if credentials else EMPTY
                return silent if not more else silent._replace(is_bullet=bullet or not credentials, unlisted=more)
            return Sentence(
                heading,
                opens,
                text[:body].lower(),
                heading_at,
                (),
                (),
                _opens_list(text, flags, one_of_at),
                questionnaire,
                bullet,
                tuple(ad_words),
                more,
            )
        periods = experience.years(text, years) if years else []
        items = sorted(
            [(s, e) for s, e, _ in credentials] + [(s, e) for s, e, _ in degrees] + [(s, e) for s, e, _ in periods]
        )
        ends = cues.breaks(text, contrasts) if said else []
        measures = said
        if least:
            # "at least" asks for years and degrees, not for the certificate after them
            measures = [c._replace(says=cues.REQUIRED) if c.says == cues.LEAST else c for c in said]
            said = [c for c in said if c.says != cues.LEAST]
        mentions: tuple[Mention, ...] = ()
        if credentials:
            mentions = self._mentions.read(
                text, credentials, said, ends, items, begin, asks, one_of_at >= 0, 0 <= certificate_at <= _NEAR_START
            )
        if named:
            more = unlisted_mentions.read(text, named, said, ends, items, begin, asks, bool(degrees or periods))
        requirements: list[Requirement] = []
        if degrees:
            stated = []
            for s, e, level in degrees:
                says, _ = cues.decide(text, s, e, measures, ends, items)
                stated.append((s, e, level, says))
            for level, says in education.asked(text, stated):
                if says not in (cues.NEGATED, cues.MENTION):
                    requirements.append(Requirement("education", level, None, says, ""))
        for s, e, number in periods:
            says, _ = cues.decide(text, s, e, measures, ends, items)
            if says != cues.NEGATED:
                requirements.append(Requirement("experience", None, number, says, ""))
        if skills:
            taken = {(s, e) for s, e, index in credentials if not self._forms[index].is_shared}
            seen = set()
            for s, e, name in skills:
                if name in seen or (s, e) in taken:
                    continue
                seen.add(name)
                says, _ = cues.decide(text, s, e, said, ends, items) if said else ("", "")
                if says not in (cues.NEGATED, cues.MENTION):
                    requirements.append(Requirement("skill", name, None, says, ""))
        return Sentence(
            heading,
            opens,
            text[:body].lower(),
            heading_at,
            mentions,
            tuple(requirements),
            _opens_list(text, flags, one_of_at),
            questionnaire,
            bullet,
            tuple(ad_words),
            more,
        )

    def _says_nothing(self, text: str, credentials: Sequence[tuple[int, int, int]]) -> bool:
        """Whether all of them want a word for a certificate, and there is none: most sentences that name a job."""
        forms = self._forms
        return all(forms[index].wants_certificate for *_, index in credentials) and not linking.may_be_tied(text)


def _is_all(text: str, start: int, end: int) -> bool:
    """Whether no letter stands outside [start, end)."""
    outside = len(text) - end + start
    return outside < _FEW and not _LETTER.search(text, 0, start) and not _LETTER.search(text, end)


def _item_start(text: str, body: int) -> int:
    """The first letter or digit from `body` on."""
    found = _LETTER.search(text, body)
    return found.start() if found else len(text)


def _capitalised_headings(text: str, marks: Sequence[tuple[int, int, str]]) -> Iterator[tuple[str, int, int]]:
    """Two capitalised heading words side by side in flattened text: "experience Preferred Qualifications BS"."""
    for (a, b, first), (c, d, second) in pairwise(marks):
        if (
            (first.startswith("cue:") or first in ("required", "preferred"))
            and second in ("main", "sub")
            and c - b <= 1
            and text[a].isupper()
            and text[c].isupper()
            and not text[c:d].isupper()
        ):
            yield "preferred" if first in ("cue:preferred", "preferred") else "required", a, d


def _in_brackets(text: str, marks: Sequence[tuple[int, int, str]]) -> bool:
    """Whether a line ends in a cue in brackets: "Certifications (preferred)"."""
    start, end, kind = marks[-1]
    return kind.startswith("cue:") and text[start - 1 : start] == "(" and text[end:] == ")"


def _opens_list(text: str, flags: int, one_of_at: int) -> bool:
    return one_of_at >= 0 and (bool(flags & COLON_END) or (len(text) - one_of_at < 60 and bool(flags & LINE_END)))
