"""Where restricted captures and raw tables lie, and in which form: nothing plain, nothing that others may open.

    restricted/intake/                                           what is being received, sealed
    restricted/archive/<dataset>/<capture_id>/delivery.*.sealed  as `extractors.archive`, the files sealed
    restricted/sources.lock.json                                 the accepted captures
    restricted/raw/<source>/<table>/dataset=…/capture_id=…/      part.parquet and quarantine.parquet, encrypted; report

Belongs here: paths, sealing what arrives, writing and finding raw Parquet. Does not belong here: whether a file may be
loaded (`agreements`), what is in it (`landing`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from extractors import atomic
from extractors.archive import ACCEPTANCE, DATAPACKAGE, FINDINGS, Archive
from extractors.exam_records.catalogue import RESTRICTED_DATASETS
from extractors.model import Capture
from warehouse.paths import DataRoot
from warehouse.vault.private import harden, private_folder

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from extractors.exam_records.delivery import Parsed
    from warehouse.vault.keyring import Vault
    from warehouse.vault.keys import DataKey

PART, QUARANTINE, REPORT = "part.parquet", "quarantine.parquet", "report.json"
SEALED = ".sealed"
DELIVERY, COLUMN_MAP = "delivery", "column_map"
_STEP = 1 << 20


def restricted_root(root: DataRoot) -> DataRoot:
    """The data root inside the data root: same shape, all of it 0700."""
    private_folder(root.restricted)
    return DataRoot(root.restricted)


class SealedArchive(Archive):
    """The archive of sealed captures.

    A file's seal tells whether it was changed when it is opened, and its bytes do change when a key is rotated: here it
    counts that the files are there, are sealed, and are no others.
    """

    def problems_of(self, capture: Capture) -> list[tuple[str, str]]:
        """(file, problem)."""
        from warehouse.vault.stream import key_ref_of

        problems = []
        for name in capture.files:
            path = capture.path(name)
            if not path.is_file():
                problems.append((name, "the file is missing"))
            elif key_ref_of(path) is None:
                problems.append((name, "the file is not sealed"))
        ours = {*capture.files, DATAPACKAGE, ACCEPTANCE, FINDINGS}
        there = {p.name for p in capture.folder.iterdir() if not p.name.startswith(atomic.TMP_PREFIX)}
        problems += [(name, "the file was not there when the capture was stored") for name in sorted(there - ours)]
        return problems


def restricted_archive(root: DataRoot) -> SealedArchive:
    """The archive of sealed captures."""
    return SealedArchive(restricted_root(root), RESTRICTED_DATASETS)


def intake_folder(root: DataRoot) -> Path:
    """Where deliveries are sealed before they are stored; leftovers of killed runs are swept by the next."""
    return private_folder(root.restricted / "intake")


def drop_folder(root: DataRoot) -> Path:
    """`restricted/drop/<agreement_id>/<file>`: files that people bring; plain, so they are taken away at once."""
    return private_folder(root.restricted / "drop")


def seal(reader: BinaryIO, path: Path, key: DataKey, dataset: str) -> tuple[bytes, int]:
    """Stream into a sealed file; returns the SHA-256 digest of the content and its bytes. Nothing plain is written."""
    from warehouse.vault.stream import create_encrypted

    digest, count = hashlib.sha256(), 0
    with create_encrypted(path, key, context_of(dataset)) as writer:
        while chunk := reader.read(_STEP):
            writer.write(chunk)
            digest.update(chunk)
            count += len(chunk)
    return digest.digest(), count


def context_of(dataset: str) -> str:
    """What a sealed file of a dataset is bound to."""
    return f"capture {dataset}"


_HELD = ".held"
_JUST_MADE_S = 60.0


@contextmanager
def receiving(root: DataRoot) -> Iterator[Path]:
    """A folder for one delivery, removed at the end; held while somebody writes into it."""
    from filelock import FileLock

    with atomic.scratch_folder(intake_folder(root)) as folder:
        folder.chmod(0o700)
        with FileLock(folder / _HELD):
            yield folder


def sweep_intake(root: DataRoot) -> None:
    """Remove what killed runs were receiving. Several may receive at a time: what is held is left alone."""
    from filelock import FileLock, Timeout

    for folder in intake_folder(root).glob(f"{atomic.TMP_PREFIX}*"):
        try:
            held = folder / _HELD
            if held.exists():
                with FileLock(held, timeout=0):
                    pass
            elif time.time() - folder.stat().st_mtime < _JUST_MADE_S:
                continue
            atomic.remove_tree(folder)
        except (Timeout, FileNotFoundError):  # at work, or done in between
            continue


def tighten(root: DataRoot, capture: Capture | None = None) -> None:
    """Take from others whatever a library left them: of one dataset's folders, or of the whole zone."""
    zone = root.restricted
    if capture is None:
        harden(zone)
        return
    private_folder(zone / "archive")
    for folder in (zone / "archive" / capture.dataset, *zone.glob(f"raw/*/*/dataset={capture.dataset}")):
        if folder.is_dir():
            harden(folder)
    for file in zone.glob("sources.lock*"):
        file.chmod(0o600)


