"""Which postings are the same opening (J4): one row per posting, with its group, the posting that speaks for it, and
flags.

Belongs here: `signatures` (a batch of postings -> rows of fixed size without text) and `group` (signature files ->
groups). Does not belong here: weights and intensity (J5, J6: SQL over the groups), cleaning of exports.

    signatures(batch)                      one numba pass over the Arrow buffers, in worker processes
    group(files, out, workdir)             by town, month by month, in bounded memory

**Rules.** Exact first: the same town, employer and title without decoration, shift and hours, text word by word, and
requisition. Then near: the same town, no more than `window_days` (60) apart, titles and employers not different, texts
alike (`rules`: what `similarity` .9 means). A posting without text is known by employer, title and town alone.
Consecutive reposts chain: the window counts from the last one, not from the first. Never merged: two towns
(flag `other_town`), two requisitions (`other_requisition`), a rank or a word of its own in each title, two shifts. The
flag's key is the canonical posting of the sibling. Without a town: "remote" meets within one employer; unknown meets
within one requisition of one feed, else only as an exact copy. One posting id of one feed in two deliveries is one
posting, by its earliest date.

**Result** (a Parquet file per posting month, one row per posting): posting_key, dup_group (the canonical posting's
key), is_canonical (earliest, then longest text, then smallest key), match_kind none | exact | near, similarity 0-1 of
its strongest link on the policy's scale (NULL: no link, or no text to compare), flag, flag_key.

**Order and increments.** The result depends on what the files hold, not on their order or number. Pairs are kept per
month in `workdir`; a new month costs itself and the months that its window reaches, and rewrites only files that say
something else now. Memory is bounded by the largest town.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractors.posting_text.deduplicate.rules import Rules
from extractors.posting_text.deduplicate.signature import INPUT_COLUMNS, schema, signatures

if TYPE_CHECKING:
    from extractors.posting_text.deduplicate.grouping import GroupReport, group

__all__ = ["INPUT_COLUMNS", "WRITE_OPTIONS", "GroupReport", "Rules", "group", "schema", "signatures"]

WRITE_OPTIONS: dict[str, Any] = {"compression": "none", "use_dictionary": False, "write_statistics": False}
"""How signatures are best written to Parquet: hashes compress to nothing and repeat nowhere."""


def __getattr__(name: str) -> Any:
    # Grouping needs numpy at import; `currency --help` does not.
    if name in {"group", "GroupReport"}:
        from extractors.posting_text.deduplicate import grouping

        return getattr(grouping, name)
    raise AttributeError(name)
