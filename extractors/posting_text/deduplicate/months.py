"""Pairs month by month: what is new is computed, what was computed before is kept.

Belongs here: which months hang together, the cache of pairs, exact runs of postings, the calls of the judge. Does not
belong here: groups over months.

A pair belongs to the month of its later posting. It depends on that month and on those that the window reaches back to,
and on nothing else: so the file of a month carries a fingerprint of exactly these. Months in a row are computed in one
go with the same result, since identical postings are gathered within a month only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors import atomic
from extractors.posting_text.deduplicate.rules import MIN_WORDS, Rules
from extractors.posting_text.deduplicate.store import Columns, Run, bucket_of, spill
from extractors.posting_text.deduplicate.text_sketch import HEAD, SAMPLE

if TYPE_CHECKING:
    from extractors.posting_text.deduplicate.candidates import Nodes

HEAVY = (
    "posting_key", "place_hash", "employer_hash", "title_hash", "requisition_hash", "text_hash", "feed_hash", "day",
    "word_count", "flags", "place_kind", "employer_words", "title_words", "sample_head", "sample_tail", "bands",
)  # fmt: skip
EDGE = np.dtype([("one", "i8"), ("two", "i8"), ("similarity", "f4"), ("kind", "u1"), ("bucket", "u1")])
"""Keys of two postings, similarity on the policy's scale (-1: no text to compare), kind as in `candidates`."""
EXACT = 1


class Pairs(NamedTuple):
    """Pairs of postings of one run.

    Attributes:
        one, two: int64, which postings of the run.
        similarity, kind: as in EDGE.
        month: of the later posting.
    """

    one: NDArray[np.int64]
    two: NDArray[np.int64]
    similarity: NDArray[np.float32]
    kind: NDArray[np.uint8]
    month: NDArray[np.int64]


Then = Callable[[int, Run, Pairs], object]
"""What to do with a run and all its pairs while it is in memory; called by several threads."""


def month_of(day: NDArray[np.int32]) -> NDArray[np.int64]:
    """Months since 1970-01."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_day(month: int) -> int:
    """Days since 1970-01-01 of the first of a month."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def reach(month: int, window_days: int) -> range:
    """The months that pairs of this month depend on, itself included."""
    return range(int(month_of(np.array([first_day(month) - window_days], np.int32))[0]), month + 1)


@dataclass(frozen=True)
class Stock:
    """What there is.

    Attributes:
        files: signature files.
        masks: per file the rows that count, None: all.
        month_rows: (month, bucket) counts: month -> int64 [BUCKETS].
        month_print: month -> what its rows are, whatever their order and file.
        file_months: per file the months of its rows.
    """

    files: Sequence[Path]
    masks: Sequence[NDArray[np.bool_] | None]
    month_rows: Mapping[int, NDArray[np.int64]]
    month_print: Mapping[int, str]
    file_months: Sequence[frozenset[int]]


def fingerprint(stock: Stock, month: int, rules: Rules, code: str) -> str:
    """What decides the pairs of a month."""
    parts = [code, repr(rules)]
    parts += [f"{m}:{stock.month_print[m]}" for m in reach(month, rules.window_days) if m in stock.month_print]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def edges_of_months(
    stock: Stock,
    rules: Rules,
    code: str,
    cache: Path,
    scratch: Path,
    workers: int,
    tell: Callable[[str, int, int], object],
    then: Then,
) -> tuple[dict[int, Path], int, int]:
    """Month -> file of its pairs (EDGE, by bucket); how many months were computed for it; how many runs `then` was
    called for: all there are where no pair was known before, else none. Stale files are removed."""
    cache.mkdir(parents=True, exist_ok=True)
    files = {m: cache / f"{dt.date(1970 + m // 12, m % 12 + 1, 1):%Y-%m}-{fingerprint(stock, m, rules, code)}.npy"
             for m in sorted(stock.month_rows)}  # fmt: skip
    missing = [m for m, file in files.items() if not file.is_file()]
    runs = 0
    for done, chunk in enumerate(chunks := _in_a_row(missing, rules.window_days)):
        tell("finding duplicates", done, len(chunks))
        whole = len(chunk) == len(files)
        seen = _compute(stock, chunk, rules, files, scratch / f"months-{done}", workers, then if whole else None)
        runs += seen * whole
    kept = {file.name for file in files.values()}
    for stale in cache.glob("*.npy"):
        if stale.name not in kept:
            stale.unlink()
    return files, len(missing), runs


