"""The project's own parsers and client read what the generator writes and the server serves: nothing is set aside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from extractors.failures import PermanentFailure, TransientFailure
from extractors.ingest import fetch_dataset, import_file, parse_capture
from extractors.sample import AS_OF, SampleManifest, SampleServices
from warehouse.paths import DataRoot


@pytest.fixture
def root(tmp_path: object) -> DataRoot:
    return DataRoot(tmp_path).ensure()  # type: ignore[arg-type]


@pytest.fixture
def pointed(services: SampleServices, monkeypatch: pytest.MonkeyPatch) -> Iterator[SampleServices]:
    monkeypatch.delenv("ONET_API_KEY", raising=False)
    for name, value in services.environment(fast=True).items():
        monkeypatch.setenv(name, value)
    yield services


def test_every_file_imports_and_parses_whole(sample: SampleManifest, root: DataRoot) -> None:
    for entry in sample.datasets:
        if entry.dataset == "job_postings":  # read as a stream and with bad rows: test_sample_postings.py
            continue
        result = import_file(
            root,
            entry.captured_as,
            sample.paths(entry),
            vintage=entry.vintage,
            column_map=sample.folder / entry.column_map if entry.column_map else None,
            is_sample=True,
            today=AS_OF,
        )
        assert result.outcome == "new", (entry.captured_as, result.findings)
        assert result.capture is not None and result.capture.vintage == entry.vintage
        parsed = parse_capture(root, result.capture)
        assert all(p.table.num_rows and not p.quarantined for p in parsed), entry.captured_as
        if entry.rows is not None:
            assert sum(p.rows_in for p in parsed) == entry.rows, entry.captured_as


def test_structure_counts_are_those_of_the_manifest(sample: SampleManifest, root: DataRoot) -> None:
    entry = sample.of("soc_structure")
    capture = import_file(root, "soc_structure", sample.paths(entry), is_sample=True, today=AS_OF).capture
    assert capture is not None
    levels = parse_capture(root, capture)[0].table.column("soc_level").to_pylist()
    expected = {k: v for k, v in sample.expected_counts["soc_structure"].items() if k != "rows"}
    assert {level: levels.count(level) for level in set(levels)} == expected


@pytest.mark.parametrize(
    ("dataset", "vintage"),
    [("projections_long", "2024-2034"), ("oews_state", "2025-05"), ("onet", "31.0"), ("soc_onet", "2019")],
)
def test_fetching_from_the_server(pointed: SampleServices, root: DataRoot, dataset: str, vintage: str) -> None:
    result = fetch_dataset(root, dataset, today=AS_OF)
    assert result.outcome == "new" and result.capture is not None and result.capture.vintage == vintage
    assert result.capture.metadata["is_sample"] is True
    assert all(not p.quarantined for p in parse_capture(root, result.capture))


def test_web_services_give_the_same_tables_as_the_zip(
    pointed: SampleServices, root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = fetch_dataset(root, "onet", today=AS_OF).capture
    monkeypatch.setenv("ONET_API_KEY", pointed.api_key)
    service = fetch_dataset(root, "onet", today=AS_OF).capture
    assert bulk is not None and service is not None and service.vintage == bulk.vintage == "31.0"
    left, right = (
        {p.raw_table.full_name: p.table.drop_columns(["capture_id", "row_number"]) for p in parse_capture(root, c)}
        for c in (bulk, service)
    )
    for name in left:
        key = [(c, "ascending") for c in left[name].column_names[:4]]
        assert left[name].sort_by(key).num_rows == right[name].num_rows, name
        assert sorted(map(str, left[name].to_pylist())) == sorted(map(str, right[name].to_pylist())), name


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("403", PermanentFailure),
        ("404", PermanentFailure),
        ("429", TransientFailure),
        ("500", TransientFailure),
        ("reset", TransientFailure),
        ("truncated", TransientFailure),
        ("html", PermanentFailure),
        ("garbage", PermanentFailure),
        ("repeated_page", PermanentFailure),
        ("wrong_total", PermanentFailure),
    ],
)
def test_faults_end_in_the_right_kind_of_failure(
    pointed: SampleServices, root: DataRoot, kind: str, failure: type[Exception]
) -> None:
    pointed.fault("/Projections/*", kind, times=None, **({"retry_after": "0"} if kind == "429" else {}))
    with pytest.raises(failure):
        fetch_dataset(root, "projections_long", today=AS_OF)
    pointed.clear_faults()
    assert fetch_dataset(root, "projections_long", today=AS_OF).outcome == "new"


def test_a_release_that_is_not_out_yet_falls_back_to_the_year_before(pointed: SampleServices, root: DataRoot) -> None:
    pointed.withhold("oesm25*")
    result = fetch_dataset(root, "oews_national", today=AS_OF)
    assert result.capture is not None and result.capture.vintage == "2024-05"
