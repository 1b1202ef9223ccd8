"""The shipped network's masks: the voice is the network's, the rest is shared out with a sketch."""

from __future__ import annotations

import numpy as np

from studiohand.dsp.blocks.stft import analyse
from studiohand.models import bands
from studiohand.models.masks import refined, sketched_rest
from tests.signals import noise, sine

STEMS = ("vocals", "drums", "bass", "other")
FRAMES = 24


def test_refined_masks_add_up_to_one(rng: np.random.Generator) -> None:
    out = refined(_masks(rng), STEMS, _spectra(noise(rng, 2.0, bands.RATE)), 0.2)
    assert np.abs(out.sum(axis=0) - 1.0).max() < 1e-5
    assert out.min() >= 0.0


def test_where_the_network_hears_no_voice_there_is_none() -> None:
    masks = np.zeros((4, 2, FRAMES, bands.BANDS), np.float32)
    masks[3] = 1.0
    central = sine(800.0, 2.0, bands.RATE, channels=2)
    assert not refined(masks, STEMS, _spectra(central), 0.2)[0].any()


def test_a_leaning_towards_the_voice_is_taken_further(rng: np.random.Generator) -> None:
    masks = _masks(rng)
    voice = refined(masks, STEMS, _spectra(noise(rng, 2.0, bands.RATE)), 0.2)[0]
    assert np.all(voice[masks[0] > 0.5] >= masks[0][masks[0] > 0.5])
    assert np.all(voice[masks[0] < 0.5] <= masks[0][masks[0] < 0.5])


def test_the_sketch_sends_a_low_tone_to_the_bass_and_a_high_one_to_the_rest() -> None:
    low, high = (
        sketched_rest(_spectra(sine(hz, 2.0, bands.RATE, channels=2))) for hz in (80.0, 1500.0)
    )
    middle = FRAMES // 2
    assert low["bass"][middle, round(80.0 * bands.WINDOW / bands.RATE)] > 0.9
    assert high["other"][middle, round(1500.0 * bands.WINDOW / bands.RATE)] > 0.9


def _masks(rng: np.random.Generator) -> np.ndarray:
    raw = np.exp(3.0 * rng.standard_normal((4, 2, FRAMES, bands.BANDS)))
    masks: np.ndarray = (raw / raw.sum(axis=0)).astype(np.float32)
    return masks


def _spectra(sound: np.ndarray) -> np.ndarray:
    return analyse(sound.astype(np.float32), bands.WINDOW, bands.HOP)[:FRAMES]
