"""May a file be loaded under its agreement? Pure: no clock, no file (M1-M4, M6-M12, K10, K11).

A `Remark` of kind `refused` keeps the file out; `flagged` lets it in and stays with it. Remarks speak of agreements,
columns, dates and counts, never of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from extractors.exam_records.register import (
    AUDITOR,
    BASES,
    DISTRICT,
    VENDOR,
    Agreement,
    DeniedColumn,
    Register,
)

REFUSED, FLAGGED = "refused", "flagged"
PARTY_OF = {
    "student_file": DISTRICT,
    "course_file": DISTRICT,
    "district_exam_file": DISTRICT,
    "evidence_file": DISTRICT,
    "vendor_exam_file": VENDOR,
    "audit_verdict_file": AUDITOR,
}
"""Dataset -> who delivers it."""


@dataclass(frozen=True)
class Remark:
    """What was found about a delivery. `kind` is `refused` or `flagged`; `code` is stable."""

    kind: str
    code: str
    message: str
    remedy: str = ""
    requirement: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def refusals(remarks: Iterable[Remark]) -> list[Remark]:
    """Those that keep the file out."""
    return [r for r in remarks if r.kind == REFUSED]


def check_agreement(
    register: Register, agreement_id: str, dataset: str, received_on: date, mode: str, purpose: str = "attainment"
) -> list[Remark]:
    """Whether anything of this kind may be loaded under the agreement on that day and in that way.

    Args:
        dataset: one of `PARTY_OF`.
        mode: how it came: sftp | folder | api.
    """
    agreement = register.on(agreement_id, received_on)
    if agreement is None:
        return [
            Remark(
                REFUSED,
                "unknown_agreement",
                f"there is no agreement {agreement_id!r}",
                f"add it to data_agreement.csv once it is signed; known are {', '.join(sorted(register.agreements))}",
                "M6",
            )
        ]
    return [
        *_party(agreement, dataset),
        *_signatures(agreement, received_on),
        *_period(agreement, received_on),
        *_safety(agreement, mode, register.number("min_cipher_bits")),
        *_terms(agreement, purpose),
    ]


def _party(agreement: Agreement, dataset: str) -> Iterable[Remark]:
    wanted = PARTY_OF[dataset]
    if agreement.party_kind != wanted:
        yield Remark(
            REFUSED,
            "wrong_party",
            f"{agreement.agreement_id} is an agreement with a {agreement.party_kind}; a {wanted} delivers a {dataset}",
            f"name the agreement of the {wanted}",
            "M6",
        )


def _signatures(agreement: Agreement, day: date) -> Iterable[Remark]:
    for who, signed in (("the state", agreement.signed_state_on), (agreement.party_name, agreement.signed_party_on)):
        if signed is None or signed > day:
            yield Remark(
                REFUSED,
                "unsigned",
                f"{agreement.agreement_id} is not signed by {who}",
                "wait for the signature, enter its date in data_agreement.csv, then load the file",
                "M11",
            )


def _period(agreement: Agreement, day: date) -> Iterable[Remark]:
    if day < agreement.effective_from:
        yield Remark(
            REFUSED,
            "not_started",
            f"{agreement.agreement_id} begins on {agreement.effective_from}",
            "load the file from that day on",
            "M6",
        )
    if agreement.effective_to is not None and day > agreement.effective_to:
        yield Remark(
            REFUSED,
            "ended",
            f"{agreement.agreement_id} ended on {agreement.effective_to}",
            "a new agreement, or an amendment signed by both, is needed before anything is loaded",
            "M6",
        )


def _safety(agreement: Agreement, mode: str, min_bits: int) -> Iterable[Remark]:
    if agreement.cipher_bits < min_bits:
        yield Remark(
            REFUSED,
            "weak_cipher",
            f"{agreement.agreement_id} promises a cipher of {agreement.cipher_bits} bit; {min_bits} are needed",
            "amend the agreement",
            "M8",
        )
    if mode != "sftp" and not agreement.mode_approved:
        yield Remark(
            REFUSED,
            "mode_not_approved",
            f"the file came by {mode}, which {agreement.agreement_id} does not approve",
            "have it sent by SFTP, or record the state's approval (mode_approved) in data_agreement.csv",
            "M8",
        )
    elif mode != agreement.transfer_mode:
        yield Remark(
            FLAGGED,
            "other_mode",
            f"the file came by {mode}; {agreement.agreement_id} names {agreement.transfer_mode}",
            requirement="M8",
        )


def _terms(agreement: Agreement, purpose: str) -> Iterable[Remark]:
    if purpose not in agreement.permitted_use:
        yield Remark(
            REFUSED,
            "purpose",
            f"{agreement.agreement_id} does not permit {purpose}",
            "a wider agreement is needed before its rows are read for that",
            "M9, K10",
        )
    if agreement.legal_basis not in BASES:
        yield Remark(
            REFUSED,
            "no_legal_basis",
            f"{agreement.agreement_id} states no legal basis that is known",
            f"state one of {', '.join(BASES)}",
            "M7",
        )
    if agreement.party_kind == VENDOR and not (agreement.has_indemnification and agreement.has_indemnification_notice):
        yield Remark(
            FLAGGED,
            "indemnification",
            f"{agreement.agreement_id} lacks the clause on indemnification or its notice",
            requirement="M12",
        )
    if agreement.is_state_counsel_displaced:
        yield Remark(
            FLAGGED,
            "state_counsel",
            f"{agreement.agreement_id} lets the party take the state's defence from its counsel",
            requirement="M12",
        )


def check_arrival(agreement: Agreement, school_year: int, received_on: date) -> list[Remark]:
    """Whether a file is too early to be whole, or late (M2)."""
    opens, closes = agreement.window(school_year)
    if received_on < opens:
        return [
            Remark(
                REFUSED,
                "year_not_begun",
                f"the year of school year {school_year} begins on {opens}",
                "check the school year that was given",
                "M2",
            )
        ]
    if received_on > (due := agreement.due_on(school_year)):
        late = (received_on - due).days
        return [Remark(FLAGGED, "late", f"due on {due}, received {late} days later", requirement="M2")]
    if received_on < closes and agreement.party_kind == VENDOR:
        return [Remark(FLAGGED, "year_running", f"the year of the file runs until {closes}", requirement="M2")]
    return []


def denied_names(
    header: Sequence[str], denied: Iterable[DeniedColumn], party_kind: str
) -> list[tuple[str, DeniedColumn]]:
    """Columns whose name, in whatever spelling, speaks of what must not be delivered, and the phrase (M10, K11)."""
    rules = [d for d in denied if d.parties in ("all", party_kind)]
    found = []
    for name in header:
        words = split_name(name)
        rule = next((r for r in rules if _speaks_of(words, r)), None)
        if rule is not None:
            found.append((name, rule))
    return found


def denied_columns(header: Sequence[str], denied: Iterable[DeniedColumn], party_kind: str) -> list[Remark]:
    """`denied_names` as remarks."""
    return [
        Remark(
            REFUSED,
            f"denied_{rule.kind}",
            f"column {shown_name(name)} must not be delivered ({rule.phrase})",
            "have the sender remove the column and send the file again",
            rule.citation,
        )
        for name, rule in denied_names(header, denied, party_kind)
    ]


def split_name(name: str) -> tuple[str, ...]:
    """The words of a column's name: `FreeReduced_LunchStatus` is free, reduced, lunch, status."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(re.sub(r"[^a-z0-9]+", " ", apart.casefold()).split())


