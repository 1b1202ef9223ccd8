"""The sketch foretells the limiter; gaps are found where sound was cut."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.core.job import Job
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.landing.land import foretell
from studiohand.dsp.landing.sketch import Sketch
from studiohand.dsp.meters.gaps import GapMeter
from studiohand.dsp.meters.levels import levels_of
from tests.signals import pink, sine

RATE = 44100


def sketch_of(sound: Block) -> Sketch:
    sketch = Sketch(RATE, sound.shape[1], len(sound), 0.01)
    for block in np.array_split(sound, 7):
        sketch.update(block)
    sketch.finish()
    return sketch


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 6.0, 12.0])
def test_the_sketch_foretells_the_loudness_after_the_limiter(
    gain_db: float, rng: np.random.Generator
) -> None:
    sound = pink(rng, 8.0, RATE, db=-15.0)
    limiter = Limiter(-1.0, gain_db)
    processor = limiter.start(RATE, 2)
    real = np.concatenate([processor.process(sound), processor.flush()])
    foretold = sketch_of(sound).limited(limiter)
    assert foretold.lufs == pytest.approx(levels_of([real], RATE, 2).integrated_lufs, abs=0.3)
    assert foretold.reduction_db.max() == pytest.approx(-processor.curve.db().min(), abs=0.3)


def test_cutting_does_not_change_a_sketch(rng: np.random.Generator) -> None:
    sound = pink(rng, 2.0, RATE, db=-12.0)
    whole = Sketch(RATE, 2, len(sound), 0.01)
    whole.update(sound)
    whole.finish()
    limiter = Limiter(-1.0, 8.0)
    assert whole.limited(limiter).lufs == sketch_of(sound).limited(limiter).lufs


def gaps_of(sound: Block) -> GapMeter:
    meter = GapMeter(RATE)
    for block in np.array_split(sound, 9):
        meter.update(block)
    return meter


def test_a_hole_is_found_where_it_is(rng: np.random.Generator) -> None:
    sound = pink(rng, 3.0, RATE)
    sound[RATE : RATE + 2205] = 0.0
    (gap,) = gaps_of(sound).gaps()
    assert gap.start_s == pytest.approx(1.0, abs=0.003)
    assert gap.end_s == pytest.approx(1.05, abs=0.003)


def test_a_faded_pause_is_no_hole(rng: np.random.Generator) -> None:
    sound = pink(rng, 3.0, RATE)
    fade = np.abs(np.linspace(-1.0, 1.0, len(sound)))[:, None] ** 6
    sound = sound * np.where(fade < 1e-5, 0.0, fade)
    assert gaps_of(sound).gaps() == []


def test_silence_at_the_ends_is_measured(rng: np.random.Generator) -> None:
    sound = np.concatenate([np.zeros((RATE, 2)), pink(rng, 1.0, RATE), np.zeros((2 * RATE, 2))])
    meter = gaps_of(sound)
    assert meter.lead_s() == pytest.approx(1.0, abs=0.002)
    assert meter.tail_s() == pytest.approx(2.0, abs=0.002)


@pytest.mark.parametrize("level_db", [-3.0, -4.0, -9.0])
def test_what_is_loud_enough_and_clean_is_left_exactly_as_it_is(level_db: float) -> None:
    sound = 10.0 ** (level_db / 20.0) * sine(997.0, 3.0)
    forecast = foretell(Job(), MemorySource(sound, 44100), None, -1.0)
    assert forecast.step.gain_db >= 0.0
