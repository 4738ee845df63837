"""Dagster, thin: what depends on what, when it runs, and how a person sees it.

Belongs here: assets, checks, jobs, schedules, the sensor, the command line. Does not belong here: how a file is
fetched or parsed (`extractors`), what is judged (`expectations`), SQL (`dbt_project`), how a release is made
(`warehouse`). Only this package imports Dagster and dbt; it imports them inside functions wherever a command
of `currency` does not need them, because importing costs more than most commands take.
"""
