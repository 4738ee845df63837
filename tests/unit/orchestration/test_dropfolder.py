"""The drop folder without Dagster: claims, sidecars, refusals, crashes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration import dropfolder
from warehouse.paths import DataRoot


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data").ensure()


def _drop(root: DataRoot, folder: str, name: str = "file.csv", text: str = "a,b\n", age: float = 60) -> Path:
    path = root.drop / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def test_a_file_is_claimed_with_its_state_and_sidecar(root: DataRoot) -> None:
    file = _drop(root, "living_wage@NY")
    _drop(root, "living_wage@NY", "map.csv", "target,source\n")
    _drop(root, "living_wage@NY", "file.csv.yml", "vintage: '2026'\ncolumn_map: map.csv\n")
    (item,) = dropfolder.claim(root)
    assert (item.dataset, item.state, item.vintage) == ("living_wage", "NY", "2026")
    assert item.config() == {
        "path": [str(item.file)],
        "state": "NY",
        "vintage": "2026",
        "column_map": str(item.file.with_name("map.csv")),
    }
    assert item.file.is_file() and not file.exists()
    assert dropfolder.working(root) == [item]


def test_a_growing_file_waits(root: DataRoot) -> None:
    file = _drop(root, "living_wage@NY", age=0)
    assert dropfolder.claim(root) == []
    assert file.exists()
    assert len(dropfolder.claim(root, now=file.stat().st_mtime + 6)) == 1


@pytest.mark.parametrize(
    ("folder", "sidecar", "says"),
    [
        ("no_such_dataset", None, "there is no dataset"),
        ("living_wage", None, "supplied by states"),
        ("living_wage@NY", "vintage: [", "is no YAML"),
        ("living_wage@NY", "colour: red", "it may say"),
        ("living_wage@NY", "column_map: absent.csv", "put it beside the file"),
    ],
)
def test_what_has_no_meaning_is_refused_with_words(root: DataRoot, folder: str, sidecar: str | None, says: str) -> None:
    if sidecar:
        _drop(root, folder, "file.csv.yml", sidecar)
    _drop(root, folder)
    assert dropfolder.claim(root) == []
    (reason,) = (root.drop / "_refused").rglob("*.txt")
    assert says in reason.read_text(encoding="utf-8")
    assert reason.with_name("file.csv").is_file(), "nothing is lost"
    assert dropfolder.working(root) == []


def test_taken_and_refused_files_leave_the_working_folder(root: DataRoot) -> None:
    _drop(root, "living_wage@NY", "good.csv", "x\n")
    _drop(root, "living_wage@NY", "bad.csv", "y\n")
    good, bad = sorted(dropfolder.claim(root), key=lambda item: item.file.name, reverse=True)
    taken = dropfolder.finish(root, good, None)
    refused = dropfolder.finish(root, bad, "row 3: no number")
    assert taken.parent.name == "_taken" and refused.parent.name == "_refused"
    assert "row 3" in next(refused.rglob("bad.csv.txt")).read_text(encoding="utf-8")
    assert dropfolder.working(root) == []


def test_the_same_file_may_be_dropped_again(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    _drop(root, "living_wage@NY")
    (first,) = dropfolder.claim(root)
    dropfolder.finish(root, first, "the gate was shut")
    _drop(root, "living_wage@NY")
    monkeypatch.setattr(dropfolder, "_key", lambda file: first.key + "1")
    (second,) = dropfolder.claim(root)
    assert second.key != first.key


def test_a_claim_that_was_killed_is_repeated(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the sidecar moved and before the file did: the file is still in place."""
    _drop(root, "living_wage@NY", "file.csv.yml", "vintage: '2026'")
    file = _drop(root, "living_wage@NY")
    moves = []

    move = Path.replace

    def once(source: Path, target: Path) -> Path:
        moves.append(source)
        if len(moves) == 2:
            raise KeyboardInterrupt
        return move(source, target)

    monkeypatch.setattr(Path, "replace", once)
    with pytest.raises(KeyboardInterrupt):
        dropfolder.claim(root)
    monkeypatch.undo()
    assert file.exists()
    assert dropfolder.working(root) == []
    (item,) = dropfolder.claim(root)
    assert item.file.is_file()
