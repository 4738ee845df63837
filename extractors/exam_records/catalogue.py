"""The restricted datasets: as `extractors.catalogue`, but theirs is the archive under `restricted/`.

Named `<dataset>@<STATE>+<party>+<delivery>`: the party's code in lower case, and the school year (of verdicts, the
audit). The same delivery again replaces the one before and keeps it as history.
"""

from __future__ import annotations

import re

from extractors.failures import PermanentFailure
from extractors.model import DatasetSpec

_COMMON = {
    "publisher": "The party to the agreement",
    "licence": "Under the agreement that the capture names; not to be passed on",
    "attribution": "Delivered under an agreement",
    "home_url": "",
    "fetchable": False,
    "per_state": True,
    "vintage_help": "school year by the calendar year in which it ends, e.g. 2026",
    "vintage_pattern": r"\d{4}",
    "min_row_ratio": 0.8,
    "max_row_ratio": 1.5,
    "has_deliveries": True,
    "only_on_request": True,
}

RESTRICTED_DATASETS: dict[str, DatasetSpec] = {
    d.name: d
    for d in (
        DatasetSpec(
            name="student_file",
            source="exam_records",
            title="Students of a district",
            raw_tables=("student_records__student_year", "student_records__identity"),
            **_COMMON,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="course_file",
            source="exam_records",
            title="Courses completed in a district",
            raw_tables=("student_records__course_completion",),
            **_COMMON,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="district_exam_file",
            source="exam_records",
            title="Sittings that a district reports",
            raw_tables=("student_records__district_exam",),
            **_COMMON,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="evidence_file",
            source="exam_records",
            title="Evidence files of a district",
            raw_tables=("student_records__evidence_file",),
            **{**_COMMON, "max_row_ratio": 1_000.0, "max_size_ratio": 1_000.0},  # type: ignore[arg-type]  # it grows all year
        ),
        DatasetSpec(
            name="vendor_exam_file",
            source="exam_records",
            title="Sittings that a vendor reports",
            raw_tables=("vendor_exams__exam", "vendor_exams__identity"),
            **_COMMON,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="audit_verdict_file",
            source="exam_records",
            title="Verdicts of an audit",
            raw_tables=("audit_verdicts__verdict",),
            **_COMMON,  # type: ignore[arg-type]
        ),
    )
}

KINDS = {
    "students": "student_file",
    "courses": "course_file",
    "exams": "district_exam_file",
    "evidence": "evidence_file",
    "vendor": "vendor_exam_file",
    "verdicts": "audit_verdict_file",
}
"""First word of a file's name -> dataset."""

_YEAR = re.compile(r"(?<!\d)(20\d{2})(?!\d)")
_FEED = re.compile(r"[a-z0-9_]+")


def kind_of(file_name: str) -> str | None:
    """The dataset that a file's name begins with: `exams_0101_2026.csv` is a district_exam_file."""
    word = re.split(r"[_\-. ]", file_name, maxsplit=1)[0].lower()
    return KINDS.get(word)


def year_of(file_name: str) -> int | None:
    """The last year in a file's name; None where there is none."""
    found = _YEAR.findall(file_name)
    return int(found[-1]) if found else None


def dataset_name(dataset: str, state: str, party_code: str, delivery: str) -> str:
    """`district_exam_file@XA+0101+2026`.

    Raises:
        PermanentFailure: a party's code that cannot stand in a name.
    """
    feed = re.sub(r"[^a-z0-9]+", "_", party_code.lower()).strip("_")
    slug = re.sub(r"[^a-z0-9.]+", "-", delivery.lower()).strip("-.")
    if not _FEED.fullmatch(feed) or not slug:
        raise PermanentFailure(
            f"party {party_code!r} and delivery {delivery!r} make no name",
            where="register of agreements",
            expected="letters and digits",
            remedy="correct the code of the party, or name the delivery",
        )
    return f"{dataset}@{state}+{feed}+{slug}"
