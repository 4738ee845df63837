"""Match rates: which share of a vendor's rows found its student, and whose names fare worse.

Belongs here: rates over the links. Does not belong here: truth, which only a benchmark has. Who was not found has no
subgroup, for nobody knows who it is; so rates go by the shape of the name on the exam row, which every row has, and by
any column that a caller joins on.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

import duckdb
import pyarrow as pa

from extractors.person_linkage.safety import check_relation, check_spill

SHAPE_SQL = """case
    when last_name is null then 'none'
    when regexp_matches(trim(last_name), '[ -]') then 'compound'
    when length(trim(last_name)) <= 4 then 'short'
    when not regexp_matches(last_name, '^[A-Za-z]+$') then 'accent or sign'
    else 'plain'
end"""
"""Shape of a surname, for rates by subgroup without anybody's race: compound, short, with an accent or sign, plain."""


def match_rates(
    connection: duckdb.DuckDBPyConnection, links: pa.Table, exams: str, *, by: str = "vendor_code"
) -> pa.Table:
    """Per value of `by`: rows, linked_count, review_count, match_rate (0-1, linked of rows), auto_rate.

    Args:
        by: a column of the exam relation, or `name_shape`.
    """
    check_spill(connection)
    check_relation(exams)
    group = SHAPE_SQL if by == "name_shape" else check_relation(by)
    connection.register("person_linkage_links", links)
    try:
        return connection.execute(
            f"""
            select {group} as {by}, count(*) as exam_count,
                count(*) filter (status in ('auto', 'verdict_accept')) as linked_count,
                count(*) filter (status = 'review') as review_count,
                linked_count / count(*) as match_rate,
                count(*) filter (status = 'auto') / count(*) as auto_rate
            from {exams} join person_linkage_links using (exam_key)
            group by 1 order by 1
            """
        ).to_arrow_table()
    finally:
        connection.unregister("person_linkage_links")
