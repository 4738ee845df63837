"""Some hundred invented students as background."""

from __future__ import annotations

import pytest

from extractors.sample.students.exams import World, exam_world


@pytest.fixture(scope="session")
def background() -> World:
    return exam_world(5, 300, 100)
