"""O*NET as it is downloaded: the csv flavour of release 31.0 and the text flavour of 30.1, each as one zip.

Ratings, titles and tasks are made up and carry the SAMPLE mark; codes and titles are the taxonomy's. Release 30.1 has
five Job Zones, 31.0 has four (K6). The Web Services rows that `server.py` answers are read back from the csv zip.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from functools import cache

from extractors.sample import figures, occupations, state
from extractors.sample.occupations import OnetOccupation
from extractors.sample.packing import Cell, Row, csv_bytes, delimited_bytes, zip_bytes

CSV_RELEASE, TEXT_RELEASE = "31.0", "30.1"
CSV_ZIP, TEXT_ZIP = "db_31_0_csv.zip", "db_30_1_text.zip"

CSV_HEADERS: dict[str, tuple[str, ...]] = {
    "occupation_data": ("O*NET-SOC Code", "Title", "Description"),
    "job_zones": ("O*NET-SOC Code", "Title", "Job Zone", "Date", "Domain Source"),
    "job_zone_reference": ("Job Zone", "Name", "Experience", "Education", "Job Training", "Examples", "SVP Range"),
    "education": (
        "O*NET-SOC Code", "Title", "Element ID", "Element Name", "Scale ID", "Scale Name", "Category", "Data Value",
        "N", "Standard Error", "Lower CI Bound", "Upper CI Bound", "Recommend Suppress", "Date", "Domain Source",
    ),
    "job_titles": ("O*NET-SOC Code", "Title", "Job Title", "Short Title", "Source(s)"),
    "sample_of_reported_titles": ("O*NET-SOC Code", "Title", "Reported Job Title", "Shown in My Next Move"),
    "task_statements": (
        "O*NET-SOC Code", "Title", "Task ID", "Task", "Task Type", "Incumbents Responding", "Date", "Domain Source",
    ),
}  # fmt: skip
TEXT_HEADERS: dict[str, tuple[str, ...]] = {
    "Occupation Data": ("O*NET-SOC Code", "Title", "Description"),
    "Job Zones": ("O*NET-SOC Code", "Job Zone", "Date", "Domain Source"),
    "Job Zone Reference": ("Job Zone", "Name", "Experience", "Education", "Job Training", "Examples", "SVP Range"),
    "Education, Training, and Experience": (
        "O*NET-SOC Code", "Element ID", "Element Name", "Scale ID", "Category", "Data Value", "N", "Standard Error",
        "Lower CI Bound", "Upper CI Bound", "Recommend Suppress", "Date", "Domain Source",
    ),
    "Alternate Titles": ("O*NET-SOC Code", "Alternate Title", "Short Title", "Source(s)"),
    "Sample of Reported Titles": ("O*NET-SOC Code", "Reported Job Title", "Shown in My Next Move"),
    "Task Statements": (
        "O*NET-SOC Code", "Task ID", "Task", "Task Type", "Incumbents Responding", "Date", "Domain Source",
    ),
}  # fmt: skip

_ZONE_NAMES = {
    1: ("Little or No Preparation Needed", "(Below 4.0)"),
    2: ("Some Preparation Needed", "(4.0 to < 6.0)"),
    3: ("Medium Preparation Needed", "(6.0 to < 7.0)"),
    4: ("Considerable Preparation Needed", "(7.0 to < 8.0)"),
    5: ("Extensive Preparation Needed", "(8.0 and above)"),
}
_NUMBERS = ("", "One", "Two", "Three", "Four", "Five")
# Share of respondents per category of required education (1-12), in percent, before noise; by Job Zone.
_EDUCATION = {
    1: (35, 55, 4, 4, 1, 1, 0, 0, 0, 0, 0, 0),
    2: (12, 62, 10, 9, 4, 3, 0, 0, 0, 0, 0, 0),
    3: (2, 26, 22, 16, 24, 9, 1, 0, 0, 0, 0, 0),
    4: (0, 4, 3, 8, 9, 62, 4, 9, 1, 0, 0, 0),
    5: (0, 0, 1, 1, 1, 15, 4, 40, 6, 18, 11, 3),
}
_NOT_APPLICABLE = "n/a"
_SUPPRESSED = "21-1093"  # one occupation whose ratings O*NET recommends to suppress


def education_shares(seed: int, onetsoc_code: str, zone: int) -> list[float]:
    """Percent of respondents per category 1-12, summing to exactly 100.00."""
    r = figures.rng(seed, "education", onetsoc_code)
    weights = [w * r.uniform(0.6, 1.4) for w in _EDUCATION[zone]]
    hundredths = [int(10_000 * w / sum(weights)) for w in weights]
    hundredths[weights.index(max(weights))] += 10_000 - sum(hundredths)
    return [h / 100 for h in hundredths]


def zone_in(occupation: OnetOccupation, release: str) -> int | None:
    """The zone in a release: 31.0 merged zone 1 into 2."""
    zone = occupation.zone
    return max(zone, 2) if zone is not None and release == CSV_RELEASE else zone


def rated(release: str) -> list[tuple[OnetOccupation, int | None]]:
    """Occupations that have a Job Zone row, with its zone; None is a row that holds no zone."""
    return [
        (o, None if o.code in occupations.NULL_ZONE_ONETSOC else zone_in(o, release))
        for o in occupations.onet_occupations()
        if o.zone is not None
    ]


def csv_zip(seed: int) -> bytes:
    """`db_31_0_csv.zip`: snake_case members in a folder, UTF-8 with a byte-order mark."""
    folder = CSV_ZIP.removesuffix(".zip")
    members = [
        (f"{folder}/{name}.csv", csv_bytes([CSV_HEADERS[name], *rows], crlf=True, bom=True))
        for name, rows in _csv_tables(seed)
    ]
    return zip_bytes([(f"{folder}/Read Me.txt", _read_me(CSV_RELEASE, "August 2026", "csv")), *members])


def text_zip(seed: int) -> bytes:
    """`db_30_1_text.zip`: tab-separated members with spaces in their names, older table names, five zones."""
    folder = TEXT_ZIP.removesuffix(".zip")
    members = [
        (f"{folder}/{name}.txt", delimited_bytes([TEXT_HEADERS[name], *rows], "\t", crlf=True))
        for name, rows in _text_tables(seed)
    ]
    return zip_bytes([(f"{folder}/Read Me.txt", _read_me(TEXT_RELEASE, "December 2025", "text")), *members])


def web_service_tables(content: bytes) -> dict[str, list[dict[str, Cell]]]:
    """Rows of the csv zip as Web Services v2 answers them: snake_case keys, numbers as numbers, empty cells null."""
    tables: dict[str, list[dict[str, Cell]]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            if member.endswith(".csv"):
                reader = csv.DictReader(io.StringIO(archive.read(member).decode("utf-8-sig"), newline=""))
                name = member.rsplit("/", 1)[1].removesuffix(".csv")
                tables[name] = [{column_id(k): _typed(k, v) for k, v in row.items()} for row in reader]
    return tables


def column_id(title: str) -> str:
    """The Web Services' name of a column: `O*NET-SOC Code` is `onetsoc_code`."""
    plain = title.replace("O*NET-SOC", "onetsoc").replace("(s)", "s")
    return plain.lower().replace(" ", "_")


