"""`currency vault`: keys, roles and access log of the restricted zone, destruction, rotation, backup.

Words for a person, `--json` for a program; everything heavy is imported inside the commands. Exit codes: 0 done, 1 a
check found something or a person must act, 2 wrong usage, 75 try again later. No command prints a key.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warehouse.cli_command import EXIT_ACT, command

if TYPE_CHECKING:
    from warehouse.paths import DataRoot
    from warehouse.vault import Vault
    from warehouse.vault.destroy import Destruction
    from warehouse.vault.roles import Who

PASSPHRASE_VARIABLE = "CURRENCY_VAULT_PASSPHRASE"  # noqa: S105 - its name


@click.group("vault")
def vault_group() -> None:
    """Keys of the restricted zone, who may use them, and the end of an agreement (docs/runbooks/keys.md)."""


@vault_group.command("init")
@command
def init_command(data_dir: str | None, as_json: bool) -> None:
    """Make the vault: a master key (unless one is named), the key ring, and you as its steward."""
    from warehouse.vault import Vault
    from warehouse.vault.access_log import record
    from warehouse.vault.master import master_id, master_place

    root = _root(data_dir)
    is_new = not (root.vault_keys / "keyring.json").exists()
    vault = Vault.open(root, create=True)
    if is_new:
        record(vault, "init")
    said = {"made": is_new, "master_key": master_place(root), "master_id": master_id(vault.master)}
    if as_json:
        click.echo(json.dumps(said, indent=2))
        return
    click.echo("Made a vault." if is_new else "There is a vault already; nothing was changed.")
    click.echo(f"  Master key {said['master_id']}: {said['master_key']}")
    if is_new:
        click.echo("  Without it nothing can be read. Now: currency vault backup FILE --generate")


@vault_group.command("status")
@command
def status_command(data_dir: str | None, as_json: bool) -> None:
    """Keys, files that they cover, backups, and what needs a person."""
    from warehouse.vault.status import status

    vault, _ = _opened(data_dir, "keys")
    said = status(vault)
    if as_json:
        click.echo(json.dumps(said, indent=2))
    else:
        click.echo(f"Master key {said['master_id']}: {said['master_key']}")
        width = max(len(key["ref"]) for key in said["keys"])
        for key in said["keys"]:
            files = f"{key['files']:>6,} files {key['bytes']:>15,} bytes" if key["status"] != "destroyed" else ""
            click.echo(f"  {key['ref']:<{width}}  {key['status']:<9}  {key['created_at'][:10]}  {files}".rstrip())
        for made in said["backups"]:
            gone = f", destroyed {made['discarded_at'][:10]}" if made["discarded_at"] else ""
            click.echo(f"  Backup {made['backup_id']} of {made['made_at']}{gone}")
        for problem in said["problems"]:
            click.echo(f"  To do: {problem}")
    if said["problems"]:
        raise click.exceptions.Exit(EXIT_ACT)


# ------------------------------------------------------------------------------------------------- access log


@vault_group.group("log")
def log_group() -> None:
    """The access log: who did what in the restricted zone."""


@log_group.command("show")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="Newest lines to show.")
@command
def log_show_command(last: int, data_dir: str | None, as_json: bool) -> None:
    """The newest lines, oldest first."""
    from warehouse.vault.access_log import entries

    vault, _ = _opened(data_dir, "log")
    found = entries(vault.root)[-last:]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for entry in found:
        person = entry["user"] if entry["user"] == entry["os_user"] else f"{entry['user']} (as {entry['os_user']})"
        counts = ", ".join(f"{name} {count:,}" for name, count in entry["counts"].items())
        parts = [entry["at"], f"{person}, {entry['role']}", entry["command"], entry["subject"], counts]
        click.echo("  ".join([*filter(None, parts), *([] if entry["outcome"] == "done" else [entry["outcome"]])]))


@log_group.command("verify")
@command
def log_verify_command(data_dir: str | None, as_json: bool) -> None:
    """Check that no line and no certificate was changed, taken out or cut off."""
    from warehouse.vault.access_log import entries, verify
    from warehouse.vault.certificates import certificate_files, verify_certificates

    vault, _ = _opened(data_dir, "log")
    problems = verify(vault) + verify_certificates(vault.root)
    lines, certificates = len(entries(vault.root)), len(certificate_files(vault.root))
    if as_json:
        click.echo(json.dumps({"lines": lines, "certificates": certificates, "problems": problems}, indent=2))
    else:
        click.echo(f"{lines:,} lines and {certificates} certificates: {'whole' if not problems else 'not whole'}")
        for problem in problems:
            click.echo(f"  - {problem}")
    if problems:
        raise click.exceptions.Exit(EXIT_ACT)


# ---------------------------------------------------------------------------------------- rotation, destruction


@vault_group.command("rotate")
@click.argument("agreement", required=False)
@click.option("--system", help="A system key instead: warehouse, linkage, export or records.")
@click.option("--master", is_flag=True, help="The master key instead: the ring is wrapped anew, no file changes.")
@click.option("--reencrypt", is_flag=True, help="Encrypt old files anew now and destroy the old versions.")
@click.option("--resume", is_flag=True, help="No new version: only go on encrypting old files anew.")
@command
def rotate_command(
    agreement: str | None,
    system: str | None,
    master: bool,
    reencrypt: bool,
    resume: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """A new key for AGREEMENT. What lies there stays readable; --reencrypt brings it under the new key at once."""
    from warehouse.vault import rotate as work
    from warehouse.vault.keys import owner_of

    if sum(map(bool, (agreement, system, master))) != 1:
        raise click.UsageError("name an agreement, or --system NAME, or --master")
    vault, _ = _opened(data_dir, "keys")
    if master:
        fresh = work.rotate_master(vault)
        said: dict[str, Any] = {"master_id": fresh}
        words = f"The master key is now {fresh}. Every backup holds the old one: make a new one, then destroy those."
    else:
        owner = owner_of(agreement) if agreement else f"system/{system}"
        said = {"ref": vault.versions(owner)[0].ref if resume and vault.versions(owner) else work.rotate(vault, owner)}
        words = f"New files are sealed with {said['ref']}; old ones stay as they are."
        if reencrypt or resume:
            done = work.reencrypt(vault, owner, _progress(as_json, "encrypting anew"))
            said |= {"files": done.files, "bytes": done.bytes, "destroyed": list(done.destroyed)}
            words = f"Encrypted {done.files:,} files ({done.bytes:,} bytes) with {done.ref}; destroyed: " + (
                ", ".join(done.destroyed) or "no version"
            )
    click.echo(json.dumps(said, indent=2) if as_json else words)


@vault_group.command("destroy")
@click.argument("agreement")
@click.option("--party", default="", help="The other party, for the certificate.")
@click.option("--reason", default="", help="For the certificate; by default the end of the agreement.")
@click.option("--dry-run", is_flag=True, help="Say what would be destroyed; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def destroy_command(
    agreement: str, party: str, reason: str, dry_run: bool, yes: bool, data_dir: str | None, as_json: bool
) -> None:
    """Destroy everything that AGREEMENT delivered: its keys, then its files. There is no way back.

    What was derived from rows of many agreements (build, linkage, exports) goes too; the next build makes it again
    without these. After a crash the same command goes on.
    """
    from warehouse.vault.destroy import destroy

    vault, who = _opened(data_dir, "destroy")
    planned = destroy(vault, agreement, who, party=party, reason=reason, dry_run=True)
    if planned.was_done or dry_run:
        _show_destruction(planned, as_json)
        return
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise click.UsageError("this cannot be undone: add --yes, or --dry-run to see what would go")
        _show_destruction(planned, as_json)
        click.confirm(f"Destroy all of agreement {agreement}, for ever?", abort=True)
    progress = _progress(as_json, "deleting")
    _show_destruction(destroy(vault, agreement, who, party=party, reason=reason, progress=progress), as_json)


def _show_destruction(done: Destruction, as_json: bool) -> None:
    if as_json:
        said = {name: getattr(done, name) for name in ("agreement", "keys", "covered", "derived", "was_done")}
        said |= {"certificate": str(done.certificate) if done.certificate else None}
        click.echo(json.dumps({**said, "backups_outstanding": done.backups_outstanding}, indent=2))
        return
    verb = "Would destroy" if done.certificate is None else "Was destroyed before:" if done.was_done else "Destroyed"
    click.echo(f"{verb} agreement {done.agreement}: {', '.join(done.keys)}")
    for what, kinds in (("its files", done.covered), ("derived files", done.derived)):
        for kind, said in kinds.items():
            click.echo(f"  {what}, {kind}: {said['files']:,} files, {said['bytes']:,} bytes")
    for made in done.backups_outstanding:
        click.echo(f"  Backup {made['backup_id']} of {made['made_at']} holds the keys too: destroy it as well, then")
        click.echo(f"    currency vault backup --discard {made['backup_id']}")
    if done.certificate is not None:
        click.echo(f"  Certificate: {done.certificate.with_suffix('.txt')}")
        if not done.was_done:
            click.echo("  Next: currency build")


@vault_group.command("unseal")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("target", type=click.Path(dir_okay=False))
@command
def unseal_command(file: str, target: str, data_dir: str | None, as_json: bool) -> None:
    """Write the content of the sealed FILE, in the clear, to TARGET outside the data root. Logged.

    A reviewer opens worklists that were made for them or are of their districts; a steward opens every file.
    """
    from warehouse.vault.reading import unseal

    count = unseal(_root(data_dir), Path(file), Path(target))
    said = {"target": target, "bytes": count}
    click.echo(json.dumps(said, indent=2) if as_json else f"{count:,} bytes in {target}: yours to guard and to delete.")


# ------------------------------------------------------------------------------------------- backup and roles


@vault_group.command("backup")
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False), help="Its first line; mode 0600.")
@click.option("--generate", is_flag=True, help="Make a passphrase and show it once, for paper.")
@click.option("--discard", metavar="ID", help="Take note that this backup was destroyed.")
@command
def backup_command(
    file: str | None,
    passphrase_file: str | None,
    generate: bool,
    discard: str | None,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Write the keys to FILE under a passphrase; keep the two apart, and both away from this machine."""
    from warehouse.vault import backup as work

    if bool(file) == bool(discard):
        raise click.UsageError("name a FILE, or --discard ID")
    vault, _ = _opened(data_dir, "keys")
    if discard:
        work.discard(vault, discard)
        click.echo(json.dumps({"discarded": discard}) if as_json else f"Noted: backup {discard} was destroyed.")
        return
    passphrase = work.generate_passphrase() if generate else _passphrase(passphrase_file, confirm=True)
    made = work.backup(vault, Path(str(file)), passphrase)
    if as_json:
        said = {"backup_id": made.backup_id, "made_at": made.made_at, "file": str(made.path), "keys": len(made.refs)}
        click.echo(json.dumps({**said, **({"passphrase": passphrase} if generate else {})}, indent=2))
        return
    click.echo(f"Backup {made.backup_id}: {len(made.refs)} keys in {made.path}")
    if generate:
        click.echo(f"  Passphrase, shown this once: {passphrase}")
    click.echo("  Prove it: currency vault drill --backup FILE")


