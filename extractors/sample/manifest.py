"""What `generate` leaves behind: which file belongs to which dataset, vintage and role, and its expected counts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SampleDataset:
    """One capture that the sample offers.

    Attributes:
        dataset: name in the catalogue, without state.
        state: postal code for a state-supplied dataset, else None.
        vintage: the vintage that the files show.
        role: "previous" goes in before "current"; "alternative" is another layout or extent of the same, for tests.
        files: paths relative to the sample folder, in order.
        column_map: path of the column map that the import needs, or None.
        rows: data rows over all files, for files in which that is one number.
        feed: which product or site an export of postings comes from, else None.
        delivery: name of that export; a delivery sent again under its name replaces the one before.
    """

    dataset: str
    state: str | None
    vintage: str
    role: str
    files: tuple[str, ...]
    column_map: str | None = None
    rows: int | None = None
    feed: str | None = None
    delivery: str | None = None

    @property
    def captured_as(self) -> str:
        """`living_wage@XA` for a state-supplied dataset, `job_postings@XA+nlx+2026-10` for an export, else the name."""
        parts = [f"{self.dataset}@{self.state}" if self.state else self.dataset, self.feed, self.delivery]
        return "+".join(part for part in parts if part)


@dataclass(frozen=True)
class SampleManifest:
    """A generated sample: where it is and what is in it."""

    folder: Path
    seed: int
    scale: int
    datasets: tuple[SampleDataset, ...]
    expected_counts: dict[str, dict[str, int]]
    sha256: dict[str, str] = field(default_factory=dict)

    @property
    def truth_file(self) -> Path:
        """`truth.json`: what must come out."""
        return self.folder / "truth.json"

    def truth(self) -> dict[str, Any]:
        """The parsed truth file."""
        content: dict[str, Any] = json.loads(self.truth_file.read_text(encoding="utf-8"))
        return content

    def of(self, dataset: str, role: str = "current") -> SampleDataset:
        """The dataset in that role. Raises KeyError where the sample has none."""
        for entry in self.datasets:
            if entry.dataset == dataset and entry.role == role:
                return entry
        raise KeyError(f"{dataset} ({role})")

    def import_order(self, *, previous: bool = True) -> list[SampleDataset]:
        """The captures of a complete sample state in the order to import them: previous vintages first."""
        wanted = ("previous", "current") if previous else ("current",)
        return [entry for role in wanted for entry in self.datasets if entry.role == role]

    def paths(self, entry: SampleDataset) -> list[Path]:
        """Absolute paths of an entry's files."""
        return [self.folder / name for name in entry.files]

    def to_json(self) -> str:
        """The manifest as text, without the folder (so that it is the same wherever it lies)."""
        content = {
            "sample": True,
            "seed": self.seed,
            "scale": self.scale,
            "datasets": [{**asdict(entry), "captured_as": entry.captured_as} for entry in self.datasets],
            "expected_counts": self.expected_counts,
            "sha256": self.sha256,
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def load_manifest(folder: Path) -> SampleManifest:
    """Read the manifest of a generated sample."""
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    datasets = tuple(
        SampleDataset(
            dataset=e["dataset"],
            state=e["state"],
            vintage=e["vintage"],
            role=e["role"],
            files=tuple(e["files"]),
            column_map=e["column_map"],
            rows=e["rows"],
            feed=e["feed"],
            delivery=e["delivery"],
        )
        for e in content["datasets"]
    )
    return SampleManifest(
        folder, content["seed"], content["scale"], datasets, content["expected_counts"], content["sha256"]
    )
