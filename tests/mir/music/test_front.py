from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.mir.music.front import MusicFeatures, MusicListener
from tests.cutting import feed
from tests.signals import clicks, noise, sine


def heard(samples: Block, rate: int, lengths: tuple[int, ...] = (65536,)) -> MusicFeatures:
    return feed(MusicListener(rate, samples.shape[1]), samples, lengths).finish()


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 192000])
def test_onsets_lie_where_the_clicks_are(rate: int) -> None:
    features = heard(clicks(rate * 4, rate // 2), rate)
    curve = features.onsets.sum(axis=0)
    tops = np.flatnonzero(curve > 0.5 * curve.max()) * features.hop_s
    distance = np.abs(tops[:, None] - np.arange(8) * 0.5)
    assert distance.min(axis=1).max() < 0.04
    assert distance.min(axis=0)[1:].max() < 0.04


@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_a_tone_falls_into_its_pitch_class(rate: int) -> None:
    features = heard(sine(440.0 * 2 ** (0.3 / 12), 3.0, rate), rate)
    assert int(features.classes.sum(axis=0).argmax()) == 93


def test_a_moment_of_sound_is_enough_not_to_fail() -> None:
    for frames in (1, 10, 5000):
        features = heard(np.full((frames, 1), 0.1), 44100)
        assert np.isfinite(features.onsets).all()
        assert features.classes.shape[1] == 120


@given(lengths=st.lists(st.integers(1, 30000), min_size=1, max_size=4))
def test_any_cutting_gives_the_same_features(lengths: list[int]) -> None:
    samples = noise(np.random.default_rng(1), 2.0, 22050)
    whole, cut = heard(samples, 22050), heard(samples, 22050, tuple(lengths))
    assert np.allclose(whole.onsets, cut.onsets, atol=1e-6)
    assert np.allclose(whole.classes, cut.classes)
