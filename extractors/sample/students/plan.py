"""The standing facts of Alder's schools: districts, schools, pathways, courses, credentials, vendors; nothing drawn.

Every code is the sample's own, except those of credentials, which are of the lexicon (a test compares), and CIP codes.
Which credentials are priority on a day follows from the state's list in `postings/lists.py`, not from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from extractors.sample import state

YEARS = (2023, 2024, 2025, 2026)
"""School years of the files, by the calendar year in which they end."""
FIRST_COHORT, LAST_COHORT = 2020, 2026
"""First grade-9 years of the students; those of 2020-2023 reach grade 12 within the files."""
FULL, PASSES_ONLY, AGGREGATE_ONLY, RESENDS, WORKBOOK = "full", "passes_only", "aggregate_only", "resends", "workbook"
STARS_YEAR = 2023
"""The district of passes only sends what vendors confirm of it in New Mexico's STARS layout, the rest in ours."""
LEVELS = 3  # courses of a pathway

# District|name|way of reporting|schools: name and share of the state's students in percent|county
_DISTRICTS = """
0101|Alder Falls|full|Harbor High 14;North Shore High 11;Lighthouse Technical 9;Bayview High 8|88001
0102|Birch Harbor|full|Saltmere High 9;Marsh Road High 7;Saltmere Career Center 4|88007
0103|Cedar Plain|workbook|Wheatham High 8;Prairie View High 4;Grange High 2|88011
0104|Dogwood Valley|passes_only|Uplands High 6;Stonebridge High 3|88015
0105|Elm Ridge|aggregate_only|Quarry Hills High 5|88017
0106|Fir County|resends|Pinecrest High 7;Pinecrest Evening School 1|88019
"""
# Pathway|title|CIP code|weight among students of CTE|titles of its courses, one a level
_PATHWAYS = """
ITN|Networks and cybersecurity|11.1003|20|Computer systems;Networks;Cybersecurity
HSC|Health science|51.3902|18|Introduction to health care;Patient care;Clinical practice
CUL|Culinary arts|12.0503|10|Food preparation;Kitchen management;Restaurant practice
CON|Construction|46.0302|13|Site safety and tools;Construction core;Electrical trades
MFG|Welding and machining|48.0508|10|Shop foundations;Welding;Machining
BUS|Business and finance|52.0301|15|Business foundations;Workplace skills;Accounting
DIG|Digital media and programming|11.0701|9|Digital media;Design studio;Programming
EDU|Teaching|13.1202|5|Child development;Early learning;Classroom practice
"""
GENERAL, GENERAL_COURSE, GENERAL_TITLE = "GEN", "GEN1", "Computer applications"
# Credential|pathway, or GEN|levels of the courses that lead to it, the last is the capstone|vendor|vendor's exam code|
# vendor's name of the exam|share that passes a sitting in percent|share of those who passed the course that sits
_CREDENTIALS = """
COMPT001|ITN|1 2|NOVEX|NX-2201|A Plus Core Series|62|78
COMPT002|ITN|2 3|NOVEX|NX-3100|Network Plus|58|70
COMPT003|ITN|3|NOVEX|NX-4100|Security Plus|55|55
CISCO001|ITN|3|NOVEX|NX-5150|Associate Routing and Switching|48|40
AHEAR001|HSC|1|CERTA|C01|Basic Life Support|90|85
STNAR001|HSC|2 3|CERTA|C17|Nurse Aide Written and Skills|72|80
PTCBX001|HSC|3|CERTA|C22|Pharmacy Technician|60|45
NRAEF001|CUL|2|ABLE|AB40|Food Protection Manager|70|85
ACFCH001|CUL|2 3||||75|55
OSHAX001|CON|1|ABLE|AB10|Ten Hour Construction Card|94|88
NCCER001|CON|1 2|ABLE|AB-CORE|Core Curriculum|80|80
NCCER002|CON|3|ABLE|AB-EL1|Electrical Level One|66|60
AWSXX001|MFG|2||||64|75
NIMSX001|MFG|2 3||||60|70
CERTI004|BUS|1|QUILL|Q-ESB|Entrepreneurship and Small Business|68|60
ACTXX001|BUS|2|CERTA|C-WK|Career Readiness|82|75
AIPBX001|BUS|3||||57|50
ADOBE001|DIG|2|NOVEX|NX-VD|Visual Design|63|70
CERTI003|DIG|3|NOVEX|NX-PY|Programming Specialist|59|70
CDACO001|EDU|2 3||||71|60
ETSXX001|EDU|3||||76|55
CERTI001|GEN|1|QUILL|Q-WD|Word Processing Specialist|74|72
"""
OPEN_TO_ALL = "ACTXX001"
"""A credential that many sit without its course (P12): so it is earned outside its pathway."""
OBSOLETE_EXAM = ("NOVEX", "NX-1001", "A Plus First Series", "COMPT001", "2022-08-31")
"""Vendor, exam code, name, credential, last day: in the crosswalk, and refused since (P20)."""
UNMAPPED_EXAM = ("QUILL", "Q-XX", "Presentation Basics")
"""An exam that leads to none of the state's codes."""