_NUMERIC = ("Job Zone", "Category", "Data Value", "N", "Standard Error", "Task ID", "Incumbents Responding")


def _typed(title: str, text: str) -> Cell:
    if text in ("", _NOT_APPLICABLE):
        return None
    if title in _NUMERIC:
        return float(text) if "." in text else int(text)
    return text


def _csv_tables(seed: int) -> list[tuple[str, list[Row]]]:
    everyone = occupations.onet_occupations()
    zones: list[Row] = [[o.code, o.title, zone, _date(seed, o.code), "Analyst"] for o, zone in rated(CSV_RELEASE)]
    return [
        ("occupation_data", [[o.code, o.title, _description(o)] for o in everyone]),
        ("job_zones", zones),
        ("job_zone_reference", _zone_reference(range(2, 6))),
        ("education", _per_rated(CSV_RELEASE, lambda o, z: _education_rows(seed, o, z, with_titles=True))),
        (
            "job_titles",
            _per_occupation(
                lambda o: [[o.code, o.title, t, short or _NOT_APPLICABLE, "08"] for t, short in _titles(o)]
            ),
        ),
        ("sample_of_reported_titles", _per_occupation(lambda o: [[o.code, o.title, t, "Y"] for t in _reported(o)])),
        ("task_statements", _per_occupation(lambda o: [[o.code, o.title, *task] for task in _tasks(seed, o)])),
    ]


def _text_tables(seed: int) -> list[tuple[str, list[Row]]]:
    everyone = occupations.onet_occupations()
    zones: list[Row] = [
        [o.code, _NOT_APPLICABLE if zone is None else zone, _date(seed, o.code), "Analyst"]
        for o, zone in rated(TEXT_RELEASE)
    ]
    return [
        ("Occupation Data", [[o.code, o.title, _description(o)] for o in everyone]),
        ("Job Zones", zones),
        ("Job Zone Reference", _zone_reference(range(1, 6))),
        (
            "Education, Training, and Experience",
            _per_rated(
                TEXT_RELEASE, lambda o, z: [*_education_rows(seed, o, z, with_titles=False), *_experience_rows(seed, o)]
            ),
        ),
        (
            "Alternate Titles",
            _per_occupation(lambda o: [[o.code, t, short or _NOT_APPLICABLE, "08"] for t, short in _titles(o)]),
        ),
        ("Sample of Reported Titles", _per_occupation(lambda o: [[o.code, t, "Y"] for t in _reported(o)])),
        ("Task Statements", _per_occupation(lambda o: [[o.code, *task] for task in _tasks(seed, o)])),
    ]


