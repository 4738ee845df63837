"""The counts that may leave: the one step from the restricted database into the general one (B23).

Belongs here: handing the counts of each state, what adds up to what, and the state's settings to disclosure control;
what earlier releases published (a table that is laid beside the restricted models, `warehouse/published_record.py`);
adding the areas that are left out of rates; putting official years in as they were published when they were frozen.
Does not belong here: how it is decided what is hidden (`warehouse/disclosure`). One row per count, with the value only
where it may be shown, and the codes of the rates that it is the numerator of; nothing says why one is hidden.
"""

KEYS = (
    "state_postal",
    "school_year",
    "area_level",
    "area_code",
    "credential_level",
    "credential_code",
    "subgroup_kind",
    "subgroup_value",
    "population",
    "unit",
)


def model(dbt, session):
    """A relation: KEYS, value (int64, null unless shown), publication, shown_as, codes (list of denominator,
    publication, shown_as), reporting (null unless left out), official_date (null unless the year is official),
    is_corrected_since."""
    dbt.config(materialized="table")
    import pyarrow as pa
    import pyarrow.compute as pc

    from warehouse.disclosure.publish import CODES, published_cells

    cells = dbt.ref("int_attainment_cell").to_arrow_table()
    rollups = dbt.ref("int_attainment_rollup").to_arrow_table()
    populations = dbt.ref("population_measure").to_arrow_table()
    measures = dbt.ref("attainment_measure").to_arrow_table()
    policies = dbt.ref("int_attainment_policy").to_arrow_table().to_pylist()
    record = session.sql("select * from restricted.earlier.publication").to_arrow_table()
    left_out = dbt.ref("int_attainment_exclusion").to_arrow_table()
    # Each year is a system of its own, so an official one is taken whole: its counts, and what hid them.
    official = dbt.ref("stg_official_counts__cell").to_arrow_table()
    frozen = _years(official)
    corrected = _years(dbt.ref("int_attainment_restated").to_arrow_table())
    cells, left_out = _without(cells, frozen), _without(left_out, frozen)

    parts = []
    for policy in sorted(policies, key=lambda row: row["state_postal"]):
        own = cells.filter(pc.equal(cells["state_postal"], policy["state_postal"]))
        if own.num_rows:
            parts.append(
                published_cells(
                    own,
                    rollups.filter(pc.equal(rollups["state_postal"], policy["state_postal"])),
                    populations,
                    measures,
                    policy,
                    record.filter(pc.equal(record["state_postal"], policy["state_postal"])),
                )
            )
    schema = pa.schema(
        [
            *((name, pa.int64() if name == "school_year" else pa.string()) for name in KEYS),
            ("value", pa.int64()),
            ("publication", pa.string()),
            ("shown_as", pa.string()),
            ("codes", CODES),
            ("reporting", pa.string()),
            ("official_date", pa.date32()),
        ]
    )
    official = official.filter(pc.is_valid(official["publication"]))
    made = [part.append_column("reporting", pa.nulls(part.num_rows, pa.string())) for part in parts]
    made.append(
        left_out.append_column("value", pa.nulls(left_out.num_rows, pa.int64()))
        .append_column("publication", pa.array(["left_out"] * left_out.num_rows, pa.string()))
        .append_column("shown_as", pa.array(["left out"] * left_out.num_rows, pa.string()))
        .append_column("codes", pa.nulls(left_out.num_rows, CODES))
    )
    made = [part.append_column("official_date", pa.nulls(part.num_rows, pa.date32())) for part in made]
    made.append(official)
    # A relation of this very session is written within its transaction; a plain table would go through another one.
    table = pa.concat_tables([part.select(schema.names).cast(schema) for part in made])
    return session.from_arrow(table.append_column("is_corrected_since", _is_of(table, corrected)))


def _years(table):
    """The states and years of a table, as pairs."""
    pairs = table.select(["state_postal", "school_year"]).group_by(["state_postal", "school_year"]).aggregate([])
    return {(row["state_postal"], row["school_year"]) for row in pairs.to_pylist()}


def _is_of(table, years):
    """Which rows are of these states and years."""
    import pyarrow as pa

    if not years:
        return pa.repeat(pa.scalar(False), table.num_rows)
    pairs = zip(table["state_postal"].to_pylist(), table["school_year"].to_pylist(), strict=True)
    return pa.array([pair in years for pair in pairs], pa.bool_())


def _without(table, years):
    """The rows of other states and years."""
    import pyarrow.compute as pc

    return table.filter(pc.invert(_is_of(table, years)))
