"""The sample at scale 1, made once, and a server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from extractors.sample import SampleManifest, SampleServices, generate


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleManifest:
    """Seed 1, scale 1. Read only."""
    return generate(1, 1, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def sample_folder(sample: SampleManifest) -> Path:
    """Its folder."""
    return sample.folder


@pytest.fixture
def services(sample: SampleManifest) -> Iterator[SampleServices]:
    """The four services on loopback; a new server for each test, so that faults and settings do not leak."""
    with SampleServices(sample.folder) as running:
        yield running
