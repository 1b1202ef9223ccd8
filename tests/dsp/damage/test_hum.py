from collections.abc import Iterable

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.dsp.damage.hum import Hum, HumMeter
from tests import signals

RATE = 48000


def planted(
    mains_hz: float, seconds: float, db: float, drift_hz: float = 0.0, rate: int = RATE
) -> Block:
    """A hum with eight harmonics, its mains frequency walking once around in 20 s."""
    t = np.arange(round(seconds * rate)) / rate
    hz = mains_hz + drift_hz * np.sin(2 * np.pi * t / 20.0)
    phase = 2 * np.pi * np.cumsum(hz) / rate
    wave = sum(np.sin(k * phase + k * k) / k for k in range(1, 9))
    samples: Block = (10 ** (db / 20) * wave / np.sqrt(np.mean(np.square(wave))))[:, None]
    return samples


def heard(samples: Block, rate: int = RATE, cut: int = 65536) -> Hum | None:
    meter = HumMeter(rate)
    for at in range(0, len(samples), cut):
        meter.update(samples[at : at + cut])
    return meter.hum()


@pytest.mark.parametrize("rate", [16000, 44100, 48000, 96000])
@pytest.mark.parametrize("mains_hz", [49.93, 50.11, 59.95])
def test_mains_frequency_is_right_to_a_tenth_of_a_hertz(
    rng: np.random.Generator, rate: int, mains_hz: float
) -> None:
    wave = planted(mains_hz, 12.0, -40.0, rate=rate)
    hum = heard(wave + signals.pink(rng, 12.0, rate, 1, -45.0), rate)
    assert hum is not None
    assert abs(hum.mains_hz - mains_hz) <= 0.05
    assert abs(hum.level_dbfs + 40.0) < 1.5


def test_drift_is_followed(rng: np.random.Generator) -> None:
    wave = planted(50.0, 40.0, -40.0, drift_hz=0.12)
    hum = heard(wave + signals.pink(rng, 40.0, RATE, 1, -50.0))
    assert hum is not None
    assert 0.18 < hum.drift_hz < 0.36
    assert abs(hum.mains_hz - 50.0) <= 0.05


def test_hum_in_one_channel_of_two_is_heard(rng: np.random.Generator) -> None:
    wave = signals.pink(rng, 12.0, RATE, 2, -50.0)
    wave[:, :1] += planted(60.0, 12.0, -35.0)
    hum = heard(wave)
    assert hum is not None
    assert abs(hum.mains_hz - 60.0) <= 0.05


@pytest.mark.parametrize("hz", [48.999, 51.913, 58.27, 61.735, 98.0, 123.47])
def test_a_bass_note_that_never_ends_is_no_hum(rng: np.random.Generator, hz: float) -> None:
    note = sum(signals.sine(hz * k, 12.0, db=-20.0 - 6.0 * k) for k in range(1, 9))
    assert heard(note + signals.pink(rng, 12.0, RATE, 1, -60.0)) is None


def test_notes_at_the_mains_frequency_that_stop_are_no_hum(rng: np.random.Generator) -> None:
    note = planted(50.0, 16.0, -20.0) * (np.arange(16 * RATE) % (4 * RATE) < 2 * RATE)[:, None]
    assert heard(note + signals.pink(rng, 16.0, RATE, 1, -60.0)) is None


def test_a_loop_whose_repeats_fall_on_the_mains_is_no_hum(rng: np.random.Generator) -> None:
    beat = 10 ** (-12 / 20) * rng.standard_normal(RATE // 2) * np.exp(-np.arange(RATE // 2) / 900)
    assert heard(np.tile(beat, 32)[:, None]) is None


def walking_bass(rng: np.random.Generator, seconds: int) -> Block:
    """Half-second notes without a rest, ten harmonics each."""
    parts = []
    for note in rng.integers(0, 14, 2 * seconds):
        hz = 41.2 * 2.0 ** (note / 12.0)
        parts.append(sum(signals.sine(hz * k, 0.5, db=-12.0 - 5.0 * k) for k in range(1, 11)))
    return np.concatenate(parts)


@pytest.mark.parametrize("harmonics", [range(1, 9), (1, 3, 5, 7, 9), (2, 4, 6, 8, 10)])
def test_hum_under_a_bass_that_never_rests_is_found(
    rng: np.random.Generator, harmonics: Iterable[int]
) -> None:
    bass = walking_bass(rng, 36)
    hum = sum(signals.sine(59.94 * k, 36.0, db=-38.0 - k) for k in harmonics)
    found = heard(bass + hum + signals.pink(rng, 36.0, RATE, 1, -60.0))
    assert found is not None
    assert abs(found.mains_hz - 59.94) <= 0.03
    assert heard(bass + signals.pink(rng, 36.0, RATE, 1, -60.0)) is None


def test_a_long_loop_of_a_low_drum_is_no_hum() -> None:
    t = np.arange(round(RATE * 60 / 140)) / RATE
    kick = 0.5 * np.sin(2 * np.pi * (48.0 * t - 6.0 * np.exp(-t / 0.03))) * np.exp(-t / 0.12)
    assert heard(np.tile(kick, 85)[:, None]) is None


def test_noise_silence_and_short_sounds_have_no_hum(rng: np.random.Generator) -> None:
    assert heard(signals.pink(rng, 10.0, RATE, 1, -20.0)) is None
    assert heard(np.zeros((10 * RATE, 1))) is None
    assert heard(planted(50.0, 2.0, -20.0)) is None
    assert HumMeter(RATE).hum() is None


def test_the_cutting_of_blocks_changes_nothing(rng: np.random.Generator) -> None:
    wave = planted(50.07, 8.0, -40.0) + signals.pink(rng, 8.0, RATE, 1, -50.0)
    one, other = heard(wave), heard(wave, cut=7001)
    assert one is not None
    assert other is not None
    assert abs(one.mains_hz - other.mains_hz) < 1e-6
