"""Batches of postings -> credentials, education, experience, skills (J10).

Belongs here: what depends on the whole posting (the part that a sentence stands in, long forms elsewhere,
alternatives that run over
several list items), and the tables. Sentences are read in `sentences`, and each different one only once.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractors.posting_text.requirements import cues, education, sections
from extractors.posting_text.requirements.lexicon import IN_AD, LONG_FORM, Lexicon
from extractors.posting_text.requirements.mentions import ELSEWHERE, IN_ASKING_SECTION, SURE, Mention, context_pattern
from extractors.posting_text.requirements.sentences import EMPTY, Requirement, Sentence, SentenceReader
from extractors.posting_text.requirements.vocabulary import build

if TYPE_CHECKING:
    import pyarrow as pa

# Different sentences that a reader remembers before it starts anew: about 400 MB.
_MEMORY = 400_000
# So near in characters that two lines belong to one list of what is asked.
_BESIDE = 200
# In a title the name of a licensed person is the job.
_PERSON = re.compile(r"\b(?:certified|licensed|registered|chartered)\b", re.IGNORECASE)
_NOT_ASKING = frozenset({sections.BENEFIT, sections.ABOUT, sections.KEYWORDS})


@dataclass(frozen=True)
class Readings:
    """What a batch of postings asks for.

    Attributes:
        mentions: row, credential_code, requirement, or_group, form, span_start, span_end, cue, section, is_negated,
            sentence_hash.
            Spans count characters of the text, of the title where section is "title". Negated rows are no mentions;
            they are kept for review.
        requirements: row, kind, requirement, value, years, sentence_hash.
        sentences: sentence_hash, sentence: the words that decided; for the raw zone only.
    """

    mentions: pa.Table
    requirements: pa.Table
    sentences: pa.Table


class RequirementReader:
    """Reads postings with a lexicon. Remembers sentences between batches; can be pickled, without what it remembers.

    Args:
        lexicon: the credentials.
        only_credentials: leave education, experience and skills out.
    """

    def __init__(self, lexicon: Lexicon, only_credentials: bool = False) -> None:
        self.lexicon = lexicon
        self.only_credentials = only_credentials
        self._prepare()

    def _prepare(self) -> None:
        self._vocabulary = build(self.lexicon, self.only_credentials)
        self._matcher = self._vocabulary.matcher
        self._sentences = SentenceReader(self._vocabulary, self.lexicon)
        self._known: dict[int, Sentence] = {}
        self._texts: dict[int, str] = {}

    def forget(self) -> None:
        """Drop the sentences remembered so far."""
        self._known.clear()
        self._texts.clear()

    def __getstate__(self) -> tuple[Lexicon, bool]:
        return self.lexicon, self.only_credentials

    def __setstate__(self, state: tuple[Lexicon, bool]) -> None:
        self.lexicon, self.only_credentials = state
        self._prepare()

    def read(self, titles: Sequence[str | None] | pa.Array, texts: Sequence[str | None] | pa.Array) -> Readings:
        """Read a batch.

        Args:
            titles: of the postings; Arrow string arrays are read without copying.
            texts: plain text of the postings, in the same order.
        """
        rows = _Rows(self.lexicon)
        if len(self._known) > _MEMORY:
            self.forget()
        # Rows are many small tuples without cycles: looking for cycles among them costs a quarter of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._read(titles, rows, is_title=True)
            self._read(texts, rows, is_title=False)
            return rows.tables(self._texts)
        finally:
            if collecting:
                gc.enable()

    def _read(self, values: Sequence[str | None] | pa.Array, rows: _Rows, is_title: bool) -> None:
        scan = self._matcher.scan(values)
        if not len(scan.segments):
            return
        known, remembered = self._known, self._texts
        data = scan.data
        patterns, starts, stops = (column.tolist() for column in scan.hits.T)
        reader = self._sentences
        columns = scan.segments.T
        numbers = scan.hashes.tolist()
        keys = (scan.hashes + columns[5]).tolist()
        begins, _, byte_begins, byte_ends, flags, firsts, lasts = (column.tolist() for column in columns[1:])
        posting: list[tuple[Sentence, int, int]] = []
        current = -1
        settle = rows.title if is_title else rows.posting
        for at, row in enumerate(columns[0].tolist()):
            if row != current:
                if posting:
                    settle(current, posting)
                    posting = []
                current = row
            sentence = known.get(keys[at])
            if sentence is None:
                text = str(data[byte_begins[at] : byte_ends[at]], "utf-8")
                first, last = firsts[at], lasts[at]
                sentence = reader.read(
                    text, patterns[first:last], starts[first:last], stops[first:last], begins[at], flags[at]
                )
                known[keys[at]] = sentence
                if sentence.mentions or sentence.requirements:
                    remembered[numbers[at]] = text
            if sentence is not EMPTY:
                posting.append((sentence, begins[at], numbers[at]))
        if posting:
            settle(current, posting)


class _Tiers:
    """Where a posting without headings turns from what it asks to what it would like.

    Such postings name the minimum first ("Bachelor's degree", "2 years") and begin again, higher ("Master's degree",
    "5 years"): what
    stands bare in this second block is wished for. On 221 ads whose two blocks are known, 10 of the 13 bare
    credentials behind such a
    rise were preferred, against 8 of 22 elsewhere.
    """

    __slots__ = ("_at", "_degree", "_years")

    def __init__(self) -> None:
        self._degree: int | None = None
        self._years: float | None = None
        self._at = -1

    def rises(self, r: Requirement, begin: int) -> bool:
        """Take note of a degree or of years; whether it is bare and above an earlier sentence's."""
        if r.says not in ("", cues.REQUIRED):
            return False
        bare = not r.says and begin != self._at
        if r.kind == "education":
            rank = education.RANK[r.value or "none"]
            up = bare and self._degree is not None and rank > self._degree
            self._degree = rank if self._degree is None else min(rank, self._degree)
        else:
            years = r.years or 0.0
            up = bare and self._years is not None and years > self._years
            self._years = years if self._years is None else min(years, self._years)
        self._at = begin
        return up


