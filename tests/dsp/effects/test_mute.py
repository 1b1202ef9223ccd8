"""Spans turned to silence."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.effect import step_from_json, step_to_json
from studiohand.core.errors import BadSetting
from studiohand.dsp.effects.mute import Mute

RATE = 1000


def _through(effect: Mute) -> np.ndarray:
    return effect.start(RATE, 1).process(np.ones((1000, 1)))[:, 0]


def test_a_span_is_silent_and_all_else_is_untouched() -> None:
    heard = _through(Mute(((0.2, 0.3), (0.6, 0.61)), fade_ms=20.0))
    assert not heard[200:301].any()
    assert not heard[600:611].any()
    assert np.all(heard[:180] == 1.0)
    assert np.all(heard[330:570] == 1.0)
    assert np.all((heard[185:200] > 0.0) & (heard[185:200] < 1.0))


def test_an_amount_turns_down_by_so_many_decibels() -> None:
    half = _through(Mute(((0.2, 0.3),)).scaled(0.5))
    assert half[250] == pytest.approx(10 ** (-60 / 20))
    assert np.all(_through(Mute(((0.2, 0.3),)).scaled(0.0)) == 1.0)


def test_it_comes_back_from_json_as_it_was() -> None:
    mute = Mute(((0.25, 0.5), (1.0, 2.0)), 30.0)
    assert step_from_json(step_to_json(mute)) == mute


def test_a_span_that_runs_backward_is_refused() -> None:
    with pytest.raises(BadSetting, match="does not run forward"):
        Mute(((2.0, 1.0),))
