"""`currency occupation train|code|review|autocoder`: the occupation coder by hand.

Belongs here: arguments, words for people, files in and out. Does not belong here: any rule of coding
(`extractors.posting_text.occupation`). Everything heavier than click is imported inside the commands.

The group is mounted by the orchestration's command line; where `ctx.obj` is a mapping, `ctx.obj["root"]` is the data
root.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pyarrow as pa

    from extractors.posting_text.occupation.coders import Answer, Coder
    from extractors.posting_text.occupation.review import Rejected
    from extractors.posting_text.occupation.source_codes import Crosswalks
    from warehouse.paths import DataRoot

EXIT_PERMANENT, EXIT_TRANSIENT = 1, 75  # 75: EX_TEMPFAIL of sysexits.h
CODERS = ("offline", "onet_search", "nioccs")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)
_model_option = click.option(
    "--model", type=_FILE, help="A coder's file. Default: that of the accepted O*NET capture, trained when needed."
)


@click.group()
def occupation() -> None:
    """SOC 2018 codes for job titles: train the coder, code a file, review by people."""


@occupation.command()
@click.option("--out", type=_OUT, help="Also copy the coder's file here.")
@click.pass_context
def train(ctx: click.Context, out: Path | None) -> None:
    """Train the offline coder on the accepted O*NET capture, unless that was done before."""
    with _failures():
        import shutil

        from extractors.posting_text.occupation.model import ATTRIBUTION, OccupationCoder

        path = _trained(_root(ctx))
        if out:
            shutil.copyfile(path, out)
        about = OccupationCoder.load(path).metadata
        click.echo(f"{path}: {path.stat().st_size:,} bytes")
        click.echo(f"{about['title_count']:,} titles and {about['text_count']:,} texts of O*NET. {ATTRIBUTION}")


@occupation.command()
@click.argument("file", type=_FILE)
@click.option("--title-column", default="title", show_default=True, help="Column that holds the titles.")
@click.option("--text-column", help="Column that holds the posting's text; without it titles alone are coded.")
@click.option("--coder", "coder_name", type=click.Choice(CODERS), default="offline", show_default=True,
              help="onet_search and nioccs send the titles to those services, one by one.")  # fmt: skip
@click.option("--out", type=_OUT, help="A .csv or .xlsx; by default CSV on standard output.")
@_model_option
@click.pass_context
def code(
    ctx: click.Context,
    file: Path,
    title_column: str,
    text_column: str | None,
    coder_name: str,
    out: Path | None,
    model: Path | None,
) -> None:
    """Code the titles of FILE (.csv or .xlsx with a header): the three best SOC 2018 codes with scores, and the band.

    All columns of FILE but the text come back in front of the codes.
    """
    with _failures():
        from extractors.posting_text.occupation.calibration import ABSTAINED, band_of
        from extractors.posting_text.occupation.spreadsheet import csv_text, read_rows, write_rows

        rows = read_rows(file)
        titles = _column(rows, title_column, file)
        texts = None if text_column is None else _column(rows, text_column, file)
        coder, names = _coder(_root(ctx), coder_name, model)
        kept = [name for name in (rows[0] if rows else {}) if name != (text_column or "").lower()]
        coded = []
        for row, answers in zip(rows, coder.code(titles, texts), strict=True):
            found: dict[str, Any] = {name: row.get(name) for name in kept}
            found["soc_status"] = band_of(answers[0].score) if answers else ABSTAINED
            for place, answer in enumerate(answers[:3], start=1):
                found[f"soc_code_{place}"] = answer.soc_code
                found[f"soc_title_{place}"] = names.get(answer.soc_code, "")
                found[f"score_{place}"] = round(answer.score, 4)
            coded.append(found)
        added = [f"{part}_{place}" for place in (1, 2, 3) for part in ("soc_code", "soc_title", "score")]
        columns = [*kept, "soc_status", *added]
        if out:
            write_rows(out, columns, coded)
            counts = Counter(row["soc_status"] for row in coded)
            click.echo(f"{out}: {len(coded):,} titles, " + ", ".join(f"{n:,} {band}" for band, n in counts.items()))
        else:
            click.echo(csv_text(columns, coded), nl=False)


@occupation.group()
def review() -> None:
    """Titles that the coder is unsure of: out for people to judge, their verdicts back in."""


@review.command("export")
@click.argument("out", type=_OUT)
@click.option("--titles", "titles_file", type=_FILE,
              help="A .csv or .xlsx with title and perhaps posting_count. Default: the accepted postings.")  # fmt: skip
@click.option("--below", default=0.70, show_default=True, help="Titles whose best score is below this.")
@click.option("--most", default=500, show_default=True, help="At most so many titles, the most posted first.")
@_model_option
@click.pass_context
def export_review(
    ctx: click.Context, out: Path, titles_file: Path | None, below: float, most: int, model: Path | None
) -> None:
    """Write the review file OUT (.csv or .xlsx): title, postings, the three best codes, empty verdict columns."""
    with _failures():
        from extractors.posting_text.occupation import review as reviewing

        root = _root(ctx)
        counted = _titles_of_file(titles_file) if titles_file else _titles_of_postings(root)
        coder, names = _coder(root, "offline", model)
        listed = list(counted)
        unsure = [
            reviewing.Title(title, counted[title], answers)
            for title, answers in zip(listed, coder.code(listed), strict=True)
            if not answers or answers[0].score < below
        ]
        unsure.sort(key=lambda one: (-one.posting_count, one.title))
        written = reviewing.export(out, unsure[:most], names)
        click.echo(f"{out}: {written:,} of {len(unsure):,} unsure titles, {len(counted):,} titles in all.")


@review.command("import")
@click.argument("file", type=_FILE)
@click.option("--state", required=True, help="Postal code of the state whose verdicts these are.")
@click.option("--vintage", help="Year of the review. Default: that of the newest verdict.")
@click.option("--dry-run", is_flag=True, help="Check the file and store nothing.")
@click.pass_context
def import_review(ctx: click.Context, file: Path, state: str, vintage: str | None, dry_run: bool) -> None:
    """Check a filled review FILE and store it as the state's file of verdicts; `currency refresh` takes it in."""
    with _failures():
        from extractors.failures import PermanentFailure
        from extractors.posting_text.occupation.review import read_verdicts, write_verdicts

        root = _root(ctx)
        verdicts, rejected = read_verdicts(file, _crosswalks(root).soc_2018)
        _tell_rejected(rejected)
        click.echo(f"{verdicts.num_rows:,} verdicts, {len(rejected):,} rows that cannot be used.")
        if not verdicts.num_rows:
            raise PermanentFailure(
                "there is no verdict to take in",
                where=str(file),
                expected="rows with verdict, reviewer_role and review_date",
                remedy="fill the columns of the review file and import it again",
            )
        if not dry_run:
            import tempfile

            from extractors import ingest

            # What is stored are the verdicts as read: 1-3 as codes, without the rows that were named above.
            with tempfile.TemporaryDirectory() as folder:
                checked = Path(folder) / f"{file.stem}.csv"
                write_verdicts(checked, verdicts)
                result = ingest.import_file(root, "occupation_verdicts", [checked], state=state, vintage=vintage)
                capture = result.raise_if_failed().capture
            if capture is None:
                click.echo("These verdicts are stored already.")
            else:
                click.echo(f"Stored as {capture.dataset}/{capture.capture_id}; run `currency refresh`.")


