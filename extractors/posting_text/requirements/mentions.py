"""Which of the credential forms in a sentence are mentions of a credential, and what the sentence says of them.

A short or doubtful form needs context (`needs`, `excludes`), the word for a person needs a licence (`role_words`). What
only the posting can tell (its headings, a long form elsewhere) stays open: `Mention.open_question`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from extractors.posting_text.requirements import alternatives, cues, linking, negation, role_words
from extractors.posting_text.requirements.lexicon import IN_AD, IN_LIST, IN_TITLE, LINKED, SHARED, Form, Lexicon
from extractors.posting_text.requirements.vocabulary import Vocabulary

# What a mention still needs from its posting; bits.
SURE, IN_ASKING_SECTION, ELSEWHERE, OR_ASKED = 0, 1, 2, 4

SHORT_ITEM = 90
# two letters stand for too much
_SHORT = 2
# a heading with one of these makes its bare items certificates
CERTIFICATES = ("certif*", "licen*", "credentials", "accreditation*", "accreditations")
# a form that wants one of these wants nothing of its own field
_CERTIFYING = frozenset({"certif*", "certified", "certification"})
# "our board-certified surgeons": praise of the firm's staff
_BOARD = re.compile(r"board[\s-]+(?:certified|eligible)", re.IGNORECASE)
_STAFF = re.compile(
    r"(?:[\s,/-]+[\w-]+){0,4}?\s+(?:(?:physician|surgeon|doctor|specialist|provider|dentist|nurse|psychiatrist|veterinarian"
    r"|clinician|practitioner|therapist|expert|staff|team|professional|\w+ologist|\w+trician|\w+ist)s)\b",
    re.IGNORECASE,
)
_ACCREDITED = re.compile(r"\baccredit(?:ed|ation) (?:by|from|through)\b[^.;]{0,80}$", re.IGNORECASE)
# "we are seeking a skilled and certified mechanic": who is sought, in running text
_TITLED = re.compile(r"(?:certified|qualified|accredited)\s(?!.*\b(?:certif|licen))", re.IGNORECASE)
_SOUGHT = re.compile(
    r"\b(?:seeking|looking for|hiring|recruiting(?: for)?|in search of|searching for)"
    r" an? (?:[\w-]+(?:,|,? and)? ){0,4}$",
    re.IGNORECASE,
)
# "graduate of an approved MLT program": a school
_SCHOOL = re.compile(r"\b(?:approved|accredited|graduat\w+)\b[^.;]{0,40}$", re.IGNORECASE)
_PROGRAM = re.compile(r"\s+(?:\w+\s+)?(?:programs?|school|college)\b", re.IGNORECASE)
# "our BSE accredited department": what a house holds
_HOUSE = re.compile(
    r"\s+(?:\w+\s+)?(?:departments?|units?|services?|cent(?:re|er)s?|divisions?|laborator(?:y|ies)|hospitals?|facilit(?:y|ies))\b",
    re.IGNORECASE,
)
# "within the scope of RN licensure": what the work keeps to
_SCOPE = re.compile(
    r"\b(?:scope of (?:(?:the|their|his|her|your|an?|state|current|professional|practice|and) ){0,3}"
    r"|adher(?:es?|ing|ence) to [^.;:]{0,70})$",
    re.IGNORECASE,
)
# "a BPS accredited doctorate": a course that a council approves
_COURSE = re.compile(
    r"[\s)]*[\s-](?:accredited|approved|recogni[sz]ed|validated|endorsed)\s+(?:[\w-]+\s+){0,4}?"
    r"(?:courses?|programmes?|programs?|degrees?|doctorates?|diplomas?|training|qualifications?|MSc|BSc)\b",
    re.IGNORECASE,
)
_ENROLLED = re.compile(r"regist(?:er|ra)|\bpin\b|licen[sc]|member|qualifi|eligib", re.IGNORECASE)
_RULES = (
    r"(?:codes?|guidelines?|guidance|standards?|recogni[sz]ed|principles|rules|conduct|frameworks?|website"
    r"|legislation|polic(?:y|ies)|revalidation|(?:trainees? |training |national )*(?:survey|score)s?|hearings?"
    r"|training status)"
)
_COUNCIL = re.compile(r"[A-Z]{3,}|.*\b(?:council|society|institute|college)\b.*", re.IGNORECASE)
_RULES_AFTER = re.compile(rf"[\s()/&,\w’']{{0,40}}?\b{_RULES}\b", re.IGNORECASE)
_RULES_BEFORE = re.compile(
    rf"\b(?:{_RULES}|accordance|compliance|comply|set out|laid down|provided|praised|commended)\b[^.;]{{0,80}}$",
    re.IGNORECASE,
)
_LIST = re.compile(r"[,/;&]|\bor\b|\band\b|^\s*\(|^\s*$")
# "AWS certifications: Solutions Architect" names the member only
_INTRODUCES = re.compile(
    r"\s*(?:[:(–—]|,?\s*(?:such as|like|including|for example))"
    r"\s*(?:such as|e\.?g\.?,?|i\.?e\.?,?|like)?[\s:,]*",
    re.IGNORECASE,
)
# lists of others' certifications: "DoD 8570 certification (Security+)" asks for the member; examples ("e.g.")
# leave the list standing
_BASELINES = frozenset({"DODXX001"})
_CATEGORY = re.compile(r"\bI[AS](?:T|M|SAE|SE)?\b|\blevel\b", re.IGNORECASE)
_BASELINE_GAP = re.compile(r"[\w\s./-]{0,40}\(\s*")
_OR_ONLY = re.compile(r"[\s,)]*or (?:(?:is|are|be|an?|as)\s+)*", re.IGNORECASE)
_LISTED = re.compile(r"[\s,/()]*(?:\b(?:or|and|and/or)\b)?[\s,/(]*(?:(?:an?|the|either)\s+)?", re.IGNORECASE)
_OWN_CUE = re.compile(r"\s(required|preferred)$", re.IGNORECASE)
_SUBJECT = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    _SUBJECT.findall(
        "certification certified certificate license licence registration registered technician specialist professional"
        " not stated specified level issuer the and other"
    )
)
_SEPARATORS = re.compile(r"[\s()\[\]–—:,®™-]*")
_NEXT = re.compile(
    r"\s*(?:,\s*(?:and/or|and|or)?|/|&|and/or|and|or|\+)\s*"
    r"(?:(?:class|series|type|level|section|part|osha)\s+)?(\d{1,3}|[A-Z])(?![\w+#])",
    re.IGNORECASE,
)


class Mention(NamedTuple):
    """A credential in a sentence.

    Attributes:
        code: of the credential.
        form: as the lexicon writes it.
        start: character from the sentence's beginning.
        end: character from the sentence's beginning.
        says: what the sentence says of it, see `cues`; "" nothing.
        rule: what decided that.
        group: number of its OR-group in the sentence, -1.
        open_question: SURE, or bits: it must stand IN_ASKING_SECTION; one of `needs` must be found ELSEWHERE, OR_ASKED
            for by the heading: it is all of an item.
        needs: see `Form`.
        forbidden: words that forbid it anywhere in the posting; after "@title:", in the title.
        is_licence: the law asks for it.
        is_long: it needs no context.
        is_item: it begins a list item or line, or fills a short one, or stands beside a degree or years.
    """

    code: str
    form: str
    start: int
    end: int
    says: str
    rule: str
    group: int
    open_question: int
    needs: tuple[str, ...]
    forbidden: tuple[str, ...]
    is_licence: bool
    is_long: bool
    is_item: bool


class _Found(NamedTuple):
    """A form in a sentence that is a mention, as far as the sentence tells."""

    start: int
    end: int
    form_index: int
    says: str
    rule: str
    question: int
    if_listed: bool


class KnownForm(NamedTuple):
    """What has to be known of a form that stands in a sentence.

    Attributes:
        form: the form.
        needs: words of which one must stand outside it; none where it holds one: "BSE accreditation" brings the word
            that "BSE" needs.
        forbidden: see `Mention`.
        own_cue: "CPA preferred" as a form holds its own cue, in lower case; "" none.
        is_licence: see `Mention`.
        is_council: "NMC", "General Medical Council": the keeper of a register, who also makes rules.
        is_linked: the sentence must tie it to a word for a certificate or licence (`linking`).
        is_shared: it must be a member of a list that shares such a word.
        wants_certificate: where there is no such word, neither it nor a number after it means anything.
    """

    form: Form
    needs: tuple[str, ...]
    forbidden: tuple[str, ...]
    own_cue: str
    is_licence: bool
    is_council: bool
    is_linked: bool
    is_shared: bool
    wants_certificate: bool


class KnownForms(dict[int, KnownForm]):
    """Form index -> what has to be known of it, worked out when the form is met first."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        super().__init__()
        self._forms = vocabulary.forms
        self._family_of = vocabulary.family_of
        self._by_code = lexicon.by_code

    def __missing__(self, index: int) -> KnownForm:
        form = self._forms[index]
        credential = self._by_code[form.credential_code]
        own_cue = _OWN_CUE.search(form.text)
        known = self[index] = KnownForm(
            form=form,
            needs=_open_needs(form.needs, form.text),
            forbidden=tuple(w.removeprefix(IN_AD) for w in form.excludes if w.startswith((IN_AD, IN_TITLE))),
            own_cue=own_cue[1].lower() if own_cue else "",
            is_licence=credential.is_licence,
            is_council=credential.type == "registration"
            and bool(_COUNCIL.fullmatch(form.text))
            and not _ENROLLED.search(form.text),
            is_linked=LINKED in form.needs,
            is_shared=SHARED in form.needs,
            wants_certificate=LINKED in form.needs and index not in self._family_of,
        )
        return known


