"""The checks that many suites share, and the general ones that every gate begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from expectations import conditions
from expectations.model import Severity
from expectations.suite import ENGINEER, LANDING, Check

if TYPE_CHECKING:
    from expectations.suite import Derive, Gate, GateContext

SOC_CODE = r"^\d{2}-\d{4}$"
ONET_SOC_CODE = r"^\d{2}-\d{4}\.\d{2}$"
STATE_POSTAL = r"^[A-Z]{2}$"

TYPES = ("string", "int64", "float64", "bool", "date")


def contract(**by_type: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Columns by type, written as `string="occ_code! title! note"`; `!` marks those that are never empty.

    Returns:
        (column -> type, required columns). `any="..."` names columns whose type is nobody's business here.
    """
    columns: dict[str, str] = {}
    required: list[str] = []
    for type_, names in by_type.items():
        for word in names.split():
            name = word.rstrip("!")
            columns[name] = "" if type_ == "any" else type_
            if word.endswith("!"):
                required.append(name)
    return columns, tuple(required)


def raw_contract(**by_type: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """`contract` of a raw table: with the columns that every raw table carries."""
    columns, required = contract(**by_type)
    common, always = contract(string="dataset! capture_id!", int64="row_number!")
    return {**columns, **common}, (*required, *always)


def general_checks(gate: Gate, context: GateContext) -> list[Check]:
    """What every gate begins with: the row count first, since an empty frame passes every column expectation."""
    if gate.withholds_rows:
        return _counted_checks(gate, context)
    checks = [
        Check(
            name="rows_present",
            expectation="ExpectTableRowCountToBeBetween",
            says="The table has rows.",
            remedy=_empty_remedy(gate),
            arguments={"min_value": context.threshold("min_rows")},
        ),
        _columns_exact(gate),
        Check(
            name="required_filled",
            expectation="ExpectColumnValuesToBeNull",
            says="Columns that are never empty are filled in every row.",
            remedy="Fill the cells at the source, or have the parser exclude the row with a reason.",
            derive=conditions.empty_columns(gate.required),
            needs=gate.required,
        ),
        unique(gate.key),
    ]
    return checks + (capture_checks(context) if gate.door == LANDING else [])


def _columns_exact(gate: Gate) -> Check:
    return Check(
        name="columns_exact",
        expectation="ExpectColumnPairValuesToBeEqual",
        says="The columns and their types are those of the contract."
        if gate.exact
        else "The columns that the gate reads are there.",
        remedy=(
            "Compare the file with its column map or parser; when the agency changed its layout, change the "
            "map first, then the contract."
        )
        if gate.door == LANDING
        else "Bring the mart's YAML contract and the gate into line.",
        arguments={"column_A": "found", "column_B": "expected"},
        owner=ENGINEER,
        frame="layout",
    )


def _counted_checks(gate: Gate, context: GateContext) -> list[Check]:
    """The general checks of a gate that withholds its rows: the same, by counts."""
    return [
        Check(
            name="rows_present",
            expectation="ExpectColumnValuesToBeBetween",
            says="The table has rows.",
            remedy=_empty_remedy(gate),
            arguments={"column": "rows_used", "min_value": context.threshold("min_rows")},
            frame="capture",
        ),
        _columns_exact(gate),
        counted(
            "required_filled",
            says="Columns that are never empty are filled in every row.",
            remedy="The parser must set such rows aside: report it with the number of rows.",
            owner=ENGINEER,
        ),
        counted(
            "key_unique",
            says=f"{' + '.join(gate.key)} occurs once.",
            remedy="The parser must set the later rows aside: report it with the number of rows.",
            owner=ENGINEER,
        ),
        *(capture_checks(context) if gate.door == LANDING else []),
    ]


COUNTS = "counts"
"""The frame of a gate that withholds its rows: one row, per rule the number of rows that break it."""


def counted(
    rule: str, *, says: str, remedy: str, severity: Severity = "error", owner: str = "", requirement: str = ""
) -> Check:
    """A rule that no row may break, judged by how many do."""
    return Check(
        name=rule,
        expectation="ExpectColumnValuesToBeBetween",
        says=says,
        remedy=remedy,
        arguments={"column": rule, "min_value": 0, "max_value": 0},
        severity=severity,
        owner=owner,
        frame=COUNTS,
        requirement=requirement,
    )


def _empty_remedy(gate: Gate) -> str:
    if gate.door == "landing":
        return (
            "Open the captured file: a header without rows, a filter left on, or the wrong sheet. Capture or "
            "import it again."
        )
    return (
        "Look at the model's inputs: an empty staging view means that no capture is accepted, or that a filter "
        "drops everything."
    )


def unique(key: Sequence[str], *, name: str = "key_unique", frame: str = "rows") -> Check:
    """The key occurs once."""
    arguments: dict[str, Any]
    if len(key) == 1:
        expectation, arguments = "ExpectColumnValuesToBeUnique", {"column": key[0]}
    else:
        expectation, arguments = "ExpectCompoundColumnsToBeUnique", {"column_list": list(key), "ignore_row_if": "never"}
    return Check(
        name=name,
        expectation=expectation,
        says=f"{' + '.join(key)} occurs once.",
        remedy=(
            "Two rows claim the same thing: keep the right one at the source. If both are meant, the key of the "
            "table is too narrow."
        ),
        arguments=arguments,
        frame=frame,
    )


def capture_checks(context: GateContext) -> list[Check]:
    """What must hold of the capture as a whole: few cells set aside, no row lost."""
    return [
        Check(
            name="quarantine_share",
            expectation="ExpectColumnValuesToBeBetween",
            says="Few rows were set aside for cells that could not be read.",
            remedy=(
                "Read quarantine.parquet beside the raw table: it names file, row, column and value. Correct the "
                "file or its column map."
            ),
            arguments={"column": "quarantined_share", "max_value": context.threshold("max_quarantined_share")},
            frame="capture",
        ),
        Check(
            name="rows_accounted",
            expectation="ExpectColumnValuesToBeBetween",
            says="Every row that was read is used, excluded with a reason, or quarantined.",
            remedy="The parser loses or invents rows: its counts must close (rows_in = used + excluded + quarantined).",
            arguments={"column": "rows_unaccounted", "min_value": 0, "max_value": 0},
            owner=ENGINEER,
            frame="capture",
            requirement="X1",
        ),
    ]


def matches(
    column: str,
    pattern: str,
    *,
    name: str = "",
    says: str = "",
    remedy: str = "",
    requirement: str = "",
    owner: str = "",
) -> Check:
    """A code has its form; empty cells are left to `required_filled`."""
    return Check(
        name=name or f"{column}_form",
        expectation="ExpectColumnValuesToMatchRegex",
        says=says or f"{column} has the form {pattern}.",
        remedy=remedy
        or "Correct the code at the source; codes that a spreadsheet turned into dates or numbers need a text column.",
        arguments={"column": column, "regex": pattern},
        requirement=requirement,
        owner=owner,
    )


def soc_form(column: str = "occ_code", *, requirement: str = "I13") -> Check:
    """A SOC code is two digits, a hyphen, four digits."""
    return matches(
        column,
        SOC_CODE,
        says=f"{column} is a SOC code: two digits, a hyphen, four digits.",
        requirement=requirement,
    )


def in_set(
    column: str,
    values: Iterable[Any],
    *,
    name: str = "",
    says: str = "",
    remedy: str = "",
    severity: Severity = "error",
    owner: str = "",
    frame: str = "rows",
    requirement: str = "",
) -> Check:
    """A column holds only known values."""
    known = list(values)
    listed = ", ".join(str(value) for value in known)
    return Check(
        name=name or f"{column}_known",
        expectation="ExpectColumnValuesToBeInSet",
        says=says or f"{column} is one of: {listed}.",
        remedy=remedy or f"Correct the value at the source or in its column map; known are {listed}.",
        arguments={"column": column, "value_set": known},
        severity=severity,
        owner=owner,
        frame=frame,
        requirement=requirement,
    )


def between(
    column: str,
    low: float | None,
    high: float | None,
    *,
    says: str,
    remedy: str,
    name: str = "",
    severity: Severity = "error",
    owner: str = "",
    frame: str = "rows",
    requirement: str = "",
) -> Check:
    """A number lies in [low, high]; None leaves an end open."""
    arguments: dict[str, Any] = {"column": column}
    if low is not None:
        arguments["min_value"] = low
    if high is not None:
        arguments["max_value"] = high
    return Check(
        name=name or f"{column}_range",
        expectation="ExpectColumnValuesToBeBetween",
        says=says,
        remedy=remedy,
        arguments=arguments,
        severity=severity,
        owner=owner,
        frame=frame,
        requirement=requirement,
    )


def not_below(
    column: str,
    floor: str,
    *,
    name: str,
    says: str,
    remedy: str,
    strictly: bool = False,
    severity: Severity = "error",
    owner: str = "",
    frame: str = "rows",
    requirement: str = "",
) -> Check:
    """One column is at least (or above) another in the same row; rows where either is missing are not judged."""
    return Check(
        name=name,
        expectation="ExpectColumnPairValuesAToBeGreaterThanB",
        says=says,
        remedy=remedy,
        arguments={
            "column_A": column,
            "column_B": floor,
            "or_equal": not strictly,
            "ignore_row_if": "either_value_is_missing",
        },
        severity=severity,
        owner=owner,
        frame=frame,
        requirement=requirement,
    )


def worded(
    name: str,
    needs: Sequence[str],
    derive: Derive,
    *,
    says: str,
    remedy: str,
    severity: Severity = "error",
    owner: str = "",
    frame: str = "rows",
    requirement: str = "",
) -> Check:
    """A condition that says in words what is wrong with a row (`conditions`)."""
    return Check(
        name=name,
        expectation="ExpectColumnValuesToBeNull",
        says=says,
        remedy=remedy,
        derive=derive,
        needs=tuple(needs),
        severity=severity,
        owner=owner,
        frame=frame,
        requirement=requirement,
    )


def in_range(
    ranges: Mapping[str, tuple[float | None, float | None]],
    *,
    says: str,
    remedy: str,
    name: str = "numbers_plausible",
    requirement: str = "",
) -> Check:
    """Numbers lie in their ranges, several columns at once."""
    return worded(
        name, tuple(ranges), conditions.out_of_range(ranges), says=says, remedy=remedy, requirement=requirement
    )
