"""What a capture must be before it may feed the build: judged against the last accepted one.

Belongs here: checks on files, sizes, row counts and vintages, and their words. Does not belong here: what a column
may hold (landing gates), storing (`archive.py`). Pure: reads the capture's files, writes nothing; `today` is given.

Codes of errors: `empty_file`, `html_in_disguise`, `truncated_zip`, `encrypted_zip`, `zip_too_large`, `wrong_type`,
`missing_file`, `missing_table`, `size_jump`, `rows_jump`, `vintage_malformed`, `vintage_in_future`,
`vintage_older_than_accepted`, `sample_over_real`.
Codes of warnings: `layout_changed`, `quarantined_rows`, `first_real_capture`, `vintage_skipped`, `overdue`,
`overridden`.
`OVERRIDABLE` may be overridden by a person with a reason that stays in acceptance.json.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, Any

from extractors.failures import PermanentFailure
from extractors.http import looks_like_html
from extractors.model import Capture, DatasetSpec, ParsedTable
from extractors.release_calendar import ReleaseCalendar, vintage_order

OVERRIDABLE = frozenset({"missing_file", "size_jump", "rows_jump"})
_ZIP_MAGIC, _EMPTY_ZIP, _OLE_MAGIC, _GZIP_MAGIC = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"
_ZIPPED = (".zip", ".xlsx", ".xlsm")
_TEXT = (".csv", ".tsv", ".txt", ".json", ".xml")
_MAX_UNZIPPED = 8 << 30
_HEAD = 1024
_DOWNLOAD_AGAIN = (
    "download the file again in a browser, open it once to see that it is the data, "
    "and import it with `currency archive import`"
)


@dataclass(frozen=True)
class Finding:
    """One remark of the acceptance. `severity`: "error" holds the capture back, "warn" does not."""

    severity: str
    code: str
    message: str
    where: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that hold a capture back."""
    return [f for f in findings if f.severity == "error"]


def refuse(dataset: str, findings: Sequence[Finding], kept: str) -> PermanentFailure:
    """The failure for findings with errors; `kept` says where the draft lies."""
    bad = errors(findings)
    remedies = dict.fromkeys(f.remedy.rstrip(".") for f in bad if f.remedy)
    return PermanentFailure(
        "; ".join(f"{f.where + ': ' if f.where else ''}{f.message} [{f.code}]" for f in bad),
        where=dataset,
        expected="a capture that fits the last accepted one",
        remedy=". ".join([*remedies, f"The draft is kept at {kept}", "The last accepted capture keeps serving"]) + ".",
    )