@dataclass(frozen=True)
class School:
    """A school: its code begins with that of its district."""

    code: str
    name: str
    district: str
    share: float
    county_fips: str


@dataclass(frozen=True)
class District:
    """A district and how it reports exams."""

    code: str
    name: str
    reporting: str
    schools: tuple[School, ...]


@dataclass(frozen=True)
class Pathway:
    """A pathway of three courses, `<code>1` to `<code>3`."""

    code: str
    title: str
    cip_code: str
    weight: float
    course_titles: tuple[str, ...]


@dataclass(frozen=True)
class Exam:
    """A credential as the schools offer it.

    Attributes:
        pathway: code of the pathway, or GEN for the general course.
        levels: levels of all courses that lead to it; the last is the capstone, in which it is sat.
        vendor: code of the vendor that reports it, else None.
        pass_rate, sit_rate: shares 0-1.
    """

    code: str
    pathway: str
    levels: tuple[int, ...]
    vendor: str | None
    exam_code: str
    exam_name: str
    pass_rate: float
    sit_rate: float

    @property
    def courses(self) -> tuple[str, ...]:
        """Codes of the courses that lead to it; the last is the capstone."""
        return tuple(f"{self.pathway}{level}" for level in self.levels)


VENDOR_NAMES = {
    "ABLE": f"Able Trades Testing ({state.MARK})",
    "CERTA": f"Certa Skills Board ({state.MARK})",
    "NOVEX": f"Novex Digital ({state.MARK})",
    "QUILL": f"Quill Office Certification ({state.MARK})",
}
VENDORS = tuple(VENDOR_NAMES)


def _split(block: str) -> list[list[str]]:
    return [line.split("|") for line in block.strip().splitlines()]


@cache
def districts(students: int = 0) -> tuple[District, ...]:
    """The six districts of the sample; beyond 12,000 students one more per 5,000, of three schools each."""
    made = []
    for code, name, reporting, schools_, county in _split(_DISTRICTS):
        parts = [entry.rpartition(" ") for entry in schools_.split(";")]
        made.append(
            District(
                code,
                f"{name} School District ({state.MARK})",
                reporting,
                tuple(
                    School(f"{code}{n:02d}", f"{school} ({state.MARK})", code, float(share), county)
                    for n, (school, _, share) in enumerate(parts, start=1)
                ),
            )
        )
    for number in range(len(made) + 1, students // 5_000 + 1 if students > 12_000 else 0):
        code = f"{100 + number:04d}"
        more = tuple(
            School(f"{code}{n:02d}", f"School {n} of District {number} ({state.MARK})", code, share, "88001")
            for n, share in enumerate((9.0, 6.0, 3.0), start=1)
        )
        made.append(District(code, f"District {number} School District ({state.MARK})", FULL, more))
    return tuple(made)


@cache
def schools(students: int = 0) -> tuple[School, ...]:
    """All schools, in the order of their districts."""
    return tuple(school for district in districts(students) for school in district.schools)


@cache
def pathways() -> tuple[Pathway, ...]:
    """The pathways."""
    return tuple(
        Pathway(code, title, cip, float(weight), tuple(titles.split(";")))
        for code, title, cip, weight, titles in _split(_PATHWAYS)
    )


@cache
def exams() -> tuple[Exam, ...]:
    """The credentials that the schools offer."""
    return tuple(
        Exam(code, pathway, tuple(map(int, levels.split())), vendor or None, exam, name, int(ok) / 100, int(sit) / 100)
        for code, pathway, levels, vendor, exam, name, ok, sit in _split(_CREDENTIALS)
    )
