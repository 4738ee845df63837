"""Names and keys of postings: what a dataset's name says, the key of a posting, ids for sources without any.

job_postings@XA+lightcast+2026-q1      state XA, feed "lightcast", delivery "2026-q1"
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractors.failures import PermanentFailure

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

DATASET = "job_postings"
_FEED, _DELIVERY = r"[a-z0-9_]+", r"[a-z0-9.-]+"
_NAME = re.compile(rf"{DATASET}@([A-Z]{{2}})\+({_FEED})\+({_DELIVERY})")
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class PostingDataset:
    """The parts of a dataset's name. A delivery sent again under the same name replaces the old one."""

    state: str
    feed: str
    delivery: str

    @property
    def name(self) -> str:
        """The dataset name of the archive."""
        return f"{DATASET}@{self.state}+{self.feed}+{self.delivery}"


def parse_dataset(dataset: str) -> PostingDataset:
    """State, feed and delivery of a dataset name. Raises PermanentFailure for another form."""
    match = _NAME.fullmatch(dataset)
    if match is None:
        raise PermanentFailure(
            f"the dataset name {dataset!r} names no state, feed and delivery",
            where=dataset,
            expected=f"{DATASET}@XA+lightcast+2026-q1: feed of a-z, 0-9 and _, delivery of a-z, 0-9, . and -",
            remedy="give --state, --feed and --delivery",
        )
    return PostingDataset(*match.groups())


def delivery_of(file_name: str) -> str:
    """The default delivery of a file: its name without endings, as a slug."""
    stem = re.sub(r"(\.(csv|tsv|txt|json|jsonl|ndjson|parquet|xlsx|zip|gz|md))+$", "", file_name.lower())
    return re.sub(r"[^a-z0-9.-]+", "-", stem).strip("-.") or "delivery"


def posting_keys(feed: str, posting_ids: Iterable[str]) -> np.ndarray:
    """int64[n]: blake2b of feed, unit separator and id, 8 bytes read as a signed big-endian number."""
    return _keys(feed, [i.encode() for i in posting_ids])


def keys_of_column(feed: str, posting_ids: pa.Array) -> np.ndarray:
    """`posting_keys` of a string[n] column without nulls; its ids never become Python texts."""
    import numpy as np

    _, offsets, data = posting_ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[posting_ids.offset : posting_ids.offset + len(posting_ids) + 1]
    first = int(ends[0])
    content = b"" if data is None else data[first : int(ends[-1])].to_pybytes()
    return _keys(feed, [content[begin:end] for begin, end in itertools.pairwise((ends - first).tolist())])


def _keys(feed: str, ids: list[bytes]) -> np.ndarray:
    import numpy as np

    prefix, digest = (feed + _SEPARATOR).encode(), hashlib.blake2b
    joined = b"".join([digest(prefix + i, digest_size=8).digest() for i in ids])
    return np.frombuffer(joined, ">i8").astype(np.int64)


def content_ids(columns: Sequence[Sequence[str | None]]) -> list[str]:
    """For rows without an id: `sha:` and 16 hex digits of sha256 of title|employer|location|date|text."""
    sha = hashlib.sha256
    return [
        "sha:" + sha("|".join(["" if part is None else part for part in row]).encode()).hexdigest()[:16]
        for row in zip(*columns, strict=True)
    ]


def hidden_id(identifier: str) -> str:
    """An id that is an e-mail address, made unreadable and still the same for the same address."""
    return "id:" + hashlib.sha256(identifier.encode()).hexdigest()[:16]
