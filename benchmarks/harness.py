"""What the benchmarks share: running a command and weighing it, a figure with its limit, a sample state at hand.

Belongs here: stopwatch, memory scale, table. Does not belong here: what is measured (one script per figure).

Import times come out of the very run that is timed: Python writes them to standard error when
PYTHONPROFILEIMPORTTIME is set. That costs a tenth of a second or so, and it counts against us.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol

from warehouse.paths import CHECKOUT

CURRENCY = Path(sys.executable).with_name("currency")
GIB = 1 << 30
SAMPLE_STATE = "XA"
# What a line of -X importtime says: microseconds of the module itself, and its name.
_IMPORT = re.compile(rb"^import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)", re.MULTILINE)
_TOOLS = {
    "dagster": ("dagster", "dagster_dbt", "dagster_shared", "dagster_pipes"),
    "dbt": ("dbt", "dbt_common", "dbt_extractor", "agate", "metricflow", "dbt_semantic_interfaces"),
    "Great Expectations": ("great_expectations",),
    "pandas, pyarrow, DuckDB": ("pandas", "numpy", "pyarrow", "duckdb"),
    "ours": ("orchestration", "warehouse", "extractors", "expectations"),
}


class Skipped(Exception):
    """A figure that cannot be measured here; the message says what is missing."""


@dataclass(frozen=True)
class Run:
    """One command, run once.

    Attributes:
        seconds: wall time.
        cpu_seconds: user and system time of the process and its children.
        peak_bytes: highest sum of resident memory over the process and its children, sampled every 50 ms.
        imports: tool -> seconds spent importing it, in the process and in children that share its standard error.
        stdout: what it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    imports: Mapping[str, float]
    stdout: str

    @property
    def startup_seconds(self) -> float:
        """All imports together."""
        return sum(self.imports.values())

    def report(self) -> dict[str, Any]:
        """The JSON that the command printed."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


@dataclass(frozen=True)
class Figure:
    """A figure that we claim, measured.

    Attributes:
        name: what was done.
        limit: the most that it may be.
        value: what it was; None when it could not be measured.
        unit: "s" or "GiB".
        startup: the part of it that is the tools' start-up, in seconds.
        detail: more numbers, for people.
        peak_bytes: memory of the run behind it.
        skipped: why it was not measured.
        failed: what the command said when it failed.
    """

    name: str
    limit: float
    value: float | None
    unit: str = "s"
    startup: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    peak_bytes: int = 0
    skipped: str = ""
    failed: str = ""

    @property
    def verdict(self) -> str:
        """ok | TOO MUCH | skipped | FAILED."""
        if self.value is None:
            return "FAILED" if self.failed else "skipped"
        return "ok" if self.value <= self.limit else "TOO MUCH"


def timed(name: str, limit: float, run: Run, detail: Mapping[str, Any] | None = None) -> Figure:
    """The wall time of a run as a figure."""
    said: dict[str, Any] = {
        "cpu_seconds": round(run.cpu_seconds, 2),
        "imports": {k: round(v, 2) for k, v in run.imports.items()},
    }
    said |= detail or {}
    return Figure(name, limit, run.seconds, startup=run.startup_seconds, detail=said, peak_bytes=run.peak_bytes)


def run(command: Sequence[str | Path], environment: Mapping[str, str], *, ok: Sequence[int] = (0,)) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: it ended with an exit code that is not in `ok`; the end of its standard error is in the message.
    """
    with tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as out:
        begun, spent = time.perf_counter(), _children_cpu()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **environment, "PYTHONPROFILEIMPORTTIME": "1", "DO_NOT_TRACK": "1"},
            cwd=CHECKOUT,
        )
        with _scale(process.pid) as peak:
            code = process.wait()
        seconds, cpu = time.perf_counter() - begun, _children_cpu() - spent
        for stream in (out, err):
            stream.seek(0)
        said, noise = out.read().decode("utf-8", "replace"), err.read()
    if code not in ok:
        words = b"\n".join(line for line in noise.splitlines() if not line.startswith(b"import time:"))
        told = words.decode("utf-8", "replace")[-2000:] + said[-500:]
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {code}: {told}")
    return Run(seconds, cpu, peak[0], _imports(noise), said)


def currency(*arguments: str, environment: Mapping[str, str], ok: Sequence[int] = (0,)) -> Run:
    """Run the console script."""
    return run([CURRENCY, *arguments], environment, ok=ok)


def _imports(noise: bytes) -> dict[str, float]:
    spent = dict.fromkeys([*_TOOLS, "other"], 0.0)
    home = {package: tool for tool, packages in _TOOLS.items() for package in packages}
    for microseconds, module in _IMPORT.findall(noise):
        spent[home.get(module.decode().split(".", 1)[0], "other")] += int(microseconds) / 1e6
    return {tool: seconds for tool, seconds in spent.items() if seconds >= 0.005}


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


