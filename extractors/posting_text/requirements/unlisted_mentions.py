"""What a sentence says of the names that the lexicon lacks: as of any mention (J10).

Belongs here: names (`unlisted`) -> mentions. Does not belong here: the words that decide (`cues`, `role_words`).
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors.posting_text.requirements import cues, negation, role_words
from extractors.posting_text.requirements.mentions import IN_ASKING_SECTION, SHORT_ITEM, SURE, Mention
from extractors.posting_text.requirements.unlisted import Name

CODE = "UNLISTED"
"""Stands for all of them where a mention has a code; the name tells them apart."""
_AT_START = 3  # characters


def read(
    text: str,
    found: Sequence[Name],
    said: Sequence[cues.Cue],
    ends: Sequence[int],
    items: Sequence[tuple[int, int]],
    begin: int,
    asks: bool,
    qualifies: bool,
) -> tuple[Mention, ...]:
    """Mentions of the names, each with what the sentence says of it; a person who is only sought is none.

    Args:
        text: the sentence.
        found: its names.
        said: its cues.
        ends: where its clauses end.
        items: (start, end) of all credentials, degrees and years, without these.
        begin: see `mentions.MentionReader.read`.
        asks: whether it begins with a heading of qualifications.
        qualifies: whether it asks for a degree or for years as well.
    """
    items = sorted([*items, *((name.start, name.end) for name in found)])
    out = []
    for start, end, name, is_licence, is_person in found:
        says, rule = cues.decide(text, start, end, said, ends, items)
        if negation.is_negated(text, start, end):
            says, rule = cues.NEGATED, "negation"
        question = SURE
        if is_person:
            explicit = says in (cues.REQUIRED, cues.PREFERRED)
            cue_at = cues.position(said, rule, start, end) if explicit else None
            standing = role_words.standing(text, start, end, cue_at=cue_at, item_start=begin, items=items)
            if standing == role_words.NO:
                continue
            if standing == role_words.AS_ITEM and not asks:
                question = IN_ASKING_SECTION
        is_item = (
            (begin >= 0 and (start - begin <= _AT_START or len(text) - begin < SHORT_ITEM))
            or (start <= _AT_START and len(text) < SHORT_ITEM)
            or qualifies
        )
        out.append(
            Mention(CODE, name, start, end, says, rule, -1, question, (), (), is_licence, False, is_item)
        )  # fmt: skip
    return tuple(out)
