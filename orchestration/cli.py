"""`currency`: the command line.

Belongs here: the list of commands, what they share, exit codes. Does not belong here: any work; each command imports
what it needs when it runs, so that `currency --help` answers at once.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_CODES = """\b
Exit codes: 0 done; 1 something failed or was held back, but a release is served; 2 wrong usage;
3 nothing is released; 75 somebody else is at it, try again later."""
TRY_AGAIN = 75

COMMANDS = {
    "refresh": ("orchestration.cli:refresh", "Bring the release up to date: capture, build, gate, publish."),
    "build": ("orchestration.cli:build", "Build and publish from the accepted captures; asks no agency."),
    "whatif": (
        "warehouse.cli_whatif:whatif_command",
        "Which occupations and credentials another rule would list.",
    ),
    "explain": ("warehouse.cli_explain:explain_command", "Why an occupation or credential is on a list, or is not."),
    "postings": ("extractors.cli_postings:postings", "Job postings: preview an export, layouts, column maps."),
    "occupation": ("extractors.cli_occupation:occupation", "SOC codes for titles: train, code, review."),
    "exams": ("extractors.cli_exams:exams", "Exam records: import, pull by SFTP, check, status."),
    "linkage": ("extractors.cli_linkage:linkage", "Whose exam is this: review by people, the state's own model."),
    "template": ("extractors.cli_template:template", "Blank templates for districts, with codes and guidance."),
    "archive": ("extractors.cli_archive:archive", "Captures: fetch, import, verify, list, prune."),
    "release": ("warehouse.cli_release:release_group", "Releases: list, show, diff, roll back, prune, verify."),
    "audit": ("expectations.cli_audit:audit_group", "Audits of awards: draw, worklists, verdicts, sign-off."),
    "vault": ("warehouse.cli_vault:vault_group", "Keys of student records: back up, rotate, destroy, who did what."),
    "sample": ("orchestration.cli:sample", "Write the fictional sample state; play its services."),
    "ui": ("orchestration.cli:ui", "Open Dagster: lineage, checks, schedules."),
    "doctor": ("orchestration.doctor:doctor", "Check keys, contact, disk, versions, locks."),
    "docs": ("orchestration.docs:docs", "Generate or check the pages under docs/generated."),
    "version": ("orchestration.cli:version", "Versions of this package and of what it stands on."),
}


class LazyGroup(click.Group):
    """Knows the names and one line of help of every command; imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Failures as words with their remedy; a traceback only with --debug."""
        from extractors.failures import CurrencyFailure, TransientFailure
        from warehouse.failures import TransientFailure as TransientWarehouse
        from warehouse.failures import WarehouseFailure

        try:
            return super().invoke(ctx)
        except (CurrencyFailure, WarehouseFailure) as failure:
            if ctx.params.get("debug"):
                raise
            click.echo(f"Error: {failure}", err=True)
            raise click.exceptions.Exit(
                TRY_AGAIN if isinstance(failure, TransientFailure | TransientWarehouse) else 1
            ) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.echo(
                f"Error: {type(error).__name__}: {error}\n  What to do: `currency --debug ...` shows the trace",
                err=True,
            )
            raise click.exceptions.Exit(1) from None


@click.group(cls=LazyGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data-dir", type=click.Path(file_okay=False), help="Data root; by default CURRENCY_DATA_DIR, else warehouse/data."
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None, debug: bool) -> None:
    """Credential Currency: from agency files to a released list of priority occupations.

    Start with `currency refresh --sample`, then `currency explain 29-1141`.
    """
    from warehouse.paths import data_root

    if data_dir:
        os.environ["CURRENCY_DATA_DIR"] = data_dir
    ctx.obj = {"root": data_root(data_dir), "landing_gate": _landing_gate}


def _landing_gate(capture: Any, parsed: Sequence[Any]) -> list[dict[str, Any]]:
    """For `currency archive ... --accept`: the landing gates of a capture; raises when one does not open."""
    from orchestration.landing import require_open

    return require_open(capture, parsed)


# ------------------------------------------------------------------------------------------------------------- refresh


def _report_options(command: Any) -> Any:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else."),
        click.option("--quiet", "-q", is_flag=True, help="Print one line at the end."),
        click.option("--force", is_flag=True, help="Build and release even if nothing changed."),
    ):
        command = option(command)
    return command


@click.command(epilog=EXIT_CODES)
@click.option(
    "--sample", "use_sample", is_flag=True, help="Make the sample state and take its files; no network, no key."
)
@click.option(
    "--locked",
    type=click.Path(exists=True, dir_okay=False),
    help="Build exactly the captures of this sources.lock.json.",
)
@click.option("--only", multiple=True, metavar="DATASET|SOURCE", help="Ask only these; repeatable.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@_report_options
@click.pass_context
def refresh(
    ctx: click.Context,
    use_sample: bool,
    locked: str | None,
    only: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    force: bool,
) -> None:
    """Bring the release up to date.

    Asks every agency for news, lands what came, builds, judges and releases. What fails is said and stops nothing else:
    the last accepted data serve on. With nothing new the release stands and nothing is built.
    """
    if locked and (use_sample or only):
        raise click.UsageError("--locked asks no agency: leave --sample and --only out")
    _run(ctx, as_json, quiet, sample=use_sample, locked=locked, only=list(only) or None, dry_run=dry_run, force=force)


@click.command(epilog=EXIT_CODES)
@_report_options
@click.pass_context
def build(ctx: click.Context, as_json: bool, quiet: bool, force: bool) -> None:
    """Build and publish from the accepted captures; asks no agency, lands no draft.

    What to run after a change of a policy CSV.
    """
    _run(ctx, as_json, quiet, locked=str(ctx.obj["root"].lock_file), force=force)


def _run(ctx: click.Context, as_json: bool, quiet: bool, **options: Any) -> None:
    from orchestration.console import show, watching
    from orchestration.refresh import refresh as work

    with watching(silent=as_json or quiet) as listener:
        report = work(ctx.obj["root"], progress=listener, **options)
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2))
    else:
        show(report, quiet=quiet)
    ctx.exit(report.exit_code)


# ----------------------------------------------------------------------------------- other commands


@click.command()
@click.option("--out", type=click.Path(file_okay=False), required=True, help="Folder for the files.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives byte-identical files.")
@click.option("--scale", type=int, default=1, show_default=True, help="More regions and states.")
@click.option("--serve", is_flag=True, help="Play the agencies' services on loopback until Ctrl-C.")
@click.pass_context
def sample(ctx: click.Context, out: str, seed: int, scale: int, serve: bool) -> None:
    """Write the fictional sample state: every source in its real format, marked SAMPLE."""
    from extractors.sample.__main__ import main as generate

    ctx.exit(generate(["--out", out, "--seed", str(seed), "--scale", str(scale), *(["--serve"] if serve else [])]))


@click.command()
@click.option("--port", type=int, default=3000, show_default=True, help="Port of the web page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.pass_context
def ui(ctx: click.Context, port: int, host: str) -> None:
    """Open Dagster on this data root: lineage, checks, runs, schedules. Ends with Ctrl-C."""
    from pathlib import Path

    from orchestration.home import dagster_dir, environment
    from warehouse.paths import CHECKOUT

    root = ctx.obj["root"].ensure()
    dagster_dir(root).mkdir(parents=True, exist_ok=True)
    os.environ.update(environment(root))
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.chdir(dagster_dir(root))  # what the web server drops into its folder belongs there
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in (str(CHECKOUT), os.environ.get("PYTHONPATH", "")) if p)
    arguments = [dagster, "dev", "-m", "orchestration.definitions", "-h", host, "-p", str(port)]
    click.echo(f"http://{host}:{port} (a few seconds)")
    os.execv(dagster, arguments)  # noqa: S606 - a child would not get our signals


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def version(as_json: bool) -> None:
    """Versions of this package and of what it stands on."""
    from importlib import metadata

    from orchestration.handover import code_version

    names = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations")
    found = {"credential-currency": code_version(), "python": sys.version.split()[0]}
    found |= {name: metadata.version(name) for name in names}
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(f"{n:22}{v}" for n, v in found.items()))


if __name__ == "__main__":
    main()
