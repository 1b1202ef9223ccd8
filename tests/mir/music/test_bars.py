"""Beats and bars: where something begins and ends."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import MemorySource, Role, Track
from studiohand.mir.music.bars import Bars, find_bars

RATE = 44100
BARS = Bars(tuple(0.5 * n for n in range(40)), tuple(2.0 * n for n in range(10)))


def test_a_time_near_a_beat_is_put_on_it_and_one_between_stays() -> None:
    assert BARS.snapped(4.12) == 4.0
    assert BARS.snapped(4.24) == 4.24


def test_bars_are_counted_from_one_and_an_end_on_a_line_belongs_to_the_bar_before() -> None:
    assert BARS.numbers(4.0, 8.0) == (3, 4)
    assert BARS.numbers(4.1, 5.0) == (3, 3)
    assert Bars((0.0, 0.5), ()).numbers(0.0, 1.0) is None


def test_a_drum_stem_gives_the_beats_and_noise_gives_none(rng: np.random.Generator) -> None:
    clicks = np.zeros((20 * RATE, 1))
    for beat in range(40):
        at = beat * RATE // 2
        hit = 0.5 * np.exp(-np.arange(4000) / 400.0) * rng.standard_normal(4000)
        clicks[at : at + 4000, 0] += hit[: len(clicks) - at]
    pad = Track("pad", MemorySource(0.1 * rng.standard_normal((20 * RATE, 1)), RATE), Role.PAD)
    drums = Track("drums", MemorySource(clicks, RATE), Role.DRUMS)
    found = find_bars([pad, drums])
    assert found is not None
    assert found.snapped(10.08) == pytest.approx(10.0, abs=0.06)
    assert find_bars([pad]) is None
