"""The register of agreements: who may deliver what, until when, for which purpose (M2, M6-M9, M11-M14).

Belongs here: reading the seeds `data_agreement`, `data_agreement_amendment`, `denied_column` and `exam_file_rule` of
the dbt project in force, and folding amendments in. Does not belong here: judging a file (`agreements`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from extractors.failures import PermanentFailure
from warehouse.paths import dbt_project_dir

DISTRICT, VENDOR, AUDITOR = "district", "vendor", "auditor"
PARTIES = (DISTRICT, VENDOR, AUDITOR)
PURPOSES = ("attainment", "incentive", "outcome", "roi", "research")
MODES = ("sftp", "folder", "api")
BASES = ("ferpa_99_31_a_6_study", "ferpa_99_31_a_3_audit", "state_law")


@dataclass(frozen=True)
class Amendment:
    """A change of an agreement in writing. An empty term stays as it was."""

    agreement_id: str
    amended_on: date
    effective_to: date | None
    permitted_use: frozenset[str]
    signed_state_on: date | None
    signed_party_on: date | None

    def binds_on(self, day: date) -> bool:
        """Both have signed, and its day has come (M6: mutual writing)."""
        signed = (self.signed_state_on, self.signed_party_on)
        return self.amended_on <= day and all(s is not None and s <= day for s in signed)


@dataclass(frozen=True)
class Agreement:
    """One agreement as its row in the register has it.

    Attributes:
        window_from, window_to, due: (month, day) of the delivery year (M2).
        permitted_use: purposes, of `PURPOSES`.
        states: postal codes that the agreement covers, its own among them (M14).
    """

    agreement_id: str
    state_postal: str
    party_kind: str
    party_code: str
    party_name: str
    template_id: str
    states: frozenset[str]
    effective_from: date
    effective_to: date | None
    due: tuple[int, int]
    window_from: tuple[int, int]
    window_to: tuple[int, int]
    legal_basis: str
    permitted_use: frozenset[str]
    transfer_mode: str
    cipher_bits: int
    mode_approved: bool
    signed_state_on: date | None
    signed_party_on: date | None
    has_indemnification: bool
    has_indemnification_notice: bool
    is_state_counsel_displaced: bool
    allows_passes_only: bool

    def window(self, year: int) -> tuple[date, date]:
        """First and last day of sittings that belong to the file of a school year: 2 September to 1 September (M2)."""
        return date(year - 1, *self.window_from), date(year, *self.window_to)

    def due_on(self, year: int) -> date:
        """The day on which the file of a school year is due (M2)."""
        return date(year, *self.due)


@dataclass(frozen=True)
class DeniedColumn:
    """A phrase that a column's name must not have (M10, K11). `parties` is `all` or one kind of party."""

    phrase: str
    match: str  # within | word
    parties: str
    kind: str
    citation: str


@dataclass(frozen=True)
class Register:
    """Agreements by id, their amendments, denied columns, rules."""

    agreements: Mapping[str, Agreement]
    amendments: Sequence[Amendment]
    denied: Sequence[DeniedColumn]
    rules: Mapping[str, str]

    def on(self, agreement_id: str, day: date) -> Agreement | None:
        """The agreement as it stands on a day, amendments folded in; None for an unknown id."""
        found = self.agreements.get(agreement_id)
        if found is None:
            return None
        changes = [a for a in self.amendments if a.agreement_id == agreement_id and a.binds_on(day)]
        for change in sorted(changes, key=lambda a: a.amended_on):
            found = replace(
                found,
                effective_to=change.effective_to or found.effective_to,
                permitted_use=change.permitted_use or found.permitted_use,
            )
        return found

    def of_party(self, state: str, kind: str, code: str, day: date) -> list[Agreement]:
        """Agreements of a party that run on a day."""
        standing = (self.on(agreement_id, day) for agreement_id in self.agreements)
        return [
            a
            for a in standing
            if a is not None
            and (a.state_postal, a.party_kind, a.party_code.casefold()) == (state, kind, code.casefold())
            and a.effective_from <= day <= (a.effective_to or date.max)
        ]

    def number(self, rule: str) -> int:
        """A rule's number."""
        return int(self.rules[rule])


