"""The sample state: a deterministic generator of every source in its real format, and a server that plays the services.

    from extractors.sample import generate, SampleServices
    manifest = generate(seed=1, scale=1, out=Path("sample"))
    with SampleServices(manifest.folder) as services:
        os.environ.update(services.environment())

What belongs here: the fictional state of Alder, its files, `truth.json` (what must come out) and the services' manners.
What does not: anything that reads these files, and any real figure. Every file carries the mark SAMPLE.
"""

from __future__ import annotations

from extractors.sample.manifest import SampleDataset, SampleManifest, load_manifest
from extractors.sample.server import SampleServices
from extractors.sample.writer import AS_OF, generate

__all__ = ["AS_OF", "SampleDataset", "SampleManifest", "SampleServices", "generate", "load_manifest"]
