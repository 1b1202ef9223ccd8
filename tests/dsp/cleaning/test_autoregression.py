import numpy as np
from scipy.signal import lfilter

from studiohand.dsp.cleaning.autoregression import (
    Floats,
    fill,
    prediction_error,
    prediction_error_filter,
)


def resonance(rng: np.random.Generator, frames: int = 4000) -> Floats:
    wave: Floats = lfilter([1.0], [1.0, -1.6, 0.81], rng.standard_normal(frames))
    return wave


def test_the_predictor_of_a_resonance_is_its_recursion(rng: np.random.Generator) -> None:
    found = prediction_error_filter(resonance(rng, 200000), 2)
    assert np.allclose(found, [1.0, -1.6, 0.81], atol=0.02)


def test_the_error_is_white(rng: np.random.Generator) -> None:
    wave = resonance(rng)
    error = prediction_error(wave, prediction_error_filter(wave, 8))[100:]
    correlation = np.correlate(error, error, "full")[len(error) - 1 :]
    assert np.max(np.abs(correlation[1:20])) < 0.08 * correlation[0]


def test_a_gap_in_a_tone_is_filled_and_nothing_else_changes(rng: np.random.Generator) -> None:
    t = np.arange(4000)
    wave = np.sin(0.05 * t) + 0.5 * np.sin(0.31 * t + 1.0) + 1e-4 * rng.standard_normal(4000)
    missing = np.zeros(4000, bool)
    missing[2000:2030] = True
    missing[[500, 503, 3900]] = True
    filled = fill(np.where(missing, 9.0, wave), missing, prediction_error_filter(wave, 32))
    assert np.max(np.abs(filled[missing] - wave[missing])) < 0.02
    assert np.array_equal(filled[~missing], wave[~missing])


def test_nothing_missing_and_silence_stay_as_they_are(rng: np.random.Generator) -> None:
    wave = resonance(rng, 500)
    assert np.array_equal(fill(wave, np.zeros(500, bool), prediction_error_filter(wave, 4)), wave)
    silent = np.zeros(500)
    assert np.array_equal(prediction_error_filter(silent, 3), [1.0, 0.0, 0.0, 0.0])
    gone = np.arange(500) == 250
    assert np.array_equal(fill(silent, gone, prediction_error_filter(silent, 3)), silent)
