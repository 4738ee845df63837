"""What earlier releases printed of a year (B23): no difference between two releases is a small count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from warehouse.disclosure.protect import NotPublishable, Protected, protect
from warehouse.disclosure.publish import KEYS, published_cells, settings_of

LEAST = 10
POLICY: dict[str, Any] = {
    "min_n_count": 10, "low_pct": 5.0, "high_pct": 95.0, "large_n_count": 301, "large_low_pct": 1.0,
    "large_high_pct": 99.0, "min_revision_count": LEAST, "is_state_total_kept": True, "is_zero_shown": True,
    "disclosure_width_count": 5, "attack_sample_count": 0, "hidden_total_cost_rate": 3.0,
    "most_repair_rounds_count": 40,
}  # fmt: skip
SCHOOLS = ("S1", "S2", "S3", "S4")
POPULATIONS = pa.Table.from_pylist(
    [
        {"population": "takers", "unit": "students", "numerator_of": None, "subset_of": None, "is_by_credential": True},
        {"population": "earned", "unit": "students", "numerator_of": "takers", "subset_of": "takers",
         "is_by_credential": True},
    ]
)  # fmt: skip
MEASURES = pa.table({"numerators": ["earned"]})
ROLLUPS = pa.Table.from_pylist(
    [
        {"state_postal": "XA", "school_year": 2025, "dimension": "area", "partition_code": "school", "unit": None,
         "except_population": None, "parent_level": "state", "parent_code": "XA", "child_level": "school",
         "child_code": school}
        for school in SCHOOLS
    ],
    schema=pa.schema([(n, pa.int64() if n == "school_year" else pa.string()) for n in (
        "state_postal", "school_year", "dimension", "partition_code", "unit", "except_population", "parent_level",
        "parent_code", "child_level", "child_code")]),
)  # fmt: skip
Counts = dict[str, tuple[int, int]]
FIRST: Counts = {"S1": (60, 30), "S2": (80, 41), "S3": (40, 4), "S4": (90, 50)}


def cells(counts: Counts) -> pa.Table:
    """Takers and earners of each school and of the state."""
    every = {**counts, "XA": (sum(t for t, _ in counts.values()), sum(e for _, e in counts.values()))}
    return pa.Table.from_pylist(
        [
            {"state_postal": "XA", "school_year": 2025, "area_level": "state" if area == "XA" else "school",
             "area_code": area, "credential_level": "all", "credential_code": "all", "subgroup_kind": "all",
             "subgroup_value": "all", "population": population, "unit": "students", "value": value}
            for area, (takers, earned) in every.items()
            for population, value in (("takers", takers), ("earned", earned))
        ]
    )  # fmt: skip


def publish(counts: Counts, *releases: tuple[Counts, pa.Table], **changed: Any) -> pa.Table:
    """What is published of `counts` after releases: the counts and the publication of each."""
    record = [recorded(number, *release) for number, release in enumerate(releases, 1)]
    policy = {**POLICY, **changed}
    return published_cells(
        cells(counts), ROLLUPS, POPULATIONS, MEASURES, policy, pa.concat_tables(record) if record else None
    )


def recorded(number: int, counts: Counts, published: pa.Table) -> pa.Table:
    """One release as the record has it."""
    true = dict(zip(keys(cells(counts)), cells(counts)["value"].to_pylist(), strict=True))
    made = published.append_column("true_value", pa.array([true[key] for key in keys(published)], pa.int64()))
    made = made.append_column("settings", pa.array([settings_of(POLICY)] * made.num_rows))
    return made.append_column("publication_number", pa.array([number] * made.num_rows, pa.int64()))


def keys(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in KEYS), strict=True))


def values(table: pa.Table) -> dict[tuple[str, str], int | None]:
    return {(r["area_code"], r["population"]): r["value"] for r in table.to_pylist()}


def test_the_same_counts_are_published_as_they_were() -> None:
    first = publish(FIRST)
    assert values(first)["XA", "takers"] == 270 and None in values(first).values()
    assert publish(FIRST, (FIRST, first)).equals(first)


def test_one_late_record_waits() -> None:
    """A student of S1 who passed comes late: the second release is the first, whatever it would print otherwise."""
    first = publish(FIRST)
    late = {**FIRST, "S1": (61, 31)}
    second = publish(late, (FIRST, first))
    assert second.equals(first)
    # with a state that wants every correction at once the difference stands there for all to read
    at_once = publish(late, (FIRST, first), min_revision_count=1)
    assert values(at_once)["S1", "takers"] == 61


@pytest.mark.parametrize("late", [(61, 30), (61, 31), (59, 30), (60, 31), (69, 39)])
def test_beside_a_large_revision_small_ones_are_hidden(late: tuple[int, int]) -> None:
    """S4 delivers a class of 30; the late record of S1 must not be read from the difference of the two releases."""
    first = publish(FIRST)
    counts = {**FIRST, "S1": late, "S4": (120, 70)}
    second = publish(counts, (FIRST, first))
    before, after = values(first), values(second)
    for cell, value in after.items():
        if value is not None and before[cell] is not None:
            assert value == before[cell] or abs(value - (before[cell] or 0)) >= LEAST, cell
        if before[cell] is None:
            assert value is None
    assert after["XA", "takers"] == sum(takers for takers, _ in counts.values())
    if late[0] != 60:
        assert after["S1", "takers"] is None
        # nor by adding up: at least one more school is not told, old numbers or new
        assert sum(after[s, "takers"] is None for s in SCHOOLS) >= 2
    # and the third release of the same counts is the second
    assert publish(counts, (FIRST, first), (counts, second)).equals(second)


def test_what_was_hidden_is_shown_once_it_has_changed_much() -> None:
    first = publish(FIRST)
    assert values(first)["S3", "earned"] is None
    little = {**FIRST, "S3": (60, 13)}
    much = {"S1": (90, 45), "S2": (120, 60), "S3": (140, 60), "S4": (130, 70)}
    assert values(publish(little, (FIRST, first)))["S3", "earned"] is None
    assert values(publish(much, (FIRST, first)))["S3", "earned"] == 60


def test_other_settings_protect_anew_and_know_what_was_printed() -> None:
    first = publish(FIRST)
    second = publish(FIRST, (FIRST, first), disclosure_width_count=6)
    shown = {cell: value for cell, value in values(first).items() if value is not None}
    assert {cell: value for cell, value in values(second).items() if cell in shown} == shown
    assert pc.sum(pc.is_null(second["value"])).as_py() >= pc.sum(pc.is_null(first["value"])).as_py()


def test_without_the_counts_of_the_time_what_was_hidden_stays_so() -> None:
    """They go when an agreement is destroyed; what was printed is known all the same."""
    first = publish(FIRST)
    record = recorded(1, FIRST, first)
    at = record.column_names.index("true_value")
    record = record.set_column(at, "true_value", pa.nulls(record.num_rows, pa.int64()))
    much = {"S1": (90, 45), "S2": (120, 60), "S3": (140, 60), "S4": (130, 70)}
    second = published_cells(cells(much), ROLLUPS, POPULATIONS, MEASURES, POLICY, record)
    assert all(values(second)[cell] is None for cell, value in values(first).items() if value is None)


def test_a_year_that_cannot_be_told_beside_what_was_printed_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first publication fails outright, for its tables are too fine; a later one must not stop the other years."""
    first = publish(FIRST)
    much = {"S1": (90, 45), "S2": (120, 60), "S3": (140, 60), "S4": (130, 70)}

    def never(*args: Any, **more: Any) -> Protected:
        found = protect(*args, **more)
        return replace(found, outcome=replace(found.outcome, narrow=1))

    monkeypatch.setattr("warehouse.disclosure.publish.protect", never)
    with pytest.raises(NotPublishable):
        publish(FIRST)
    later = publish(much, (FIRST, first))
    assert set(later["publication"].to_pylist()) == {"hidden"} and later["value"].null_count == later.num_rows
    assert later.schema == first.schema and later.num_rows == first.num_rows


def test_a_year_that_nobody_published_is_not_bound() -> None:
    first = publish(FIRST)
    empty = recorded(1, FIRST, first).slice(0, 0)
    assert published_cells(cells(FIRST), ROLLUPS, POPULATIONS, MEASURES, POLICY, empty).equals(first)
