"""The generator as a whole: same bytes for the same seed, the mark everywhere, scale, command line."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from extractors.failures import PermanentFailure
from extractors.sample import SampleManifest, generate, load_manifest, state
from extractors.sample.__main__ import main


def _contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_seed_gives_the_same_bytes_in_another_process(sample: SampleManifest, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "extractors.sample", "--out", str(tmp_path / "again"), "--seed", "1"]
    root = Path(__file__).parents[4]
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "PYTHONPATH": str(root)}
    subprocess.run(command, check=True, env=environment, cwd=tmp_path, capture_output=True)
    assert _contents(tmp_path / "again") == _contents(sample.folder)


def test_another_seed_gives_other_figures_and_the_same_files(sample: SampleManifest, tmp_path: Path) -> None:
    other = generate(2, 1, tmp_path)
    assert set(other.sha256) == set(sample.sha256)
    changed = {name for name in other.sha256 if other.sha256[name] != sample.sha256[name]}
    assert "bls/oesm25st.zip" in changed and "projections_central/lt_2024-2034.json" in changed
    assert "bls/soc_structure_2018.xlsx" not in changed


def test_the_manifest_names_every_file_with_its_hash(sample: SampleManifest) -> None:
    for name, digest in sample.sha256.items():
        assert hashlib.sha256((sample.folder / name).read_bytes()).hexdigest() == digest, name
    on_disk = set(_contents(sample.folder)) - {"manifest.json"}
    assert on_disk == set(sample.sha256)
    assert load_manifest(sample.folder) == sample
    for entry in sample.datasets:
        assert all(
            (sample.folder / name).is_file()
            for name in (*entry.files, *([entry.column_map] if entry.column_map else []))
        )


def test_every_dataset_of_the_catalogue_is_offered(sample: SampleManifest) -> None:
    from extractors.catalogue import DATASETS

    # Registries are asked on request, with a state's own key: the sample plays none.
    assert {e.dataset for e in sample.datasets} == set(DATASETS) - {"credential_registry", "certification_finder"}
    for entry in sample.datasets:
        assert (entry.state == state.POSTAL) is DATASETS[entry.dataset].per_state
    order = [(e.dataset, e.role) for e in sample.import_order()]
    assert order.index(("oews_state", "previous")) < order.index(("oews_state", "current"))


def _text_of(name: str, content: bytes) -> str:
    """Everything readable in a file, workbooks and zips opened."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(_text_of(n, archive.read(n)) for n in archive.namelist())
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        return "\n".join(str(c) for ws in book.worksheets for row in ws.iter_rows(values_only=True) for c in row if c)
    return content.decode("utf-8-sig")


def test_sample_is_visible_in_every_file(sample: SampleManifest) -> None:
    without = [
        name for name, content in _contents(sample.folder).items() if state.MARK not in _text_of(name, content).upper()
    ]
    # column maps hold no data; the industry map holds only codes and shares, its notice lies beside it
    assert sorted(n.rsplit("/", 1)[1] for n in without) == [
        "alder_industry_map.csv",
        "alder_oews_column_map.csv",
        "alder_regions_column_map.csv",
    ]


def test_every_area_name_carries_the_mark(sample: SampleManifest) -> None:
    rows = json.loads((sample.folder / "projections_central/lt_2024-2034.json").read_text())
    assert {r["Area"] for r in rows} == {" United States (SAMPLE)", "Alder (SAMPLE)"}
    for region in state.regions(3):
        assert region.label.endswith("(SAMPLE)") and region.oews_area.title.endswith("(SAMPLE)")


def test_scale_adds_regions_areas_and_states_and_leaves_alder_alone(sample: SampleManifest, tmp_path: Path) -> None:
    larger = generate(1, 3, tmp_path)
    rows = json.loads((tmp_path / "projections_central/lt_2024-2034.json").read_text())
    assert {r["STFIPS"] for r in rows} == {"0", "88", "80", "81"}
    alder = [r for r in rows if r["STFIPS"] == "88"]
    before = json.loads((sample.folder / "projections_central/lt_2024-2034.json").read_text())
    assert alder == [r for r in before if r["STFIPS"] == "88"]
    assert len(larger.truth()["regions"]) == 12
    assert larger.truth()["lists"] == sample.truth()["lists"]


def test_fictional_codes_are_unassigned_and_unique() -> None:
    regions = state.regions(50)
    counties = [c.fips for r in regions for c in r.counties]
    areas = [r.oews_area.code for r in regions]
    assert len(set(counties)) == len(counties) and all(c.startswith("88") and len(c) == 5 for c in counties)
    assert len(set(areas)) == len(areas)
    assert {(len(a), a[:2]) for a in areas} == {(5, "98"), (7, "88")}
    assert all(z.startswith("887") for r in regions for z in r.zips)
    extra = state.extra_states(99)
    assert len({s.fips for s in extra}) == len(extra) == 17
    assert len({s.postal for s in extra} | {state.POSTAL}) == 18 and all(s.postal[0] == "X" for s in extra)
    assert not {s.fips for s in extra} & {"88", "99", "0"}


@pytest.mark.parametrize("scale", [0, -1, 51])
def test_a_senseless_scale_is_refused(scale: int, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="1 to 50"):
        generate(1, scale, tmp_path)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "x"), "--seed", "3"]) == 0
    assert "captures" in capsys.readouterr().out
    assert (tmp_path / "x" / "SAMPLE_NOTICE.txt").is_file()
    file = tmp_path / "a file"
    file.write_text("")
    assert main(["--out", str(file)]) == 1
    with pytest.raises(SystemExit) as help_exit:
        main(["--help"])
    assert help_exit.value.code == 0
    assert "--serve" in capsys.readouterr().out