def read_register(project: Path | None = None) -> Register:
    """The register of the dbt project in force.

    Raises:
        PermanentFailure: a seed is missing or a row cannot be understood, with file and row.
    """
    folder = (project or dbt_project_dir()) / "seeds" / "policy"
    agreements = [_agreement(row, where) for row, where in _rows(folder / "data_agreement.csv")]
    known = {a.agreement_id for a in agreements}
    if len(known) < len(agreements):
        raise PermanentFailure(
            "an agreement stands twice",
            where=str(folder / "data_agreement.csv"),
            expected="each agreement_id once",
            remedy="give the newer agreement its own id: its key is made from it",
        )
    return Register(
        {a.agreement_id: a for a in agreements},
        [_amendment(row, where, known) for row, where in _rows(folder / "data_agreement_amendment.csv")],
        [DeniedColumn(**row) for row, _ in _rows(folder / "denied_column.csv")],
        {row["rule"]: row["value"] for row, _ in _rows(folder / "exam_file_rule.csv")},
    )


def _rows(path: Path) -> list[tuple[dict[str, str], str]]:
    """(row, where it stands) of a CSV."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            return [(row, f"{path.name}, row {number}") for number, row in enumerate(reader, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PermanentFailure(
            f"the register cannot be read ({type(error).__name__})",
            where=str(path),
            expected="the seed of the dbt project",
            remedy="restore it; CURRENCY_DBT_PROJECT_DIR names the project in force",
        ) from None


def _agreement(row: Mapping[str, str], where: str) -> Agreement:
    window = _month_day(row, "window_from_month_day", where), _month_day(row, "window_to_month_day", where)
    gap = date(2001, *window[1]) + timedelta(days=1)
    if (gap.month, gap.day) != window[0]:
        raise _odd(row["window_from_month_day"], "window_from_month_day", where, "the day after window_to_month_day")
    return Agreement(
        agreement_id=row["agreement_id"],
        state_postal=row["state_postal"],
        party_kind=_word(row, "party_kind", PARTIES, where),
        party_code=row["party_code"],
        party_name=row["party_name"],
        template_id=row["template_id"],
        states=_words(row["states"]) | {row["state_postal"]},
        effective_from=_day(row, "effective_from", where) or date.max,
        effective_to=_day(row, "effective_to", where),
        due=_month_day(row, "due_month_day", where),
        window_from=window[0],
        window_to=window[1],
        legal_basis=row["legal_basis"].strip(),
        permitted_use=_purposes(row, where),
        transfer_mode=_word(row, "transfer_mode", MODES, where),
        cipher_bits=int(row["cipher_bits"]) if row["cipher_bits"].strip().isdigit() else 0,
        mode_approved=_flag(row, "mode_approved", where),
        signed_state_on=_day(row, "signed_state_on", where),
        signed_party_on=_day(row, "signed_party_on", where),
        has_indemnification=_flag(row, "has_indemnification", where),
        has_indemnification_notice=_flag(row, "has_indemnification_notice", where),
        is_state_counsel_displaced=_flag(row, "is_state_counsel_displaced", where),
        allows_passes_only=_flag(row, "allows_passes_only", where),
    )


def _amendment(row: Mapping[str, str], where: str, known: set[str]) -> Amendment:
    if row["agreement_id"] not in known:
        raise _odd(row["agreement_id"], "agreement_id", where, "an agreement of data_agreement.csv")
    return Amendment(
        row["agreement_id"],
        _day(row, "amended_on", where) or date.max,
        _day(row, "effective_to", where),
        _purposes(row, where),
        _day(row, "signed_state_on", where),
        _day(row, "signed_party_on", where),
    )


def _odd(value: str, column: str, where: str, expected: str) -> PermanentFailure:
    return PermanentFailure(
        f"{column} is {value!r}", where=where, expected=expected, remedy="correct the register and run again"
    )


def _words(cell: str) -> frozenset[str]:
    return frozenset(w.strip() for w in cell.split("|") if w.strip())


def _purposes(row: Mapping[str, str], where: str) -> frozenset[str]:
    found = _words(row["permitted_use"])
    if found - set(PURPOSES):
        raise _odd(row["permitted_use"], "permitted_use", where, f"of {', '.join(PURPOSES)}, separated by |")
    return found


def _word(row: Mapping[str, str], column: str, allowed: Sequence[str], where: str) -> str:
    if row[column] not in allowed:
        raise _odd(row[column], column, where, f"one of {', '.join(allowed)}")
    return row[column]


def _flag(row: Mapping[str, str], column: str, where: str) -> bool:
    return _word(row, column, ("true", "false"), where) == "true"


def _day(row: Mapping[str, str], column: str, where: str) -> date | None:
    cell = row[column].strip()
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise _odd(cell, column, where, "YYYY-MM-DD") from None


def _month_day(row: Mapping[str, str], column: str, where: str) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2001-{row[column].strip()}")  # a year without 29 February: due every year
    except ValueError:
        raise _odd(row[column], column, where, "MM-DD") from None
    return day.month, day.day
