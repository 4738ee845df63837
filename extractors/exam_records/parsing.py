"""One capture: unsealed in memory, read, typed, turned into raw tables.

Belongs here: which module reads which kind of file, layouts told by content. Does not belong here: storing, gates,
acceptance (`landing`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from extractors.exam_records import evidence, store
from extractors.exam_records.columns import read_map
from extractors.exam_records.delivery import Delivery, Parsed, Typing
from extractors.exam_records.exams import parse_exams
from extractors.exam_records.frame import Frame, frame_of, of_state
from extractors.exam_records.layouts import known_layout, refuse_unsupported
from extractors.exam_records.reading import read_files
from extractors.exam_records.register import Agreement, Register
from extractors.exam_records.students import parse_courses, parse_students
from extractors.exam_records.vendors import parse_vendor
from extractors.exam_records.verdicts import parse_verdicts
from extractors.failures import PermanentFailure
from extractors.model import Capture
from extractors.schema import ColumnMap
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from extractors.exam_records.landing import Known
    from warehouse.vault.keyring import Vault

PARSERS: dict[str, Callable[[Typing], Parsed]] = {
    "student_file": parse_students,
    "course_file": parse_courses,
    "district_exam_file": parse_exams,
    "evidence_file": evidence.parse_evidence,
    "vendor_exam_file": parse_vendor,
    "audit_verdict_file": parse_verdicts,
}


def parse_capture(
    root: DataRoot, vault: Vault, register: Register, capture: Capture, known: Known, today: date
) -> Parsed:
    """The raw tables of a sealed capture; nothing plain is written.

    Raises:
        PermanentFailure: the file is none that can be read, or its columns do not fit.
        SealBroken: it was changed since it was sealed.
    """
    agreement = register.on(store.agreement_of(capture), today) or register.agreements[store.agreement_of(capture)]
    delivery = Delivery(
        dataset=capture.dataset,
        capture_id=capture.capture_id,
        state=str(capture.metadata["state"]),
        agreement=agreement,
        school_year=store.school_year_of(capture),
        today=today,
        vault=vault,
        codes=known.codes,
        crosswalk=known.crosswalk,
        pathways=known.pathways,
        min_passes=register.number("passes_only_min_attempts"),
    )
    content, suffix = _unsealed(capture, vault, store.DELIVERY)
    named = f"{delivery.kind} of {agreement.agreement_id}, {delivery.school_year}"
    return parse_content(content, suffix, delivery, register, _map_of(capture, vault), named)


def parse_content(
    content: bytes, suffix: str, delivery: Delivery, register: Register, column_map: ColumnMap | None, name: str
) -> Parsed:
    """The raw tables of a file's bytes; `name` stands for it in messages."""
    frame = read_frame(content, suffix, delivery.kind, register, column_map, name, delivery.agreement)
    if frame.denied:
        from extractors.exam_records.intake import Refused

        raise Refused(name, list(frame.denied))
    return PARSERS[delivery.kind](Typing(of_state(frame, delivery.state), delivery))


def read_frame(
    content: bytes,
    suffix: str,
    kind: str,
    register: Register,
    column_map: ColumnMap | None,
    name: str,
    agreement: Agreement,
) -> Frame:
    """The cells of a file under our names, through a map, a layout that its header shows, or our template."""
    if kind == evidence.KIND:
        return frame_of([evidence.listed(content, name)], kind, name, None, register.denied, agreement.party_kind)
    files = known_layout(content, suffix, kind, name, agreement.party_code) or read_files(content, f"{name}{suffix}")
    if column_map is None:
        column_map = refuse_unsupported([c.table.column_names for c in files], kind, name)
    return frame_of(files, kind, name, column_map, register.denied, agreement.party_kind)


def _unsealed(capture: Capture, vault: Vault, stem: str) -> tuple[bytes, str]:
    """(content, ending) of the member with that stem."""
    from warehouse.vault.stream import open_encrypted

    name = next((f for f in capture.files if f.startswith(f"{stem}.")), None)
    if name is None:
        raise PermanentFailure(
            f"the capture holds no {stem}",
            where=f"{capture.dataset}/{capture.capture_id}",
            expected="the folder as it was stored",
            remedy="ask the sender for the file again and import it anew",
        )
    with open_encrypted(capture.path(name), vault, store.context_of(capture.dataset)) as reader:
        return reader.read(), PurePosixPath(name.removesuffix(store.SEALED)).suffix


def _map_of(capture: Capture, vault: Vault) -> ColumnMap | None:
    if not any(f.startswith(f"{store.COLUMN_MAP}.") for f in capture.files):
        return None
    content, suffix = _unsealed(capture, vault, store.COLUMN_MAP)
    return read_map(content, f"column_map{suffix}", capture.dataset.partition("@")[0])
