"""Compressor, gate and dynamic equaliser: static curves, times, bands and keys."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.core.effect import Effect
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.dynamic_eq import DynamicEq
from studiohand.dsp.effects.gate import Gate
from tests.signals import noise, sine

RATE = 48000


def run(effect: Effect, sound: Block, key: Block | None = None) -> Block:
    processor = effect.start(RATE, sound.shape[1])
    return np.concatenate([processor.process(sound, key), processor.flush()])


def level_db(sound: Block) -> float:
    """RMS of the last quarter as the peak of a sine."""
    return float(10 * np.log10(2 * np.mean(sound[-len(sound) // 4 :] ** 2)))


@pytest.mark.parametrize(
    ("peak_db", "expected_db"),
    [(-50.0, 0.0), (-30.0, -(5.0**2) / 20.0 * 0.75), (-10.0, -0.75 * 20.0)],
)
def test_the_static_curve_is_that_of_the_paper(peak_db: float, expected_db: float) -> None:
    """Giannoulis et al. eq. 4: threshold -30 dB, ratio 4, knee 10 dB; a sine's RMS."""
    squeezed = run(Compressor(-30.0, 4.0, knee_db=10.0), sine(1000.0, db=peak_db + 3.01))
    change = level_db(squeezed) - (peak_db + 3.01)
    assert change == pytest.approx(expected_db, abs=0.1)


def test_attack_and_release_take_the_stated_time() -> None:
    step = np.sign(sine(1000.0, 1.0)) * np.repeat([0.01, 1.0], RATE // 2)[:, None]
    effect = Compressor(-20.0, 10.0, attack_ms=20.0, knee_db=0.0, detector="peak")
    processor = effect.start(RATE, 1)
    processor.process(step)
    curve = processor.curve.db()
    assert curve[:49].min() == pytest.approx(0.0)
    assert curve[51] / curve[-1] == pytest.approx(1.0 - np.exp(-1.0), abs=0.08)


def test_a_band_at_rest_is_the_input_bit_for_bit(rng: np.random.Generator) -> None:
    sound = noise(rng, db=-40.0)
    assert np.array_equal(run(Compressor(-10.0, 4.0, band_hz=(300.0, 3000.0)), sound), sound)


def test_only_the_band_is_compressed() -> None:
    low, mid = sine(100.0, 2.0, db=-12.0), sine(1000.0, 2.0, db=-6.0)
    out = run(Compressor(-30.0, 4.0, band_hz=(500.0, 2000.0)), low + mid)
    spectrum = np.abs(np.fft.rfft(out[RATE:, 0])) / (RATE / 2)
    assert 20 * np.log10(spectrum[100]) == pytest.approx(-12.0, abs=0.1)
    assert 20 * np.log10(spectrum[1000]) == pytest.approx(-6.0 - 0.75 * 21.0, abs=0.7)


def test_the_key_decides_and_the_signal_is_turned_down(rng: np.random.Generator) -> None:
    pad, kick = sine(400.0, db=-20.0), np.zeros((RATE, 1))
    kick[RATE // 2 :] = sine(60.0, 0.5, db=-3.0)
    out = run(Compressor(-30.0, 4.0, attack_ms=1.0, key="kick"), pad, kick)
    assert np.array_equal(out[: RATE // 2], pad[: RATE // 2])
    assert level_db(out) < -30.0


def test_stereo_is_turned_down_together(rng: np.random.Generator) -> None:
    sound = noise(rng, db=-10.0) * np.array([1.0, 0.1])
    out = run(Compressor(-30.0, 4.0), sound)
    assert np.allclose(out[:, 0] / sound[:, 0], out[:, 1] / sound[:, 1])


def test_a_gate_passes_what_is_loud_and_closes_on_what_is_not() -> None:
    quiet, loud = sine(1000.0, db=-50.0), sine(1000.0, db=-6.0)
    effect = Gate(-30.0, range_db=40.0)
    assert np.allclose(run(effect, loud)[4800:], loud[4800:], atol=1e-6)
    assert level_db(run(effect, quiet)) == pytest.approx(-90.0, abs=0.5)


def test_a_gate_holds_before_it_closes() -> None:
    burst = np.concatenate([sine(1000.0, 0.2, db=-6.0), sine(1000.0, 0.3, db=-50.0)])
    processor = Gate(-30.0, hold_ms=100.0).start(RATE, 1)
    processor.process(burst)
    curve = processor.curve.db()
    assert curve[21:29].min() > -0.1
    assert curve[45] < -25.0


def test_a_dynamic_band_makes_room_only_while_the_key_sounds() -> None:
    guitar = sine(2000.0, 2.0, db=-20.0) + sine(200.0, 2.0, db=-20.0)
    voice = np.zeros_like(guitar)
    voice[RATE:] = sine(2000.0, 1.0, db=-12.0)
    out = run(DynamicEq(2000.0, -6.0, -40.0, q=1.0, key="voice"), guitar, voice)
    assert np.array_equal(out[:RATE], guitar[:RATE])
    spectrum = np.abs(np.fft.rfft(out[-RATE // 2 :, 0])) / (RATE / 4)
    assert 20 * np.log10(spectrum[1000]) == pytest.approx(-26.0, abs=0.3)
    assert 20 * np.log10(spectrum[100]) == pytest.approx(-20.0, abs=0.3)
