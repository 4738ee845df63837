"""Monotone calibration of scores (J7)."""

from __future__ import annotations

import numpy as np

from extractors.posting_text.occupation.calibration import fitted


def test_calibrated_scores_are_the_share_of_right_answers() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    probability = random.random(20_000, dtype=np.float32)
    right = random.random(20_000) < probability**2  # an overconfident coder
    calibration = fitted(probability, right)
    asked = np.array([0.2, 0.5, 0.8], np.float32)
    assert np.allclose(calibration(asked), asked**2, atol=0.04)


def test_scores_rise_with_the_probability_and_never_reach_one() -> None:
    random = np.random.Generator(np.random.PCG64(2))
    probability = random.random(500, dtype=np.float32)
    calibration = fitted(probability, random.random(500) < 0.6)
    scores = calibration(np.linspace(0, 1, 101, dtype=np.float32))
    assert (np.diff(scores) >= 0).all()
    assert scores.max() < 0.9901


def test_few_or_no_answers_do_not_make_certain() -> None:
    few = fitted(np.array([0.9, 0.95, 0.99], np.float32), np.array([True, True, True]))
    assert 0 < float(few(np.array([0.97], np.float32))[0]) < 0.96
    none = fitted(np.zeros(0, np.float32), np.zeros(0, bool))
    assert 0 <= float(none(np.array([0.5], np.float32))[0]) <= 0.5
