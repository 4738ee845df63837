"""A party's SFTP server as a folder of files that are read as streams: pinned host key, own key, no password.

Belongs here: the connection and its failures, resuming a broken transfer. Does not belong here: which files are taken
and when (`pulling`). Nothing of a file touches this machine's disk; nothing at the sender is changed unless told.
"""

from __future__ import annotations

import contextlib
import io
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from extractors.failures import PermanentFailure, TransientFailure
from warehouse.vault.private import require_private

if TYPE_CHECKING:
    import paramiko
    from _typeshed import WriteableBuffer

CONNECT_SECONDS, IDLE_SECONDS = 20.0, 60.0
RETRIES, PAUSE_SECONDS = 4, 0.5
_READ = 1 << 18
_AHEAD = 64  # requests of 32 kB under way at once


@dataclass(frozen=True)
class SftpDrop:
    """Where a party leaves its files (an entry of `restricted/sftp.yml`).

    Attributes:
        host_key: the server's public key as in known_hosts: `ssh-ed25519 AAAA…`; any other is refused.
        key_file: our private key, mode 0600, without a passphrase: it is used while nobody watches.
        folder: on the server.
        delete_after: remove a file there once it is stored here; off unless the agreement says so.
    """

    agreement_id: str
    host: str
    user: str
    host_key: str
    key_file: Path
    port: int = 22
    folder: str = "."
    kind: str | None = None
    school_year: int | None = None
    column_map: Path | None = None
    delete_after: bool = False


@dataclass(frozen=True)
class RemoteFile:
    """A file on the server, by what tells whether it has changed."""

    name: str
    size: int
    mtime: int


