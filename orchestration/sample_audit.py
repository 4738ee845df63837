"""The sample state's finished audit: drawn, handed out, filled by its own auditors, judged; all by the real library.

Belongs here: which key the warehouse gives a sitting of the sample, the order of the steps. Does not belong here: what
the auditors find (`extractors.sample.students`), what an audit is (`expectations.audit`), how its verdicts reach the
build (`audit_verdicts`).
"""

from __future__ import annotations

import csv
import io
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import pyarrow as pa

    from extractors.sample.students.world import World
    from warehouse.vault import Vault


def play(root: DataRoot, vault: Vault, world: World) -> str:
    """Audit the awards of one earlier school year anew, to the end; returns how it ended (passed | failed).

    Worklists are left sealed beside the audit. The files of the districts must be sealed before, as the rows of a
    district stand under the key of its agreement.
    """
    from expectations.audit import state as states
    from expectations.audit import store, workflow
    from expectations.audit.policy import load_policy
    from extractors.sample import state
    from extractors.sample.students import audits

    folder = store.folder_of(root, audits.AUDIT_ID)
    shutil.rmtree(folder, ignore_errors=True)
    frame = _frame(vault, world)
    rules = load_policy(state.POSTAL, overrides={"audit.rate": audits.RATE})
    desk = workflow.open_desk(root, "audit", state.POSTAL, _at(audits.DRAWN_ON))
    plan = workflow.make(audits.AUDIT_ID, frame, rules, seed=audits.SEED, owners=audits.OWNERS)
    record = workflow.keep_plan(desk, plan, state.POSTAL, [audits.YEAR])
    desk = workflow.open_desk(root, "audit", state.POSTAL, _at(audits.REVIEWED_ON))
    while record.state.status not in states.CLOSED:
        workflow.draw(desk, audits.AUDIT_ID, frame)
        filled: list[dict[str, str]] = []
        for path in workflow.hand_out(desk, audits.AUDIT_ID, folder / "worklists", ("csv",)):
            filled += _filled(world, workflow.opened(desk, path)[0])
        record, _, _ = workflow.take(desk, audits.AUDIT_ID, filled)
    return record.state.status


def _frame(vault: Vault, world: World) -> pa.Table:
    """The awards with the keys that landing gives them."""
    from expectations.audit.frame import with_detail
    from extractors.exam_records.exams import attempt_part, sitting_keys
    from extractors.sample import state
    from extractors.sample.students.audits import award_frame
    from warehouse.vault.tokens import state_id_tokens

    table = award_frame(world).combine_chunks()
    number = table.column("attempt_number")
    tokens = state_id_tokens(vault, table.column("state_id"), state.POSTAL)[0]
    part = attempt_part(number, number, number)  # every sitting of the sample has a number
    columns = (table.column("district_code"), tokens, table.column("credential_code"), table.column("day"), part)
    return with_detail(table.append_column("exam_key", sitting_keys(vault, *columns)))


def _filled(world: World, worklist: bytes) -> list[dict[str, Any]]:
    """A worklist as the sample's auditors send it back."""
    from expectations.audit.verdicts import read_rows
    from extractors.sample.students.audits import REVIEWED_ON
    from extractors.sample.students.verdicts import verdict_rows

    given = list(csv.DictReader(io.StringIO(worklist.decode("utf-8-sig"))))
    rows = verdict_rows(world, given, REVIEWED_ON)
    sent = io.StringIO()
    writer = csv.DictWriter(sent, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return read_rows(sent.getvalue().encode(), "filled.csv")


def _at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
