"""Who is asked about which exam row, and who a second time. Pure: no file, no key.

Belongs here: last words, what is settled, what is disputed, whose turn it is. Does not belong here: how a linking uses
verdicts (`person_linkage.verdicts`, which says the same in SQL).

A row goes to the reviewer whom a hash of row and name chooses, so that the same list comes again when it is asked for
again, and a reviewer more or less moves few rows. A tenth of the rows (`person_linkage.verdicts.is_double`) and every
row on which reviewers differ goes to two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from extractors.link_review.store import Row
from extractors.person_linkage.verdicts import is_double
from warehouse.vault.roles import Who

DOUBLE_SHARE = 0.1
"""Share of the rows that a second reviewer sees, 0-1."""
ACCEPT, REJECT = "accept", "reject"


@dataclass
class Case:
    """One exam row.

    Attributes:
        pairs: student token -> weight in bits, the best first; those asked about, and those judged before.
        words: student token -> reviewer -> accept | reject, last words only.
    """

    exam_key: str
    pairs: dict[str, float | None] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def reviewers(self) -> set[str]:
        """Everybody who said anything."""
        return {name for said in self.words.values() for name in said}

    @property
    def is_disputed(self) -> bool:
        """Reviewers differ about a student, or accepted two."""
        accepted = [token for token, said in self.words.items() if ACCEPT in said.values()]
        return len(accepted) > 1 or any(len(set(said.values())) > 1 for said in self.words.values())

    @property
    def is_double(self) -> bool:
        """Whether two reviewers see it."""
        return is_double(self.exam_key, DOUBLE_SHARE)

    def is_done_by(self, name: str) -> bool:
        """The reviewer accepted a student, or rejected all that are asked about."""
        own = {token: said[name] for token, said in self.words.items() if name in said}
        return ACCEPT in own.values() or (bool(self.pairs) and own.keys() >= self.pairs.keys())


def cases(candidates: Iterable[Row], verdicts: Iterable[Row]) -> dict[str, Case]:
    """exam_key -> case, of all rows that wait or were judged."""
    found: dict[str, Case] = {}
    for row in sorted(candidates, key=lambda r: (r["exam_key"], r["place"])):
        found.setdefault(row["exam_key"], Case(row["exam_key"])).pairs[row["student_token"]] = row["weight"]
    for (exam, token, reviewer), row in last_words(verdicts).items():
        case = found.setdefault(exam, Case(exam))
        case.words.setdefault(token, {})[reviewer] = row["decision"]
        case.pairs.setdefault(token, row.get("weight"))
    return found


def last_words(verdicts: Iterable[Row]) -> dict[tuple[str, str, str], Row]:
    """(exam_key, student_token, reviewer) -> the last verdict."""
    return {
        (row["exam_key"], row["student_token"], row["reviewer"]): row
        for row in sorted(verdicts, key=lambda r: (r["decided_at"], r["decision"]))
    }


def hand_out(
    found: Iterable[Case], people: Sequence[Who], districts_of: Mapping[str, Collection[str]], waiting: Collection[str]
) -> dict[str, list[tuple[Case, list[str]]]]:
    """User -> [(case, tokens of the students that this user is shown)].

    Args:
        districts_of: student token -> districts; a token that is missing is nobody's any more.
        waiting: exam keys of the last linking's queue; others are asked about again where a second look is missing.
    """
    lists: dict[str, list[tuple[Case, list[str]]]] = {who.user: [] for who in people}
    for case in found:
        if case.exam_key not in waiting and not (case.is_double or case.is_disputed):
            continue
        shown = {who.user: _shown(case, who, districts_of) for who in people}
        able = sorted((u for u, tokens in shown.items() if tokens), key=lambda u: _draw(case.exam_key, u))
        for user in _turn(case, able):
            lists[user].append((case, shown[user]))
    return lists


def _shown(case: Case, who: Who, districts_of: Mapping[str, Collection[str]]) -> list[str]:
    """Students of the case that are there and of this person's districts."""
    return [t for t in case.pairs if t in districts_of and (_all(who) or any(map(who.sees, districts_of[t])))]


def _all(who: Who) -> bool:
    return who.may("read_identities")


def _turn(case: Case, able: list[str]) -> list[str]:
    """Who is asked, of those who may see it, in the order drawn."""
    if case.is_disputed:
        judged = [user for user in able if user in case.reviewers]
        return (judged + [user for user in able if user not in judged])[:2]
    done = {name for name in case.reviewers if case.is_done_by(name)}
    missing = (2 if case.is_double else 1) - len(done)
    begun = [user for user in able if user in case.reviewers - done]
    fresh = [user for user in able if user not in case.reviewers]
    return (begun + fresh)[: max(missing, 0)]


def _draw(exam_key: str, user: str) -> bytes:
    return hashlib.sha256(f"{exam_key} {user}".encode()).digest()


def with_implied(found: Iterable[Case]) -> list[Row]:
    """Last words for reckoning agreement: who accepted one student has thereby rejected the others of the row."""
    rows: list[Row] = []
    for case in found:
        for name in case.reviewers:
            has_accepted = any(said.get(name) == ACCEPT for said in case.words.values())
            for token, said in case.words.items():
                word = said.get(name) or (REJECT if has_accepted else None)
                if word:
                    rows.append(
                        {"exam_key": case.exam_key, "student_token": token, "reviewer": name, "decision": word,
                         "decided_at": None}
                    )  # fmt: skip
    return rows
