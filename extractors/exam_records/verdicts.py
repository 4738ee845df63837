"""The verdicts of an audit -> what was found behind each sampled award (P4-P7)."""

from __future__ import annotations

from extractors.exam_records.delivery import Parsed, Typing, build
from extractors.exam_records.students import joined
from extractors.raw_tables_students import AUDIT_VERDICT

NO_KIND = "an error without its kind"
NEEDLESS_KIND = "a kind of error where none was found"
NOT_A_KEY = "not a key of the worklist (32 hex digits)"
_KEY = r"^[0-9a-f]{32}$"


def parse_verdicts(typing: Typing) -> Parsed:
    """`audit_verdicts__verdict`."""
    import pyarrow.compute as pc

    is_error = pc.equal(typing["verdict"], "error")
    kind = typing["error_kind"]
    typing.set_aside(pc.and_(is_error, pc.is_null(kind)), "error_kind", NO_KIND)
    typing.set_aside(pc.and_(pc.invert(is_error), pc.is_valid(kind)), "error_kind", NEEDLESS_KIND)
    typing.set_aside(pc.invert(pc.match_substring_regex(typing["exam_key"], _KEY)), "exam_key", NOT_A_KEY)
    found = {c.name: typing[c.name] for c in AUDIT_VERDICT.columns if c.name in typing.columns}
    return build(typing, {AUDIT_VERDICT: found}, joined(typing["audit_id"], typing["exam_key"]), [])