@vault_group.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False), help="Its first line; mode 0600.")
@click.option("--replace", is_flag=True, help="Replace a vault that is there; keys made since the backup are lost.")
@command
def restore_command(file: str, passphrase_file: str | None, replace: bool, data_dir: str | None, as_json: bool) -> None:
    """Bring the keys back from FILE. What a certificate says was destroyed stays destroyed."""
    from warehouse.vault.backup import restore
    from warehouse.vault.master import master_id

    vault = restore(_root(data_dir), Path(file), _passphrase(passphrase_file), replace=replace)
    living = len(vault.living())
    said = {"master_id": master_id(vault.master), "keys": living}
    click.echo(json.dumps(said, indent=2) if as_json else f"Restored {living} keys, master key {said['master_id']}.")


@vault_group.command("drill")
@click.option("--backup", "file", type=click.Path(exists=True, dir_okay=False), help="By default one made for it.")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False), help="Its first line; mode 0600.")
@command
def drill_command(file: str | None, passphrase_file: str | None, data_dir: str | None, as_json: bool) -> None:
    """Prove that a backup restores: every key is compared and opens what it sealed. Changes nothing."""
    from warehouse.vault.backup import drill

    vault, _ = _opened(data_dir, "keys")
    done = drill(vault, Path(file) if file else None, _passphrase(passphrase_file) if file else None)
    if as_json:
        click.echo(json.dumps({n: getattr(done, n) for n in ("backup_id", "keys", "files", "problems")}, indent=2))
    else:
        click.echo(f"Drill: {done.keys} keys and {done.files} files: {'all open' if not done.problems else 'not all'}")
        for problem in done.problems:
            click.echo(f"  - {problem}")
    if done.problems:
        raise click.exceptions.Exit(EXIT_ACT)