@occupation.group()
def autocoder() -> None:
    """The O*NET-SOC AutoCoder by a round trip of files."""


@autocoder.command("export")
@click.argument("file", type=_FILE)
@click.argument("out", type=_OUT)
@click.option("--with-text", "text_column", metavar="COLUMN", help="Send this column's texts along as descriptions.")
def export_autocoder(file: Path, out: Path, text_column: str | None) -> None:
    """Write OUT (id, title, description) for the titles of FILE. Descriptions stay empty without --with-text."""
    with _failures():
        from extractors.posting_text.occupation import autocoder_files
        from extractors.posting_text.occupation.spreadsheet import read_rows

        rows = read_rows(file)
        texts = None
        if text_column:
            click.echo(f"Warning: {autocoder_files.TEXT_WARNING}.", err=True)
            texts = _column(rows, text_column, file)
        written = autocoder_files.export(out, _column(rows, "title", file), texts)
        click.echo(f"{out}: {written:,} rows for the AutoCoder.")


@autocoder.command("import")
@click.argument("file", type=_FILE)
@click.argument("titles", type=_FILE)
@click.argument("out", type=_OUT)
@click.pass_context
def import_autocoder(ctx: click.Context, file: Path, titles: Path, out: Path) -> None:
    """Turn the AutoCoder's result FILE for TITLES (the file that was exported) into a review file OUT."""
    with _failures():
        from extractors.posting_text.occupation import autocoder_files
        from extractors.posting_text.occupation import review as reviewing
        from extractors.posting_text.occupation.spreadsheet import read_rows

        root = _root(ctx)
        answers, rejected = autocoder_files.read_answers(file, _crosswalks(root))
        _tell_rejected(rejected)
        found: dict[str, list[Answer]] = {}
        for number, title in enumerate(_column(read_rows(titles), "title", titles), start=1):
            found.setdefault(title, answers.get(str(number)) or answers.get(autocoder_files.title_id(title)) or [])
        listed = [reviewing.Title(title, count, found[title]) for title, count in _titles_of_file(titles).items()]
        reviewing.export(out, [one for one in listed if one.answers], _names(root))
        coded = sum(bool(one.answers) for one in listed)
        click.echo(f"{out}: {coded:,} of {len(listed):,} titles with an answer, {len(rejected):,} unusable rows.")


