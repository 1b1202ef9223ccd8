import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp.damage.diary import DiaryMeter
from studiohand.dsp.damage.floor import NoiseFloor, noise_floor
from tests import signals

RATE = 48000


def floor(samples: Block, rate: int = RATE) -> NoiseFloor | None:
    meter = DiaryMeter(rate, samples.shape[1])
    for at in range(0, len(samples), 65536):
        meter.update(samples[at : at + 65536])
    return noise_floor(meter.diary())


def phrases(seconds: float, channels: int = 1) -> Block:
    """Notes that ring for a while and stop, with pauses."""
    t = np.arange(round(seconds * RATE)) / RATE
    wave = sum(0.1 * np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 12))
    wave = wave * np.exp(-3.0 * (t % 2.0)) * ((t % 2.0) < 1.2)
    return np.repeat(wave[:, None], channels, axis=1)


def test_noise_in_the_pauses_is_measured(rng: np.random.Generator) -> None:
    for channels in (1, 2):
        wave = phrases(10.0, channels) + signals.noise(rng, 10.0, RATE, channels, -55.0)
        found = floor(wave)
        assert found is not None
        assert abs(found.level_dbfs + 55.0) < 1.0
        assert found.alone
        quiet = wave[round(found.start_s * RATE) : round(found.end_s * RATE)]
        assert abs(20 * np.log10(np.sqrt(np.mean(quiet**2))) + 55.0) < 1.5


def test_the_profile_has_the_density_and_the_slope_of_the_noise(rng: np.random.Generator) -> None:
    found = floor(phrases(20.0) + signals.noise(rng, 20.0, RATE, 1, -50.0))
    assert found is not None
    density = -50.0 - 10 * np.log10(RATE / 2)
    inside = (found.profile_hz > 300) & (found.profile_hz < 20000)
    assert np.max(np.abs(found.profile_db[inside] - density)) < 2.5
    found = floor(phrases(20.0) + signals.pink(rng, 20.0, RATE, 1, -50.0))
    assert found is not None
    octaves = np.log2(found.profile_hz[inside])
    slope = np.polyfit(octaves, found.profile_db[inside], 1)[0]
    assert abs(slope + 3.0) < 0.5


def test_tails_fades_and_tones_are_no_noise(rng: np.random.Generator) -> None:
    t = np.arange(12 * RATE) / RATE
    tail = rng.standard_normal(len(t)) * 0.1 * np.exp(-2.0 * (t % 3.0))
    assert floor(tail[:, None]) is None
    drone = np.sum([0.02 * np.sin(2 * np.pi * 110 * k * t) / k for k in range(1, 40)], axis=0)
    loud = drone * (1.0 + 10.0 * ((t % 3.0) < 1.5))
    assert floor(loud[:, None]) is None


def test_clean_pauses_silence_and_nothing_have_no_floor() -> None:
    assert floor(phrases(10.0)) is None
    assert floor(np.zeros((5 * RATE, 1))) is None
    assert floor(np.zeros((10, 2))) is None
