"""Whose exam is this: vendors' exam rows are linked to students (M5), so that who sat, passed and failed is known.

    from extractors.person_linkage import link, queue
    done = link(connection, exams="restricted.exam_identity", students="restricted.student_identity")
    done.links, done.candidates

What belongs here: normalising, exact rules, the Splink model and its training, decisions, review. What does not: files
and their encryption, keys, Dagster, dbt. `docs/linkage.md` tells a records officer how it decides.

    safety      nothing plain reaches a disk          comparisons  in which degrees rows agree
    normalise   one spelling                          model        the stored weights and thresholds
    prepare     relations become tables               training     where the weights come from
    rules       what needs no weighing                scoring      Splink at work
    blocking    who is compared with whom             decide       link, ask, or leave
    verdicts    what reviewers said                   measure      match rates
"""

from __future__ import annotations

from extractors.person_linkage.engine import Linkage, link
from extractors.person_linkage.measure import match_rates
from extractors.person_linkage.model import Model, Thresholds, load
from extractors.person_linkage.training import train_on
from extractors.person_linkage.verdicts import Agreement, agreement, queue

__all__ = [
    "Agreement",
    "Linkage",
    "Model",
    "Thresholds",
    "agreement",
    "link",
    "load",
    "match_rates",
    "queue",
    "train_on",
]
