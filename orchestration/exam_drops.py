"""The drop folder of the restricted zone, as a refresh sees it: what was taken, and what still lies there refused.

Belongs here: one round at a time, counts and reasons for people. Does not belong here: sealing files
(`extractors.exam_records.drops`), Dagster (`defs.exam_records`, `sensors`).

Files are told by agreement: neither a file's name nor that of a folder outside the register is repeated, since somebody
may have put a person's name into it.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from extractors.exam_records.register import Register
    from warehouse.vault import Vault

NO_AGREEMENT = "a folder that no agreement is named as"
MOVE_IT = "move the file into the folder of its agreement"


@dataclass(frozen=True)
class Round:
    """What a look at the drop folder came to.

    Attributes:
        taken: files that were sealed, by outcome: new | unchanged.
        refused: (agreement, reason) of every refused file that still lies there, of earlier rounds too.
    """

    taken: dict[str, int]
    refused: tuple[tuple[str, str], ...] = ()


def take(root: DataRoot, vault: Vault, register: Register, today: date, *, is_sample: bool) -> Round:
    """Seal what lies in `restricted/drop`. What is refused stays there with its reason and stops nothing else."""
    from filelock import FileLock

    from extractors.exam_records.drops import take_drops
    from extractors.exam_records.store import drop_folder

    with FileLock(drop_folder(root) / ".guard"):
        taken = take_drops(root, vault, register, today, is_sample=is_sample)
        outcomes = Counter(one.received.outcome for one in taken if one.received)
        return Round(dict(outcomes), tuple(_refused(root, register, today)))


def _refused(root: DataRoot, register: Register, today: date) -> list[tuple[str, str]]:
    from extractors.exam_records.drops import REFUSED_NOTE
    from extractors.exam_records.store import drop_folder

    found = []
    for note in sorted(drop_folder(root).glob(f"*/*{REFUSED_NOTE}")):
        if not note.with_name(note.name.removesuffix(REFUSED_NOTE)).is_file():
            continue
        agreement_id = note.parent.name
        if register.on(agreement_id, today) is None:
            found.append((NO_AGREEMENT, MOVE_IT))
        else:
            found.append((agreement_id, note.read_text(encoding="utf-8").partition("\n")[0]))
    return found


def standing_still(root: DataRoot, *, now: float | None = None) -> str:
    """A mark of the files that wait and have stopped growing; empty where there is none. Takes nothing, opens nothing.

    The mark is another when a file comes, goes or changes: a run is asked for once per mark.
    """
    from extractors.exam_records.drops import STABLE_SECONDS, waiting
    from orchestration.exam_records import register
    from orchestration.restricted import has_keys

    if not has_keys(root) or not any(root.restricted.glob("drop/*/*")):
        return ""
    moment = time.time() if now is None else now
    seen = []
    for agreement_id, file in waiting(root, register(), datetime.now(UTC).date()):
        state = file.stat()
        if moment - state.st_mtime >= STABLE_SECONDS:
            seen.append(f"{agreement_id}/{file.name} {state.st_size} {state.st_mtime_ns}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16] if seen else ""
