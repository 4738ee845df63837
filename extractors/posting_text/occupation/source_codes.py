"""The occupation code that a posting brought along -> a SOC 2018 detailed occupation (J8, X3).

Belongs here: reading a code in its own taxonomy and carrying it over by the official crosswalks. Does not belong here:
what is done when it cannot be carried over (`int_posting_coded` of the dbt project).

Lightcast's `SOC_2021_5` has the codes of SOC 2018: give `soc_2018`. O*NET-SOC codes begin with the code of the SOC of
their time (2019: SOC 2018; 2010: SOC 2010), so an O*NET-SOC 2010 code goes by the crosswalk of its first six digits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

ONET_2019, ONET_2010, SOC_2018, SOC_2010 = "onet_soc_2019", "onet_soc_2010", "soc_2018", "soc_2010"
TAXONOMIES = (ONET_2019, ONET_2010, SOC_2018, SOC_2010)
_CODE = re.compile(r"^(\d{2})-?(\d{4})(?:\.(\d{2}))?$")
_UNCLASSIFIED = frozenset({"99-9999", "00-0000", "99-9900"})


@dataclass(frozen=True)
class SourceCode:
    """What a source's code means in SOC 2018.

    Attributes:
        candidates: SOC 2018 detailed codes; one where the code is clear, several where SOC 2018 split it, none where
            it cannot be used.
        reason: why it cannot be used, or what was assumed; empty where nothing is to be said.
    """

    candidates: tuple[str, ...]
    reason: str = ""


NOTHING = SourceCode((), "the source names no code")


@dataclass(frozen=True)
class Crosswalks:
    """Detailed SOC 2018 codes, what SOC 2010 codes became, and O*NET-SOC 2019 codes."""

    soc_2018: frozenset[str]
    soc_2010: Mapping[str, tuple[str, ...]]
    onet_2019: Mapping[str, str]

    @classmethod
    def of(
        cls, soc: pa.Table, soc_2010_2018: pa.Table | None = None, onet_to_soc: pa.Table | None = None
    ) -> Crosswalks:
        """From the raw tables `soc__structure`, `soc__crosswalk_2010_2018` and `soc__onet_to_soc`.

        Without the last, an O*NET-SOC 2019 code is read by its first six digits.
        """
        detailed = frozenset(
            code for code in soc.column("soc_code").to_pylist() if _CODE.match(code or "") and not code.endswith("0")
        )
        became: dict[str, list[str]] = defaultdict(list)
        if soc_2010_2018 is not None:
            pairs = zip(*(soc_2010_2018.column(f"soc_{year}_code").to_pylist() for year in (2010, 2018)), strict=True)
            for old, new in pairs:
                if new in detailed and new not in became[old]:
                    became[old].append(new)
        onet: dict[str, str] = {}
        if onet_to_soc is not None:
            names = (onet_to_soc.column(name).to_pylist() for name in ("onetsoc_code", "soc_code"))
            onet = dict(zip(*names, strict=True))
        return cls(detailed, {old: tuple(sorted(new)) for old, new in became.items()}, onet)

    def read(self, code: str | None, taxonomy: str | None) -> SourceCode:
        """A source's code in the taxonomy that the source states (`unknown` or null: the likely one is tried)."""
        text = (code or "").strip()
        if not text:
            return NOTHING
        found = _CODE.match(text)
        if not found:
            return SourceCode((), "the source's code is no SOC code")
        soc, detail = f"{found[1]}-{found[2]}", found[3]
        if soc in _UNCLASSIFIED:
            return SourceCode((), "the source says unclassified")
        if taxonomy == SOC_2018:
            return self._new(soc)
        if taxonomy in (SOC_2010, ONET_2010):
            return self._old(soc)
        if taxonomy == ONET_2019:
            return self._new(self.onet_2019.get(f"{soc}.{detail or '00'}", soc))
        return self._guessed(soc, detail)

    def _new(self, soc: str) -> SourceCode:
        if soc in self.soc_2018:
            return SourceCode((soc,))
        return SourceCode((), _group_or_unknown(soc, "SOC 2018"))

    def _old(self, soc: str) -> SourceCode:
        became = self.soc_2010.get(soc, ())
        if not became:
            return SourceCode((), _group_or_unknown(soc, "SOC 2010"))
        return SourceCode(became, "split in SOC 2018" if len(became) > 1 else "")

    def _guessed(self, soc: str, detail: str | None) -> SourceCode:
        """No taxonomy stated: SOC 2018 where it knows the code, else SOC 2010."""
        onet = self.onet_2019.get(f"{soc}.{detail}", soc) if detail else soc
        for found, name in ((self._new(onet), "SOC 2018"), (self._old(soc), "SOC 2010")):
            if found.candidates:
                note = f"taxonomy not stated, read as {name}"
                return SourceCode(found.candidates, f"{found.reason}; {note}" if found.reason else note)
        return SourceCode((), _group_or_unknown(soc, "SOC 2018 and SOC 2010"))


def _group_or_unknown(soc: str, name: str) -> str:
    if soc.endswith("0"):
        return "the source names a group, not an occupation"
    return f"the source's code is not in {name}"
