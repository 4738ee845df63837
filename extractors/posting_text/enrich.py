"""Reads the postings of the accepted captures: signatures, requirements, occupations; then which are the same opening.

Belongs here: what has to be read again and what is kept, work units, worker processes, the order of the stages. Does
not belong here: how anything is read (`deduplicate`, `occupation`, `requirements`).

    raw/posting_text/dataset=…/capture_id=…/month=YYYY-MM/<stage>-<fingerprint>/<table>-NNNNN.parquet
    raw/posting_text/_group/months/grouping-YYYY-MM-<content>.parquet
    raw/posting_text/_coder/<fingerprint>.npz                      trained once per O*NET capture
    raw/posting_text/_vocabulary/<fingerprint>.bin                 the lexicon, ready to read with
    raw/posting_text/_title/<coder>/NNNNN.parquet                  codes of the distinct titles met so far

A stage of a month is done when its folder is there: it is written aside and renamed. The fingerprint holds everything
that decides its content, so a new month costs that month, an edited lexicon costs the reading of requirements and
nothing else. Sentences that decided stay beside, in the raw zone; no table that the build sees has text.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import atomic, ingest
from extractors.failures import PermanentFailure
from extractors.posting_text.tables import ENRICHED_TABLES
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import pyarrow as pa

    from extractors.archive import Lock

Progress = Callable[[str, int, int], object]
"""(what, done, of how many)."""

POSTINGS = "job_postings__postings"
READ_FROM = ("job_postings", "onet", "soc_structure", "credential_list")
"""The datasets that decide a reading. No other need be parsed for it: assets run side by side."""
STAGES: Mapping[str, tuple[str, ...]] = {
    "signature": ("signature",),
    "requirement": ("mention", "unlisted", "requirement", "sentence"),
    "occupation": ("occupation",),
}
UNIT_ROWS = 20_000
"""Postings that one worker holds at a time; of 2 kB each they take some 200 MB with everything made of them. Months of
small captures share a unit, a large month has several."""
LONG_NAME = 10
_STATE_COLUMNS = ("state_postal", "source_code", "credential_name", "credential_type", "is_deleted", "row_number")
INLINE_ROWS = 100_000
"""Up to here the work is done in this process: starting workers would cost more."""


@dataclass(frozen=True)
class Settings:
    """What decides the reading besides code and captures.

    Attributes:
        credential_csv, form_csv: the lexicon.
        window_days: postings further apart are different openings (J4).
        similarity: of the texts of near-duplicates, 0-1 (J4).
        workers: processes; None takes the machine's cores but one. On two cores that are one, as a rented machine's
            often are, a second worker took half as much CPU again and saved no time.
    """

    credential_csv: Path
    form_csv: Path
    window_days: int = 60
    similarity: float = 0.9
    workers: int | None = None

    @property
    def hands(self) -> int:
        """How many work at a time."""
        return self.workers or max(1, (os.cpu_count() or 1) - 1)


@dataclass
class Enrichment:
    """What the reading came to.

    Attributes:
        files: enriched table's full name -> Parquet files for the build.
        fingerprint: equal inputs, code and settings give equal fingerprints.
        postings, months, months_read: how many there are, and how many months had to be read.
    """

    files: dict[str, list[Path]] = field(default_factory=dict)
    fingerprint: str = ""
    postings: int = 0
    months: int = 0
    months_read: int = 0
    groups: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Month:
    """The raw files of one posting month of one capture.

    Attributes:
        content: changes with what the files hold, so that a capture that is parsed anew is read anew.
    """

    dataset: str
    capture_id: str
    month: str
    files: tuple[Path, ...]
    rows: int
    content: str

    @property
    def name(self) -> str:
        """For fingerprints."""
        return f"{self.dataset}/{self.capture_id}/{self.month}/{self.content}"

    def home(self, root: DataRoot) -> Path:
        """Where its enrichment lies."""
        return _home(root) / f"dataset={self.dataset}" / f"capture_id={self.capture_id}" / f"month={self.month}"


def enrich(root: DataRoot, lock: Lock, settings: Settings, progress: Progress | None = None) -> Enrichment:
    """Read what is new, keep what was read before.

    Raises:
        PermanentFailure: no O*NET capture to train the occupation coder on; the lexicon is damaged.
    """
    lock = lock.of(*READ_FROM)
    months = _months(root, lock)
    done = Enrichment(postings=sum(m.rows for m in months), months=len(months))
    if not months:
        done.files = {name: [] for name in ENRICHED_TABLES}
        done.fingerprint = "no postings"
        return done
    tell = progress or (lambda *_: None)
    atomic.sweep(_home(root))
    coder = coder_model(root, lock, tell)
    prints = _fingerprints(root, lock, settings, coder)
    due = {m: stages for m in months if (stages := _missing(root, m, prints))}
    if due:
        with _workers(settings, sum(m.rows for m in due)) as pool:
            if any("occupation" in stages for stages in due.values()):
                _code_titles(root, [m for m in due if "occupation" in due[m]], coder, pool, tell)
            _read(root, lock, due, prints, settings, coder, pool, tell)
    done.months_read = len(due)
    grouped = _group(root, months, prints, settings, tell)
    done.groups = grouped
    for name in ENRICHED_TABLES:
        table = name.partition("__")[2]
        stage = next((s for s, tables in STAGES.items() if table in tables), None)
        done.files[name] = (
            [f for m in months for f in sorted(_stage(root, m, stage, prints).glob(f"{table}-*.parquet"))]
            if stage
            else [_home(root) / "_group" / "months" / name for name in grouped["files"]]
        )
    keys = [*prints.values(), *(m.name for m in months), grouped["fingerprint"]]
    done.fingerprint = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
    return done


# ------------------------------------------------------------------------------------------------ what there is to read


def _home(root: DataRoot) -> Path:
    return root.raw / "posting_text"


def _months(root: DataRoot, lock: Lock) -> list[Month]:
    """Months of all current deliveries, in the order of dataset, capture and month."""
    import pyarrow.parquet as pq

    found: dict[tuple[str, str, str], list[Path]] = {}
    for dataset, capture_id, role, path in ingest.raw_files(root, lock).get(POSTINGS, []):
        if role == "current":
            found.setdefault((dataset, capture_id, path.parent.name.removeprefix("month=")), []).append(path)
    months = []
    for key, paths in sorted(found.items()):
        files = tuple(sorted(paths))
        rows = sum(pq.read_metadata(p).num_rows for p in files)
        months.append(Month(*key, files, rows, _digest([_footer(p) for p in files])))
    return months


def _footer(file: Path) -> bytes:
    """The end of a Parquet file: sizes and bounds of every column, which no other content shares."""
    with file.open("rb") as stream:
        stream.seek(-8, os.SEEK_END)
        size = int.from_bytes(stream.read(4), "little")
        stream.seek(-8 - size, os.SEEK_END)
        return stream.read(size)


def _fingerprints(root: DataRoot, lock: Lock, settings: Settings, coder: Path) -> dict[str, str]:
    """Stage -> 12 hex digits over what decides its content."""
    from extractors.posting_text.requirements.lexicon import form_files

    lines = _code("lines")
    lexicon = [path.read_bytes() for path in (settings.credential_csv, *form_files(settings.form_csv))]
    lexicon += [json.dumps(row, sort_keys=True).encode() for row in state_credentials(root, lock)]
    return {
        "signature": _digest([_code("deduplicate"), lines]),
        "requirement": _digest([_code("requirements"), lines, *lexicon]),
        "occupation": _digest([_code("occupation"), coder.name.encode()]),
    }


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]


@cache
def _code(package: str) -> bytes:
    """A hash over the code and data of a reading package."""
    digest = hashlib.sha256()
    for file in sorted((Path(__file__).parent / package).rglob("*")):
        if file.suffix in {".py", ".csv"}:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.digest()


def _stage(root: DataRoot, month: Month, stage: str, prints: Mapping[str, str]) -> Path:
    return month.home(root) / f"{stage}-{_digest([prints[stage].encode(), month.content.encode()])}"


def _missing(root: DataRoot, month: Month, prints: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(stage for stage in STAGES if not _stage(root, month, stage, prints).is_dir())


# --------------------------------------------------------------------------------------------------- lexicon of a state


def state_credentials(root: DataRoot, lock: Lock) -> list[dict[str, Any]]:
    """The states' own credentials, as names to look for: code `STATE:code`, name, type; sorted.

    The build knows which of them are credentials of the lexicon under another name. A name of one short word stands
    for many things and is not looked for.
    """
    import pyarrow.parquet as pq

    rows = [
        row
        for *_, role, path in ingest.raw_files(root, lock).get("credential_list__credentials", [])
        if role == "current"
        for row in pq.read_table(path, columns=list(_STATE_COLUMNS), partitioning=None).to_pylist()
    ]
    found = {
        f"{r['state_postal']}:{r['source_code'] or 'row' + str(r['row_number'])}": r
        for r in rows
        if not r["is_deleted"] and len(r["credential_name"].split()) > 1 and len(r["credential_name"]) >= LONG_NAME
    }
    return [
        {"code": code, "name": row["credential_name"], "type": row["credential_type"]}
        for code, row in sorted(found.items())
    ]


# -------------------------------------------------------------------------------------------------------- the SOC coder


def coder_model(root: DataRoot, lock: Lock, tell: Progress = lambda *_: None) -> Path:
    """The occupation coder of the O*NET capture in the lock, trained when there is none yet."""
    import pyarrow.parquet as pq

    onet, soc = lock.current("onet"), lock.current("soc_structure")
    if not onet or not soc:
        raise PermanentFailure(
            f"there is no accepted capture of {'onet' if not onet else 'soc_structure'}",
            where="occupation coder",
            expected="O*NET titles and tasks, and the SOC structure, to learn occupations from",
            remedy="`currency archive fetch onet soc_structure`, then refresh",
        )
    captures = [f"{d}/{c}" for d, c in (("onet", onet), ("soc_structure", soc))]
    contents = [lock.content.get(c, c) for c in captures]
    path = _home(root) / "_coder" / f"{_digest([_code('occupation'), *(c.encode() for c in contents)])}.npz"
    if path.is_file():
        return path
    from extractors.posting_text import occupation

    tell("learning occupations from O*NET", 0, 1)
    raw = ingest.raw_files(root, lock)

    def table(name: str) -> pa.Table:
        return pq.read_table([p for *_, role, p in raw[name] if role == "current"], partitioning=None)

    path.parent.mkdir(parents=True, exist_ok=True)
    tmp = atomic.tmp_path(path.parent, "coder").with_suffix(".npz")
    try:
        occupation.train(
            titles=table("onet__titles"),
            tasks=table("onet__tasks"),
            occupations=table("onet__occupations"),
            soc=table("soc__structure"),
            out=tmp,
        )
        atomic.fsync_path(tmp)
        tmp.replace(path)
    finally:
        tmp.unlink(missing_ok=True)
    tell("learning occupations from O*NET", 1, 1)
    return path


# ------------------------------------------------------------------------------------------------------------- the work


@contextlib.contextmanager
def _workers(settings: Settings, rows: int) -> Iterator[Executor | None]:
    """Worker processes, or None where it is less work to do it here."""
    if rows <= INLINE_ROWS or settings.hands == 1:
        from extractors.posting_text import unit

        try:
            yield None
        finally:
            unit.forget()
        return
    import multiprocessing

    # Threads of Arrow and DuckDB do not survive a fork.
    with ProcessPoolExecutor(settings.hands, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _run(
    pool: Executor | None, work: Callable[[Any], Any], tasks: Sequence[Any], tell: Progress, what: str
) -> Iterator[Any]:
    results = pool.map(work, tasks) if pool else map(work, tasks)
    for done, result in enumerate(results, start=1):
        tell(what, done, len(tasks))
        yield result


def _pieces(month: Month) -> Iterator[tuple[Path, tuple[int, ...], int]]:
    """(file, row groups, rows) of at most about `UNIT_ROWS` postings each."""
    import pyarrow.parquet as pq

    for file in month.files:
        meta = pq.read_metadata(file)
        groups: list[int] = []
        rows = 0
        for group in range(meta.num_row_groups):
            groups.append(group)
            rows += meta.row_group(group).num_rows
            if rows >= UNIT_ROWS:
                yield file, tuple(groups), rows
                groups, rows = [], 0
        if groups:
            yield file, tuple(groups), rows


def _title_cache(root: DataRoot, coder: Path) -> Path:
    return _home(root) / "_title" / coder.stem


def _code_titles(root: DataRoot, months: Sequence[Month], coder: Path, pool: Executor | None, tell: Progress) -> None:
    """Codes every distinct title that was not met before; a title is coded once, however often it is posted."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    cache = _title_cache(root, coder)
    cache.mkdir(parents=True, exist_ok=True)
    atomic.sweep(cache)
    before = sorted(cache.glob("*.parquet"))
    known = [pq.read_table(f, columns=["title"], partitioning=None).column(0) for f in before]
    files = [f for m in months for f in m.files]
    found = pa.chunked_array(
        [pq.read_table(f, columns=["title"]).column(0).unique() for f in files] or [[]], pa.string()
    )
    titles = pc.unique(found).drop_null()
    if known:
        met = pa.concat_arrays([chunk for column in known for chunk in column.chunks])
        titles = titles.filter(pc.invert(pc.is_in(titles, value_set=met)))
    if not len(titles):
        return
    listed = titles.to_pylist()
    size = max(2_000, -(-len(listed) // 8))
    tasks = [(coder, listed[start : start + size]) for start in range(0, len(listed), size)]
    tables = list(_run(pool, _code_unit, tasks, tell, "coding titles"))
    tmp = atomic.tmp_path(cache, "title")
    pq.write_table(pa.concat_tables(tables), tmp, compression="zstd")
    tmp.replace(cache / f"{len(before):05d}.parquet")


def _code_unit(task: tuple[Path, list[str]]) -> pa.Table:
    coder, titles = task
    from extractors.posting_text.unit import coded_titles

    return coded_titles(coder, titles)


def _vocabulary(root: DataRoot, lexicon: tuple[Path, Path, str], fingerprint: str) -> Path:
    """The file of the lexicon, ready to read with; those of other lexicons go."""
    from extractors.posting_text.unit import prepare_vocabulary

    file = _home(root) / "_vocabulary" / f"{fingerprint}.bin"
    prepare_vocabulary(lexicon, file)
    for stale in file.parent.iterdir():
        if stale != file:
            stale.unlink()
    return file


def _read(
    root: DataRoot,
    lock: Lock,
    due: Mapping[Month, tuple[str, ...]],
    prints: Mapping[str, str],
    settings: Settings,
    coder: Path,
    pool: Executor | None,
    tell: Progress,
) -> None:
    """Every due stage of every due month: written aside, visible by one rename each when the month is whole."""
    from extractors.posting_text.unit import Part, Unit, read_unit

    lexicon = (settings.credential_csv, settings.form_csv, json.dumps(state_credentials(root, lock)))
    titles = _title_cache(root, coder)
    vocabulary = _home(root) / "_vocabulary" / "none"
    if any("requirement" in stages for stages in due.values()):
        vocabulary = _vocabulary(root, lexicon, prints["requirement"])
    with contextlib.ExitStack() as stack:
        scratch: dict[tuple[Month, str], Path] = {}
        parts: list[list[Part]] = []
        months: list[list[Month]] = []
        left = dict.fromkeys(due, 0)
        room, number, before = 0, 0, None
        for month, stages in due.items():
            home = month.home(root)
            home.mkdir(parents=True, exist_ok=True)
            atomic.sweep(home)
            for stage in stages:
                scratch[month, stage] = stack.enter_context(atomic.scratch_folder(home))
            folders = {stage: str(scratch[month, stage]) for stage in stages}
            for file, groups, rows in _pieces(month):
                if rows > room or stages != before:
                    parts.append([])
                    months.append([])
                    room, before = UNIT_ROWS, stages
                parts[-1].append(Part(file, groups, folders, number))
                months[-1].append(month)
                left[month] += 1
                room, number = room - rows, number + 1
            if not left[month]:
                _publish(root, month, {stage: scratch[month, stage] for stage in stages}, prints)
        marks = [f.stat() for f in sorted(titles.glob("*.parquet"))]
        titles_print = " ".join(f"{mark.st_mtime_ns}-{mark.st_size}" for mark in marks)
        tasks = [Unit(tuple(p), lexicon, prints["requirement"], vocabulary, coder, titles, titles_print) for p in parts]
        for unit, _ in enumerate(_run(pool, read_unit, tasks, tell, "reading postings")):
            for month in months[unit]:
                left[month] -= 1
                if not left[month]:
                    _publish(root, month, {stage: scratch[month, stage] for stage in due[month]}, prints)


def _publish(root: DataRoot, month: Month, folders: Mapping[str, Path], prints: Mapping[str, str]) -> None:
    """The stages of a month that was read to its end become visible; what they replace goes."""
    for stage, folder in folders.items():
        target = _stage(root, month, stage, prints)
        atomic.publish_folder(folder, target)
        for stale in month.home(root).glob(f"{stage}-*"):
            if stale != target:
                atomic.discard(stale)


def _group(
    root: DataRoot, months: Sequence[Month], prints: Mapping[str, str], settings: Settings, tell: Progress
) -> dict[str, Any]:
    """Duplicate groups over all months; kept while neither signatures nor settings change."""
    home = _home(root) / "_group"
    files = [f for m in months for f in sorted(_stage(root, m, "signature", prints).glob("signature-*.parquet"))]
    fingerprint = _digest(
        [
            prints["signature"].encode(),
            str((settings.window_days, settings.similarity)).encode(),
            *(m.name.encode() for m in months),
        ]
    )
    report, out = home / "report.json", home / "months"
    if (known := _grouped_before(report, fingerprint)) is not None:
        return known
    from extractors.posting_text import deduplicate

    home.mkdir(parents=True, exist_ok=True)
    for left in home.iterdir():  # of a crash, or of how groups were kept before
        if left.is_dir() and left.name not in (out.name, "edges"):
            atomic.discard(left)
    report.unlink(missing_ok=True)  # it lists files that are about to go
    told = deduplicate.group(
        files,
        out,
        home / "edges",
        window_days=settings.window_days,
        similarity=settings.similarity,
        progress=tell,
        workers=min(4, settings.hands),
    )
    found = {**told.as_dict(), "fingerprint": fingerprint, "files": sorted(f.name for f in out.glob("*.parquet"))}
    atomic.write_json(report, found)
    return found


def _grouped_before(report: Path, fingerprint: str) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = told["fingerprint"] == fingerprint
    return told if whole and all((report.parent / "months" / name).is_file() for name in told["files"]) else None