def _in_a_row(months: Sequence[int], window_days: int) -> list[list[int]]:
    """Months whose reaches touch are computed together: rows are read once."""
    found: list[list[int]] = []
    for month in months:
        if found and reach(month, window_days)[0] <= found[-1][-1] + 1:
            found[-1].append(month)
        else:
            found.append([month])
    return found


def _compute(
    stock: Stock,
    months: Sequence[int],
    rules: Rules,
    files: Mapping[int, Path],
    scratch: Path,
    workers: int,
    then: Then | None,
) -> int:
    wanted = {m for month in months for m in reach(month, rules.window_days) if m in stock.month_rows}
    whole = wanted == set(stock.month_rows)
    picked = [f for f, has in enumerate(stock.file_months) if has & wanted]
    masks = [stock.masks[f] if whole or stock.file_months[f] <= wanted else _mask(stock, f, wanted) for f in picked]
    counts = np.sum([stock.month_rows[m] for m in wanted], axis=0)
    try:
        rows = spill(scratch, [stock.files[f] for f in picked], masks, HEAVY, counts, workers)

        def work(number: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
            run = Run.of(rows.load(number))
            pairs = _pairs_of_run(run, frozenset(months), rules)
            edges = _edges(run, pairs)
            if then is not None:
                then(number, run, pairs)
            return edges, pairs.month

        found = _mapped(work, range(len(rows.runs)), workers)
        parts: dict[int, list[NDArray[Any]]] = {m: [] for m in months}
        for edges, month in found:
            for m in months:
                parts[m].append(edges[month == m])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for m in months:
        edges = np.concatenate([np.empty(0, EDGE), *parts[m]])
        with atomic.tmp_path(files[m].parent).open("wb") as handle:
            np.save(handle, edges[np.lexsort((edges["two"], edges["one"], edges["bucket"]))])
        Path(handle.name).replace(files[m])
    return len(found)


def _mapped(work: Callable[[Any], Any], tasks: Sequence[Any], workers: int) -> list[Any]:
    """The kernels let go of the interpreter: threads do."""
    if workers < 2 or len(tasks) < 2:
        return [work(task) for task in tasks]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, tasks))


def _mask(stock: Stock, f: int, wanted: set[int]) -> NDArray[np.bool_]:
    from extractors.posting_text.deduplicate.store import read

    mask = np.concatenate([np.isin(month_of(b["day"]), list(wanted)) for b in read(stock.files[f], ["day"])])
    before = stock.masks[f]
    return mask if before is None else mask & before


def _pairs_of_run(run: Run, fresh: frozenset[int], rules: Rules) -> Pairs:
    """The pairs of one run of which the later posting is of a fresh month."""
    from extractors.posting_text.deduplicate.candidates import judge

    c, loaded = run.columns, run.loaded
    month = month_of(c["day"])
    identity = _identity(c)
    # the rows are by town, day and key already
    order = np.argsort(identity ^ c["place_hash"] * np.uint64(0x9E3779B97F4A7C15), kind="stable")
    day, m, place, what = c["day"][order], month[order], c["place_hash"][order], identity[order]
    same = np.zeros(len(order), bool)  # as the row before
    same[1:] = (what[1:] == what[:-1]) & (place[1:] == place[:-1]) & (day[1:] - day[:-1] <= rules.window_days)
    in_node = same.copy()
    in_node[1:] &= m[1:] == m[:-1]
    starts = np.flatnonzero(~in_node)
    ends = np.append(starts[1:], len(order)) - 1
    first = order[starts]
    by = np.argsort(first)
    at = first[by]  # of each node the posting that stands for it
    rows = run.row[at]
    # `take` moves whole rows, several times as fast as an index in brackets
    employer, title = (loaded[name].take(rows, axis=0) for name in ("employer_words", "title_words"))
    sample = np.empty((len(rows), SAMPLE), np.uint32)
    sample[:, :HEAD] = loaded["sample_head"].take(rows, axis=0)
    sample[:, HEAD:] = loaded.pop("sample_tail").take(rows, axis=0)
    bands = loaded.pop("bands").take(rows, axis=0)
    nodes = _nodes(c, at, c["day"][order[ends]][by], np.isin(month[at], list(fresh)), employer, title)
    verdicts = judge(nodes, title, employer, sample, bands, rules)
    one = np.concatenate([order[np.flatnonzero(same) - 1], at[verdicts.one]])
    two = np.concatenate([order[same], at[verdicts.two]])
    exact = int(same.sum())
    told = (c["word_count"][one] >= MIN_WORDS) & (c["word_count"][two] >= MIN_WORDS)
    similarity = np.where(told, np.concatenate([np.ones(exact, np.float32), verdicts.similarity]), np.float32(-1))
    kind = np.concatenate([np.full(exact, EXACT, np.uint8), verdicts.kind])
    of = np.maximum(month[one], month[two])
    kept = np.isin(of, list(fresh))
    return Pairs(*(column[kept] for column in (one, two, similarity, kind, of)))


