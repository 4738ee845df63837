"""The offline coder against real labels (J7). The labels are a yardstick: nothing is trained or tuned on them here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import occupation_coding as bench
from benchmarks.harness import Skipped
from extractors.posting_text.occupation import OccupationCoder
from extractors.posting_text.occupation.calibration import ACCEPT, REVIEW


@pytest.fixture(scope="module")
def files() -> Mapping[str, Path]:
    try:
        return bench.real_files()
    except Skipped as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def trained(
    files: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[OccupationCoder, int, Mapping[str, bench.Judged]]:
    folder = tmp_path_factory.mktemp("occupation_coding")
    tables = bench.raw_tables(folder / "data", files)
    coder, size = bench.train_coder(folder / "coder.npz", tables)
    titles, ads = bench.yardsticks(files, tables)
    return coder, size, {"titles": bench.judged(coder, titles), "ads": bench.judged(coder, ads)}


def _surer_half(found: bench.Judged) -> float:
    surer = sorted(range(len(found.scores)), key=lambda n: -found.scores[n])[: len(found.scores) // 2]
    return sum(found.right_6[n] for n in surer) / len(surer)


def test_titles_and_ads_are_coded_as_well_as_promised(
    trained: tuple[OccupationCoder, int, Mapping[str, bench.Judged]],
) -> None:
    _, size, found = trained
    titles, ads = found["titles"], found["ads"]
    assert sum(titles.right_6) / len(titles.right_6) >= bench.BARS["titles, 6 digits"]
    assert sum(titles.right_2) / len(titles.right_2) >= bench.BARS["titles, 2 digits"]
    assert _surer_half(titles) >= bench.BARS["titles, surer half, 6 digits"]
    assert sum(ads.right_6) / len(ads.right_6) >= bench.BARS["ads, 6 digits"]
    assert sum(ads.right_2) / len(ads.right_2) >= bench.BARS["ads, 2 digits"]
    assert size <= bench.MOST_BYTES


def test_accepted_titles_are_right_as_often_as_their_scores_say(
    trained: tuple[OccupationCoder, int, Mapping[str, bench.Judged]],
) -> None:
    found = trained[2]["titles"]
    accepted = [right for score, right in zip(found.scores, found.right_6, strict=True) if score >= ACCEPT]
    review = [right for score, right in zip(found.scores, found.right_6, strict=True) if REVIEW <= score < ACCEPT]
    assert sum(accepted) / len(accepted) >= 0.80
    assert 0.45 <= sum(review) / len(review) <= 0.75


def test_every_real_title_gets_an_answer_or_is_left_out_on_purpose(
    files: Mapping[str, Path], trained: tuple[OccupationCoder, int, Mapping[str, bench.Judged]]
) -> None:
    import csv

    coder = trained[0]
    with files[bench.SPEED_TITLES].open(encoding="utf-8", newline="") as file:
        titles = sorted({row["title"] for row in csv.DictReader(file)})
    found = coder.code_titles(titles)
    assert len(found.index) == len(titles)
    assert (found.index[:, 0] < 0).mean() < 0.01
    assert ((found.score >= 0) & (found.score <= 1)).all()