@vault_group.group("roles")
def roles_group() -> None:
    """Who may do what: stewards, reviewers of districts, analysts."""


@roles_group.command("show")
@command
def roles_show_command(data_dir: str | None, as_json: bool) -> None:
    """All users with their roles, and who you are."""
    from warehouse.vault.roles import load_roles, whoami

    root = _root(data_dir)
    who = whoami(root)
    users = load_roles(root) if who.may("roles") else {who.user: load_roles(root)[who.user]}
    if as_json:
        click.echo(json.dumps({"you": who.user, "role": who.role, "users": users}, indent=2))
        return
    for user, entry in sorted(users.items()):
        districts = f"  districts {', '.join(entry['districts'])}" if entry["districts"] else ""
        acts = "  may act for others" if entry["may_act_for"] else ""
        click.echo(f"{'*' if user == who.user else ' '} {user:<24} {entry['role']}{districts}{acts}")


@roles_group.command("set")
@click.argument("user")
@click.argument("role", type=click.Choice(["steward", "district_reviewer", "analyst", "none"]))
@click.option("--district", "districts", multiple=True, metavar="LEA_ID", help="Of a reviewer; repeatable.")
@click.option("--may-act-for", is_flag=True, help="A service account that may name others in CURRENCY_VAULT_USER.")
@command
def roles_set_command(
    user: str, role: str, districts: tuple[str, ...], may_act_for: bool, data_dir: str | None, as_json: bool
) -> None:
    """Give USER a ROLE; `none` takes it away."""
    from warehouse.vault.access_log import record
    from warehouse.vault.roles import set_role

    vault, _ = _opened(data_dir, "roles")
    set_role(vault.root, user, None if role == "none" else role, list(districts), may_act_for=may_act_for)
    record(vault, "roles set", subject=f"role/{role}", counts={"districts": len(districts)})
    said = {"user": user, "role": None if role == "none" else role, "districts": sorted(districts)}
    click.echo(
        json.dumps(said, indent=2) if as_json else f"{user}: {role}{' of ' if districts else ''}" + ", ".join(districts)
    )


