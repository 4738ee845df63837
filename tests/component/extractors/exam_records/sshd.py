"""A real OpenSSH server on loopback, as the current user, for one folder: internal-sftp, keys made for the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest

from extractors.exam_records.sftp import SftpDrop
from tests.conftest import require_system_package


def make_key(path: Path) -> str:
    """An ed25519 pair; returns the public half as in known_hosts."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    kind, key, *_ = path.with_name(path.name + ".pub").read_text(encoding="ascii").split()
    return f"{kind} {key}"


@dataclass
class Sshd:
    """The server: `files` is what it serves; `kill_connections` breaks every session, `stop` ends it."""

    folder: Path
    files: Path
    port: int
    host_key: str
    client_key: Path
    process: Any = field(repr=False)

    def drop(self, agreement_id: str = "XA-V-QUILL", **changed: Any) -> SftpDrop:
        """The drop that a steward would configure for it."""
        said: dict[str, Any] = {
            "agreement_id": agreement_id,
            "host": "127.0.0.1",
            "port": self.port,
            "user": getuser(),
            "host_key": self.host_key,
            "key_file": self.client_key,
            "folder": str(self.files),
        }
        return SftpDrop(**{**said, **changed})

    def sessions(self) -> list[int]:
        """Process ids of the open sessions: children of our own server."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                except (OSError, ValueError, IndexError):
                    continue
                if parent == self.process.pid:
                    found.append(int(entry.name))
        return found

    def kill_connections(self) -> int:
        """Break every open session; returns how many there were."""
        pids = self.sessions()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path) -> Iterator[Sshd]:
    """Start the server and wait until it answers."""
    sshd = require_system_package("openssh-server")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = folder / "outgoing"
    files.mkdir()
    host_key = make_key(folder / "host")
    client_key = make_key(folder / "client")
    (folder / "authorized").write_text(client_key + "\n", encoding="ascii")
    port = _free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile {folder / 'pid'}\n"
        f"AuthorizedKeysFile {folder / 'authorized'}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PubkeyAuthentication yes\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\nLogLevel ERROR\nMaxStartups 50\n",
        encoding="ascii",
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd of Debian leaves its privileges
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "config")], stderr=log, stdout=log)
    try:
        _wait(port, process, folder)
        yield Sshd(folder, files, port, host_key, folder / "client", process)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: Any, folder: Path) -> None:
    for _ in range(100):
        if process.poll() is not None:
            pytest.fail(f"sshd ended: {(folder / 'log').read_text(encoding='utf-8')}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("sshd does not answer")