def _per_occupation(rows_of: Callable[[OnetOccupation], list[Row]]) -> list[Row]:
    return [row for o in occupations.onet_occupations() for row in rows_of(o)]


def _per_rated(release: str, rows_of: Callable[[OnetOccupation, int], list[Row]]) -> list[Row]:
    return [
        row
        for o in occupations.onet_occupations()
        if (zone := zone_in(o, release)) is not None
        for row in rows_of(o, zone)
    ]


def _education_rows(seed: int, o: OnetOccupation, zone: int, *, with_titles: bool) -> list[Row]:
    """Twelve RL rows: percent of respondents per category of required education."""
    suppress = "Y" if o.soc_code == _SUPPRESSED else "N"
    result: list[Row] = []
    for category, share in enumerate(education_shares(seed, o.code, zone), start=1):
        head: list[Cell] = [o.code, *([o.title] if with_titles else []), "2.D.1", "Required Level of Education", "RL"]
        if with_titles:
            head.append("Required Level Of Education (Categories 1-12)")
        bounds = (
            [_NOT_APPLICABLE, _NOT_APPLICABLE] if share == 0 else [f"{share * 0.6:.4f}", f"{min(share * 1.4, 100):.4f}"]
        )
        error = f"{share * 0.2:.4f}"
        result.append([*head, category, f"{share:.2f}", 24, error, *bounds, suppress, _date(seed, o.code), "Incumbent"])
    return result


def _experience_rows(seed: int, o: OnetOccupation) -> list[Row]:
    """Two rows of another scale, which a reader of required education must leave out."""
    return [
        [
            o.code,
            "3.A.1",
            "Related Work Experience",
            "RW",
            c,
            "50.00",
            24,
            "5.0000",
            "40.0000",
            "60.0000",
            "N",
            _date(seed, o.code),
            "Incumbent",
        ]
        for c in (1, 2)
    ]


def _zone_reference(zones: range) -> list[Row]:
    return [
        [
            z,
            f"Job Zone {_NUMBERS[z]}: {_ZONE_NAMES[z][0]} ({state.MARK})",
            f"{state.MARK}: made-up description of the experience that zone {z} asks for.",
            f"{state.MARK}: made-up description of the education that zone {z} asks for.",
            f"{state.MARK}: made-up description of the training that zone {z} asks for.",
            f"{state.MARK}: made-up examples.",
            _ZONE_NAMES[z][1],
        ]
        for z in zones
    ]


def _description(o: OnetOccupation) -> str:
    return f"{state.MARK}: made-up description of the work of {o.title}."


def _singular(title: str) -> str:
    """A rough singular of the first words of a title, for made-up job titles."""
    first = title.split(",")[0].split(" and ")[-1]
    return first.removesuffix("s")


def _titles(o: OnetOccupation) -> list[tuple[str, str | None]]:
    word = f"{_singular(o.title)} {o.code}"
    return [
        (f"{state.MARK} {word}", None),
        (f"{state.MARK} Senior {word}", f"{state.MARK} Sr."),
        (f"{state.MARK} {word} Trainee", None),
    ]


def _reported(o: OnetOccupation) -> list[str]:
    return [f"{state.MARK} {_singular(o.title)} {o.code}", f"{state.MARK} Lead {_singular(o.title)} {o.code}"]


@cache
def _first_task_ids() -> dict[str, int]:
    return {o.code: 880_000 + 10 * n for n, o in enumerate(occupations.onet_occupations())}


def _tasks(seed: int, o: OnetOccupation) -> list[Row]:
    number = _first_task_ids()[o.code]
    return [
        [number, f"{state.MARK}: made-up core task of {o.title}.", "Core", 24, _date(seed, o.code), "Incumbent"],
        [
            number + 1,
            f"{state.MARK}: made-up further task of {o.title}.",
            "Supplemental",
            24,
            _date(seed, o.code),
            "Incumbent",
        ],
        [
            number + 2,
            f"{state.MARK}: made-up unrated task of {o.title}.",
            _NOT_APPLICABLE,
            _NOT_APPLICABLE,
            _date(seed, o.code),
            "Analyst",
        ],
    ]


@cache
def _date(seed: int, code: str) -> str:
    r = figures.rng(seed, "date", code)
    return f"{r.choice((2, 5, 8, 11)):02d}/{r.randint(2021, 2025)}"


def _read_me(release: str, month: str, flavour: str) -> bytes:
    return (
        f"O*NET {release} Database ({state.MARK})\n{month} Release\n---------------------\n\n{state.NOTICE}\n\n"
        f"Layout of the {flavour} flavour: https://www.onetcenter.org/dictionary/{release}/{flavour}/\n"
    ).encode()
