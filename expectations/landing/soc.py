"""Landing gates of SOC structures and crosswalks (I13-I16, X3): exact counts, well-formed codes, no orphan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import ONET_SOC_CODE, in_set, matches, raw_contract, soc_form, worded
from expectations.conditions import wording
from expectations.suite import ENGINEER, LANDING, Build, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("major", "minor", "broad", "detailed")


def level_matches_code(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I13, I16: SOC 2018 major groups end in 0000, minor in 00, broad in 0, detailed codes in no 0."""
    code, level = frame["soc_code"], frame["soc_level"]
    known = code.notna() & level.notna()
    ends = {
        "major": code.str.endswith("0000"),
        "minor": code.str.endswith("00") & ~code.str.endswith("0000"),
        "broad": code.str.endswith("0") & ~code.str.endswith("00"),
        "detailed": ~code.str.endswith("0"),
    }
    return wording(
        frame,
        [
            (known & (level == name) & ~fits.fillna(True).astype(bool), f"does not look like a {name} code")
            for name, fits in ends.items()
        ],
    )


def has_parent(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """A detailed code has its broad group in the structure, and every code its major group.

    The digits name the broad group only down to the fifth character: 29-1221 belongs to 29-1210.
    """
    code, level = frame["soc_code"], frame["soc_level"]
    known = set(code.dropna())
    broad_groups = set(code[level == "broad"].dropna().str[:5])
    major = code.str[:2] + "-0000"
    return wording(
        frame,
        [
            (code.notna() & ~major.isin(known), "its major group is missing"),
            (
                code.notna() & (level == "detailed") & ~code.str[:5].isin(broad_groups),
                "its broad occupation is missing",
            ),
        ],
    )


def _counts(measures: dict[str, Callable[[pd.DataFrame], int]]) -> Build:
    """One row per counted thing that the capture is held to: found, expected."""

    def build(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
        import pandas as pd

        expected = context.expected_counts()
        held = [name for name in measures if name in expected]
        return pd.DataFrame(
            {
                "counted": pd.Series(held, dtype="str"),
                "found": pd.Series([measures[name](frame) for name in held], dtype="int64"),
                "expected": pd.Series([expected[name] for name in held], dtype="int64"),
            }
        )

    return build


def _level_count(level: str) -> Callable[[pd.DataFrame], int]:
    return lambda frame: int((frame["soc_level"] == level).sum())


def _distinct(column: str) -> Callable[[pd.DataFrame], int]:
    return lambda frame: int(frame[column].nunique())


def _counts_exact(requirement: str) -> Check:
    return Check(
        name="counts_exact",
        expectation="ExpectColumnPairValuesToBeEqual",
        says="The capture has exactly the number of codes that it must have.",
        remedy=(
            "The file is cut short, filtered, or of another version: take it from the agency again. A capture of "
            "its own making declares notes.expected_counts."
        ),
        arguments={"column_A": "found", "column_B": "expected"},
        frame="counts",
        requirement=requirement,
    )


def structure(context: GateContext) -> list[Check]:
    """The suite of `soc__structure`."""
    return [
        soc_form("soc_code"),
        in_set("soc_level", LEVELS, owner=ENGINEER, requirement="I13"),
        _counts_exact("I13"),
        worded(
            "level_matches_code",
            ("soc_code", "soc_level"),
            level_matches_code,
            says="The code looks like its level.",
            remedy="A code stands in the wrong column of the structure, or the file is of another SOC version.",
            requirement="I16",
        ),
        worded(
            "has_parent",
            ("soc_code", "soc_level"),
            has_parent,
            says="Every code has its major group, every detailed code its broad occupation.",
            remedy="Rows are missing from the structure: take it from the agency again.",
            requirement="I13",
        ),
    ]


def crosswalk_2010_2018(context: GateContext) -> list[Check]:
    """The suite of `soc__crosswalk_2010_2018`."""
    return [
        soc_form("soc_2010_code", requirement="I14"),
        soc_form("soc_2018_code", requirement="I14"),
        _counts_exact("I14"),
    ]


def oews_hybrid(context: GateContext) -> list[Check]:
    """The suite of `soc__oews_hybrid`."""
    return [
        soc_form("oews_code", requirement="I15"),
        soc_form("soc_2018_code", requirement="I15"),
        soc_form("soc_2010_code", requirement="I15"),
        soc_form("oes_2018_code", requirement="I15"),
        _counts_exact("I15"),
    ]


def onet_to_soc(context: GateContext) -> list[Check]:
    """The suite of `soc__onet_to_soc`."""
    return [
        matches("onetsoc_code", ONET_SOC_CODE, says="onetsoc_code is NN-NNNN.NN.", requirement="I17"),
        soc_form("soc_code"),
        _counts_exact("I17"),
    ]


def _gate(
    table: str,
    key: tuple[str, ...],
    checks: Callable[[GateContext], list[Check]],
    contract: tuple[dict[str, str], tuple[str, ...]],
    measures: dict[str, Callable[[pd.DataFrame], int]],
    needs: tuple[str, ...],
) -> Gate:
    columns, required = contract
    return Gate(
        door=LANDING,
        table=f"soc__{table}",
        domain="core",
        owner=ENGINEER,
        id_columns=tuple(dict.fromkeys(("row_number", *key))),
        key=key,
        columns=columns,
        required=required,
        checks=checks,
        frames=(Frame("counts", "count", ("counted",), needs, _counts(measures)),),
    )


GATES = (
    _gate(
        "structure",
        ("soc_code",),
        structure,
        raw_contract(string="soc_code! soc_level! soc_title!"),
        {"rows": len, **{level: _level_count(level) for level in LEVELS}},
        ("soc_level",),
    ),
    _gate(
        "crosswalk_2010_2018",
        ("soc_2010_code", "soc_2018_code"),
        crosswalk_2010_2018,
        raw_contract(string="soc_2010_code! soc_2010_title soc_2018_code! soc_2018_title"),
        {"rows": len, "soc_2010_codes": _distinct("soc_2010_code"), "soc_2018_codes": _distinct("soc_2018_code")},
        ("soc_2010_code", "soc_2018_code"),
    ),
    _gate(
        "oews_hybrid",
        ("row_number",),
        oews_hybrid,
        raw_contract(string="oews_code! oews_title! soc_2018_code! soc_2018_title oes_2018_code soc_2010_code"),
        {
            "rows": len,
            "oews_codes": _distinct("oews_code"),
            "soc_2018_codes": _distinct("soc_2018_code"),
            "soc_2010_codes": _distinct("soc_2010_code"),
        },
        ("oews_code", "soc_2018_code", "soc_2010_code"),
    ),
    _gate(
        "onet_to_soc",
        ("onetsoc_code", "soc_code"),
        onet_to_soc,
        raw_contract(string="onetsoc_code! onetsoc_title soc_code! soc_title"),
        {"rows": len, "onetsoc_codes": _distinct("onetsoc_code"), "soc_codes": _distinct("soc_code")},
        ("onetsoc_code", "soc_code"),
    ),
)
