"""From signatures of all deliveries to groups of postings: one row per posting out.

Belongs here: the order of the steps, one posting in several deliveries, who speaks for a group, flags, the report. Does
not belong here: pairs (`months`, `candidates`), joining (`merge`), the text (never here).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors import atomic
from extractors.posting_text.deduplicate import months, siblings
from extractors.posting_text.deduplicate.rules import Rules
from extractors.posting_text.deduplicate.store import BUCKETS, Columns, Run, bucket_of, read, spill

Progress = Callable[[str, int, int], object]
_SMALL = (
    "posting_key", "place_hash", "employer_hash", "title_hash", "requisition_hash", "text_hash", "feed_hash", "day",
    "word_count", "flags",
)  # fmt: skip
_FINAL = (
    "posting_key", "place_hash", "employer_hash", "title_hash", "requisition_hash", "text_hash", "day", "word_count",
    "flags", "place_kind", "employer_words", "title_words", "sample_head",
)  # fmt: skip
_KEYS_AT_ONCE = 40_000_000
KINDS = ("none", "exact", "near")


@dataclass
class GroupReport:
    """What grouping came to.

    Attributes:
        rows: rows of the signature files.
        postings: distinct postings; rows - postings are the same posting in several deliveries.
        groups: groups, those of one posting included. postings / groups is the intensity (J6).
        exact, near: postings that were joined to a group by an identical posting, or by a near one only.
        other_requisition, other_town: postings flagged, not merged.
        months, months_computed: posting months, and for how many of them pairs had to be searched now.
        largest_group: postings of the largest group.
    """

    rows: int = 0
    postings: int = 0
    groups: int = 0
    exact: int = 0
    near: int = 0
    other_requisition: int = 0
    other_town: int = 0
    months: int = 0
    months_computed: int = 0
    largest_group: int = 0

    @property
    def duplicate_rate(self) -> float:
        """Share of postings that are not their group's first, 0-1."""
        return 1 - self.groups / self.postings if self.postings else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For a report in JSON."""
        return {**asdict(self), "duplicate_rate": round(self.duplicate_rate, 6)}


def group(
    signature_files: Sequence[Path],
    out: Path,
    workdir: Path,
    *,
    window_days: int = 60,
    similarity: float = 0.9,
    progress: Progress | None = None,
    workers: int | None = None,
) -> GroupReport:
    """Write which postings are the same opening; see the package for the rules and the columns.

    Args:
        signature_files: Parquet files of `signatures`, in any order; a posting may be in several.
        out: folder for a Parquet file per month, each written aside and by rename; those that still hold stay as they
            are, others go.
        workdir: keeps the pairs of each month from call to call; scratch beside them.
        workers: threads; None takes the machine's cores, at most four.

    Raises:
        PermanentFailure: a signature file is damaged, or window or similarity is out of bounds.
    """
    rules = Rules(window_days, similarity)
    tell = progress or (lambda *_: None)
    threads = workers or min(4, os.cpu_count() or 1)
    report = GroupReport()
    workdir.mkdir(parents=True, exist_ok=True)
    atomic.sweep(workdir)
    with atomic.scratch_folder(workdir) as scratch:
        stock = _stock(signature_files, report)
        town = siblings.Siblings(scratch / "siblings", rules)
        one_at_a_time = Lock()

        def take(number: int, run: Run, pairs: months.Pairs) -> None:
            found = _grouped(run, pairs)
            with one_at_a_time:
                town.add(run, found["is_canonical"])
                np.save(scratch / f"run-{number}.npy", found)

        edge_files, report.months_computed, runs = months.edges_of_months(
            stock, rules, _code(), workdir, scratch, threads, tell, take
        )
        report.months = len(edge_files)
        if not runs:
            counts = np.sum([*stock.month_rows.values(), np.zeros(BUCKETS, np.int64)], axis=0)
            rows = spill(scratch / "all", stock.files, stock.masks, _FINAL, counts)
            edges = [np.load(file, mmap_mode="r") for file in edge_files.values()]
            runs = len(rows.runs)
            for number in range(runs):
                run = Run.of(rows.load(number))
                take(number, run, _found_before(run, _edges_of(rows.runs[number], edges)))
        town.find()
        for number in range(runs):
            tell("grouping duplicates", number, runs)
            rows_of_run = town.flagged(np.load(scratch / f"run-{number}.npy"))
            for month in np.unique(rows_of_run["month"]).tolist():
                with (scratch / f"month-{month}").open("ab") as handle:
                    rows_of_run[rows_of_run["month"] == month].tofile(handle)
        _publish({month: scratch / f"month-{month}" for month in edge_files}, out, report)
    return report


def _publish(months_rows: Mapping[int, Path], out: Path, report: GroupReport) -> None:
    """A Parquet file for each month; one that says the same as before stays as it is."""
    import pyarrow.parquet as pq

    out.mkdir(parents=True, exist_ok=True)
    atomic.sweep(out)
    kept = set()
    for month, file in months_rows.items():
        rows = np.fromfile(file, ROW)
        _count(rows, report)
        content = hashlib.sha256(rows.tobytes()).hexdigest()[:16]
        target = out / f"grouping-{np.datetime64(month, 'M')}-{content}.parquet"
        kept.add(target)
        if not target.is_file():
            tmp = atomic.tmp_path(out, "group")
            # Keys compress to nothing and repeat nowhere.
            pq.write_table(_table(rows), tmp, compression="none", use_dictionary=["match_kind", "flag"])
            atomic.fsync_path(tmp)
            tmp.replace(target)
    for stale in out.glob("*.parquet"):
        if stale not in kept:
            stale.unlink()


@cache
def _code() -> str:
    """A hash over the code and words of this package: pairs that other code found are not reused."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


