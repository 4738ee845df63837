"""The reading of postings as a whole: what is read again, what is kept, and what a crash leaves (J4, J7, J10)."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors import atomic, ingest
from extractors.archive import Lock
from extractors.failures import PermanentFailure
from extractors.job_postings.naming import posting_keys
from extractors.job_postings.stream import posting_schema
from extractors.posting_text import enrich as reading
from extractors.posting_text import occupation, unit
from extractors.posting_text.enrich import Enrichment, Settings, enrich
from warehouse.paths import DataRoot

# Codes and titles of SOC 2018; job titles and duties are our own.
OCCUPATIONS = {
    "29-1141": ("Registered Nurses", "nurse", "Give medicines to patients and watch their vital signs."),
    "51-4121": ("Welders, Cutters, Solderers, and Brazers", "welder", "Join metal parts with arc and torch."),
    "53-3032": ("Heavy and Tractor-Trailer Truck Drivers", "truck driver", "Haul freight over long distances."),
    "35-2014": ("Cooks, Restaurant", "cook", "Prepare soups, meats and desserts to order."),
}
KINDS = ("Senior", "Lead", "Night", "Hospital", "Industrial", "Junior", "County", "Field", "Staff", "Travel")
ONE, OTHER = "job_postings@XA+nlx+one", "job_postings@XA+nlx+other"
PASS, CARD = "ZZTST001", "ZZTST002"


def _posting(number: int, title: str, text: str | None, day: str = "2026-03-10", **cells: Any) -> dict[str, Any]:
    return {
        "posting_id": f"p{number}", "title": title, "description": text, "employer": f"Mill {number}", "city": "Arden",
        "state_postal": "XA", "zip_code": "00501", "location_text": "Arden, XA", "posted_date": day, **cells,
    }  # fmt: skip


MARCH = [
    _posting(1, "Night nurse", "Give medicines to patients.\nRequirements:\n• Harbour Safety Pass required"),
    _posting(2, "Lead welder", "Join metal parts with the torch.\nA Rigging Signal Card is preferred."),
    _posting(3, "Junior cook", None, credentials_required="Harbour Safety Pass|Some other paper"),
    _posting(4, "Helper of the yard", "Haul freight over long distances. No Harbour Safety Pass needed."),
    _posting(5, "Lead welder", "Join metal parts with the torch.\nA Rigging Signal Card is preferred."),
]
APRIL = [_posting(6, "County truck driver", "Haul freight. Harbour Safety Pass required.", "2026-04-02")]


class State:
    """A data root with raw Parquet of postings and of O*NET, and the lock that names them."""

    def __init__(self, root: DataRoot, settings: Settings, onet: dict[str, Path]) -> None:
        self.root, self.settings = root, settings
        self.lock = Lock({"onet": {"current": "30.1-a"}, "soc_structure": {"current": "2018-a"}}, {"onet/30.1-a": "x"})
        self.fixed = {name: [("onet", "30.1-a", "current", path)] for name, path in onet.items()}
        self.deliveries: dict[tuple[str, str], list[Path]] = {}

    def deliver(self, dataset: str, capture_id: str, postings: list[dict[str, Any]]) -> None:
        """Raw Parquet of a capture; the one that the dataset had before is current no more."""
        self.deliveries = {key: paths for key, paths in self.deliveries.items() if key[0] != dataset}
        home = self.root.raw / "job_postings" / "postings" / f"dataset={dataset}" / f"capture_id={capture_id}"
        paths = []
        for month in sorted({p["posted_date"][:7] for p in postings}):
            rows = [p for p in postings if p["posted_date"].startswith(month)]
            keys = posting_keys("nlx", [p["posting_id"] for p in rows]).tolist()
            cells = [
                {
                    **{name: p.get(name) for name in posting_schema().names},
                    "dataset": dataset, "capture_id": capture_id, "row_number": number, "posting_key": key,
                    "feed": "nlx", "posted_month": month, "posted_date": dt.date.fromisoformat(p["posted_date"]),
                }
                for number, (p, key) in enumerate(zip(rows, keys, strict=True), start=1)
            ]  # fmt: skip
            path = home / f"month={month}" / "part-00000.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(cells, posting_schema()), path)
            paths.append(path)
        self.deliveries[dataset, capture_id] = paths

    def raw_files(self, *_: object) -> dict[str, list[tuple[str, str, str, Path]]]:
        """As `ingest.raw_files` lists them."""
        postings = [(d, c, "current", path) for (d, c), paths in self.deliveries.items() for path in paths]
        return {**self.fixed, reading.POSTINGS: postings}

    def read(self, **options: Any) -> Enrichment:
        """Read what is due."""
        return enrich(self.root, self.lock, replace(self.settings, **options))

    def credentials(self, done: Enrichment) -> dict[tuple[str, str], str]:
        """(posting id, credential) -> requirement."""
        names = self.ids()
        return {
            (names[row["posting_key"]], row["credential_code"]): row["requirement"] for row in rows(done, "mention")
        }

    def ids(self) -> dict[int, str]:
        """posting_key -> posting id, of what is current."""
        found = [r for paths in self.deliveries.values() for p in paths for r in pq.ParquetFile(p).read().to_pylist()]
        return {r["posting_key"]: r["posting_id"] for r in found}

    def stages(self) -> dict[str, int]:
        """Folder of a finished stage -> when it was made; nothing that begins with a dot is finished."""
        home = self.root.raw / "posting_text"
        found = home.glob("dataset=*/capture_id=*/month=*/*")
        return {str(p.relative_to(home)): p.stat().st_mtime_ns for p in found if not p.name.startswith(".")}


def rows(done: Enrichment, table: str) -> list[dict[str, Any]]:
    """The rows of an enriched table."""
    files = done.files[f"posting_text__{table}"]
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def _kind(path: str) -> tuple[str, str]:
    """(month, stage) of the folder of a stage."""
    *_, month, stage = path.split("/")
    return month.removeprefix("month="), stage.partition("-")[0]


@pytest.fixture(scope="module")
def onet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Raw tables to learn occupations from."""
    home = tmp_path_factory.mktemp("onet")
    titles = [(f"{c}.00", f"{kind} {word}") for c, (_, word, _) in OCCUPATIONS.items() for kind in KINDS]
    tables = {
        "onet__titles": {
            "onetsoc_code": [code for code, _ in titles],
            "job_title": [title for _, title in titles],
            "title_kind": ["alternate"] * len(titles),
            "short_title": pa.nulls(len(titles), pa.string()),
        },
        "onet__tasks": {
            "onetsoc_code": [f"{c}.00" for c in OCCUPATIONS for _ in range(4)],
            "task": [f"{task} Case {n}." for _, _, task in OCCUPATIONS.values() for n in ("one", "two", "x", "y")],
        },
        "onet__occupations": {
            "onetsoc_code": [f"{c}.00" for c in OCCUPATIONS],
            "title": [name for name, _, _ in OCCUPATIONS.values()],
            "description": [task for _, _, task in OCCUPATIONS.values()],
        },
        "soc__structure": {
            "soc_code": list(OCCUPATIONS),
            "soc_level": ["detailed"] * len(OCCUPATIONS),
            "soc_title": [name for name, _, _ in OCCUPATIONS.values()],
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), home / f"{name}.parquet")
    return {name: home / f"{name}.parquet" for name in tables}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, onet: dict[str, Path]) -> Path:
    """The folder of the coder, trained once."""
    root = DataRoot(tmp_path_factory.mktemp("trained"))
    state = State(root, Settings(Path(), Path()), onet)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "raw_files", state.raw_files)
        return reading.coder_model(root, state.lock).parent


