"""`currency doctor`: is everything here that a refresh needs?

Belongs here: looking, one line with a remedy for each thing. Does not belong here: repairing anything.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from extractors.failures import CurrencyFailure
from warehouse.failures import WarehouseFailure
from warehouse.paths import CHECKOUT, DataRoot, dbt_project_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

OK, WARN, FAIL = "ok", "warn", "fail"
ROOM_WARN, ROOM_FAIL = 5 * 10**9, 10**9  # bytes free
PINNED = (
    "dagster",
    "dagster-dbt",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "pandas",
    "pyarrow",
    "sqlalchemy",
)


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, ok | warn | fail, what was found, what to do."""

    check: str
    status: str
    found: str
    remedy: str = ""


def examine(root: DataRoot) -> list[Finding]:
    """Everything, in the order in which a person would ask. Never raises for what it finds."""
    found: list[Finding] = []
    for look in (
        _contact,
        _key,
        _disk,
        _permissions,
        _vault,
        _versions,
        _locks,
        _archive,
        _releases,
        _dagster,
        _policy,
    ):
        try:
            found += look(root)
        except (CurrencyFailure, WarehouseFailure, OSError) as error:
            found.append(Finding(look.__name__.strip("_"), FAIL, str(error)))
    return found


def _contact(root: DataRoot) -> Iterator[Finding]:
    said = os.environ.get("CURRENCY_CONTACT", "").strip()
    if said:
        yield Finding("contact", OK, said)
    else:
        yield Finding(
            "contact",
            WARN,
            "CURRENCY_CONTACT is not set: nothing can be fetched from bls.gov",
            'name your agency, e.g. CURRENCY_CONTACT="https://labor.state.example; data@state.example"',
        )


def _key(root: DataRoot) -> Iterator[Finding]:
    if os.environ.get("ONET_API_KEY"):
        yield Finding("O*NET key", OK, "ONET_API_KEY is set: Web Services are asked")
    else:
        yield Finding("O*NET key", OK, "none: the bulk database is downloaded instead, which holds the same tables")


def _disk(root: DataRoot) -> Iterator[Finding]:
    there = next(p for p in (root.root, *root.root.parents) if p.exists())
    free = shutil.disk_usage(there).free
    status = FAIL if free < ROOM_FAIL else WARN if free < ROOM_WARN else OK
    remedy = (
        ""
        if status == OK
        else "free space, or set CURRENCY_DATA_DIR; currency archive prune and currency release prune help"
    )
    yield Finding("disk", status, f"{free / 1e9:.1f} GB free at {there}", remedy)