# ----------------------------------------------------------------------------------------------------------- what
# there is


def _stock(files: Sequence[Path], report: GroupReport) -> months.Stock:
    """Counts and prints of every month, with one row for each posting."""
    masks = _masks(files)
    month_rows: dict[int, NDArray[np.int64]] = {}
    sums: dict[int, list[int]] = {}
    file_months = []
    for file, mask in zip(files, masks, strict=True):
        done, seen = 0, set()
        for batch in read(file, _SMALL):
            n = len(batch["day"])
            report.rows += n
            keep = slice(None) if mask is None else mask[done : done + n]
            done += n
            month = months.month_of(batch["day"])[keep]
            bucket = bucket_of(batch["place_hash"])[keep]
            mixed = _row_hash(batch)[keep]
            for m in np.unique(month).tolist():
                at = month == m
                seen.add(m)
                month_rows[m] = month_rows.get(m, 0) + np.bincount(bucket[at], minlength=BUCKETS)
                total = sums.setdefault(m, [0, 0, 0])
                total[0] += int(at.sum())
                total[1] = (total[1] + int(mixed[at].sum(dtype=np.uint64))) & (1 << 64) - 1
                total[2] ^= int(np.bitwise_xor.reduce(mixed[at]))
        file_months.append(frozenset(seen))
    report.postings = int(sum(c.sum() for c in month_rows.values()))
    prints = {m: "-".join(f"{v:x}" for v in total) for m, total in sums.items()}
    return months.Stock(list(files), masks, month_rows, prints, file_months)


def _row_hash(batch: Columns) -> NDArray[np.uint64]:
    """64 bits of everything that a signature was made of: sums of them tell the content, whatever the order."""
    h = np.full(len(batch["day"]), 0x2545F4914F6CDD1D, np.uint64)
    for name in _SMALL:
        column = batch[name]
        part = column if column.dtype == np.uint64 else column.astype(np.int64).view(np.uint64)
        h = (h ^ part) * np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(32)
    return h