def _trained(root: DataRoot) -> Path:
    """The coder's file of the accepted O*NET capture."""
    from extractors.archive import Archive
    from extractors.posting_text.enrich import coder_model

    return coder_model(root, Archive(root).lock())


def _coder(root: DataRoot, name: str, model: Path | None) -> tuple[Coder, Mapping[str, str]]:
    """A coder and the titles of SOC codes."""
    from extractors.posting_text.occupation.coders import OfflineCoder

    if name == "offline":
        path = model or _trained(root)
        coder = OfflineCoder(path)
        return coder, coder.soc_titles
    from extractors.http import HttpClient
    from extractors.posting_text.occupation.nioccs import NioccsCoder
    from extractors.posting_text.occupation.onet_search import OnetSearchCoder

    service = OnetSearchCoder if name == "onet_search" else NioccsCoder
    return service(HttpClient(), _crosswalks(root)), _names(root)


def _raw(root: DataRoot, name: str, columns: Sequence[str]) -> pa.Table | None:
    """A raw table of the accepted captures, current ones; None where no capture feeds it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from extractors import ingest
    from extractors.archive import Archive

    files = ingest.raw_files(root, Archive(root).lock()).get(name, [])
    parts = [
        pq.read_table(path, columns=list(columns), partitioning=None) for *_, role, path in files if role == "current"
    ]
    return pa.concat_tables(parts) if parts else None


def _crosswalks(root: DataRoot) -> Crosswalks:
    from extractors.posting_text.occupation.source_codes import Crosswalks

    return Crosswalks.of(
        _structure(root),
        _raw(root, "soc__crosswalk_2010_2018", ("soc_2010_code", "soc_2018_code")),
        _raw(root, "soc__onet_to_soc", ("onetsoc_code", "soc_code")),
    )


def _names(root: DataRoot) -> dict[str, str]:
    table = _structure(root)
    return dict(zip(table.column("soc_code").to_pylist(), table.column("soc_title").to_pylist(), strict=True))


def _structure(root: DataRoot) -> pa.Table:
    from extractors.failures import PermanentFailure

    table = _raw(root, "soc__structure", ("soc_code", "soc_title"))
    if table is None:
        raise PermanentFailure(
            "there is no accepted capture of the SOC 2018 structure",
            where="soc_structure",
            expected="the codes that a title can have",
            remedy="`currency archive fetch soc_structure`, then `currency refresh`",
        )
    return table


def _titles_of_postings(root: DataRoot) -> dict[str, int]:
    """Title -> postings, over the accepted deliveries."""
    from extractors.failures import PermanentFailure

    table = _raw(root, "job_postings__postings", ("title",))
    if table is None:
        raise PermanentFailure(
            "there are no accepted postings",
            where="job_postings",
            expected="postings whose titles are to be reviewed",
            remedy="import a delivery (`currency archive import job_postings FILE …`) or give --titles FILE",
        )
    counts = table.column("title").drop_null().combine_chunks().value_counts()
    return dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))


def _titles_of_file(file: Path) -> dict[str, int]:
    from extractors.posting_text.occupation.spreadsheet import read_rows

    rows = read_rows(file)
    counted: dict[str, int] = {}
    for title, row in zip(_column(rows, "title", file), rows, strict=True):
        number = row.get("posting_count", "")
        counted[title] = counted.get(title, 0) + (int(number) if number.isdigit() else 1)
    counted.pop("", None)
    return counted


def _column(rows: Sequence[Mapping[str, str]], name: str, file: Path) -> list[str]:
    from extractors.failures import PermanentFailure

    key = "_".join(name.lower().split())
    if rows and key not in rows[0]:
        raise PermanentFailure(
            f"there is no column {name!r}",
            where=str(file),
            expected=f"one of {', '.join(rows[0])}",
            remedy="name the column that holds it (--title-column, --text-column, --with-text)",
        )
    return [row.get(key, "") for row in rows]


def _tell_rejected(rejected: Sequence[Rejected]) -> None:
    for one in rejected[:20]:
        click.echo(f"Row {one.row_number}, {one.column}: {one.reason}.", err=True)
    if len(rejected) > 20:
        click.echo(f"… and {len(rejected) - 20:,} more rows.", err=True)


def _root(ctx: click.Context) -> DataRoot:
    from warehouse.paths import data_root

    given = ctx.obj.get("root") if isinstance(ctx.obj, Mapping) else None
    return given or data_root()


@contextmanager
def _failures() -> Iterator[None]:
    """A CurrencyFailure becomes words on standard error and an exit code."""
    from extractors.failures import CurrencyFailure, TransientFailure

    try:
        yield
    except CurrencyFailure as failure:
        later = isinstance(failure, TransientFailure)
        click.echo(f"{'Later' if later else 'Error'}: {failure}", err=True)
        sys.exit(EXIT_TRANSIENT if later else EXIT_PERMANENT)
