"""Great Expectations at the two doors of the house: landing (raw tables) and release (marts).

Belongs here: which tables are judged (`registry`), what must hold (`landing/`, `release/`), every number that a
gate uses (`thresholds.yml`), running a gate (`runner`) and telling people about it (`model`, `workbook`, `verdicts`).
Does not belong here: Dagster, SQL models, parsing; totals and relationships between models (dbt tests do that).

Nothing in this package imports Great Expectations, pandas or pyarrow at import time: the first gate that runs pays
for it (about 5 s), a process that runs none pays nothing.
"""
