"""Width keeps the mono sum; saturation is gentle, free of aliases, and leaves no offset."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.core.effect import Effect
from studiohand.dsp.effects.saturation import Saturation
from studiohand.dsp.effects.width import Width
from tests.signals import noise, pink, sine

RATE = 48000


def run(effect: Effect, sound: Block) -> Block:
    processor = effect.start(RATE, sound.shape[1])
    return np.concatenate([processor.process(sound), processor.flush()])


@pytest.mark.parametrize("effect", [Width(1.6), Width(0.0), Width(1.2, mono_below_hz=120.0)])
def test_width_never_changes_the_mono_sum(effect: Width, rng: np.random.Generator) -> None:
    sound = noise(rng, 1.0)
    assert np.allclose(run(effect, sound).sum(axis=1), sound.sum(axis=1), atol=1e-12)


def test_width_is_a_factor_on_the_side(rng: np.random.Generator) -> None:
    sound = noise(rng, 1.0)
    out = run(Width(1.5), sound)
    assert np.allclose(out[:, 0] - out[:, 1], 1.5 * (sound[:, 0] - sound[:, 1]))


def test_lows_become_mono_and_highs_stay_wide() -> None:
    low, high = sine(40.0, 2.0), sine(2000.0, 2.0)
    sound = np.concatenate([low + high, -low - high], axis=1)
    out = run(Width(mono_below_hz=150.0), sound)[RATE // 2 : 3 * RATE // 2, 0]
    spectrum = np.abs(np.fft.rfft(out)) / (RATE / 2)
    assert 20 * np.log10(spectrum[40] / 0.1) < -40.0
    assert 20 * np.log10(spectrum[2000] / 0.1) == pytest.approx(0.0, abs=0.05)


def test_quiet_sounds_pass_a_saturation_almost_untouched() -> None:
    tone = sine(1000.0, db=-50.0)
    assert np.abs(run(Saturation(bias=0.0), tone) - tone).max() < 1e-7


def test_loud_sounds_gain_harmonics_that_fall() -> None:
    out = run(Saturation(6.0, bias=0.2), sine(1000.0, 2.0, db=-6.0))[RATE:, 0]
    spectrum = 20 * np.log10(np.abs(np.fft.rfft(out)) / (RATE / 2) + 1e-12)
    assert -45.0 < spectrum[2000] < -20.0
    assert -45.0 < spectrum[3000] < -20.0
    assert spectrum[7000] < spectrum[3000] - 20.0


def test_saturation_does_not_fold_harmonics_back() -> None:
    """The third harmonic of 13 kHz lies at 39 kHz; it must not be heard at 9 kHz."""
    out = run(Saturation(3.0, bias=0.0), sine(13_000.0, 2.0, db=-6.0))[RATE:, 0]
    spectrum = 20 * np.log10(np.abs(np.fft.rfft(out)) / (RATE / 2) + 1e-12)
    assert spectrum[9000] < -90.0


def test_saturation_leaves_no_offset(rng: np.random.Generator) -> None:
    sound = pink(rng, 4.0, channels=1, db=-15.0)
    change = run(Saturation(6.0, bias=0.5), sound) - sound
    assert abs(change[RATE:].mean()) < 1e-3