def _edges(run: Run, pairs: Pairs) -> NDArray[Any]:
    c = run.columns
    edges = np.empty(len(pairs.one), EDGE)
    edges["one"], edges["two"] = c["posting_key"][pairs.one], c["posting_key"][pairs.two]
    edges["similarity"], edges["kind"] = pairs.similarity, pairs.kind
    edges["bucket"] = bucket_of(c["place_hash"][pairs.one])
    return edges


def _identity(c: Columns) -> NDArray[np.uint64]:
    """A hash of what makes postings of one town identical; of the posting itself where too little is known."""
    h = np.full(len(c["day"]), 0x9E3779B97F4A7C15, np.uint64)
    flags = c["flags"].astype(np.uint64)
    for part in (c["employer_hash"], c["title_hash"], c["requisition_hash"], c["text_hash"], flags):
        h = (h ^ part) * np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(32)
    bare = ((c["employer_hash"] == 0) | (c["title_hash"] == 0)) & (c["word_count"] < MIN_WORDS)
    h[bare] ^= c["posting_key"][bare].view(np.uint64)
    return h


def _nodes(
    c: Columns,
    at: NDArray[np.intp],
    last: NDArray[np.int32],
    fresh: NDArray[np.bool_],
    employer: NDArray[np.uint64],
    title: NDArray[np.uint64],
) -> Nodes:
    from extractors.posting_text.deduplicate.candidates import Nodes
    from extractors.posting_text.deduplicate.name_words import MARKED

    place = c["place_hash"][at]
    bits = _employer_bits(employer, c["flags"][at])
    marked = np.where(title >= MARKED, title * np.uint64(0x9E3779B97F4A7C15), np.uint64(0)).sum(axis=1, dtype=np.uint64)
    towns = np.flatnonzero(np.append(True, place[1:] != place[:-1])) if len(place) else np.zeros(0, np.int64)
    columns = ("employer_hash", "title_hash", "requisition_hash", "feed_hash", "text_hash")
    return Nodes(
        blocks=np.append(towns, len(place)).astype(np.int64),
        first=c["day"][at],
        last=last,
        fresh=fresh.astype(np.uint8),
        ident=np.stack([*(c[name][at] for name in columns), bits, marked], axis=1),
        words=c["word_count"][at],
        flags=c["flags"][at],
    )


def _employer_bits(words: NDArray[np.uint64], flags: NDArray[np.int32]) -> NDArray[np.uint64]:
    """A bit for each word of the employer that is its own: without one in common two employers are different."""
    from extractors.posting_text.deduplicate.name_words import IS_STAFFING, MARKED

    own = (words > 0) & (words < MARKED)
    own |= (words > 0) & ~own.any(axis=1, keepdims=True)
    bits = np.bitwise_or.reduce(
        np.where(own, np.uint64(1) << (words >> np.uint64(48) & np.uint64(63)), np.uint64(0)), axis=1
    )
    anyone = (words[:, 0] == 0) | (flags & IS_STAFFING > 0)
    found: NDArray[np.uint64] = np.where(anyone, ~np.uint64(0), bits)
    return found
