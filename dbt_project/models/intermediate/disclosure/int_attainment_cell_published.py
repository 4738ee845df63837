"""The counts that may leave: the one step from the restricted database into the general one (B23).

Belongs here: handing the counts of each state, what adds up to what, and the state's settings to disclosure control;
adding the areas that are left out of rates. Does not belong here: how it is decided what is hidden
(`warehouse/disclosure`). One row per count, with the value only where it may be shown, and the codes of the rates that
it is the numerator of; nothing says why one is hidden.
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
    publication, shown_as), reporting (null unless left out)."""
    dbt.config(materialized="table")
    import pyarrow as pa
    import pyarrow.compute as pc

    from warehouse.disclosure.publish import CODES, published_cells

    cells = dbt.ref("int_attainment_cell").to_arrow_table()
    rollups = dbt.ref("int_attainment_rollup").to_arrow_table()
    populations = dbt.ref("population_measure").to_arrow_table()
    measures = dbt.ref("attainment_measure").to_arrow_table()
    policies = dbt.ref("int_attainment_policy").to_arrow_table().to_pylist()
    left_out = dbt.ref("int_attainment_exclusion").to_arrow_table()

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
        ]
    )
    made = [part.append_column("reporting", pa.nulls(part.num_rows, pa.string())) for part in parts]
    made.append(
        left_out.append_column("value", pa.nulls(left_out.num_rows, pa.int64()))
        .append_column("publication", pa.array(["left_out"] * left_out.num_rows, pa.string()))
        .append_column("shown_as", pa.array(["left out"] * left_out.num_rows, pa.string()))
        .append_column("codes", pa.nulls(left_out.num_rows, CODES))
    )
    # A relation of this very session is written within its transaction; a plain table would go through another one.
    return session.from_arrow(pa.concat_tables([part.select(schema.names).cast(schema) for part in made]))