def _masks(files: Sequence[Path]) -> list[NDArray[np.bool_] | None]:
    """Which rows count: of a posting in several deliveries the earliest, then the longest, then the smallest hash."""
    sizes: list[int] = []
    masks: list[NDArray[np.bool_] | None] = []
    total = 0
    for file in files:
        n = sum(len(b["posting_key"]) for b in read(file, ["posting_key"]))
        sizes.append(n)
        masks.append(None)
        total += n
    passes = max(1, -(-total // _KEYS_AT_ONCE))
    found: list[NDArray[np.bool_] | None] = list(masks)
    for number in range(passes):
        keys = [b["posting_key"][b["posting_key"] % passes == number] for f in files for b in read(f, ["posting_key"])]
        ordered = np.sort(np.concatenate([np.empty(0, np.int64), *keys]))
        repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if len(repeated):
            _keep_one(files, sizes, repeated, found)
    return found


def _keep_one(
    files: Sequence[Path], sizes: Sequence[int], repeated: NDArray[np.int64], masks: list[NDArray[np.bool_] | None]
) -> None:
    parts = []
    for f, file in enumerate(files):
        done = 0
        for batch in read(file, _SMALL):
            at = np.flatnonzero(np.isin(batch["posting_key"], repeated))
            tie = _row_hash(batch)[at]
            parts.append(
                (
                    np.full(len(at), f),
                    at + done,
                    batch["posting_key"][at],
                    batch["day"][at],
                    batch["word_count"][at],
                    tie,
                )
            )
            done += len(batch["day"])
    file_no, row, key, day, words, tie = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((row, file_no, tie, -words.astype(np.int64), day, key))
    drop = np.zeros(len(order), bool)
    drop[1:] = key[order[1:]] == key[order[:-1]]
    gone = order[drop]
    for f in np.unique(file_no[gone]).tolist():
        mask = masks[f]
        mask = np.ones(sizes[f], bool) if mask is None else mask
        mask[row[gone[file_no[gone] == f]]] = False
        masks[f] = mask


# ----------------------------------------------------------------------------------------------------------------
# groups

ROW = np.dtype(
    [
        ("posting_key", "i8"), ("dup_group", "i8"), ("is_canonical", "?"), ("match_kind", "u1"), ("similarity", "f4"),
        ("flag", "u1"), ("flag_key", "i8"), ("size", "i4"), ("month", "i4"),
    ]
)  # fmt: skip
"""A posting: flag 0 none, 1 other_requisition, 2 other_town; size of its group."""


def _edges_of(buckets: tuple[int, int], edges: Sequence[NDArray[Any]]) -> NDArray[Any]:
    parts = []
    for month in edges:
        first, last = (
            np.searchsorted(month["bucket"], buckets[0]),
            np.searchsorted(month["bucket"], buckets[1] - 1, "right"),
        )
        parts.append(np.asarray(month[first:last]))
    return np.concatenate([np.empty(0, months.EDGE), *parts])


def _found_before(run: Run, edges: NDArray[Any]) -> months.Pairs:
    """Pairs of the run whose keys were kept."""
    by_key = np.argsort(run.columns["posting_key"])
    keys = run.columns["posting_key"][by_key]
    one, two = (by_key[np.searchsorted(keys, edges[side])] for side in ("one", "two"))
    return months.Pairs(one, two, edges["similarity"], edges["kind"], np.zeros(0, np.int64))


def _grouped(run: Run, pairs: months.Pairs) -> NDArray[Any]:
    """The rows of the result of one run, by town, day and key."""
    from extractors.posting_text.deduplicate.merge import joined

    c = run.columns
    one, two = pairs.one, pairs.two
    root, refused, rank = joined(run, one, two, pairs.similarity, pairs.kind)
    n = len(root)
    found = np.zeros(n, ROW)
    found["posting_key"] = c["posting_key"]
    found["month"] = months.month_of(c["day"])
    found["size"] = np.bincount(root, minlength=n)[root]
    speaks = np.lexsort((c["posting_key"], -c["word_count"].astype(np.int64), c["day"], root))
    first = np.append(True, root[speaks[1:]] != root[speaks[:-1]]) if n else np.zeros(0, bool)
    canonical_of = np.empty(n, np.int64)
    canonical_of[root[speaks[first]]] = speaks[first]
    canonical = canonical_of[root]
    found["dup_group"] = c["posting_key"][canonical]
    found["is_canonical"] = canonical == np.arange(n)
    found["similarity"] = np.nan
    together = (refused == 0) & (pairs.kind <= 2)
    best = np.full(n, -2, np.float32)
    kind = np.full(n, 3, np.uint8)
    for side in (one, two):
        np.maximum.at(best, side[together], pairs.similarity[together])
        np.minimum.at(kind, side[together], pairs.kind[together])
    found["match_kind"] = np.where(kind == 3, 0, kind)
    found["similarity"] = np.where(best >= 0, best, np.nan)
    _flag_requisitions(found, root, canonical, one, two, rank, (pairs.kind == 3) | (refused == 1))
    return found


def _flag_requisitions(
    found: NDArray[Any],
    root: NDArray[np.int32],
    canonical: NDArray[np.int64],
    one: NDArray[np.intp],
    two: NDArray[np.intp],
    rank: NDArray[np.intp],
    apart: NDArray[np.bool_],
) -> None:
    """Flag both groups of a pair that only the requisition keeps apart; the strongest pair of a group decides."""
    apart &= root[one] != root[two]
    order = rank[apart[rank]]
    here = np.stack([root[one[order]], root[two[order]]], axis=1).reshape(-1)
    there = np.stack([canonical[two[order]], canonical[one[order]]], axis=1).reshape(-1)
    groups, at = np.unique(here, return_index=True)
    sibling = np.full(len(root), -1, np.int64)
    sibling[groups] = there[at]
    flagged = sibling[root] >= 0
    found["flag"][flagged] = 1
    found["flag_key"][flagged] = found["posting_key"][sibling[root[flagged]]]


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("posting_key", pa.int64(), nullable=False),
            pa.field("dup_group", pa.int64(), nullable=False),
            pa.field("is_canonical", pa.bool_(), nullable=False),
            pa.field("match_kind", pa.string(), nullable=False),
            pa.field("similarity", pa.float64()),
            pa.field("flag", pa.string()),
            pa.field("flag_key", pa.int64()),
        ]
    )