@contextmanager
def _scale(pid: int) -> Iterator[list[int]]:
    """Weighs a process and its children while the block runs; the one entry of the list is the peak in bytes."""
    peak, over = [0], threading.Event()

    def weigh() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], _resident(pid))

    thread = threading.Thread(target=weigh, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _resident(pid: int) -> int:
    """Resident bytes of a process and all its descendants, now; 0 once it is gone."""
    try:
        import psutil
    except ImportError:
        return _resident_by_proc(pid)
    try:
        top = psutil.Process(pid)
        family = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for process in family:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _resident_by_proc(pid: int) -> int:
    """The same where psutil is not installed, from /proc (Linux)."""
    total, waiting = 0, [pid]
    while waiting:
        home = Path("/proc") / str(waiting.pop())
        try:
            total += int((home / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in (home / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except (OSError, ValueError):
            continue
    return total


# ----------------------------------------------------------------------------------------------------- the sample state


class Bench:
    """A scratch folder with a sample state that is built once, and shared by the figures that need one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"CURRENCY_DATA_DIR": str(folder / "data")}
        self.first: Run | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def released(self) -> Run:
        """The sample state from nothing to released; measured by the first who asks."""
        if self.first is None:
            shutil.rmtree(self.data, ignore_errors=True)
            self.first = currency("refresh", "--sample", "--json", environment=self.environment)
            _require(self.first, "released")
        return self.first


def _require(found: Run, outcome: str) -> None:
    report = found.report()
    if report["outcome"] != outcome:
        raise RuntimeError(
            f"the refresh came to {report['outcome']!r} instead of {outcome!r}: {report['problems'][:3]}"
        )


def expect(found: Run, outcome: str) -> Run:
    """The run itself, if its report says `outcome`. Raises RuntimeError otherwise."""
    _require(found, outcome)
    return found


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="currency-bench-") as folder:
        yield Bench(Path(folder))


# ------------------------------------------------------------------------------------------------------------ the table


def print_table(figures: Sequence[Figure]) -> None:
    """The figures as a table, and below it what each run spent on imports."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Figures", title_justify="left")
    for header in ("what", "limit", "measured", "of it start-up", "CPU", "peak memory", ""):
        table.add_column(header, justify="left" if header in ("what", "") else "right")
    for f in figures:
        cpu = f.detail.get("cpu_seconds")
        table.add_row(
            f.name,
            f"{f.limit:g} {f.unit}",
            f"{f.value:.2f} {f.unit}" if f.value is not None else "-",
            f"{f.startup:.2f} s" if f.startup is not None else "-",
            f"{cpu:.2f} s" if cpu is not None else "-",
            f"{f.peak_bytes / GIB:.2f} GiB" if f.peak_bytes else "-",
            f.verdict,
        )
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    for f in figures:
        if f.skipped:
            console.print(f"{f.name}: skipped, {f.skipped}")
        elif f.failed:
            console.print(f"{f.name}: failed, {f.failed}", markup=False)
        elif f.detail:
            rest = {k: v for k, v in f.detail.items() if k != "cpu_seconds"}
            console.print(f"{f.name}: " + "; ".join(f"{k} {_plain(v)}" for k, v in rest.items()), soft_wrap=True)


def _plain(value: Any) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)


def as_json(figures: Sequence[Figure]) -> str:
    """The figures for a program."""
    return json.dumps(
        {
            "python": sys.version.split()[0],
            "cores": os.cpu_count(),
            "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
            "figures": [{**asdict(f), "verdict": f.verdict} for f in figures],
        },
        indent=2,
    )


class Benchmark(Protocol):
    """What a benchmark's module offers."""

    NAME: str
    LIMIT: float

    def measure(self, bench: Bench) -> Figure:
        """Measure it once."""


def main(*benchmarks: Any, summary: Callable[[Sequence[Figure]], Figure] | None = None) -> NoReturn:
    """Measure, print, and end with 1 when a limit is passed or a command fails. `--json` prints JSON, and nothing else.

    Args:
        benchmarks: modules with NAME, LIMIT and measure.
        summary: one more figure, out of the others.
    """
    as_json_only = "--json" in sys.argv[1:]
    figures: list[Figure] = []
    with bench() as ground:
        for benchmark in benchmarks:
            figures.append(_measured(benchmark, ground))
            if not as_json_only:
                print(f"  {figures[-1].name}: {figures[-1].verdict}", file=sys.stderr, flush=True)
    if summary and any(figure.peak_bytes for figure in figures):
        figures.append(summary(figures))
    if as_json_only:
        print(as_json(figures))
    else:
        print_table(figures)
    sys.exit(1 if any(f.verdict in {"TOO MUCH", "FAILED"} for f in figures) else 0)


def _measured(benchmark: Benchmark, ground: Bench) -> Figure:
    try:
        return benchmark.measure(ground)
    except Skipped as why:
        return Figure(benchmark.NAME, benchmark.LIMIT, None, skipped=str(why))
    except RuntimeError as error:
        return Figure(benchmark.NAME, benchmark.LIMIT, None, failed=str(error))