# ------------------------------------------------------------------------------------------------------ shared


def _root(data_dir: str | None) -> DataRoot:
    from warehouse.paths import data_root

    return data_root(data_dir)


def _opened(data_dir: str | None, action: str) -> tuple[Vault, Who]:
    """The vault, and the person, whose role allows `action`."""
    from warehouse.vault import Vault
    from warehouse.vault.roles import require

    vault = Vault.open(_root(data_dir))
    return vault, require(vault.root, action)


def _passphrase(file: str | None, *, confirm: bool = False) -> str:
    """From the file, the environment, or the terminal; never from an argument, which other users could see."""
    from warehouse.vault.private import require_private

    if file:
        require_private(Path(file), what="the file of the passphrase")
        return Path(file).read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    if os.environ.get(PASSPHRASE_VARIABLE):
        return os.environ[PASSPHRASE_VARIABLE]
    if not sys.stdin.isatty():
        raise click.UsageError(f"give --passphrase-file, or {PASSPHRASE_VARIABLE}, or use a terminal")
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))


def _progress(as_json: bool, doing: str) -> Callable[[int, int], None] | None:
    """A line that counts, for a person at a terminal."""
    if as_json or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        click.echo(f"\r  {doing}: {done:,} of {total:,} files", nl=done == total, err=True)

    return show
