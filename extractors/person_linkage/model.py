"""The stored model: Splink's settings with their m and u, and from which weight on a link is made or asked about.

Belongs here: its file, its version, its thresholds. Does not belong here: how m and u are found (`training`), how a
pair is weighed (`scoring`). The version is a hash over all that decides, so that two models never share one.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors.failures import PermanentFailure
from extractors.person_linkage.comparisons import COMPARISONS

STORED = Path(__file__).with_name("model.json")


@dataclass(frozen=True)
class Thresholds:
    """In bits, i.e. base-2 logarithms of odds; the prior is in them.

    Attributes:
        auto_weight: a link without a person's look needs this much.
        auto_margin: and this much more than the next best student.
        review_weight: from here on a person is asked.
    """

    auto_weight: float = 5.0
    auto_margin: float = 5.0
    review_weight: float = 0.0


@dataclass(frozen=True)
class Model:
    """What decides besides rules and code.

    Attributes:
        levels: comparison -> level -> {"m": ..., "u": ...}; shares of matching and of other pairs at that level.
        match_share: share of exam rows that have a student, 0-1; the prior of a pair is this over the students.
        trained_on: in words, where the shares are from.
    """

    levels: dict[str, dict[str, dict[str, float]]]
    match_share: float
    thresholds: Thresholds = field(default_factory=Thresholds)
    trained_on: str = ""

    @property
    def version(self) -> str:
        """Twelve hex digits."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()[:12]

    def settings(self, students: int) -> dict[str, Any]:
        """Splink's settings for a file of so many students."""
        comparisons = copy.deepcopy(list(COMPARISONS))
        for comparison in comparisons:
            shares = self.levels[comparison["output_column_name"]]
            for level in comparison["comparison_levels"]:
                if not level.get("is_null_level"):
                    share = shares[level["label_for_charts"]]
                    level["m_probability"], level["u_probability"] = share["m"], share["u"]
        return splink_settings(comparisons) | {
            "probability_two_random_records_match": min(self.match_share / max(students, 2), 0.5)
        }

    def save(self, path: Path) -> None:
        """Write it, sorted, so that two models compare line by line."""
        path.write_text(self.as_text() + "\n", encoding="utf-8")

    def as_text(self) -> str:
        """As it is stored: JSON, sorted."""
        told = {
            "levels": self.levels,
            "match_share": self.match_share,
            "thresholds": vars(self.thresholds),
            "trained_on": self.trained_on,
        }
        return json.dumps(told, indent=1, sort_keys=True)


def splink_settings(comparisons: list[dict[str, Any]]) -> dict[str, Any]:
    """What Splink is told besides shares: two files, linked only; the pairs are made by `blocking`."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "row_id",
        "sql_dialect": "duckdb",
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": ["l.born = r.born"],
        "retain_matching_columns": True,  # with them come the levels, which decisions read
        "retain_intermediate_calculation_columns": False,
    }


def load(path: Path = STORED) -> Model:
    """Read a stored model.

    Raises:
        PermanentFailure: it is none, or not for this version's comparisons.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(error, str(path)) from None
    return from_text(text, str(path))


def from_text(text: str, where: str) -> Model:
    """The model of a text that `as_text` made; raises as `load`."""
    try:
        told = json.loads(text)
        model = Model(told["levels"], told["match_share"], Thresholds(**told["thresholds"]), told["trained_on"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(error, where) from None
    for comparison in COMPARISONS:
        wanted = {x["label_for_charts"] for x in comparison["comparison_levels"] if not x.get("is_null_level")}
        if set(model.levels.get(comparison["output_column_name"], {})) != wanted:
            raise PermanentFailure(
                f"the linkage model knows other levels of {comparison['output_column_name']}",
                where=where,
                expected=", ".join(sorted(wanted)),
                remedy="train it again with this version",
            )
    return model


def _unreadable(error: Exception, where: str) -> PermanentFailure:
    return PermanentFailure(
        f"the linkage model cannot be read: {type(error).__name__}",
        where=where,
        expected="a file that training has written",
        remedy="train a new one, or take the one that came with the program",
    )
