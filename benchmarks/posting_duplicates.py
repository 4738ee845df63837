"""Duplicates of postings: precision and recall on known truth up to a million rows, speed beside datasketch and rensa.

    python -m benchmarks.posting_duplicates [--json]

**Quality**: pairs of postings of one opening (`posting_truth`) found by `signatures` and `group`, at 20,000, 200,000
and 1 million rows: precision falls with the number of rows, so that the last one counts.

**Speed**: rows per CPU-second (user and system, all threads) of signatures, their writing and grouping together. The
peers do the same task on the same 20,000 rows in the same run, in turns with us, each round by whoever is next: 3-word
shingles, 128 permutations, LSH at .5, pairs verified at .5 and only within one town, connected components; rows without
text stay alone. For rensa the
shingles are made in Python, as its users do; its figure without them is given too.

**Memory**: the highest resident memory of a process that makes the postings, signs and groups them.

**A new month**: CPU time of grouping again when the last month is added to the others, as a share of grouping all.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Bench, Figure, main, run

NAME, LIMIT = "duplicates of postings, figures below their bar", 0.0
SIZES = (20_000, 200_000, 1_000_000)
PEER_ROWS = 20_000
ROUNDS = 3
BARS = {"precision": 0.99, "recall": 0.98, "times datasketch": 10.0, "times rensa": 3.0}
MOST_BYTES = 2 << 30
MOST_NEW_MONTH = 0.5


def measure(bench: Bench) -> Figure:
    """Every size in a process of its own, then the peers; the figure is how many of the bars are not met."""
    found: dict[str, Any] = {}
    missed = []
    cpu, peak = 0.0, 0
    for size in SIZES:
        child = run([sys.executable, "-m", "benchmarks.posting_duplicates", "--size", str(size)], bench.environment)
        told = {**child.report(), "peak_gib": round(child.peak_bytes / (1 << 30), 2)}
        found[f"{size:,} rows"] = told
        cpu += child.cpu_seconds
        peak = max(peak, child.peak_bytes)
        missed += [f"{name} at {size:,}" for name in ("precision", "recall") if told[name] < BARS[name]]
    largest = found[f"{SIZES[-1]:,} rows"]
    peers = run([sys.executable, "-m", "benchmarks.posting_duplicates", "--peers"], bench.environment)
    cpu += peers.cpu_seconds
    found["same run"] = told = peers.report()
    for peer in ("datasketch", "rensa"):
        told[f"times {peer}"] = round(told["ours"]["k_rows_per_cpu_s"] / told[peer]["k_rows_per_cpu_s"], 1)
        if told[f"times {peer}"] < BARS[f"times {peer}"]:
            missed.append(f"times {peer}")
    missed += ["memory"] if peak > MOST_BYTES else []
    missed += ["new month"] if largest["new_month_share"] > MOST_NEW_MONTH else []
    found["missed"] = missed or "none"
    return Figure(
        NAME, LIMIT, float(len(missed)), unit="figures", detail={**found, "cpu_seconds": cpu}, peak_bytes=peak
    )


def at_size(rows: int) -> dict[str, Any]:
    """Make, sign, group; what it cost and how right it was."""
    import numpy as np
    import pyarrow.parquet as pq

    from benchmarks.posting_truth import Truth, pair_quality
    from extractors.posting_text import deduplicate

    with tempfile.TemporaryDirectory(prefix="currency-bench-") as name:
        folder = Path(name)
        _warm(folder / "warm")
        writers: dict[int, Any] = {}
        openings, keys = [], []
        signing = grouping = 0.0
        size = 0
        for chunk in Truth(rows).chunks():
            size += chunk.postings.column("description").nbytes
            begun = time.process_time()
            table = deduplicate.signatures(chunk.postings)
            month = table.column("day").to_numpy().astype("datetime64[D]").astype("datetime64[M]").astype(int)
            for m in np.unique(month).tolist():
                if m not in writers:
                    writers[m] = pq.ParquetWriter(folder / f"{m}.parquet", table.schema, **deduplicate.WRITE_OPTIONS)
                writers[m].write_table(table.filter(month == m))
            signing += time.process_time() - begun
            openings.append(chunk.opening)
            keys.append(chunk.postings.column("posting_key").to_numpy())
        for writer in writers.values():
            writer.close()
        files = [folder / f"{m}.parquet" for m in sorted(writers)]
        begun = time.process_time()
        report = deduplicate.group(files, folder / "out.parquet", folder / "work")
        grouping = time.process_time() - begun
        out = pq.read_table(folder / "out.parquet", columns=["posting_key", "dup_group"]).sort_by("posting_key")
        order = np.argsort(np.concatenate(keys))
        opening, group = np.concatenate(openings)[order], out.column("dup_group").to_numpy()
        precision, recall, true, made = pair_quality(opening, group)
        share = _new_month(files, folder, grouping)
    count = len(order)
    return {
        "rows": count,
        "bytes_per_text": round(size / count),
        "openings": len(np.unique(opening)),
        "groups": report.groups,
        "true_pairs": true,
        "found_pairs": made,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "k_signed_per_cpu_s": round(count / signing / 1e3, 1),
        "k_grouped_per_cpu_s": round(count / grouping / 1e3, 1),
        "k_rows_per_cpu_s": round(count / (signing + grouping) / 1e3, 1),
        "new_month_share": round(share, 2),
        "own_peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20), 2),
    }


def _warm(folder: Path) -> None:
    """Load what is compiled, so that it is not counted."""
    import pyarrow.parquet as pq

    from benchmarks.posting_truth import Truth
    from extractors.posting_text import deduplicate

    folder.mkdir()
    tables = [deduplicate.signatures(chunk.postings) for chunk in Truth(500).chunks()]
    pq.write_table(tables[0], folder / "s.parquet", **deduplicate.WRITE_OPTIONS)
    deduplicate.group([folder / "s.parquet"], folder / "out.parquet", folder / "work")


def _new_month(files: Sequence[Path], folder: Path, whole: float) -> float:
    """CPU of grouping with one month more, over that of grouping all from nothing. The month is a full one."""
    from extractors.posting_text import deduplicate

    upto = len(files) // 2 + 1
    deduplicate.group(files[: upto - 1], folder / "new.parquet", folder / "new")
    begun = time.process_time()
    deduplicate.group(files[:upto], folder / "new.parquet", folder / "new")
    spent = time.process_time() - begun
    rows = [file.stat().st_size for file in files]
    return spent / (whole * sum(rows[:upto]) / sum(rows))


# ---------------------------------------------------------------------------------------------------------------- peers


def beside_peers(rows: int = PEER_ROWS) -> dict[str, Any]:
    """We, datasketch and rensa in turns on the same rows: the best CPU time of the rounds, and quality."""
    import numpy as np
    import pyarrow as pa

    from benchmarks.posting_truth import Truth, pair_quality

    chunks = list(Truth(rows).chunks())
    postings = pa.Table.from_batches([chunk.postings for chunk in chunks]).combine_chunks()
    opening = np.concatenate([chunk.opening for chunk in chunks])
    texts = [text or "" for text in postings.column("description").to_pylist()]
    towns = [
        f"{c}/{s}" for c, s in zip(*(postings.column(n).to_pylist() for n in ("city", "state_postal")), strict=True)
    ]
    with tempfile.TemporaryDirectory(prefix="currency-bench-") as name:
        _warm(Path(name) / "warm")
        contenders: dict[str, Callable[[], tuple[Any, float]]] = {
            "ours": lambda: (_ours(postings, Path(name)), 0.0),
            "datasketch": lambda: (_datasketch(texts, towns), 0.0),
            "rensa": lambda: _rensa(texts, towns),
        }
        spent: dict[str, list[float]] = defaultdict(list)
        aside: dict[str, list[float]] = defaultdict(list)
        found: dict[str, Any] = {}
        for _ in range(ROUNDS):
            for who, work in contenders.items():
                begun = time.process_time()
                found[who], outside = work()
                spent[who].append(time.process_time() - begun)
                aside[who].append(spent[who][-1] - outside)
    told: dict[str, Any] = {"rows": len(opening)}
    for who, groups in found.items():
        precision, recall, *_ = pair_quality(opening, np.asarray(groups, np.int64))
        told[who] = {
            "k_rows_per_cpu_s": round(len(opening) / min(spent[who]) / 1e3, 2),
            "precision": round(precision, 4),
            "recall": round(recall, 4),
        }
    told["rensa"]["k_rows_per_cpu_s_without_shingles"] = round(len(opening) / min(aside["rensa"]) / 1e3, 2)
    return told


def _ours(postings: Any, folder: Path) -> Any:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from extractors.posting_text import deduplicate

    table = pa.concat_tables([deduplicate.signatures(batch) for batch in postings.to_batches()])
    pq.write_table(table, folder / "s.parquet", **deduplicate.WRITE_OPTIONS)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        deduplicate.group([folder / "s.parquet"], folder / "out.parquet", Path(work))
    out = pq.read_table(folder / "out.parquet").sort_by("posting_key")
    groups = np.empty(postings.num_rows, np.int64)
    groups[np.argsort(postings.column("posting_key").to_numpy())] = out.column("dup_group").to_numpy()
    return groups


_WORD = re.compile(r"\w+")


def _shingles(text: str) -> list[str]:
    words = _WORD.findall(text.lower())
    return [" ".join(words[i : i + 3]) for i in range(len(words) - 2)] or words


def _components(count: int, pairs: Iterable[tuple[int, int]]) -> Any:
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.array(list(pairs), np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), (count, count))
    return connected_components(graph, directed=False)[1]


def _datasketch(texts: Sequence[str], towns: Sequence[str]) -> Any:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.5, num_perm=128)
    hashes = []
    for row, text in enumerate(texts):
        made = MinHash(num_perm=128)
        made.update_batch([shingle.encode() for shingle in _shingles(text)])
        hashes.append(made)
        if text:
            index.insert(row, made)
    pairs = (
        (row, other)
        for row, made in enumerate(hashes)
        for other in (index.query(made) if texts[row] else ())
        if other > row and towns[row] == towns[other] and made.jaccard(hashes[other]) >= 0.5
    )
    return _components(len(texts), pairs)


def _rensa(texts: Sequence[str], towns: Sequence[str]) -> tuple[Any, float]:
    """Components, and the CPU seconds of shingling outside rensa."""
    from rensa import RMinHash, RMinHashLSH

    begun = time.process_time()
    shingles = [_shingles(text) for text in texts]
    outside = time.process_time() - begun
    hashes = RMinHash.from_token_sets(shingles, 128, 42)
    index = RMinHashLSH(0.5, 128, 32)
    index.insert_pairs([(row, made) for row, made in enumerate(hashes) if texts[row]])
    pairs = (
        (row, other)
        for row, made in enumerate(hashes)
        for other in (index.query(made) if texts[row] else ())
        if other > row and towns[row] == towns[other] and made.jaccard(hashes[other]) >= 0.5
    )
    return _components(len(texts), pairs), outside


if __name__ == "__main__":
    if "--size" in sys.argv:
        print(json.dumps(at_size(int(sys.argv[sys.argv.index("--size") + 1]))))
    elif "--peers" in sys.argv:
        print(json.dumps(beside_peers()))
    else:
        main(sys.modules[__name__])
