import numpy as np

from studiohand.dsp.cleaning.harm import HarmMeter
from tests import signals
from tests.dsp.damage.test_floor import phrases

RATE = 48000


def share(removed: np.ndarray, left: np.ndarray, lines: bool = False) -> float:
    meter = HarmMeter()
    for at in range(0, len(removed), 10001):
        meter.update(removed[at : at + 10001], left[at : at + 10001])
    return meter.share(lines)


def test_steady_noise_is_no_music_and_music_is(rng: np.random.Generator) -> None:
    music = phrases(10.0)
    noise = signals.noise(rng, 10.0, RATE, 1, -50.0)
    assert share(noise, music) < 0.3
    assert share(0.9 * noise, 0.1 * noise) < 0.15
    assert share(0.3 * music, music) > 0.8
    assert share(np.zeros_like(music), music) == 0.0
    assert HarmMeter().share() == 0.0


def test_the_more_music_is_in_it_the_higher_it_reads(rng: np.random.Generator) -> None:
    music = phrases(10.0)
    noise = signals.noise(rng, 10.0, RATE, 1, -50.0)
    shares = [share(noise + part * music, music) for part in (0.0, 0.02, 0.05, 0.2)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.3


def test_a_hum_is_no_music_though_it_has_lines(rng: np.random.Generator) -> None:
    hum = signals.sine(100.0, 10.0, RATE, -40.0) + signals.sine(150.0, 10.0, RATE, -40.0)
    assert share(hum, signals.pink(rng, 10.0, RATE, 1, -30.0), lines=True) < 0.05