@pytest.fixture
def bare(tmp_path: Path, onet: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """Two months of postings, a lexicon of two credentials, and no coder."""
    credentials, forms = tmp_path / "credential.csv", tmp_path / "form.csv"
    _write(credentials, "credential_code,credential_name,issuer_code,credential_type,country", [
        [PASS, "Harbour Safety Pass", "ZZTST", "card", "US"], [CARD, "Rigging Signal Card", "ZZTST", "card", "US"],
    ])  # fmt: skip
    _write(forms, "form,credential_code,case_sensitive,needs,excludes,role_word,note", [
        ["Harbour Safety Pass", PASS, "false", "", "", "false", ""],
    ])  # fmt: skip
    state = State(DataRoot(tmp_path / "data"), Settings(credentials, forms, workers=1), onet)
    state.root.raw.mkdir(parents=True)
    monkeypatch.setattr(ingest, "raw_files", state.raw_files)
    state.deliver(ONE, "2026-04-aaaaaaaa", [*MARCH, *APRIL])
    yield state


@pytest.fixture
def state(bare: State, trained: Path) -> State:
    """The same with a trained coder."""
    shutil.copytree(trained, bare.root.raw / "posting_text" / "_coder")
    return bare


def _write(path: Path, header: str, lines: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([header.split(","), *lines])


def test_every_posting_is_read(state: State) -> None:
    """Mentions of text and source, a negated one that is none, an empty text, equal texts read once."""
    done = state.read()
    assert (done.postings, done.months, done.months_read) == (6, 2, 2)
    found = state.credentials(done)
    assert found["p1", PASS] == found["p6", PASS] == found["p3", PASS] == "required"
    assert not [key for key in found if key[0] in {"p2", "p4", "p5"}], "the card has no form yet; p4 needs no pass"
    coded = {state.ids()[row["posting_key"]]: row for row in rows(done, "occupation")}
    assert sorted(coded) == ["p1", "p2", "p3", "p4", "p5", "p6"]
    assert [coded[p]["soc_code_1"] for p in ("p1", "p2", "p3", "p6")] == ["29-1141", "51-4121", "35-2014", "53-3032"]
    assert coded["p3"]["basis"] == "title", "there is no text that could decide"
    assert {k: v for k, v in coded["p2"].items() if k != "posting_key"} == {
        k: v for k, v in coded["p5"].items() if k != "posting_key"
    }
    assert len(rows(done, "grouping")) == 6
    for table in done.files:
        assert not [f for f in done.files[table] if "description" in pq.read_schema(f).names]


def test_what_the_lexicon_lacks_is_kept_by_name(state: State) -> None:
    """Equal texts are read once and speak for both postings, each with its sentence in its own month."""
    asked = "Requirements:\nQZEG certification preferred."
    state.deliver(ONE, "2026-05-bbbbbbbb", [
        _posting(7, "Lead welder", asked), _posting(8, "Lead welder", asked, "2026-04-02"), *APRIL,
    ])  # fmt: skip
    done = state.read()
    found = rows(done, "unlisted")
    assert {state.ids()[row["posting_key"]] for row in found} == {"p7", "p8"}
    assert {(row["credential_name"], row["requirement"]) for row in found} == {("qzeg certification", "preferred")}
    for file in done.files["posting_text__unlisted"]:
        kept = pq.ParquetFile(file.with_name(file.name.replace("unlisted", "sentence"))).read()
        assert set(pq.ParquetFile(file).read().column("sentence_hash").to_pylist()) <= set(
            kept.column("sentence_hash").to_pylist()
        )


def test_nothing_new_is_read_again(state: State) -> None:
    first = state.read()
    before = state.stages()
    again = state.read()
    assert again.months_read == 0
    assert again.fingerprint == first.fingerprint
    assert again.files == first.files
    assert state.stages() == before


def test_a_new_month_reads_only_that_month(state: State) -> None:
    first = state.read()
    before = state.stages()
    state.deliver(OTHER, "2026-05-bbbbbbbb", [_posting(7, "Field cook", "Prepare soups.", "2026-05-03")])
    done = state.read()
    assert (done.months, done.months_read) == (3, 1)
    assert done.fingerprint != first.fingerprint
    after = state.stages()
    assert {k: v for k, v in after.items() if k in before} == before
    assert {_kind(k) for k in after.keys() - before.keys()} == {("2026-05", stage) for stage in reading.STAGES}
    assert len(rows(done, "occupation")) == len(rows(done, "grouping")) == 7


@pytest.mark.parametrize("file", ["the forms", "more forms"])
def test_an_edited_lexicon_reads_requirements_only(state: State, file: str) -> None:
    first = state.read()
    before = state.stages()
    path = state.settings.form_csv
    header = path.read_text(encoding="utf-8").partition("\n")[0]
    if file == "more forms":
        path = path.with_name(f"{path.stem}_more.csv")
        path.write_text(f"{header}\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as out:
        out.write(f"Rigging Signal Card,{CARD},false,,,false,\n")
    done = state.read()
    after = state.stages()
    kept, new, gone = before.keys() & after.keys(), after.keys() - before.keys(), before.keys() - after.keys()
    assert {_kind(k)[1] for k in new} == {_kind(k)[1] for k in gone} == {"requirement"}
    assert {_kind(k)[1] for k in kept} == {"signature", "occupation"}
    assert all(before[k] == after[k] for k in kept)
    assert done.fingerprint != first.fingerprint
    assert state.credentials(done)["p2", CARD] == state.credentials(done)["p5", CARD] == "preferred"


def test_the_compiled_lexicon_is_kept_and_never_trusted(state: State) -> None:
    """One file for the lexicon of the day; a damaged one is made anew, and what is read with it is the same."""
    first = state.read()
    folder = state.root.raw / "posting_text" / "_vocabulary"
    (file,) = folder.iterdir()
    good = file.read_bytes()
    found = state.credentials(first)
    file.write_bytes(good[: len(good) // 2])
    for stage in folder.parent.glob("dataset=*/*/*/requirement-*"):
        shutil.rmtree(stage)
    unit._reader.cache_clear()
    assert state.credentials(state.read()) == found
    assert file.read_bytes() == good
    with state.settings.form_csv.open("a", encoding="utf-8") as out:
        out.write(f"Rigging Signal Card,{CARD},false,,,false,\n")
    state.read()
    (other,) = folder.iterdir()
    assert other.name != file.name


def test_a_delivery_that_is_sent_again_replaces(state: State) -> None:
    state.read()
    state.deliver(ONE, "2026-04-cccccccc", [MARCH[0], _posting(9, "Staff cook", "Prepare desserts.", "2026-04-09")])
    done = state.read()
    assert {state.ids()[row["posting_key"]] for row in rows(done, "occupation")} == {"p1", "p9"}
    assert len(rows(done, "grouping")) == 2
    read = [f for table in ("mention", "occupation") for f in done.files[f"posting_text__{table}"]]
    assert all("capture_id=2026-04-cccccccc" in str(f) for f in read)


def test_a_capture_that_is_parsed_anew_is_read_anew(state: State) -> None:
    """The same capture and month, other rows: a parser was corrected."""
    state.read()
    state.deliver(ONE, "2026-04-aaaaaaaa", [_posting(1, "Night nurse", "Nothing is asked."), *APRIL])
    done = state.read()
    assert done.months_read == 1
    assert set(state.credentials(done)) == {("p6", PASS)}
    assert len(rows(done, "grouping")) == 2


def _dies(at: int, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose call number `at` fails like a process that is killed."""
    count = 0

    def dying(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            raise KeyboardInterrupt
        return call(*arguments, **options)

    return dying


@pytest.mark.parametrize("stage", ["_signatures", "_requirements", "_occupations"])
def test_a_crash_while_reading_leaves_nothing_half_done(state: State, stage: str) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(unit, stage, _dies(1, getattr(unit, stage)))
        state.read()
    assert not state.stages()
    done = state.read()
    assert done.months_read == 2
    assert len(rows(done, "occupation")) == 6
    assert not list((state.root.raw / "posting_text").rglob(".tmp-*"))


def test_a_crash_between_stages_keeps_what_was_whole(state: State) -> None:
    """Stages become visible one by one; the next run reads those that are missing."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(atomic, "publish_folder", _dies(3, atomic.publish_folder))
        state.read()
    before = state.stages()
    assert len(before) == 2, "two stages of the first month"
    done = state.read()
    assert {k: v for k, v in state.stages().items() if k in before} == before
    assert len(state.stages()) == 6
    assert len(rows(done, "mention")) == 3
    assert len(rows(done, "occupation")) == len(rows(done, "grouping")) == 6


def test_a_crash_while_grouping_is_made_good(state: State) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(atomic, "write_json", _dies(1, atomic.write_json))
        state.read()
    done = state.read()
    assert done.months_read == 0
    assert len(rows(done, "grouping")) == 6


def test_workers_find_what_one_process_finds(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units are cut otherwise, and other processes read them."""
    one = {name: rows(state.read(), name) for name in ("mention", "unlisted", "requirement", "occupation", "grouping")}
    shutil.rmtree(state.root.raw / "posting_text" / f"dataset={ONE}")
    monkeypatch.setattr(reading, "INLINE_ROWS", 0)
    monkeypatch.setattr(reading, "UNIT_ROWS", 1)
    done = state.read(workers=2)
    assert {name: rows(done, name) for name in one} == one


def test_a_process_that_read_by_itself_lets_go_of_what_it_loaded(state: State) -> None:
    state.read()
    assert [kept.cache_info().currsize for kept in (unit._reader, unit._coder, unit._codes, unit._lines)] == [0] * 4


@pytest.mark.parametrize(("cores", "hands"), [(None, 1), (1, 1), (2, 1), (3, 2), (8, 7)])
def test_one_core_is_left_to_others(cores: int | None, hands: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.os, "cpu_count", lambda: cores)
    settings = Settings(Path("credential.csv"), Path("credential_form.csv"))
    assert settings.hands == hands
    assert replace(settings, workers=3).hands == 3


def test_without_occupations_to_learn_from_it_says_what_is_missing(bare: State) -> None:
    bare.lock = Lock({"soc_structure": {"current": "2018-a"}}, {})
    with pytest.raises(PermanentFailure, match="no accepted capture of onet") as told:
        bare.read()
    assert "archive fetch onet" in str(told.value.remedy)
    assert not bare.stages()


def test_a_training_that_fails_leaves_no_coder(bare: State) -> None:
    """The message is the training's own; the next run trains."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(PermanentFailure) as told:
        patch.setattr(occupation, "train", _refusing)
        bare.read()
    assert "no titles" in told.value.found
    assert not list((bare.root.raw / "posting_text" / "_coder").iterdir())
    assert bare.read().months_read == 2


def _refusing(**_: object) -> None:
    raise PermanentFailure("there are no titles to learn from", where="onet__titles")


def test_no_postings_need_no_coder(bare: State) -> None:
    bare.deliveries.clear()
    done = bare.read()
    assert (done.postings, done.months) == (0, 0)
    assert all(files == [] for files in done.files.values())
