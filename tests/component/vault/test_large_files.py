"""Sealed files of real size: bounded memory, real chunks, workbooks read in place (P17)."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
from python_calamine import CalamineWorkbook

from warehouse.vault import Vault
from warehouse.vault.stream import CHUNK, create_encrypted, decrypt_stream, open_encrypted


def test_memory_is_bounded_whatever_the_size(vault: Vault) -> None:
    path = vault.root.restricted / "archive" / "large"
    block = memoryview(bytes(8 * CHUNK))
    key = vault.ensure_key("MOU-1")
    with create_encrypted(path, key):  # imports and buffers of a first time
        pass
    tracemalloc.start()
    with create_encrypted(path, key) as writer:
        for _ in range(8):
            writer.write(block)
    assert path.stat().st_size > 64 * CHUNK
    with open_encrypted(path, vault) as reader:
        while reader.read(CHUNK):
            pass
    with path.open("rb") as sealed, Path("/dev/null").open("wb") as sink:
        assert decrypt_stream(sealed, sink, vault) == 64 * CHUNK
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * CHUNK


def test_workbooks_are_written_and_read_sealed(vault: Vault) -> None:
    """openpyxl writes and both readers read through the seal; no temporary file is asked for."""
    book = openpyxl.Workbook()
    book.active.append(["attempt", "result"])
    book.active.append([1, "pass"])
    path = vault.root.restricted / "exports" / "worklist.xlsx"
    with create_encrypted(path, vault.system_key("export")) as writer:
        book.save(writer)
    with open_encrypted(path, vault) as reader:
        assert zipfile.is_zipfile(reader)
        assert [[c.value for c in row] for row in openpyxl.load_workbook(reader).active] == [
            ["attempt", "result"],
            [1, "pass"],
        ]
    with open_encrypted(path, vault) as reader:
        rows = CalamineWorkbook.from_filelike(reader).get_sheet_by_index(0).to_python()
        assert rows[1] == [1.0, "pass"]
    with open_encrypted(path, vault) as reader, io.BytesIO() as sink:
        sink.write(reader.read())
        assert sink.tell() > 1000
