"""Which sitting is known from where, and what each source says of it: the gap between life and files.

Belongs here: what districts leave out or get wrong, what vendors report, self-report, evidence. Does not belong here:
the layout of any file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from extractors.sample import state
from extractors.sample.students import plan
from extractors.sample.students.schooling import DID_NOT_SIT, FAIL, PASS, Bools, Ints, Schooling, Sittings

NO_FLAW, NO_NAME, NO_PATHWAY, NO_STUDENT, NO_YEAR, NO_AREA = range(6)
"""Which field an evidence lacks (P6); NO_NAME: there is no evidence at all."""
SOUND, NOT_PASSED, WRONG_STUDENT, WRONG_DATE, NO_EVIDENCE = range(5)
AUDIT_ERRORS = ("", "not_passed", "wrong_student", "wrong_date", "no_evidence")

_BY_VENDOR, _BY_DISTRICT, _CONFLICT, _SELF = 0.70, 0.93, 0.012, 0.04
_FLAWED_EVIDENCE, _AUDIT_ERROR, _OUTSIDE_WINDOW, _PAIRS_OF_EVIDENCE = 0.02, 0.004, 0.003, 0.0008
_NO_SHOW_VENDOR = "NOVEX"


@dataclass(frozen=True)
class Reports:
    """What is said of each sitting; arrays as long as the sittings.

    Attributes:
        in_district, in_vendor: the sitting is in the file of that source.
        district_result, vendor_result: pass, fail or did_not_sit, where the source has it.
        is_self: the district's row is the student's own word.
        is_conflict: the sources differ; the vendor is right.
        is_clean: the vendor writes the person as the student file does, because a rate hangs on the link.
        is_late_file: the vendor sends it in the file of the year before, outside that file's window (M2).
        in_stars: the district tells of it in the STARS layout, which has no room for evidence, courses or self-report.
        evidence_flaw: what the evidence of a pass lacks.
        same_evidence_as: sitting of another student whose evidence is handed in again, or -1.
        audit_error: what an auditor would find.
    """

    in_district: Bools
    in_vendor: Bools
    district_result: Ints
    vendor_result: Ints
    is_self: Bools
    is_conflict: Bools
    is_clean: Bools
    is_late_file: Bools
    in_stars: Bools
    evidence_flaw: Ints
    same_evidence_as: Ints
    audit_error: Ints

    @property
    def is_known(self) -> Bools:
        """Some file tells of it."""
        return self.in_district | self.in_vendor


def report(schooling: Schooling, students: int, seed: int) -> Reports:
    """What the sources say of every sitting."""
    rng = np.random.default_rng([seed, 12])
    sittings = schooling.sittings
    n = len(sittings.student)
    reporting = reporting_of(students)[sittings.school]
    vendor = np.array([x.vendor or "" for x in plan.exams()])[sittings.exam]
    has_sat = sittings.result != DID_NOT_SIT
    in_vendor = (vendor != "") & (rng.random(n) < _BY_VENDOR) & (has_sat | (vendor == _NO_SHOW_VENDOR))
    in_district = (rng.random(n) < _BY_DISTRICT) | ~in_vendor
    is_conflict = in_vendor & in_district & has_sat & (rng.random(n) < _CONFLICT)
    is_conflict &= np.isin(reporting, (plan.FULL, plan.WORKBOOK, plan.RESENDS))
    # A conflict that a later sitting hides would be no conflict about the student; it is left in, as in life.
    said = np.where(is_conflict, np.where(sittings.result == PASS, FAIL, PASS), sittings.result)
    in_district &= (reporting != plan.AGGREGATE_ONLY) & ~((reporting == plan.PASSES_ONLY) & (said != PASS))
    is_conflict &= in_district
    is_self = in_district & (said == PASS) & ~is_conflict & (rng.random(n) < _SELF)
    both = in_district & in_vendor
    flaw = np.where(rng.random(n) < _FLAWED_EVIDENCE, rng.integers(1, 6, n), NO_FLAW)
    error = np.where(rng.random(n) < _AUDIT_ERROR, rng.integers(1, 5, n), SOUND)
    in_stars = both & ~is_self & (reporting == plan.PASSES_ONLY) & (sittings.year == plan.STARS_YEAR)
    again = _handed_in_again(sittings, in_district & (said == PASS) & (flaw == NO_FLAW), rng)
    return Reports(
        in_district=in_district,
        in_vendor=in_vendor,
        district_result=said,
        vendor_result=sittings.result,
        is_self=is_self,
        is_conflict=is_conflict,
        is_clean=in_vendor & (is_conflict | ~in_district | is_self),
        is_late_file=both
        & ~is_conflict
        & ~is_self
        & (sittings.year > plan.YEARS[0])
        & (rng.random(n) < _OUTSIDE_WINDOW),
        in_stars=in_stars,
        evidence_flaw=np.where(in_stars, NO_NAME, flaw),
        same_evidence_as=np.where(in_stars | in_stars[again], -1, again),
        audit_error=np.where(in_district & (said == PASS), error, SOUND),
    )


def reporting_of(students: int) -> npt.NDArray[Any]:
    """Way of reporting of each school's district."""
    way = {d.code: d.reporting for d in plan.districts(students)}
    return np.array([way[s.district] for s in plan.schools(students)])


def _handed_in_again(sittings: Sittings, among: Bools, rng: np.random.Generator) -> Ints:
    """A few passes of one district and year share the evidence of another student (P16); at least three pairs."""
    result = np.full(len(among), -1)
    rows = rng.permutation(np.flatnonzero(among))
    taken: set[int] = set()
    wanted = max(3, int(_PAIRS_OF_EVIDENCE * len(rows)))
    seen: dict[tuple[int, int, int], int] = {}
    for row in rows.tolist():
        if len(taken) >= wanted:
            break
        key = (int(sittings.school[row]), int(sittings.year[row]), int(sittings.exam[row]))
        first = seen.pop(key, None)
        if first is None:
            seen[key] = row
        elif sittings.student[first] != sittings.student[row]:
            result[row] = first
            taken.add(row)
    return result


def evidence_name(district: str, year: int, row: int) -> str:
    """File name of the evidence of a sitting."""
    return f"{district}_{year}_{row:07d}.pdf"


def evidence_content(seed: int, row: int) -> bytes:
    """The evidence file of a sitting: a PDF by its first bytes, and nobody's picture."""
    return f"%PDF-1.4\n% {state.MARK}: evidence {row} of world {seed}\n%%EOF\n".encode()


def evidence_sha256(seed: int, row: int) -> str:
    """The fingerprint of that file."""
    return hashlib.sha256(evidence_content(seed, row)).hexdigest()
