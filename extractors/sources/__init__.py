"""One module per source: what its agency's files and services look like, and how they are had.

Belongs here: `fetch` (network, only through the client that is handed in), `vintage_of` (from the files), `parse`
(pure), column maps. Does not belong here: the archive, acceptance, gates, any other source's manners.

Every module has

* `vintage_of(files: list[FetchedFile], dataset: str = "") -> str`: the vintage that the files themselves show; a
  PermanentFailure asks for `--vintage` where they are silent;
* `parse(capture: Capture) -> list[ParsedTable]`: reads only the capture's folder and metadata;
* where the dataset can be fetched, `fetch(spec, dataset, *, client, workdir, states=None, last=None, ...) ->
  list[FetchedFile] | NotModified`.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

SOURCES = (
    "bls_oews",
    "certification_finder",
    "cip_soc_crosswalk",
    "credential_list",
    "credential_registry",
    "industry_map",
    "job_postings",
    "living_wage",
    "occupation_verdicts",
    "onet",
    "projections_central",
    "reference_lists",
    "regions",
    "school_lists",
    "soc",
    "source_inventory",
    "state_oews",
    "state_projections",
    "training_programs",
)


_LEANS_ON: Mapping[str, tuple[str, ...]] = {
    "school_lists": ("cip_soc_crosswalk",),
    "training_programs": ("cip_soc_crosswalk",),
}
"""Sources whose parser takes something from another one."""


class _Registry(Mapping[str, ModuleType]):
    """Source name -> module, imported when it is first asked for."""

    def __getitem__(self, name: str) -> ModuleType:
        if name not in SOURCES:
            raise KeyError(name)
        return importlib.import_module(f"{__name__}.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(SOURCES)

    def __len__(self) -> int:
        return len(SOURCES)


REGISTRY: Mapping[str, ModuleType] = _Registry()


@cache
def parser_fingerprint(source: str) -> str:
    """16 hex digits over everything that decides what `parse` makes of a capture: code, contract and shipped column
    maps.

    Raw Parquet written under another fingerprint is out of date.
    """
    here = Path(__file__).parent
    files = [
        here / f"{source}.py",
        *(here / f"{other}.py" for other in _LEANS_ON.get(source, ())),
        here.parent / "schema.py",
        *sorted(here.parent.glob("raw_tables*.py")),
        *sorted((here / "maps").glob("*.csv")),
        *sorted((here.parent / source).glob("**/*.py")),
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
