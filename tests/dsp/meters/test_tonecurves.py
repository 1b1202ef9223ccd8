"""Curves of tone: the laws on which hearing resonances by ear stands."""

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.filters.biquad import bell, matched, response
from studiohand.dsp.meters.tonecurves import BANDS, CENTRES_HZ, PERCENTILES, tone_curves

RATE = 44100


def noise(rng: np.random.Generator, seconds: float, channels: int = 1) -> np.ndarray:
    return 0.1 * rng.standard_normal((round(seconds * RATE), channels))


def levels(samples: np.ndarray) -> np.ndarray:
    return np.asarray(tone_curves(MemorySource(samples, RATE))["levels"], dtype=np.float64)


def test_a_louder_recording_has_the_same_curves_that_much_higher(rng: np.random.Generator) -> None:
    sound = noise(rng, 12.0, 2)
    assert levels(0.25 * sound) == pytest.approx(levels(sound) - 12.04, abs=0.01)


def test_a_bell_adds_its_own_decibels_to_every_percentile(rng: np.random.Generator) -> None:
    sound = noise(rng, 20.0)
    effect = Eq(bands=(Band("bell", 900.0, 12.0, 5.0),))
    after = effect.start(RATE, 1).process(sound)
    curve = np.abs(response([matched(bell(900.0, 12.0, 5.0), RATE)], CENTRES_HZ, RATE))
    added = levels(after) - levels(sound)
    assert added == pytest.approx(np.tile(20.0 * np.log10(curve), (len(added), 1)), abs=1.0)


def test_percentiles_rise_and_the_mean_lies_among_them(rng: np.random.Generator) -> None:
    found = levels(noise(rng, 12.0))
    assert found.shape == (1 + len(PERCENTILES), BANDS)
    assert (np.diff(found[1:], axis=0) >= 0.0).all()
    assert ((found[1] <= found[0]) & (found[0] <= found[-1])).all()


def test_rests_do_not_count(rng: np.random.Generator) -> None:
    window = 8192
    sound = noise(rng, 12.0)[: 64 * window]
    rests = np.concatenate([sound, np.zeros_like(sound)])
    assert levels(rests) == pytest.approx(levels(sound), abs=0.01)


def test_silence_and_a_few_samples_have_no_window_that_sounds() -> None:
    for samples in (np.zeros((RATE, 2)), np.zeros((3, 1))):
        curves = tone_curves(MemorySource(samples, RATE))
        assert int(curves["windows"]) == 0
        assert all(np.isfinite(np.asarray(values)).all() for values in curves.values())


def test_an_hour_is_heard_in_as_many_windows_as_ten_minutes() -> None:
    short, long = (
        tone_curves(MemorySource(np.broadcast_to([[0.1]], (s * 8000, 1)), 8000))
        for s in (600, 3600)
    )
    assert abs(int(short["windows"]) - int(long["windows"])) <= 1