class _Around:
    """What the rest of a posting says about a doubtful form: long forms, and the words that "@ad:" asks for."""

    def __init__(self, posting: list[tuple[Sentence, int, int]], title_words: set[str] | None) -> None:
        self.long_forms = {
            m.code for sentence, _, _ in posting for m in sentence.mentions if m.is_long and m.open_question == SURE
        }
        self.words = {word for sentence, _, _ in posting for word in sentence.ad_words} | (title_words or set())

    def settles(self, m: Mention, heading: str, own_heading: str) -> bool:
        """Whether the posting holds one of the things that the form needs."""
        for word in m.needs:
            if word == LONG_FORM:
                if m.code in self.long_forms:
                    return True
            elif word.startswith(IN_AD) and word.removeprefix(IN_AD) in self.words:
                return True
        return context_found(m.needs, f"{heading} {own_heading}")


class _Rows:
    """Rows of the three tables, column by column."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.general = lexicon.general
        self.family = lexicon.family
        self.title_words: dict[int, set[str]] = {}
        self.mentions: list[tuple[Any, ...]] = []
        self.requirements: list[tuple[Any, ...]] = []

    def title(self, row: int, posting: list[tuple[Sentence, int, int]]) -> None:
        """A title names; it asks only where a licence is written as such ("CDL A driver")."""
        for sentence, begin, number in posting:
            if sentence.ad_words:
                self.title_words.setdefault(row, set()).update(sentence.ad_words)
            for m in sentence.mentions:
                if m.open_question != SURE or m.forbidden or _PERSON.search(m.form):
                    continue
                negated = m.says == cues.NEGATED
                says, rule = ("mention", "title")
                if m.says in (cues.REQUIRED, cues.PREFERRED):
                    says, rule = m.says, m.rule
                elif m.is_licence and not negated:
                    says, rule = "required", "title:licence"
                self.mentions.append(
                    (
                        row,
                        m.code,
                        says,
                        None,
                        m.form,
                        begin + m.start,
                        begin + m.end,
                        rule,
                        sections.TITLE,
                        negated,
                        number,
                    )
                )

    def posting(self, row: int, posting: list[tuple[Sentence, int, int]]) -> None:
        """Settle what the sentences of one posting left open, and write its rows."""
        state = sections.NONE
        words = ""
        is_form = False
        group = 0
        generals = False
        open_group = 0  # the OR-group that runs over list items, all of them bullets or none
        open_bullet: bool | None = None
        around: _Around | None = None
        second = False
        tiers = _Tiers()
        mention_rows, requirement_rows = self.mentions, self.requirements
        for sentence, begin, number in posting:
            (
                heading,
                opens,
                heading_words,
                heading_at,
                mentions,
                requirements,
                opens_list,
                questionnaire,
                is_bullet,
                _,
            ) = sentence
            here = above = state
            if heading is not None:
                here = sections.following(state, heading)
                if opens:
                    state = here
                    words = heading_words
                open_group = 0
            if questionnaire:
                is_form = True
            if mentions:
                if open_group and open_bullet is None:
                    open_bullet = is_bullet
                elif is_bullet != open_bullet:
                    open_group = 0
                offset = group
                joined = 0
                for m in mentions:
                    if (
                        m.open_question & IN_ASKING_SECTION
                        and here not in sections.ASKING
                        and m.says not in (cues.REQUIRED, cues.PREFERRED)
                        and not (here == sections.NONE and self._beside_degree(posting, begin))
                    ):
                        continue
                    if m.open_question & ELSEWHERE:
                        if around is None:
                            around = _Around(posting, self.title_words.get(row))
                        if not around.settles(m, words, heading_words):
                            continue
                    if m.forbidden:
                        if around is None:
                            around = _Around(posting, self.title_words.get(row))
                        if not around.words.isdisjoint(m.forbidden):
                            continue
                    negated = m.says == cues.NEGATED
                    part = here if m.start >= heading_at else above
                    if part == sections.KEYWORDS:
                        continue
                    says, rule = settle(m, part, is_form)
                    if second and says == "required" and rule.startswith("default"):
                        says, rule = "preferred", "position:second block"
                    number_of_group: int | None = None
                    if m.group >= 0:
                        joined = max(joined, m.group + 1)
                        number_of_group = offset + m.group
                    elif open_group and not negated:
                        number_of_group = open_group - 1
                    mention_rows.append(
                        (
                            row,
                            m.code,
                            says,
                            number_of_group,
                            m.form,
                            begin + m.start,
                            begin + m.end,
                            rule,
                            part,
                            negated,
                            number,
                        )
                    )
                group += joined
                generals = generals or not self.general.isdisjoint([m.code for m in mentions])
            elif open_group and not is_bullet:
                open_group = 0
            if opens_list:
                group += 1
                open_group = group
                open_bullet = None
            for r in requirements:
                if here == sections.NONE and r.kind != "skill":
                    second = tiers.rises(r, begin) or second
                requirement_rows.append((row, r.kind, ask(r.says, here), r.value, r.years, number))
        if generals:
            self._drop_general(row)

    @staticmethod
    def _beside_degree(posting: list[tuple[Sentence, int, int]], begin: int) -> bool:
        """Whether a bare degree stands in a line nearby: ads that lost their headings list "ADN", "RN", "BLS"."""
        return any(
            abs(at - begin) < _BESIDE and any(r.kind == "education" for r in sentence.requirements)
            for sentence, at, _ in posting
        )

    def _drop_general(self, row: int) -> None:
        """ "CDL" gives way to "Class A CDL" of the same posting, title included."""
        at = len(self.mentions)
        while at and self.mentions[at - 1][0] == row and self.mentions[at - 1][8] != sections.TITLE:
            at -= 1
        special = {(code[:5], self.family[code]) for _, code, *_ in self.mentions[at:] if code not in self.general}
        self.mentions[at:] = [
            entry
            for entry in self.mentions[at:]
            if entry[1] not in self.general or (entry[1][:5], self.family[entry[1]]) not in special
        ]

    def tables(self, texts: dict[int, str]) -> Readings:
        import pyarrow as pa

        titled = {entry[0] for entry in self.mentions if entry[8] == sections.TITLE and entry[1] in self.general}
        if titled:
            special = {
                (row, code[:5], self.family[code])
                for row, code, *_ in self.mentions
                if row in titled and code not in self.general
            }
            self.mentions = [
                entry
                for entry in self.mentions
                if entry[1] not in self.general or (entry[0], entry[1][:5], self.family[entry[1]]) not in special
            ]
        mentions = _table(
            self.mentions,
            [
                ("row", pa.int32()),
                ("credential_code", pa.string()),
                ("requirement", pa.string()),
                ("or_group", pa.int32()),
                ("form", pa.string()),
                ("span_start", pa.int32()),
                ("span_end", pa.int32()),
                ("cue", pa.string()),
                ("section", pa.string()),
                ("is_negated", pa.bool_()),
                ("sentence_hash", pa.int64()),
            ],
        )
        requirements = _table(
            self.requirements,
            [
                ("row", pa.int32()),
                ("kind", pa.string()),
                ("requirement", pa.string()),
                ("value", pa.string()),
                ("years", pa.float64()),
                ("sentence_hash", pa.int64()),
            ],
        )
        used = dict.fromkeys(entry[10] for entry in self.mentions)
        used.update(dict.fromkeys(entry[5] for entry in self.requirements))
        sentences = pa.table(
            {
                "sentence_hash": pa.array(list(used), pa.int64()),
                "sentence": pa.array([texts.get(number) for number in used], pa.string()),
            }
        )
        return Readings(mentions, requirements, sentences)


def settle(m: Mention, section: str, is_form: bool) -> tuple[str, str]:
    """(class, rule) of a mention: the sentence first, then the heading, then what it is."""
    says = m.says
    if says == cues.NEGATED:
        return "mention", m.rule
    if says == cues.AFTER_HIRE and section == sections.PREFERRED:
        return "preferred", "heading:preferred"  # the stronger of the two
    if section == sections.PREFERRED and m.rule.startswith("lead:should "):
        return "preferred", "heading:preferred"
    if says in (cues.REQUIRED, cues.PREFERRED, cues.AFTER_HIRE):
        return says, m.rule
    if says == cues.MENTION and section not in sections.ASKING:
        return "mention", m.rule
    if is_form and says != cues.WEAK:
        return "mention", "questionnaire"
    if section == sections.PREFERRED:
        return "preferred", "heading:preferred"
    if section in sections.ASKING:
        return "required", f"heading:{section}"
    if section in _NOT_ASKING:
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


_HEADING_CONTEXT: dict[tuple[str, ...], Any] = {}


def context_found(needs: tuple[str, ...], words: str) -> bool:
    """Whether a heading holds one of the needed words."""
    pattern = _HEADING_CONTEXT.get(needs)
    if pattern is None:
        pattern = _HEADING_CONTEXT[needs] = context_pattern(needs)
    return bool(pattern.search(words))


def _table(rows: list[tuple[Any, ...]], columns: list[tuple[str, pa.DataType]]) -> pa.Table:
    import pyarrow as pa

    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pa.table({name: pa.array(value, kind) for (name, kind), value in zip(columns, values, strict=True)})
