"""The offline coder, trained on a small made-up capture: what it learns, its file, its cache, the commands on it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from extractors.cli_occupation import occupation
from extractors.failures import PermanentFailure
from extractors.posting_text.occupation import OccupationCoder, train, train_once
from extractors.posting_text.occupation.calibration import ACCEPT
from extractors.posting_text.occupation.coders import OfflineCoder
from extractors.posting_text.occupation.examples import read_examples
from extractors.posting_text.occupation.model import ATTRIBUTION
from extractors.posting_text.occupation.training import fingerprint

# Codes and titles of SOC 2018; job titles and duties are our own.
OCCUPATIONS = {
    "29-1141": ("Registered Nurses", "nurse", "Give medicines to patients and watch their vital signs."),
    "31-1131": ("Nursing Assistants", "nursing aide", "Bathe, feed and move patients on the ward."),
    "51-4121": ("Welders, Cutters, Solderers, and Brazers", "welder", "Join metal parts with arc and torch."),
    "53-3032": ("Heavy and Tractor-Trailer Truck Drivers", "truck driver", "Haul freight over long distances."),
    "35-2014": ("Cooks, Restaurant", "cook", "Prepare soups, meats and desserts to order."),
    "15-1252": ("Software Developers", "programmer", "Write and test code for applications."),
    "15-1299": ("Computer Occupations, All Other", "computer worker", "Do other work with computers."),
}
KINDS = ("Senior", "Lead", "Night", "Hospital", "Industrial", "Junior", "County", "Field", "Staff", "Travel")


def _tables(extra: str = "") -> dict[str, pa.Table]:
    titles = [
        (f"{code}.00", f"{kind} {word}", "alternate", "RN" if word == "nurse" else None)
        for code, (_, word, _) in OCCUPATIONS.items()
        for kind in KINDS
    ]
    titles += [("29-1141.00", "Charge Nurse (CN)", "reported", None), ("51-4121.06", "Pipe Welder", "alternate", "n/a")]
    titles += [("31-1131.00", "Caretaker", "alternate", None), ("29-1141.00", "Caretaker", "alternate", None)]
    titles += [("99-0000.00", "Of no known occupation", "alternate", None)]
    if extra:
        titles.append(("35-2014.00", extra, "alternate", None))
    return {
        "titles": pa.table(dict(zip(("onetsoc_code", "job_title", "title_kind", "short_title"),
                                    map(list, zip(*titles, strict=True)), strict=True))),
        "tasks": pa.table(
            {
                "onetsoc_code": [f"{code}.00" for code in OCCUPATIONS for _ in range(4)],
                "task": [f"{task} Case {n}." for _, _, task in OCCUPATIONS.values() for n in ("one", "two", "x", "y")],
            }
        ),
        "occupations": pa.table(
            {
                "onetsoc_code": [f"{code}.00" for code in OCCUPATIONS],
                "title": [name for name, _, _ in OCCUPATIONS.values()],
                "description": [task for _, _, task in OCCUPATIONS.values()],
            }
        ),
        "soc": pa.table(
            {
                "soc_code": ["29-0000", *OCCUPATIONS],
                "soc_level": ["major", *["detailed"] * len(OCCUPATIONS)],
                "soc_title": ["Healthcare Practitioners", *(name for name, _, _ in OCCUPATIONS.values())],
            }
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("coder") / "coder.npz"
    train(**_tables(), out=path, capture="onet/0.0-test")
    return path


@pytest.fixture(scope="module")
def coder(model: Path) -> OccupationCoder:
    return OccupationCoder.load(model)


def _best(coder: OccupationCoder, *titles: str) -> list[str | None]:
    found = coder.code_titles(titles).index[:, 0]
    return [coder.soc_codes[index] if index >= 0 else None for index in found]


def test_titles_get_the_code_of_titles_like_them(coder: OccupationCoder) -> None:
    titles = ["Registered Nurse - ICU", "RN", "WELDERS", "Truck Driver (CDL A)", "Line Cook", "Nursing Aid", "Weldor"]
    expected = ["29-1141", "29-1141", "51-4121", "53-3032", "35-2014", "31-1131", "51-4121"]
    assert _best(coder, *titles) == expected


def test_a_title_without_words_has_no_code(coder: OccupationCoder) -> None:
    found = coder.code_titles(["", None, "$20/hr", "Сварщик", "Nurse"])
    assert found.index[:4, 0].tolist() == [-1] * 4
    assert found.score[:4].max() == 0
    assert found.index[4, 0] >= 0


def test_scores_fall_from_the_best_and_sum_to_at_most_one(coder: OccupationCoder) -> None:
    found = coder.code_titles(["Nurse", "Caretaker", "Zookeeper", "xx"], k=5)
    assert (np.diff(found.score, axis=1) <= 1e-6).all()
    assert (found.score.sum(axis=1) <= 1 + 1e-5).all()
    assert found.score.min() >= 0


def test_a_title_of_two_occupations_is_not_certain(coder: OccupationCoder) -> None:
    found = coder.code_titles(["Caretaker", "Welder"])
    assert {coder.soc_codes[index] for index in found.index[0, :2]} == {"29-1141", "31-1131"}
    assert found.score[0, 0] < found.score[1, 0]


def test_the_text_decides_where_the_title_does_not(coder: OccupationCoder) -> None:
    text = (
        "Duties: Haul freight over long distances. Write logs of freight hauled. We offer dental and vision insurance, "
        "paid vacation and a competitive salary."
    )
    alone, beside = coder.code_titles(["Team Member"]), coder.code_texts(["Team Member"], [text])
    assert coder.soc_codes[beside.index[0, 0]] == "53-3032"
    place = coder.soc_codes.index("53-3032")
    assert beside.score[0, 0] > (alone.score[0][alone.index[0] == place].sum() if place in alone.index[0] else 0)


def test_without_a_text_the_title_alone_decides(coder: OccupationCoder) -> None:
    titles = ["Nurse", "Welder", "Team Member", ""]
    alone = coder.code_titles(titles)
    for texts in (["", None, "...", "some text"], ["Ж", "\x00", "- -", "Haul freight."]):
        beside = coder.code_texts(titles, texts)
        assert beside.index.tolist() == alone.index.tolist()
        assert beside.score.tolist() == alone.score.tolist()


def test_a_sure_title_is_not_overruled_by_its_text(coder: OccupationCoder) -> None:
    alone = coder.code_titles(["Registered Nurse"])
    beside = coder.code_texts(["Registered Nurse"], ["Haul freight over long distances."])
    assert alone.score[0, 0] >= ACCEPT
    assert beside.score.tolist() == alone.score.tolist()


def test_answers_do_not_depend_on_company_or_order(coder: OccupationCoder) -> None:
    titles = ["Nurse", "Welder", "RN - ICU", "Nurses", "Pipe Fitter", "Cook"] * 900
    together = coder.code_titles(titles)
    backwards = coder.code_titles(titles[::-1])
    assert together.index.tolist() == backwards.index[::-1].tolist()
    assert np.allclose(together.score, backwards.score[::-1], atol=1e-4)
    assert together.index[0].tolist() == together.index[3].tolist()


def test_training_again_gives_the_same_bytes(model: Path, tmp_path: Path) -> None:
    train(**_tables(), out=tmp_path / "again.npz", capture="onet/0.0-test")
    assert (tmp_path / "again.npz").read_bytes() == model.read_bytes()


def test_the_file_carries_attribution_and_where_it_came_from(coder: OccupationCoder) -> None:
    assert coder.metadata["attribution"] == ATTRIBUTION
    assert "CC BY 4.0" in ATTRIBUTION
    assert coder.metadata["capture"] == "onet/0.0-test"
    assert coder.name == f"offline:{coder.metadata['fingerprint']}"
    assert coder.soc_codes == tuple(sorted(OCCUPATIONS))


def test_a_loaded_coder_answers_as_the_trained_one(model: Path, tmp_path: Path) -> None:
    trained = train(**_tables(), out=tmp_path / "coder.npz")
    titles = ["Nurse", "Caretaker", "Line Cook", "Driver"]
    assert np.allclose(
        trained.code_titles(titles).score, OccupationCoder.load(model).code_titles(titles).score, atol=0.02
    )
    assert (
        trained.code_titles(titles).index[:, 0].tolist()
        == OccupationCoder.load(model).code_titles(titles).index[:, 0].tolist()
    )


def test_it_is_trained_once_per_capture(tmp_path: Path) -> None:
    first = train_once(**_tables(), folder=tmp_path)
    before = first.stat().st_mtime_ns
    assert train_once(**_tables(), folder=tmp_path) == first
    assert first.stat().st_mtime_ns == before
    tables = _tables()
    assert fingerprint(read_examples(**tables)) in first.name
    assert fingerprint(read_examples(**_tables("Pastry Chef"))) not in first.name


def test_examples_leave_out_groups_and_unknown_codes_and_split_brackets() -> None:
    examples = read_examples(**_tables())
    assert "29-0000" not in examples.codes
    assert "charge nurse" in examples.titles
    assert "cn" in examples.titles
    assert not [title for title in examples.titles if "no known" in title]
    assert [examples.codes[place] for place in examples.residual] == ["15-1299"]
    assert len(examples.titles["caretaker"]) == 2


@pytest.mark.parametrize("empty", ["titles", "soc"])
def test_nothing_to_learn_from_is_a_clear_failure(empty: str, tmp_path: Path) -> None:
    tables = _tables()
    tables[empty] = tables[empty].slice(0, 0)
    with pytest.raises(PermanentFailure, match="to learn from"):
        train(**tables, out=tmp_path / "coder.npz")
    assert not (tmp_path / "coder.npz").exists()


@pytest.mark.parametrize("content", [b"", b"no file of ours", b"PK\x03\x04" + b"\0" * 50])
def test_a_broken_file_is_a_clear_failure(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "coder.npz").write_bytes(content)
    with pytest.raises(PermanentFailure, match="no occupation coder"):
        OccupationCoder.load(tmp_path / "coder.npz")


def test_a_damaged_file_is_a_clear_failure(model: Path, tmp_path: Path) -> None:
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "coder.npz").write_bytes(content)
    with pytest.raises(PermanentFailure, match="no occupation coder"):
        OccupationCoder.load(tmp_path / "coder.npz")


def test_the_offline_coder_speaks_the_protocol(model: Path) -> None:
    coder = OfflineCoder(model)
    answers = coder.code(["Nurse", ""])
    assert answers[0][0].soc_code == "29-1141"
    assert answers[1] == []
    assert coder.code(["Team Member"], ["Haul freight over long distances."])[0][0].soc_code == "53-3032"


def test_coding_imports_neither_sklearn_nor_pandas(model: Path) -> None:
    script = (
        "import sys, json; from pathlib import Path; from extractors.posting_text.occupation import OccupationCoder;"
        f"OccupationCoder.load(Path({str(model)!r})).code_texts(['Nurse'], ['Watch vital signs.']);"
        "print(json.dumps([m for m in ('sklearn', 'pandas', 'pyarrow', 'duckdb') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_naming_the_package_imports_nothing_heavy() -> None:
    script = (
        "import sys, json; import extractors.cli_occupation, extractors.posting_text.occupation;"
        "print(json.dumps([m for m in ('numba', 'numpy', 'pyarrow') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_file_of_titles_is_coded_on_the_command_line(model: Path, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text("id,Job Title\n7,Registered Nurse\n8,=1+1\n9,\n", encoding="utf-8")
    arguments = ["code", str(tmp_path / "titles.csv"), "--title-column", "job title", "--model", str(model)]
    done = CliRunner().invoke(occupation, arguments, catch_exceptions=False)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert (rows[0]["id"], rows[0]["soc_code_1"]) == ("7", "29-1141")
    assert rows[0]["soc_title_1"] == "Registered Nurses"
    assert rows[1]["job_title"] == "'=1+1"
    assert rows[2]["soc_status"] == "abstained"


def test_unsure_titles_go_out_for_review(model: Path, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text("title,posting_count\nWidget Wrangler,12\nCaretaker,3\n", encoding="utf-8")
    arguments = ["review", "export", str(tmp_path / "review.xlsx"), "--titles", str(tmp_path / "titles.csv"),
                 "--model", str(model), "--below", "1"]  # fmt: skip
    done = CliRunner().invoke(occupation, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "2 of 2 unsure titles" in done.stdout


def test_a_wrong_column_is_named(model: Path, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text("name\nNurse\n", encoding="utf-8")
    done = CliRunner().invoke(occupation, ["code", str(tmp_path / "titles.csv"), "--model", str(model)])
    assert done.exit_code == 1
    assert "'title'" in done.stderr


def test_texts_leave_for_the_autocoder_only_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text("title,text\nNurse,Watch vital signs.\n", encoding="utf-8")
    plain = ["autocoder", "export", str(tmp_path / "titles.csv"), str(tmp_path / "out.csv")]
    done = CliRunner().invoke(occupation, plain, catch_exceptions=False)
    assert "Warning" not in done.stderr
    assert "vital" not in (tmp_path / "out.csv").read_text(encoding="utf-8")
    done = CliRunner().invoke(occupation, [*plain, "--with-text", "text"], catch_exceptions=False)
    assert "licence of each feed" in done.stderr
    assert "vital" in (tmp_path / "out.csv").read_text(encoding="utf-8")