class MentionReader:
    """Reads the credential forms of one sentence.

    Attributes:
        forms: what is known of them.
    """

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        self.forms = KnownForms(vocabulary, lexicon)
        self._families = vocabulary.families
        self._family_of = vocabulary.family_of
        self._general = lexicon.general
        self._context: dict[tuple[str, ...], re.Pattern[str]] = {}
        self._subjects = {c.code: frozenset(_SUBJECT.findall(c.name.lower())) - _COMMON for c in lexicon.credentials}

    def read(
        self,
        text: str,
        credentials: Sequence[tuple[int, int, int]],
        said: Sequence[cues.Cue],
        ends: Sequence[int],
        items: Sequence[tuple[int, int]],
        begin: int,
        asks: bool,
        is_open: bool,
        names_certificates: bool,
    ) -> tuple[Mention, ...]:
        """Read them.

        Args:
            text: the sentence.
            credentials: (start, end, form index) in order.
            said: its cues.
            ends: where its clauses end.
            items: (start, end) of all credentials, degrees and years.
            begin: where the list item, the line or the words after an inline heading begin; -1 in running text.
            asks: whether it begins with a heading of qualifications.
            is_open: whether it holds words as "one of", "such as".
            names_certificates: whether it begins with such a word ("Professional certifications such as ...").
        """
        found = self._found(text, self._continued(text, credentials), said, ends, items, begin, asks)
        if not found:
            return ()
        qualifies = names_certificates or len(items) > len(credentials)  # it asks for a degree or for years as well
        out: list[Mention] = []
        for entry in found:
            known = self.forms[entry.form_index]
            form, needs = known.form, known.needs
            question = entry.question
            if entry.if_listed and self._is_listed(text, entry, found):
                question &= ~(ELSEWHERE | OR_ASKED)
            is_long = not form.role_word and (not needs or " " in form.text)
            last = out[-1] if out else None
            if last and last.code == form.credential_code and _SEPARATORS.fullmatch(text[last.end : entry.start]):
                # "Project Management Professional (PMP)": one mention; the surer half counts
                sure = not last.open_question or not question
                out[-1] = last._replace(
                    end=entry.end,
                    open_question=SURE if sure else last.open_question | question,
                    needs=last.needs + needs,
                    says=last.says or entry.says,
                    rule=last.rule or entry.rule,
                    is_long=last.is_long or is_long,
                )
                continue
            at_start = begin >= 0 and entry.start - begin <= 3
            out.append(
                Mention(
                    code=form.credential_code,
                    form=form.text,
                    start=entry.start,
                    end=entry.end,
                    says=entry.says,
                    rule=entry.rule,
                    group=-1,
                    open_question=question,
                    needs=needs,
                    forbidden=known.forbidden,
                    is_licence=known.is_licence,
                    is_long=is_long,
                    is_item=at_start
                    or (entry.start <= 3 and len(text) < SHORT_ITEM)
                    or (begin >= 0 and len(text) - begin < SHORT_ITEM)
                    or qualifies,
                )
            )
        if len(out) == 1:
            return (out[0],)
        out = [
            m
            for k, m in enumerate(out)
            if not (k + 1 < len(out) and self._introduces(text, m, out[k + 1]))
            and not (k and self._repeats(text, out[k - 1], m))
        ]
        numbers = alternatives.groups(text, [(m.start, m.end) for m in out], is_open)
        return tuple(m._replace(group=n) if n >= 0 else m for m, n in zip(out, numbers, strict=True))

    def _found(
        self,
        text: str,
        credentials: Sequence[tuple[int, int, int]],
        said: Sequence[cues.Cue],
        ends: Sequence[int],
        items: Sequence[tuple[int, int]],
        begin: int,
        asks: bool,
    ) -> list[_Found]:
        out: list[_Found] = []
        persons: list[_Found] = []
        before: tuple[int, int] | None = None
        refused: tuple[int, str] | None = None
        accredits = "ccredit" in text
        for start, end, index in credentials:
            known = self.forms[index]
            form, needs = known.form, known.needs
            if (
                refused is not None
                and refused[1] == form.credential_code
                and _SEPARATORS.fullmatch(text[refused[0] : start])
            ):
                continue  # "an opening for a Certified Medical Assistant (CMA)": the initials of what was passed over
            if (accredits and _ACCREDITED.search(text, 0, start)) or (known.is_council and _is_rule(text, start, end)):
                refused = (end, form.credential_code)
                continue
            if _BOARD.fullmatch(text, start, end) and _STAFF.match(text, end):
                continue
            if _TITLED.match(text, start, end) and _SOUGHT.search(text, 0, start):
                continue
            if _PROGRAM.match(text, end) and _SCHOOL.search(text, 0, start):
                continue
            if accredits and text[start:end].endswith("ccredited") and _HOUSE.match(text, end):
                continue
            if ("scope of" in text or "dher" in text) and _SCOPE.search(text, 0, start):
                continue
            if form.excludes and self._has(form.excludes, text, start, end):
                continue
            if known.is_council and _COURSE.match(text, end):
                continue
            if known.is_linked and not (
                linking.is_linked(text, start, end, [(s, e) for s, e, _ in credentials])
                or linking.is_shared(text, start, end)
            ):
                continue
            question, if_listed = SURE, False
            if known.is_shared and not linking.is_shared(text, start, end):
                question, needs = ELSEWHERE, CERTIFICATES
            elif needs and not self._has(needs, text, start, end):
                question, if_listed = ELSEWHERE, IN_LIST in needs
                if (
                    len(form.text) > _SHORT
                    and _alone(credentials, start, end)
                    and (linking.is_shared(text, start, end) or linking.is_asked(text, start, end))
                ):
                    question = SURE
                elif (
                    0 <= begin <= start
                    and len(text) - begin < SHORT_ITEM
                    and len(form.text) > _SHORT
                    and not _CERTIFYING.isdisjoint(needs)
                    and _alone(credentials, start, end)
                    and linking.is_nothing_else(text, start, end, begin, [(s, e) for s, e, _ in credentials])
                ):
                    question |= OR_ASKED  # "CIH" as an item of the qualifications
            says, rule = cues.decide(text, start, end, said, ends, items)
            if negation.is_negated(text, start, end):
                says, rule = cues.NEGATED, "negation"
            entry = _Found(start, end, index, says, rule, question, if_listed)
            if form.role_word:
                explicit = says in (cues.REQUIRED, cues.PREFERRED)
                cue_at = cues.position(said, rule, start, end) if explicit else None
                standing = role_words.standing(text, start, end, cue_at=cue_at, item_start=begin, items=items)
                if standing == role_words.NO and before is not None and _LISTED.fullmatch(text[before[0] : start]):
                    standing = before[1]  # "must be an RN, LPN or CNA"
                before = (end, standing) if standing != role_words.NO else None
                if standing == role_words.NO:
                    persons.append(entry)
                    refused = (end, form.credential_code)
                    continue
                if standing == role_words.AS_ITEM and not asks:
                    entry = entry._replace(question=question | IN_ASKING_SECTION)
            out.append(entry)
        for person in persons:
            # "has a phlebotomy certificate or is a certified nurse assistant"
            if any(
                0 <= person.start - other.end <= 30 and _OR_ONLY.fullmatch(text[other.end : person.start])
                for other in out
            ):
                out.append(person)
                out.sort()
        return out

    def _is_listed(self, text: str, entry: _Found, found: Sequence[_Found]) -> bool:
        """Whether another credential, one that is no doubtful form, stands beside it in a list."""
        code = self.forms[entry.form_index].form.credential_code
        return any(
            not other.if_listed
            and self.forms[other.form_index].form.credential_code != code
            and _neighbours(text, entry.start, entry.end, other.start, other.end)
            for other in found
        )

    def _introduces(self, text: str, family: Mention, member: Mention) -> bool:
        """Whether a family's name only introduces its member: "AWS certifications: Solutions Architect"."""
        gap = text[family.end : member.start]
        if family.code in _BASELINES:
            # a category of the list ("IAT Level II") is asked for by itself
            named = bool(_CATEGORY.search(text[family.start : family.end]))
            return not named and bool(_BASELINE_GAP.fullmatch(gap))
        return family.code in self._general and family.code[:5] == member.code[:5] and bool(_INTRODUCES.fullmatch(gap))

    def _repeats(self, text: str, member: Mention, family: Mention) -> bool:
        """Whether a family's name only ends its member: "ASCP/ASPT phlebotomy certification"."""
        return (
            family.code in self._general
            and bool(self._subjects[family.code] & self._subjects[member.code])
            and len(text[member.end : family.start].strip(" ()/-")) == 0
        )

    def _continued(self, text: str, credentials: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """With what a list names by number or letter only: "Series 7, 63 and 66", "OSHA 10/30", "CDL Class A or B"."""
        out: list[tuple[int, int, int]] = []
        for position, (start, end, index) in enumerate(credentials):
            out.append((start, end, index))
            members = self._families.get(self._family_of.get(index, ""))
            if not members:
                continue
            limit = credentials[position + 1][0] if position + 1 < len(credentials) else len(text)
            at = end
            while following := _NEXT.match(text, at, limit):
                token = following[1]
                more = members.get(token.lower()) if token.isdigit() or token.isupper() else None
                if not more:
                    break
                out.append((following.start(1), following.end(1), more[0]))
                at = following.end()
        return out

    def _has(self, words: tuple[str, ...], text: str, start: int, end: int) -> bool:
        """Whether one of the words stands in the sentence outside [start, end)."""
        pattern = self._context.get(words)
        if pattern is None:
            pattern = self._context[words] = context_pattern(words)
        return any(found.end() <= start or found.start() >= end for found in pattern.finditer(text))


def _open_needs(needs: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The words of which one must be found outside the form; none where the form holds one."""
    words = tuple(word for word in needs if word not in (LINKED, SHARED))
    return () if words and context_pattern(words).search(text) else words


def _alone(credentials: Sequence[tuple[int, int, int]], start: int, end: int) -> bool:
    """Whether the words stand for one credential only."""
    return sum(s == start and e == end for s, e, _ in credentials) == 1


def _is_rule(text: str, start: int, end: int) -> bool:
    """Whether a council is named for its code or its standards, not for its register."""
    before, after = text[max(0, start - 90) : start], text[end : end + 50]
    if _ENROLLED.search(before[-35:]) or _ENROLLED.search(after[:35]):
        return False
    return bool(_RULES_AFTER.match(after) or _RULES_BEFORE.search(before))


def context_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Whole words, or their beginnings where a star ends them ("certif*"); tokens with "@" are no words."""
    plain = sorted((w for w in words if not w.startswith("@")), key=len, reverse=True)
    parts = [re.escape(w[:-1]) if w.endswith("*") else re.escape(w) + r"(?!\w)" for w in plain]
    return re.compile(r"(?<!\w)(?:" + "|".join(parts or ["(?!)"]) + ")", re.IGNORECASE)


def _neighbours(text: str, s: int, e: int, a: int, b: int) -> bool:
    """Whether two spans stand in one list: only separators and few words between."""
    gap = text[e:a] if a >= e else text[b:s]
    return len(gap) <= 40 and bool(_LIST.search(gap)) and ". " not in gap