def _speaks_of(words: Sequence[str], rule: DeniedColumn) -> bool:
    phrase = rule.phrase.split()
    if rule.match == "word":
        return any(w.rstrip("0123456789") == phrase[0] for w in words)
    joined, wanted = "".join(words), "".join(phrase)
    return wanted in joined


def shown_name(name: str) -> str:
    """A column's name for a message: printable, at most 60 characters. A file without a header shows no cell by it."""
    kept = "".join(c if c.isprintable() else "?" for c in name)
    return repr(kept[:60])


def check_passes(agreement: Agreement, sat: int, passed: int, not_passed: int) -> list[Remark]:
    """A vendor's file must have takers as well as passers, and nobody who passed without sitting (M3, M4).

    Args:
        sat: rows of people who sat.
        passed: rows of people who passed.
        not_passed: rows of people who sat and did not pass.
    """
    found = []
    if passed > sat:
        found.append(Remark(REFUSED, "passed_exceeds_sat", f"{passed} passed, but only {sat} sat", requirement="M3"))
    if agreement.party_kind == VENDOR and passed and not not_passed and not agreement.allows_passes_only:
        found.append(
            Remark(
                REFUSED,
                "passes_only",
                f"all {passed} rows are passes: takers who did not pass are missing",
                "ask the vendor for everyone who sat (M3), passed or not",
                "M4",
            )
        )
    return found


def check_district_passes(sat: int, passed: int, min_attempts: int) -> list[Remark]:
    """A district of which everyone passes reports passes only; its rows are kept and marked (P9)."""
    if sat >= min_attempts and passed == sat:
        return [Remark(FLAGGED, "passes_only", f"all {sat} sittings are passes", requirement="P9")]
    return []
