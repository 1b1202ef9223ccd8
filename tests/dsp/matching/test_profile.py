from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.dsp.matching.profile import GRID_HZ, Profile, Profiler
from tests.cutting import feed
from tests.signals import noise, pink, sine


def profile_of(samples: Block, rate: int = 44100, lengths: tuple[int, ...] = (65536,)) -> Profile:
    return feed(Profiler(rate, samples.shape[1]), samples, lengths).finish()


def test_pink_noise_is_flat_over_its_bands(rng: np.random.Generator) -> None:
    profile = profile_of(pink(rng, 20.0, 44100, 1))
    level = 10 * np.log10(profile.mid.mean(axis=0))
    middle = (GRID_HZ > 200) & (GRID_HZ < 10000)
    assert level[middle].std() < 0.8


@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
def test_levels_do_not_depend_on_the_rate(rate: int) -> None:
    profile = profile_of(sine(1000, 4.0, rate, db=-20), rate)
    assert 10 * np.log10(profile.power[20:-20].mean()) == pytest.approx(-23.01, abs=0.05)
    bands = profile.bands[20:-20].mean(axis=0)
    assert 10 * np.log10(bands[2]) == pytest.approx(-23.01, abs=0.2)
    assert int(profile.mid.sum(axis=0).argmax()) == int(np.abs(GRID_HZ - 1000).argmin())


def test_mid_and_side_are_apart(rng: np.random.Generator) -> None:
    left = noise(rng, 2.0, 44100, 1)
    assert not profile_of(np.concatenate([left, left], axis=1)).side.any()
    assert not profile_of(np.concatenate([left, -left], axis=1)).mid.any()
    assert not profile_of(left).side.any()


def test_arrays_give_the_profile_back(rng: np.random.Generator) -> None:
    profile = profile_of(noise(rng, 1.0, 44100))
    again = Profile.from_arrays(profile.to_arrays())
    assert again.hop_s == profile.hop_s
    assert np.array_equal(again.mid, profile.mid)


@given(lengths=st.lists(st.integers(1, 40000), min_size=1, max_size=4))
def test_any_cutting_gives_the_same_profile(lengths: list[int]) -> None:
    samples = noise(np.random.default_rng(2), 1.0, 11025)
    whole, cut = profile_of(samples, 11025), profile_of(samples, 11025, tuple(lengths))
    for name, values in whole.to_arrays().items():
        assert np.array_equal(values, cut.to_arrays()[name]), name