def _count(rows: NDArray[Any], report: GroupReport) -> None:
    report.groups += int(rows["is_canonical"].sum())
    report.exact += int((rows["match_kind"] == 1).sum())
    report.near += int((rows["match_kind"] == 2).sum())
    report.other_requisition += int((rows["flag"] == 1).sum())
    report.other_town += int((rows["flag"] == 2).sum())
    report.largest_group = max(report.largest_group, int(rows["size"].max(initial=0)))


def _table(rows: NDArray[Any]) -> Any:
    """Rows of the result as a table."""
    import pyarrow as pa

    none = rows["flag"] == 0
    similarity = np.round(rows["similarity"].astype(np.float64), 4)
    return pa.Table.from_arrays(
        [
            pa.array(np.ascontiguousarray(rows["posting_key"])),
            pa.array(np.ascontiguousarray(rows["dup_group"])),
            pa.array(np.ascontiguousarray(rows["is_canonical"])),
            pa.array(KINDS).take(pa.array(np.ascontiguousarray(rows["match_kind"]))),
            pa.array(similarity, mask=np.isnan(similarity)),
            pa.array(["", "other_requisition", "other_town"]).take(pa.array(rows["flag"].astype(np.int8), mask=none)),
            pa.array(np.ascontiguousarray(rows["flag_key"]), mask=none),
        ],
        schema=_schema(),
    )
