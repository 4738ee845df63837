"""The rules of a state's audits, read from `attainment_parameter.csv` and `state_parameter.csv`; no number here.

Belongs here: parameters, their bounds, the failure that audits raise. Does not belong here: what is done with them.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.failures import PermanentFailure
from warehouse.paths import CHECKOUT

PERCENTAGE, DISTRICT, FIXED_N = "percentage", "district", "fixed_n"
MODES = (PERCENTAGE, DISTRICT, FIXED_N)
SEED_FOLDER = CHECKOUT / "dbt_project" / "seeds" / "policy"
_PREFIX = "audit."


class AuditFailure(PermanentFailure):
    """Something about an audit that a person must mend."""


@dataclass(frozen=True)
class AuditPolicy:
    """One state's rules (P4-P7); shares are 0-1.

    Attributes:
        mode: percentage | district | fixed_n.
        rate, min_rate, max_rate: share of each stratum in mode percentage, and its bounds.
        n_districts: districts drawn in mode district; district_rate: share of their awards that is reviewed.
        fixed_n: awards drawn in mode fixed_n.
        control_n: awards that a vendor has verified, drawn to control the vendors and the linkage.
        confidence: of the interval, both sides together; max_error_upper: its upper end may not exceed this.
        assumed_icc: how alike errors within one district are at the least, for samples of districts.
        second_sample_factor: size of the second sample as a multiple of the first.
        correction_days: how long a district may correct its counts after the preview.
        is_required: a year without any audit holds the rates back, too.
        is_sign_off_required: so does a year that districts may still correct, or were not shown.
    """

    mode: str
    rate: float
    min_rate: float
    max_rate: float
    n_districts: int
    district_rate: float
    fixed_n: int
    control_n: int
    confidence: float
    max_error_upper: float
    assumed_icc: float
    second_sample_factor: float
    correction_days: int
    is_required: bool
    is_sign_off_required: bool = False  # of audits planned before there was the rule

    def __post_init__(self) -> None:
        """Bounds: an audit outside of them is none."""
        if self.mode not in MODES:
            raise AuditFailure(
                f"audit.mode is '{self.mode}'", expected=" | ".join(MODES), remedy="correct the policy parameter"
            )
        _within("audit.rate", self.rate, self.min_rate, self.max_rate)
        for name in ("district_rate", "confidence", "max_error_upper", "assumed_icc"):
            _within(f"audit.{name}", getattr(self, name), 0, 1)
        for name in ("n_districts", "fixed_n"):
            _within(f"audit.{name}", getattr(self, name), 1, float("inf"))
        _within("audit.control_n", self.control_n, 0, float("inf"))
        _within("audit.second_sample_factor", self.second_sample_factor, 1, float("inf"))


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise AuditFailure(
            f"{name} is {value:g}", expected=f"{low:g} to {high:g}", remedy="correct the policy parameter"
        )


def from_parameters(values: Mapping[str, str]) -> AuditPolicy:
    """The policy out of parameter -> value, `audit.` before each name. Raises AuditFailure naming what is missing."""

    def said(name: str) -> str:
        try:
            return values[_PREFIX + name]
        except KeyError:
            raise AuditFailure(
                f"no {_PREFIX}{name}",
                expected="every audit parameter, common or the state's",
                remedy="add the row to seeds/policy/attainment_parameter.csv",
            ) from None

    return AuditPolicy(
        mode=said("mode"),
        rate=float(said("rate")),
        min_rate=float(said("min_rate")),
        max_rate=float(said("max_rate")),
        n_districts=int(said("n_districts")),
        district_rate=float(said("district_rate")),
        fixed_n=int(said("fixed_n")),
        control_n=int(said("control_n")),
        confidence=float(said("confidence")),
        max_error_upper=float(said("max_error_upper")),
        assumed_icc=float(said("assumed_icc")),
        second_sample_factor=float(said("second_sample_factor")),
        correction_days=int(said("correction_days")),
        is_required=said("is_required") == "true",
        is_sign_off_required=said("is_sign_off_required") == "true",
    )


def load_policy(
    state_postal: str = "",
    on: dt.date | None = None,
    *,
    folder: Path = SEED_FOLDER,
    overrides: Mapping[str, str] | None = None,
) -> AuditPolicy:
    """The audit rules of a state on a day: its own value wins over the common one; `overrides` win over both."""
    day = (on or dt.datetime.now(dt.UTC).date()).isoformat()
    found = {
        row["parameter"]: row["value"]
        for row in sorted(_rows(folder / "attainment_parameter.csv"), key=lambda row: row["effective_from"])
        if row["effective_from"] <= day and (not row["effective_to"] or day <= row["effective_to"])
    }
    own = {
        r["parameter"]: r["value"] for r in _rows(folder / "state_parameter.csv") if r["state_postal"] == state_postal
    }
    return from_parameters({**found, **own, **(overrides or {})})


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows about audits of a policy file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["parameter"].startswith(_PREFIX)]
