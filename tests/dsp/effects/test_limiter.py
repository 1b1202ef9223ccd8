"""The limiter: nothing over its ceiling on meters of other people, and no trace when not needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr
from scipy.signal import resample_poly

from studiohand.core.audio import Block
from studiohand.dsp.effects.limiter import HOP_FRAMES, Limiter, PeakDetector
from tests.signals import noise, pink, sine

RATE = 44100


def run(effect: Limiter, sound: Block, rate: int = RATE) -> Block:
    processor = effect.start(rate, sound.shape[1])
    return np.concatenate([processor.process(sound), processor.flush()])


def true_peak_db(sound: Block) -> float:
    """Highest reading of resamplers that are not ours: two windows at 16 times, soxr at 8."""
    padded = np.pad(sound, ((2048, 2048), (0, 0)))
    readings = [
        resample_poly(padded, 16, 1, axis=0, window=("kaiser", 12.0)),
        resample_poly(padded, 16, 1, axis=0),
        soxr.resample(padded, RATE, 8 * RATE, quality="VHQ"),
        soxr.resample(padded, RATE, 8 * RATE, quality="HQ"),
    ]
    return float(20 * np.log10(max(np.abs(reading).max() for reading in readings)))


def kicks(rng: np.random.Generator) -> Block:
    """A drum-like sound: sudden, low, with a bright click."""
    t = np.arange(RATE // 2) / RATE
    kick = np.sin(2 * np.pi * 60 * t) * np.exp(-8 * t) + np.exp(-300 * t) * rng.standard_normal(
        len(t)
    )
    return np.tile(kick, 4)[:, None] * np.ones(2)


SOUNDS: dict[str, Callable[[np.random.Generator], Block]] = {
    "pink noise": lambda rng: pink(rng, 2.0, RATE, db=-12.0),
    "kicks": kicks,
    "quarter-rate tone": lambda rng: np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)[:, None],
    "tone from the first frame": lambda rng: np.cos(np.arange(RATE) * 0.7)[:, None],
    "clicks": lambda rng: (np.arange(RATE) % 441 == 0).astype(float)[:, None],
    "square": lambda rng: np.sign(sine(997.0, 1.0, RATE)),
}


def detected(ceiling: float, sound: Block) -> Block:
    detector = PeakDetector(RATE, sound.shape[1], ceiling)
    hops = sound[: len(sound) // HOP_FRAMES * HOP_FRAMES].reshape(-1, HOP_FRAMES, sound.shape[1])
    return np.concatenate([detector.process(hop, None) for hop in hops])


@pytest.mark.parametrize("name", SOUNDS)
def test_what_is_not_drawn_is_not_over(name: str, rng: np.random.Generator) -> None:
    """Rows left out by their bound hold no peak over the ceiling: the same as drawing all."""
    sound = SOUNDS[name](rng)
    ceiling = 0.7 * float(np.abs(sound).max())
    some, every = detected(ceiling, sound), detected(1e-9, sound)
    over = np.maximum(every, ceiling)
    assert np.allclose(np.maximum(some, ceiling), over, rtol=2e-4)
    assert (over > ceiling).any()


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("gain_db", [3.0, 12.0])
def test_nothing_is_over_the_ceiling(name: str, gain_db: float, rng: np.random.Generator) -> None:
    out = run(Limiter(-1.0, gain_db), SOUNDS[name](rng))
    assert true_peak_db(out) <= -1.0


def test_nothing_is_over_the_ceiling_on_records(corpus: Path) -> None:
    import soundfile

    for file in ("rock_pronobozo_lincity.ogg", "metal_vocals_farewell.ogg", "lossless_48k_d.flac"):
        sound, rate = soundfile.read(corpus / "mix" / file, frames=8 * RATE, always_2d=True)
        assert true_peak_db(run(Limiter(-1.0, 9.0), sound, rate)) <= -1.0, file


def test_the_level_reaches_the_ceiling(rng: np.random.Generator) -> None:
    assert true_peak_db(run(Limiter(-1.0, 6.0), pink(rng, 2.0, RATE, db=-12.0))) > -1.2


def test_what_is_under_the_ceiling_passes_bit_for_bit(rng: np.random.Generator) -> None:
    sound = pink(rng, 1.0, RATE, db=-25.0)
    assert np.array_equal(run(Limiter(-1.0), sound), sound)


def test_it_comes_to_rest_after_a_peak(rng: np.random.Generator) -> None:
    sound = pink(rng, 6.0, RATE, db=-30.0)
    sound[RATE] = 2.0
    out = run(Limiter(-1.0), sound)
    assert np.array_equal(out[: RATE - 3000], sound[: RATE - 3000])
    assert np.array_equal(out[5 * RATE :], sound[5 * RATE :])


def test_bass_is_held_still_not_bent() -> None:
    """A 50 Hz tone 6 dB over the ceiling keeps its shape: distortion under 0.5 %."""
    out = run(Limiter(-1.0, 6.0), sine(50.0, 4.0, RATE, db=-1.0))[2 * RATE :, 0]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    at = round(50 * len(out) / RATE)
    tone = spectrum[at - 3 : at + 4].copy()
    spectrum[: at + 4] = 0.0
    distortion = np.sqrt(np.sum(spectrum**2) / np.sum(tone**2))
    assert distortion < 0.005


def test_the_curve_says_what_was_done(rng: np.random.Generator) -> None:
    sound = noise(rng, 2.0, RATE, db=-40.0)
    sound[RATE] = 4.0
    processor = Limiter(-1.0).start(RATE, 2)
    out = np.concatenate([processor.process(sound), processor.flush()])
    curve = processor.curve.db()
    assert len(curve) == pytest.approx(200, abs=2 + 2 * 4096 / 441)
    assert int(np.argmin(curve)) in (99, 100)
    assert curve.min() == pytest.approx(20 * np.log10(np.abs(out[RATE, 0]) / 4.0), abs=0.05)


def test_channels_are_turned_down_together(rng: np.random.Generator) -> None:
    sound = pink(rng, 1.0, RATE, db=-12.0)
    sound[:, 1] *= 0.1
    out = run(Limiter(-6.0, 6.0), sound)
    assert np.allclose(out[:, 0] * sound[:, 1], out[:, 1] * sound[:, 0], atol=1e-12)


def test_half_the_strength_takes_half_the_overshoot() -> None:
    tone = sine(1000.0, 2.0, RATE, db=0.0)
    out = run(Limiter(-6.0, strength=0.5), tone)[RATE:]
    assert 20 * np.log10(np.abs(out).max()) == pytest.approx(-3.0, abs=0.1)
