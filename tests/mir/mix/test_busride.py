"""The gain of the mix bus over time."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.mir.mix.busride import bus_ride
from tests.mir.parts import RATE

FRAMES = 8192


def windows(rng: np.random.Generator) -> np.ndarray:
    """Four windows of two ears."""
    return np.asarray(rng.standard_normal((8, FRAMES)) * np.hanning(FRAMES), dtype=np.float32)


def test_a_mix_that_was_left_alone_has_unity_gain(rng: np.random.Generator) -> None:
    model = windows(rng)
    np.testing.assert_allclose(bus_ride(model, model, RATE), 1.0, atol=1e-5)


def test_a_dip_of_ten_milliseconds_is_followed_with_noise_in_half_of_the_spectrum(
    rng: np.random.Generator,
) -> None:
    model = windows(rng)
    at = np.arange(FRAMES)
    gain = np.where(np.abs(at - FRAMES // 2) < 0.005 * RATE, 0.5, 1.0)
    noise = np.fft.rfft(windows(rng), axis=1)
    noise[:, noise.shape[1] // 2 :] = 0.0
    mix = (model * gain + np.fft.irfft(noise, FRAMES, axis=1)).astype(np.float32)
    ride = bus_ride(model, mix, RATE)
    assert ride[:, FRAMES // 2] == pytest.approx(0.5, abs=0.1)
    assert ride[:, FRAMES // 4] == pytest.approx(1.0, abs=0.15)
    np.testing.assert_array_equal(ride[::2], ride[1::2])


def test_silence_has_no_gain_to_tell_and_stays_at_unity() -> None:
    nothing = np.zeros((8, FRAMES), np.float32)
    np.testing.assert_allclose(bus_ride(nothing, nothing, RATE), 1.0)
