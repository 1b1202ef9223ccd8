from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.dsp.meters.stereo import StereoMeter
from tests.cutting import feed
from tests.signals import noise, sine


def measured(samples: Block) -> StereoMeter:
    return feed(StereoMeter(samples.shape[1]), samples)


def test_the_same_on_both_sides_is_mono(rng: np.random.Generator) -> None:
    for samples in (np.repeat(noise(rng, 1.0, channels=1), 2, axis=1), noise(rng, channels=1)):
        meter = measured(samples)
        assert meter.correlation() == pytest.approx(1.0)
        assert meter.width() == pytest.approx(0.0, abs=1e-6)


def test_independent_sides_are_uncorrelated_and_as_wide_as_their_middle(
    rng: np.random.Generator,
) -> None:
    meter = measured(noise(rng, 10.0))
    assert meter.correlation() == pytest.approx(0.0, abs=0.01)
    assert meter.width() == pytest.approx(1.0, abs=0.01)


def test_opposite_sides_correlate_at_minus_one_and_have_no_width(rng: np.random.Generator) -> None:
    left = noise(rng, 1.0, channels=1)
    meter = measured(np.concatenate([left, -left], axis=1))
    assert meter.correlation() == pytest.approx(-1.0)
    assert meter.width() is None


def test_width_follows_the_amount_of_side(rng: np.random.Generator) -> None:
    mid, side = noise(rng, 5.0, channels=1), noise(rng, 5.0, channels=1)
    meter = measured(np.concatenate([mid + 0.3 * side, mid - 0.3 * side], axis=1))
    assert meter.width() == pytest.approx(0.3, rel=0.02)


def test_dc_is_that_of_the_worst_channel() -> None:
    samples = sine(100, 1.0, channels=3) + np.array([0.001, -0.02, 0.01])
    assert measured(samples).dc() == pytest.approx(-0.02, abs=1e-6)


def test_silence_has_no_correlation_and_no_width() -> None:
    meter = measured(np.zeros((48000, 2)))
    assert (meter.correlation(), meter.width(), meter.dc()) == (None, None, 0.0)


@given(lengths=st.lists(st.integers(1, 40000), min_size=1, max_size=5))
def test_any_cutting_gives_the_same_bits(lengths: list[int]) -> None:
    samples = noise(np.random.default_rng(5), 2.0, 44100)
    whole, cut = (feed(StereoMeter(2), samples, n) for n in ((10**6,), lengths))
    assert (whole.correlation(), whole.width(), whole.dc()) == (
        cut.correlation(), cut.width(), cut.dc(),
    )  # fmt: skip