def _permissions(root: DataRoot) -> Iterator[Finding]:
    there = next(p for p in (root.root, *root.root.parents) if p.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield Finding(
            "data root", FAIL, f"{there} cannot be written", "give this user write access, or set CURRENCY_DATA_DIR"
        )
        return
    yield Finding(
        "data root", OK, f"{root.root}" + ("" if root.root.exists() else " (will be made by the first refresh)")
    )
    if root.restricted.exists() and stat.S_IMODE(root.restricted.stat().st_mode) & 0o077:
        mode = f"{stat.S_IMODE(root.restricted.stat().st_mode):04o}"
        yield Finding(
            "restricted zone", FAIL, f"{root.restricted} is open to others ({mode})", f"chmod 700 {root.restricted}"
        )


def _vault(root: DataRoot) -> Iterator[Finding]:
    """Whether keys are set up, open, and in a backup; no keys are fine until there are records of students."""
    if not (root.vault_keys / "keyring.json").exists():
        if any(root.restricted.glob("drop/*/*")) or any(root.restricted.glob("archive/*")):
            remedy = "currency vault restore FILE where there were keys, else currency vault init"
            yield Finding("keys", WARN, "none are set up, and records of students wait", remedy)
        else:
            yield Finding("keys", OK, "none are set up: no records of students are taken (currency vault init)")
        return
    from warehouse.vault import Vault
    from warehouse.vault.keys import DESTROYED
    from warehouse.vault.ring import outstanding_backups

    vault = Vault.open(root)  # its failure says what to do
    living = [entry for entry in vault.entries() if entry.status != DESTROYED]
    newest = max((made["made_at"] for made in outstanding_backups(vault.ring)), default="")
    alone = sum(entry.created_at > newest for entry in living)
    if alone:
        yield Finding(
            "keys", WARN, f"{alone} of {len(living)} keys are in no backup", "currency vault backup FILE --generate"
        )
    else:
        yield Finding("keys", OK, f"{len(living)} keys, all in a backup")


def _versions(root: DataRoot) -> Iterator[Finding]:
    wanted = _pins(CHECKOUT / "requirements.lock")
    wrong = []
    for name in PINNED:
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            here = "missing"
        if name in wanted and here != wanted[name]:
            wrong.append(f"{name} {here} (lock: {wanted[name]})")
    if not wanted:
        yield Finding("versions", WARN, "requirements.lock is not here: nothing to compare with")
    elif wrong:
        yield Finding(
            "versions", WARN, ", ".join(wrong), "make install: it brings the environment to requirements.lock"
        )
    else:
        yield Finding("versions", OK, f"{len(PINNED)} packages as in requirements.lock")


def _pins(lock: Path) -> Mapping[str, str]:
    """name -> version of the lines `name==version ...`; the first one that a marker lists wins."""
    found: dict[str, str] = {}
    if lock.is_file():
        for name, pinned in re.findall(
            r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found.setdefault(name.lower(), pinned)
    return found


def _locks(root: DataRoot) -> Iterator[Finding]:
    held = [name for name, path in _lock_files(root).items() if path.exists() and _is_held(path)]
    if held:
        yield Finding(
            "locks",
            WARN,
            f"held: {', '.join(held)}",
            "another command is at work; wait for it. A lock of a dead process frees itself",
        )
    else:
        yield Finding("locks", OK, "nobody is at work on this data root")


def _lock_files(root: DataRoot) -> dict[str, Path]:
    return {
        "refresh": root.state / "refresh.lock",
        "archive": root.lock_file.with_name(root.lock_file.name + ".guard"),
        "release": root.releases / ".lock",
        "raw": root.raw / ".guard",
    }


def _is_held(path: Path) -> bool:
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def _archive(root: DataRoot) -> Iterator[Finding]:
    from extractors.archive import Archive

    archive = Archive(root)
    lock = archive.lock()
    if not lock.datasets:
        yield Finding(
            "captures", WARN, "none is accepted yet", "currency refresh, or currency archive import <dataset> <file>"
        )
        return
    problems = archive.verify()
    if problems:
        first = problems[0]
        yield Finding(
            "captures",
            FAIL,
            f"{len(problems)} broken; {first.dataset}/{first.capture_id} {first.file}: {first.found}",
            first.remedy,
        )
    else:
        yield Finding("captures", OK, f"{len(lock.captures())} in the lock, every byte as it was stored")
    drafts = [c for c in archive.list() if c.status == "draft"]
    if drafts:
        names = ", ".join(sorted({c.dataset for c in drafts}))
        yield Finding(
            "drafts",
            WARN,
            f"{len(drafts)} not accepted: {names}",
            "currency archive list shows why; currency refresh lands what can be",
        )


def _releases(root: DataRoot) -> Iterator[Finding]:
    from warehouse.release import current_release, verify

    current = current_release(root)
    if current is None:
        yield Finding("release", WARN, "nothing is released yet", "currency refresh --sample shows how it looks")
        return
    problems = verify(current)
    if problems:
        yield Finding(
            "release",
            FAIL,
            f"{current.release_id}: {'; '.join(problems[:3])}",
            "currency release repair, or currency release rollback",
        )
    else:
        yield Finding("release", OK, f"{current.release_id} is served and whole")


def _dagster(root: DataRoot) -> Iterator[Finding]:
    home = Path(os.environ.get("DAGSTER_HOME") or CHECKOUT)
    if not (home / "dagster.yaml").is_file():
        yield Finding(
            "Dagster",
            FAIL,
            f"no dagster.yaml in {home}",
            "unset DAGSTER_HOME, or copy dagster.yaml of the checkout there",
        )
    else:
        yield Finding("Dagster", OK, f"settings of {home}, state under {root.state / 'dagster'}")


def _policy(root: DataRoot) -> Iterator[Finding]:
    broken = []
    folder = dbt_project_dir() / "seeds" / "policy"
    files = sorted(folder.glob("*.csv"))
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            try:
                header = next(reader, [])
                broken += [
                    f"{file.name}, line {reader.line_num}: {len(row)} columns instead of {len(header)}"
                    for row in reader
                    if row and len(row) != len(header)
                ]
            except (csv.Error, UnicodeDecodeError) as error:
                broken.append(f"{file.name}, line {reader.line_num}: {error}")
    if not files:
        yield Finding("policy", FAIL, f"no CSV in {folder}", "check CURRENCY_DBT_PROJECT_DIR")
    elif broken:
        yield Finding(
            "policy", FAIL, "; ".join(broken[:3]), "correct the line; a text with a comma stands in double quotes"
        )
    else:
        yield Finding("policy", OK, f"{len(files)} files of {folder}")


Look = Callable[[DataRoot], Iterator[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check keys, contact, disk, versions, locks, captures, release, policy. Exit code 1 when something fails."""
    findings = examine(ctx.obj["root"])
    if as_json:
        click.echo(json.dumps([asdict(f) for f in findings], indent=2))
    else:
        colour = {OK: "green", WARN: "yellow", FAIL: "red"}
        for f in findings:
            click.echo(f"{click.style(f'{f.status:5}', fg=colour[f.status], bold=True)} {f.check:16} {f.found}")
            if f.remedy:
                click.echo(f"{'':22} -> {f.remedy}")
    ctx.exit(1 if any(f.status == FAIL for f in findings) else 0)