class Server:
    """One server; connects when asked and again when the connection breaks."""

    def __init__(self, drop: SftpDrop, *, retries: int = RETRIES, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.drop, self.retries, self.pause_seconds = drop, retries, pause_seconds
        self._client: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None

    @property
    def where(self) -> str:
        """For messages."""
        return f"sftp://{self.drop.host}:{self.drop.port} ({self.drop.agreement_id})"

    def __enter__(self) -> Server:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        for one in (self._sftp, self._client):
            if one is not None:
                with contextlib.suppress(Exception):
                    one.close()
        self._client = self._sftp = None

    def connect(self) -> None:
        """Connect and log in.

        Raises:
            PermanentFailure: another host key, a key file that others may read or that is none, a refused log-in.
            TransientFailure: nobody answers.
        """
        import paramiko

        self.close()
        key = self._own_key()
        client = paramiko.SSHClient()
        name = self.drop.host if self.drop.port == 22 else f"[{self.drop.host}]:{self.drop.port}"
        expected = _host_key(self.drop.host_key, self.where)
        client.get_host_keys().add(name, expected.get_name(), expected)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(
                self.drop.host,
                self.drop.port,
                self.drop.user,
                pkey=key,
                allow_agent=False,
                look_for_keys=False,
                timeout=CONNECT_SECONDS,
                banner_timeout=CONNECT_SECONDS,
                auth_timeout=CONNECT_SECONDS,
            )
            sftp = client.open_sftp()
            channel = sftp.get_channel()
            if channel is not None:
                channel.settimeout(IDLE_SECONDS)
        except (paramiko.BadHostKeyException, paramiko.ssh_exception.IncompatiblePeer) as error:
            client.close()
            raise _wrong_host(self.where, type(error).__name__) from None
        except paramiko.AuthenticationException:
            client.close()
            raise PermanentFailure(
                "the server does not accept our key",
                where=self.where,
                expected=f"the public half of {self.drop.key_file} among the keys of {self.drop.user}",
                remedy="send the party our public key; passwords are not used",
            ) from None
        except paramiko.SSHException as error:
            client.close()
            if "not found in known_hosts" in str(error):
                raise _wrong_host(self.where, "a key of another type") from None
            raise self._unreachable(error) from None
        except (OSError, EOFError) as error:
            client.close()
            raise self._unreachable(error) from None
        self._client, self._sftp = client, sftp

    def _unreachable(self, error: BaseException) -> TransientFailure:
        return TransientFailure(
            f"the server does not answer ({type(error).__name__})",
            where=self.where,
            expected="an SSH server",
            remedy="try again later; then ask the party whether its server runs",
        )

    def _own_key(self) -> Any:
        import paramiko

        path = self.drop.key_file
        if not path.is_file():
            raise PermanentFailure(
                "our private key is not there",
                where=str(path),
                expected="the file that restricted/sftp.yml names",
                remedy=f"ssh-keygen -t ed25519 -N '' -f {path}, and send {path}.pub to the party",
            )
        require_private(path, what="our private key")
        try:
            return paramiko.PKey.from_path(path)
        except (paramiko.SSHException, ValueError, TypeError, OSError) as error:
            raise PermanentFailure(
                f"our private key cannot be read ({type(error).__name__})",
                where=str(path),
                expected="an OpenSSH key, ed25519 or RSA",
                remedy="make a new one: ssh-keygen -t ed25519",
            ) from None

    # ---- files

    def files(self) -> list[RemoteFile]:
        """Ordinary files of the folder, by name; links and folders are left out."""
        found = self._tried(lambda sftp: sftp.listdir_attr(self.drop.folder), "listing the folder")
        return sorted(
            (
                RemoteFile(a.filename, int(a.st_size or 0), int(a.st_mtime or 0))
                for a in found
                if a.st_mode is not None and stat.S_ISREG(a.st_mode)
            ),
            key=lambda f: f.name,
        )

    def stat(self, name: str) -> RemoteFile:
        """A file as it is now."""
        found = self._tried(lambda sftp: sftp.lstat(self._path(name)), "looking at a file")
        return RemoteFile(name, int(found.st_size or 0), int(found.st_mtime or 0))

    def remove(self, name: str) -> None:
        """Delete a file at the sender; only where the drop says so."""
        if self.drop.delete_after:
            self._tried(lambda sftp: sftp.remove(self._path(name)), "deleting a file")

    @contextlib.contextmanager
    def open(self, file: RemoteFile) -> Iterator[BinaryIO]:
        """The content as a stream that survives a broken connection.

        Its end raises TransientFailure where the file is no longer the one that was listed.
        """
        with io.BufferedReader(_Resuming(self, file), buffer_size=_READ) as reader:
            yield reader

    def _path(self, name: str) -> str:
        return f"{self.drop.folder.rstrip('/')}/{name}"

    def _tried(self, ask: Any, doing: str) -> Any:
        """Ask, connecting again where the line broke; bounded."""
        import paramiko

        for attempt in range(self.retries + 1):
            try:
                if self._sftp is None:
                    self.connect()
                return ask(self._sftp)
            except PermissionError:
                raise PermanentFailure(
                    f"the server does not allow {doing}",
                    where=self.where,
                    expected="read access to the folder",
                    remedy="ask the party for it",
                ) from None
            except FileNotFoundError:
                raise PermanentFailure(
                    f"{doing}: it is not there",
                    where=self.where,
                    expected=f"the folder {self.drop.folder!r} and the files in it",
                    remedy="correct `folder` in restricted/sftp.yml, or ask the party",
                ) from None
            except (OSError, EOFError, paramiko.SSHException, TransientFailure) as error:
                self.close()
                if attempt == self.retries:
                    raise self._unreachable(error) from None
                time.sleep(self.pause_seconds * 2**attempt)
        raise AssertionError("unreachable")


class _Resuming(io.RawIOBase):
    """Reads a remote file by offset; after a break it goes on where it was, if the file is still the same."""

    def __init__(self, server: Server, file: RemoteFile) -> None:
        self._server, self._file, self._at = server, file, 0
        self._handle: Any = None
        self._of: Any = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` from where we are; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if self._at >= self._file.size:
            self._require_same()
            return 0
        content = self._server._tried(lambda sftp: self._read(sftp, min(len(view), _READ)), "reading a file")
        view[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _read(self, sftp: Any, count: int) -> bytes:
        if self._of is not sftp:
            self._handle = sftp.open(self._server._path(self._file.name), "rb")
            self._handle.seek(self._at)
            if self._at == 0:  # after a break the rest comes chunk by chunk
                self._handle.prefetch(self._file.size, max_concurrent_requests=_AHEAD)
            self._of = sftp
        found: bytes = self._handle.read(min(count, self._file.size - self._at))
        if not found:  # a line that breaks while data are read ahead looks like the end of the file
            if sftp.stat(self._server._path(self._file.name)).st_size != self._file.size:
                raise _changed(self._server.where)
            raise EOFError("the connection ended before the file did")
        return found

    def _require_same(self) -> None:
        if self._server.stat(self._file.name) != self._file:
            raise _changed(self._server.where)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            with contextlib.suppress(Exception):
                self._handle.close()
        super().close()


def _changed(where: str) -> TransientFailure:
    return TransientFailure(
        "a file changed while it was read",
        where=where,
        expected="a file that is complete",
        remedy="nothing: the next round takes it once it stands still",
    )


def _host_key(text: str, where: str) -> Any:
    import base64
    import binascii

    import paramiko

    kind, _, rest = text.strip().partition(" ")
    try:
        return paramiko.PKey.from_type_string(kind, base64.b64decode(rest.split()[0], validate=True))
    except (IndexError, binascii.Error, paramiko.SSHException, ValueError, KeyError):
        raise PermanentFailure(
            "the pinned host key cannot be read",
            where=where,
            expected="type and key as in known_hosts: ssh-ed25519 AAAA…",
            remedy="ask the party for it by another way than the net; `ssh-keyscan` only shows who answers",
        ) from None


def _wrong_host(where: str, found: str) -> PermanentFailure:
    return PermanentFailure(
        f"the server shows another host key than the pinned one ({found})",
        where=where,
        expected="the key in restricted/sftp.yml",
        remedy="send nothing and ask the party by telephone whether it changed its key; if it did, pin the new one",
    )
