"""SOC 2018 coding of job postings (J7, J8): our own offline coder, other coders, review by people.

Belongs here: from title and text to a SOC 2018 code with a score. Does not belong here:
reading exports (`extractors.job_postings`), files and partitions of a run (`extractors.posting_text.enrich`), SQL.

The offline coder learns from an accepted O*NET capture and carries its attribution (`model.ATTRIBUTION`): this product
includes information from the O*NET Database by the U.S. Department of Labor, Employment and Training Administration
(USDOL/ETA), used under the CC BY 4.0 licence; O*NET is a trademark of USDOL/ETA, which has not approved, endorsed or
tested what is made of it here. No weights are fetched, nothing heavier than the standard library is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from extractors.posting_text.occupation.model import CodedTitles, OccupationCoder
    from extractors.posting_text.occupation.normalise import title_keys
    from extractors.posting_text.occupation.training import train, train_once

__all__ = ["CodedTitles", "OccupationCoder", "title_keys", "train", "train_once"]
_HOMES = {
    "CodedTitles": "model",
    "OccupationCoder": "model",
    "title_keys": "normalise",
    "train": "training",
    "train_once": "training",
}


def __getattr__(name: str) -> Any:
    """The package's few public names, imported when they are asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
