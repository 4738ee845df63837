"""Names of files and where their column maps lie: what a name may be, what it says.

Belongs here: refusing names that lead elsewhere. A name is not repeated in messages: somebody may have put a person's
name into it; files are told by agreement and number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from extractors.exam_records.catalogue import kind_of, year_of
from extractors.exam_records.reading import SUFFIXES
from extractors.exam_records.register import AUDITOR, VENDOR, Agreement
from extractors.failures import PermanentFailure
from warehouse.paths import DataRoot

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,150}")
_PART = re.compile(r"part[ _-]?(\d{1,4})", re.IGNORECASE)
MAPS = (".yml", ".yaml", ".csv")
DONE = ".done"
_ONLY_KIND = {VENDOR: "vendor_exam_file", AUDITOR: "audit_verdict_file"}


@dataclass(frozen=True)
class Said:
    """What a file's name and its agreement say of it; `delivery` is empty where the year names it.

    Evidence may come in several containers, `evidence_0101_2026_part2.zip`: each part is a delivery of its own.
    """

    kind: str
    school_year: int
    suffix: str
    delivery: str = ""


def is_plain_name(name: str) -> bool:
    """True for a name that can only be a file of its folder: no path, no dots that lead out, no control characters."""
    return bool(_NAME.fullmatch(name)) and ".." not in name


def is_map(name: str, party_code: str) -> bool:
    """True for a column map beside the files: `quill.yml`."""
    path = PurePosixPath(name)
    return path.stem.lower() == party_code.lower() and path.suffix.lower() in MAPS


def said_by(name: str, agreement: Agreement, kind: str | None = None, year: int | None = None) -> Said:
    """Kind, school year and ending of a file; what is given beats what the name says.

    Raises:
        PermanentFailure: nobody says one of them.
    """
    path = PurePosixPath(name)
    found = kind or kind_of(name) or _ONLY_KIND.get(agreement.party_kind)
    if found is None:
        raise PermanentFailure(
            "the name does not say what kind of file it is",
            where=f"a file of {agreement.agreement_id}",
            expected="a name that begins with students, courses, exams, evidence, vendor or verdicts",
            remedy="rename it, or import it with --kind",
        )
    school_year = year or year_of(path.stem)
    if school_year is None:
        raise PermanentFailure(
            "neither the name nor the command says the school year",
            where=f"a file of {agreement.agreement_id}",
            expected="a name such as exams_0101_2026.csv",
            remedy="rename it, or import it with --year",
        )
    endings = (".zip",) if found == "evidence_file" else SUFFIXES
    if path.suffix.lower() not in endings:
        raise PermanentFailure(
            "the file's ending is none that is read",
            where=f"a file of {agreement.agreement_id}",
            expected=", ".join(endings),
            remedy="pack the evidence files as zip" if endings == (".zip",) else "send the table as CSV or XLSX",
        )
    part = _PART.search(path.stem) if found == "evidence_file" else None
    return Said(found, school_year, path.suffix.lower(), f"{school_year}-part{int(part.group(1))}" if part else "")


def find_map(root: DataRoot, agreement: Agreement, beside: Path | None = None) -> tuple[str, bytes] | None:
    """(name, content) of the column map of a party: beside the file, else `restricted/maps/<agreement_id>.*`."""
    places = [beside / f"{agreement.party_code.lower()}{s}" for s in MAPS] if beside else []
    places += [root.restricted / "maps" / f"{agreement.agreement_id}{s}" for s in MAPS]
    found = next((p for p in places if p.is_file()), None)
    return (found.name, found.read_bytes()) if found else None
