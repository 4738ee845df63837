"""Sealed files: every change is noticed, reading seeks, memory is bounded, nothing is left after an error (M8, P17)."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.failures import PermanentFailure
from warehouse.vault import DataKey, Vault
from warehouse.vault import stream as under_test
from warehouse.vault.stream import (
    MAGIC,
    SealBroken,
    create_encrypted,
    decrypt_stream,
    encrypt_file,
    encrypt_stream,
    key_ref_of,
    open_encrypted,
)

KEY = DataKey("agreement/M/v1", b"\5" * 32)
SMALL = 64
HEAD = len(MAGIC) + 2 + len(KEY.ref) + 32 + 32


@pytest.fixture(autouse=True, scope="module")
def small_chunks():  # type: ignore[no-untyped-def]
    """Chunks of 64 bytes, so that small files have many."""
    patch = pytest.MonkeyPatch()
    patch.setattr(under_test, "CHUNK", SMALL)
    yield
    patch.undo()


def seal(content: bytes, key: DataKey = KEY, context: str = "") -> bytes:
    sink = io.BytesIO()
    encrypt_stream(io.BytesIO(content), sink, key, context)
    return sink.getvalue()


def opened(sealed: bytes, folder: Path, key: DataKey = KEY, context: str = "") -> bytes:
    """Read both ways; both must agree."""
    path = folder / "f"
    path.write_bytes(sealed)
    sink = io.BytesIO()
    try:
        decrypt_stream(io.BytesIO(sealed), sink, key, context)
    except SealBroken:
        with pytest.raises(SealBroken), open_encrypted(path, key, context) as reader:
            reader.read()
        raise
    with open_encrypted(path, key, context) as reader:
        assert reader.read() == sink.getvalue()
    return sink.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sealed")


@given(st.binary(max_size=5 * SMALL))
@settings(deadline=None)  # on a busy machine; so for all below
def test_roundtrip(folder: Path, content: bytes) -> None:
    assert opened(seal(content), folder) == content


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL, 3 * SMALL])
def test_roundtrip_at_the_edges_of_chunks(folder: Path, size: int) -> None:
    content = os.urandom(size)
    sealed = seal(content)
    assert opened(sealed, folder) == content
    assert len(sealed) == HEAD + size + 16 * max(1, -(-size // SMALL))


@given(st.integers(0, 4 * SMALL), st.data())
@settings(max_examples=150, deadline=None)
def test_any_flipped_bit_is_detected(folder: Path, size: int, data: st.DataObject) -> None:
    sealed = bytearray(seal(bytes(size)))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((SealBroken, PermanentFailure)):
        opened(bytes(sealed), folder)


def test_every_byte_of_a_file_counts(folder: Path) -> None:
    sealed = seal(bytes(range(150)))
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 0xFF]) + sealed[at + 1 :]
        with pytest.raises(PermanentFailure):
            decrypt_stream(io.BytesIO(changed), io.BytesIO(), KEY)


@pytest.mark.parametrize("size", [0, SMALL, 200])
def test_every_truncation_and_addition_is_detected(folder: Path, size: int) -> None:
    sealed = seal(bytes(size))
    for end in range(len(sealed)):
        with pytest.raises(SealBroken):
            opened(sealed[:end], folder)
    for more in (b"\0", bytes(16), bytes(SMALL + 16), sealed[HEAD:]):
        with pytest.raises(SealBroken):
            opened(sealed + more, folder)


@given(st.permutations(range(4)))
@settings(deadline=None)
def test_chunks_cannot_change_places(folder: Path, order: list[int]) -> None:
    sealed, step = seal(bytes(range(4)) * SMALL), SMALL + 16
    chunks = [sealed[HEAD + n * step : HEAD + (n + 1) * step] for n in order]
    if order == sorted(order):
        assert opened(sealed, folder)
        return
    with pytest.raises(SealBroken):
        opened(sealed[:HEAD] + b"".join(chunks), folder)


def test_chunks_of_other_files_do_not_fit(folder: Path) -> None:
    one, two, step = seal(bytes(200)), seal(bytes(200)), SMALL + 16
    assert one[HEAD:] != two[HEAD:]  # one content, another salt
    with pytest.raises(SealBroken):
        opened(one[: HEAD + step] + two[HEAD + step :], folder)
    with pytest.raises(SealBroken):
        opened(two[:HEAD] + one[HEAD:], folder)


def test_a_file_belongs_to_its_context(folder: Path) -> None:
    sealed = seal(b"x", context="capture 1")
    assert opened(sealed, folder, context="capture 1") == b"x"
    with pytest.raises(SealBroken):
        opened(sealed, folder, context="capture 2")


def test_wrong_key(folder: Path) -> None:
    with pytest.raises(SealBroken):
        opened(seal(b"x"), folder, DataKey(KEY.ref, b"\6" * 32))
    with pytest.raises(PermanentFailure, match="sealed with agreement/M/v1, not with agreement/N/v1"):
        opened(seal(b"x"), folder, DataKey("agreement/N/v1", b"\6" * 32))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 150)), max_size=12))
@settings(deadline=None)
def test_seeking_reads_what_a_file_would(folder: Path, steps: list[tuple[int, int]]) -> None:
    content = bytes(i % 251 for i in range(333))
    path = folder / "seek"
    path.write_bytes(seal(content))
    plain = io.BytesIO(content)
    with open_encrypted(path, KEY) as reader:
        for at, count in steps:
            assert reader.seek(at) == plain.seek(at)
            assert reader.read(count) == plain.read(count)
        assert reader.seek(-7, os.SEEK_END) == plain.seek(-7, os.SEEK_END)
        assert reader.read() == plain.read()


def test_a_zip_is_read_without_a_temporary_file(vault: Vault, tmp_path: Path) -> None:
    key = vault.ensure_key("MOU-1")
    path = vault.root.restricted / "archive" / "a.zip"
    with create_encrypted(path, key) as writer, zipfile.ZipFile(writer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("rows.csv", "name\n" * 500)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with open_encrypted(path, vault) as reader, zipfile.ZipFile(reader) as archive:
        assert archive.read("rows.csv") == b"name\n" * 500
    assert key_ref_of(path) == key.ref
    assert b"rows.csv" not in path.read_bytes()


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "zone" / "f"
    with pytest.raises(RuntimeError), create_encrypted(path, KEY) as writer:
        writer.write(b"half")
        raise RuntimeError
    assert list(path.parent.iterdir()) == []


def test_errors_of_reading_stay_what_they_are_and_a_full_disk_is_told(tmp_path: Path) -> None:
    import errno

    with pytest.raises(TimeoutError), create_encrypted(tmp_path / "zone" / "f", KEY):
        raise TimeoutError
    with pytest.raises(PermanentFailure, match="the disk is full"), create_encrypted(tmp_path / "zone" / "f", KEY):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list((tmp_path / "zone").iterdir()) == []


def test_what_was_written_is_told(tmp_path: Path) -> None:
    import hashlib

    source = tmp_path / "plain"
    source.write_bytes(b"content" * 40)
    said = encrypt_file(source, tmp_path / "zone" / "f", KEY)
    sealed = (tmp_path / "zone" / "f").read_bytes()
    assert (said.plain_bytes, said.cipher_bytes) == (280, len(sealed))
    assert said.cipher_sha256 == hashlib.sha256(sealed).hexdigest()
    assert said.plain_sha256 == hashlib.sha256(b"content" * 40).hexdigest() and said.plain_sha256 not in repr(said)


def test_what_is_no_sealed_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"PK\3\4 something else")
    assert key_ref_of(path) is None
    with pytest.raises(SealBroken, match="no sealed file"):
        open_encrypted(path, KEY)
