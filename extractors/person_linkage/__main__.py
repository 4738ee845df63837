"""Trains the stored model on generated people: `python -m extractors.person_linkage [SEED] [FILE]`.

A state trains its own with `train_on` once it has rows with SSNs or verdicts; the benchmark measures on other seeds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from extractors.person_linkage.model import STORED
from extractors.person_linkage.training import train_on
from extractors.sample.students.exams import exam_world

TRAINING_SEED = 7


def main(seed: int = TRAINING_SEED, out: Path = STORED) -> None:
    """Generate, train, write."""
    world = exam_world(seed)
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("exams", world.exams)
        connection.register("students", world.students)
        rows = f"{world.exams.num_rows:,} exam rows, {world.students.num_rows:,} student rows"
        said = f"generated people, seed {seed}: {rows}"
        model = train_on(connection, "exams", "students", trained_on=said)
    model.save(out)
    print(f"{out}: version {model.version}")


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, Path), sys.argv[1:], strict=False)))
