"""Bytes from outside -> immutable captures -> typed raw Parquet.

Belongs here: network access, the archive, parsing, column maps, the sample state.
Does not belong here: Dagster, dbt, SQL models, Great Expectations.
"""