def check(
    capture: Capture,
    last_accepted: Capture | None,
    spec: DatasetSpec,
    parsed: Sequence[ParsedTable] | None,
    today: date,
    calendar: ReleaseCalendar,
    *,
    expected_files: Sequence[str] = (),
    overrides: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Judge a capture. An empty list, or warnings only, means that it may be accepted.

    Args:
        last_accepted: the current capture of the dataset; its acceptance.json gives the row counts to compare with.
        parsed: what its parser made of it; None before parsing, then rows and tables are not judged.
        expected_files: glob patterns that must each match a file; where given, they replace the comparison of names.
        overrides: code -> reason for findings in OVERRIDABLE that a person has looked at; they become warnings.
    """
    findings = check_files({name: capture.path(name) for name in capture.files})
    last, more = _comparable(capture, last_accepted)
    findings += more
    findings += _missing_files(capture, last, expected_files)
    findings += _sizes(capture, last, spec)
    if parsed is not None:
        findings += _tables(parsed, last, spec)
    findings += _vintage(capture, last, spec, today, calendar)
    return [_overridden(finding, overrides or {}) for finding in findings]


def row_counts(parsed: Sequence[ParsedTable]) -> dict[str, dict[str, int]]:
    """Per raw table: rows_in, rows_used, excluded, quarantined; kept in acceptance.json for the next comparison."""
    return {
        p.raw_table.full_name: {
            "rows_in": p.rows_in,
            "rows_used": p.rows_used,
            "excluded": sum(p.excluded.values()),
            "quarantined": p.rows_quarantined,
        }
        for p in parsed
    }


# ---- the files by themselves


def check_files(files: Mapping[str, Path]) -> list[Finding]:
    """Empty files, HTML in disguise, broken archives, wrong types; `files`: name -> path."""
    findings: list[Finding] = []
    for name, path in files.items():
        with path.open("rb") as handle:
            size = handle.seek(0, io.SEEK_END)
            handle.seek(0)
            findings += _check_stream(name, handle, size)
    return findings


def _error(code: str, message: str, where: str, remedy: str) -> Finding:
    return Finding("error", code, message, where, remedy)


def _check_stream(name: str, handle: IO[bytes], size: int) -> Iterator[Finding]:
    head, suffix = handle.read(_HEAD), Path(name).suffix.lower()
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        found = "the file is empty" if size == 0 else f"the file begins with {min(size, _HEAD)} blank bytes"
        yield _error("empty_file", found, name, _DOWNLOAD_AGAIN)
    elif looks_like_html(head) and suffix not in (".htm", ".html"):
        yield _error(
            "html_in_disguise",
            "the file is an HTML page, not data (a block page, a log-in or a missing file)",
            name,
            _DOWNLOAD_AGAIN,
        )
    elif suffix in _ZIPPED and not head.startswith((_ZIP_MAGIC, _EMPTY_ZIP)):
        old = (
            " (an old or password-protected Excel file: save it as .xlsx without a password)"
            if head.startswith(_OLE_MAGIC)
            else ""
        )
        yield _error(
            "wrong_type", f"the name says {suffix}, but the bytes are no zip container{old}", name, _DOWNLOAD_AGAIN
        )
    elif suffix in _TEXT and head.startswith((_ZIP_MAGIC, _OLE_MAGIC, _GZIP_MAGIC)):
        remedy = "give the file its true ending (.xlsx, .zip) and import it again"
        yield _error(
            "wrong_type", f"the name says {suffix}, but the bytes are a workbook or a compressed file", name, remedy
        )
    elif suffix in _ZIPPED:
        handle.seek(0)
        yield from _check_zip(name, handle, is_workbook=suffix != ".zip")


def _check_zip(name: str, handle: IO[bytes], *, is_workbook: bool) -> Iterator[Finding]:
    try:
        with zipfile.ZipFile(handle) as archive:
            yield from _check_members(name, archive, is_workbook)
    except zipfile.BadZipFile as error:
        yield _error("truncated_zip", f"the zip container is cut off or damaged ({error})", name, _DOWNLOAD_AGAIN)


def _check_members(name: str, archive: zipfile.ZipFile, is_workbook: bool) -> Iterator[Finding]:
    members = [m for m in archive.infolist() if not m.is_dir()]
    unzipped = sum(m.file_size for m in members)
    if not members:
        yield _error("empty_file", "the zip container holds no file", name, _DOWNLOAD_AGAIN)
    elif any(m.flag_bits & 0x1 for m in members):
        yield _error(
            "encrypted_zip", "the zip container is encrypted", name, "unpack it with its password and import the files"
        )
    elif unzipped > _MAX_UNZIPPED:
        found = f"it would unpack to {unzipped:,} bytes, more than {_MAX_UNZIPPED:,}"
        yield _error("zip_too_large", found, name, "check where the file comes from")
    elif is_workbook and "[Content_Types].xml" not in archive.namelist():
        yield _error(
            "wrong_type", "the zip container is no Excel workbook", name, "rename it to .zip and import it again"
        )
    elif bad := _first_bad_member(archive):
        yield _error(
            "truncated_zip", f"member {bad} is damaged (its checksum differs or it ends early)", name, _DOWNLOAD_AGAIN
        )
    elif not is_workbook:
        for member in members:
            yield from _check_member(name, archive, member)


def _first_bad_member(archive: zipfile.ZipFile) -> str | None:
    try:
        return archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        return f"({error})"


def _check_member(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Finding]:
    suffix = Path(member.filename).suffix.lower()
    if suffix not in (*_TEXT, ".xlsx", ".xlsm"):
        return
    with archive.open(member) as inner:
        content = io.BytesIO(inner.read(_HEAD) if suffix in _TEXT else inner.read())
    yield from _check_stream(f"{name}/{member.filename}", content, member.file_size)


# ---- against the last accepted capture


def _comparable(capture: Capture, last: Capture | None) -> tuple[Capture | None, list[Finding]]:
    if last is None or last.metadata["is_sample"] == capture.metadata["is_sample"]:
        return last, []
    if capture.metadata["is_sample"]:
        remedy = "set CURRENCY_DATA_DIR to another folder for the sample state"
        return None, [_error("sample_over_real", "sample data would replace real data", capture.capture_id, remedy)]
    return None, [
        Finding(
            "warn",
            "first_real_capture",
            "the accepted capture is sample data; this one is not compared with it",
            capture.capture_id,
        )
    ]


def _plain_name(name: str, vintage: str) -> str:
    """A file name without what changes from one vintage or page count to the next."""
    text = name.lower()
    for form in {vintage, vintage.replace(".", "_"), vintage.replace("-", "_")}:
        text = text.replace(form.lower(), "{v}")
    text = re.sub(r"(?<!\d)(19|20)\d{2}(?!\d)", "{year}", text)
    text = re.sub(r"(?<=oesm)\d{2}", "{yy}", text)
    return re.sub(r"(?<![a-z])(page|part|p|start|rows)([-_]?)\d+", r"\1\2{n}", text)


def _missing_files(capture: Capture, last: Capture | None, expected: Sequence[str]) -> list[Finding]:
    remedy = (
        "ask the agency or fetch again later; if the file is gone for good, accept with --override missing_file=REASON"
    )
    if expected:
        absent = [p for p in expected if not any(fnmatch(f.lower(), p.lower()) for f in capture.files)]
        return [
            _error(
                "missing_file",
                f"no file matches {p!r}; there are {', '.join(capture.files)}",
                capture.capture_id,
                remedy,
            )
            for p in absent
        ]
    if last is None or "import" in (capture.metadata["mode"], last.metadata["mode"]):
        return []  # a person may call a file as they like
    now = {_plain_name(f, capture.vintage) for f in capture.files}
    before = {_plain_name(f, last.vintage): f for f in last.files}
    gone = [f for plain, f in before.items() if plain not in now]
    if gone and not now & set(before):
        return [
            Finding(
                "warn",
                "layout_changed",
                f"other files than last time: {', '.join(capture.files[:5])} for {', '.join(last.files[:5])}",
            )
        ]
    return [
        _error(
            "missing_file", f"{f} was there in {last.capture_id} and has no counterpart now", capture.capture_id, remedy
        )
        for f in gone
    ]


def _ratio(
    what: str, now: int, before: int, low: float, high: float, code: str, last: Capture, where: str
) -> list[Finding]:
    if before <= 0 or low <= now / before <= high:
        return []
    accepted = f"ratio {now / before:.3f}, accepted {low:g} to {high:g}"
    message = f"{now:,} {what} against {before:,} in {last.capture_id} ({accepted})"
    remedy = (
        f"compare the draft with the accepted capture; if the change is real, accept it with --override {code}=REASON."
    )
    return [_error(code, message, where, remedy)]


def _sizes(capture: Capture, last: Capture | None, spec: DatasetSpec) -> list[Finding]:
    if last is None or not _same_kind(capture, last):
        return []
    now, before = (sum(r["bytes"] for r in c.metadata["resources"]) for c in (capture, last))
    return _ratio("bytes", now, before, spec.min_size_ratio, spec.max_size_ratio, "size_jump", last, capture.capture_id)


def _same_kind(one: Capture, other: Capture) -> bool:
    """Bytes are only comparable between the same kinds of files: a zip is not a set of JSON pages."""
    kinds = [{Path(f).suffix.lower() for f in c.files if f != "column_map.csv"} for c in (one, other)]
    return kinds[0] == kinds[1]


def _tables(parsed: Sequence[ParsedTable], last: Capture | None, spec: DatasetSpec) -> list[Finding]:
    findings: list[Finding] = []
    counts = row_counts(parsed)
    before: dict[str, Any] = (last.metadata.get("acceptance") or {}).get("rows", {}) if last else {}
    for name in spec.raw_tables:
        now = counts.get(name)
        if now is None or now["rows_used"] == 0:
            found = (
                "no row came out of the capture" if now is None else f"none of its {now['rows_in']:,} rows is usable"
            )
            remedy = "see the quarantine and the column map; check that the file is the right one"
            findings.append(_error("missing_table", found, name, remedy))
            continue
        if now["quarantined"]:
            findings.append(
                Finding(
                    "warn",
                    "quarantined_rows",
                    f"{now['quarantined']:,} of {now['rows_in']:,} rows are quarantined",
                    name,
                )
            )
        if last and name in before:
            used = before[name]["rows_used"]
            findings += _ratio(
                "rows", now["rows_used"], used, spec.min_row_ratio, spec.max_row_ratio, "rows_jump", last, name
            )
    return findings


def _vintage(
    capture: Capture, last: Capture | None, spec: DatasetSpec, today: date, calendar: ReleaseCalendar
) -> list[Finding]:
    vintage, where = capture.vintage, f"{capture.dataset}/{capture.capture_id}"
    if not re.fullmatch(spec.vintage_pattern, vintage):
        return [
            _error(
                "vintage_malformed",
                f"{vintage!r} is no vintage; expected {spec.vintage_help}",
                where,
                "import it again with --vintage",
            )
        ]
    findings: list[Finding] = []
    year = re.match(r"(19|20)\d{2}(?!\d)", vintage)
    if year and int(year[0]) > today.year + 1:
        findings.append(
            _error("vintage_in_future", f"vintage {vintage} lies in the future", where, "check the declared vintage")
        )
    if last and vintage_order(vintage) < vintage_order(last.vintage):
        from extractors.archive import older_vintage

        failure = older_vintage(capture, last)
        findings.append(_error("vintage_older_than_accepted", failure.found, where, failure.remedy))
    elif last and (skipped := calendar.skipped(capture.dataset, last.vintage, vintage, today)):
        findings.append(
            Finding(
                "warn",
                "vintage_skipped",
                f"{', '.join(skipped)} between {last.vintage} and {vintage} was never captured",
                where,
            )
        )
    if late := calendar.overdue(capture.dataset, vintage, today):
        due = f"{late.due}{' (estimate)' if late.is_estimate else ''}"
        words = f"vintage {late.vintage} was due on {due}; the newest captured is {vintage}"
        findings.append(Finding("warn", "overdue", words, where, "fetch or import the newer vintage"))
    return findings


def _overridden(finding: Finding, overrides: Mapping[str, str]) -> Finding:
    reason = overrides.get(finding.code, "").strip()
    if finding.severity != "error" or finding.code not in OVERRIDABLE or not reason:
        return finding
    return replace(
        finding,
        severity="warn",
        code="overridden",
        message=f"{finding.message} - {finding.code} accepted because: {reason}",
    )
