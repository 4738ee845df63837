"""Evidence files (P16): what a container of them holds, told without opening one; loose files packed into containers.

Belongs here: names, sizes, fingerprints, whether the first bytes are what the ending says. Does not belong here: what
is in a picture (nothing here reads, renders or converts one), which sitting a file belongs to (the models), sealing
(`intake`).

A container of thousands of scans is judged by the rules of every container (`limits`): no bomb, no name that leads out,
no password. A file that is not what its name says is set aside by its number; the others are taken.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from extractors.exam_records import limits
from extractors.exam_records.delivery import Parsed, Typing, build
from extractors.exam_records.names import is_plain_name
from extractors.exam_records.reading import Cells
from extractors.failures import PermanentFailure
from extractors.raw_tables_students import EVIDENCE_FILE

if TYPE_CHECKING:
    from datetime import date

KIND = "evidence_file"
MEDIA = {".pdf": "pdf", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
"""Endings that are taken -> what the file must be."""
_MAGIC = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
MOST = 20_000  # files in one container: a large district's year
BAD_NAME = "the name is none that is taken (letters, digits, blanks, dot, dash, underscore)"
BAD_ENDING = "an ending that is not taken (pdf, png, jpg, jpeg)"
EMPTY = "an empty file"
NOT_WHAT_IT_SAYS = "the content is not what the ending says"
_COLUMNS = ("EvidenceFileName", "EvidenceSha256", "EvidenceMediaType", "EvidenceBytes", "EvidenceProblem")


def media_type_of(name: str, content: bytes) -> tuple[str | None, str]:
    """(pdf | png | jpeg, "") by ending and first bytes; (None, why not) for everything else."""
    media = MEDIA.get(PurePosixPath(name).suffix.lower())
    if not is_plain_name(name):
        return None, BAD_NAME
    if media is None:
        return None, BAD_ENDING
    if not content:
        return None, EMPTY
    return (media, "") if content.startswith(_MAGIC[media]) else (None, NOT_WHAT_IT_SAYS)


def listed(content: bytes, name: str) -> Cells:
    """The files of a container as a table, one row each in their order, numbered from 1; folders in it are passed over.

    Raises:
        PermanentFailure: no zip container, or one that may not be read (`limits.open_zip`).
    """
    import pyarrow as pa

    if not limits.is_zip(content):
        raise PermanentFailure(
            "evidence comes as a zip container of files",
            where=name,
            expected=f"one zip of {', '.join(MEDIA)}",
            remedy="pack the files, or put them into the drop folder as they are",
        )
    archive = limits.open_zip(content, name, most=MOST)
    rows = []
    for member in (m for m in archive.infolist() if not m.is_dir()):
        own = PurePosixPath(member.filename.replace("\\", "/")).name
        data = limits.member_bytes(archive, member, name)
        media, problem = media_type_of(own, data)
        rows.append((own, hashlib.sha256(data).hexdigest(), media, str(len(data)), problem or None))
    columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
    numbers = pa.array(range(1, len(rows) + 1), pa.int64())
    return Cells(name, pa.table(columns, names=list(_COLUMNS)), numbers, len(rows), last_row=len(rows))


def parse_evidence(typing: Typing) -> Parsed:
    """`student_records__evidence_file`; the same file twice is one, two contents under one name are none."""
    import pyarrow.compute as pc

    problem = typing["problem"]
    for reason in pc.unique(problem.drop_null()).to_pylist():
        typing.set_aside(pc.fill_null(pc.equal(problem, reason), False), "evidence_name", reason)
    found = {c.name: typing[c.name] for c in EVIDENCE_FILE.columns if c.name in typing.columns}
    found |= {
        "district_code": typing.repeat(typing.delivery.agreement.party_code),
        "school_year": typing.repeat(typing.delivery.school_year),
    }
    return build(typing, {EVIDENCE_FILE: found}, typing["evidence_name"], [])


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A container of loose files, in memory; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


def year_now(today: date) -> int:
    """The school year of a day, by the calendar year in which it ends: of loose files whose name says none."""
    return today.year + (today.month > 6)