# ---------------------------------------------------------------------------------------------------------- raw tables


def raw_folder(root: DataRoot, raw_table: str, capture: Capture) -> Path:
    """`restricted/raw/<source>/<table>/dataset=<d>/capture_id=<c>`."""
    source, _, table = raw_table.partition("__")
    return root.restricted / "raw" / source / table / f"dataset={capture.dataset}" / f"capture_id={capture.capture_id}"


class Pen:
    """What encrypted Parquet is written with: one connection for all files, opened by the first. Loading its cipher
    takes a quarter of a second, a small table some milliseconds."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection."""
        if self._con is None:
            from warehouse.vault.duck import connect_restricted

            self._con = connect_restricted(self._vault)
        return self._con

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._con is not None:
            self._con.close()
            self._con = None


def write_raw(root: DataRoot, capture: Capture, parsed: Parsed, key: DataKey, fingerprint: str, pen: Pen) -> None:
    """Encrypted Parquet of every table of a capture; the report last, so that a killed run counts as not parsed."""
    from warehouse.vault.duck import write_parquet

    for name, made in parsed.tables.items():
        folder = private_folder(raw_folder(root, name, capture))
        atomic.sweep(folder)
        (folder / REPORT).unlink(missing_ok=True)
        write_parquet(made.table, folder / PART, key, con=pen.con)
        if parsed.quarantine.num_rows:
            write_parquet(parsed.quarantine, folder / QUARANTINE, key, con=pen.con)
        else:
            (folder / QUARANTINE).unlink(missing_ok=True)
        report = {
            "dataset": capture.dataset,
            "capture_id": capture.capture_id,
            "agreement_id": agreement_of(capture),
            "raw_table": name,
            "parser_fingerprint": fingerprint,
            "rows_in": made.rows_in,
            "rows_used": made.rows_used,
            "excluded": made.excluded,
            "quarantined": made.rows_quarantined,
            "quarantine_reasons": [[c, r, n] for (c, r), n in sorted(parsed.reasons.items())],
            "remarks": [r.as_dict() for r in parsed.remarks],
            "coverage": parsed.coverage,
            "counts": parsed.counts,
        }
        atomic.write_json(folder / REPORT, report)


def read_report(root: DataRoot, raw_table: str, capture: Capture) -> dict[str, Any] | None:
    """The accounts of a raw table of a capture; None where it was not written to the end."""
    folder = raw_folder(root, raw_table, capture)
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if (folder / PART).is_file() else None


def read_raw(root: DataRoot, raw_table: str, capture: Capture, vault: Any) -> pa.Table:
    """The rows of a raw table of a capture."""
    from warehouse.vault.duck import read_parquet

    return read_parquet(raw_folder(root, raw_table, capture) / PART, vault)


def agreement_of(capture: Capture) -> str:
    """The agreement under which a capture came."""
    return str(capture.metadata["notes"]["agreement_id"])


def school_year_of(capture: Capture) -> int:
    """The school year of a capture."""
    return int(capture.vintage)
