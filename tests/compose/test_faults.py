"""Planted faults are exactly what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.compose import faults

RATE = 48000


@pytest.fixture
def stem(rng: np.random.Generator) -> faults.Samples:
    return 0.1 * rng.standard_normal((RATE, 2))


@given(st.integers(-120, 120))
def test_late_and_back_again_is_the_same_in_the_middle(frames: int) -> None:
    samples = np.arange(200.0).reshape(100, 2)
    there = faults.late(samples, frames)
    assert there.shape == samples.shape
    back = faults.late(there, -frames)
    kept = back[abs(frames) : 100 - abs(frames)]
    assert np.array_equal(kept, samples[abs(frames) : 100 - abs(frames)])


def test_hum_has_its_frequency_and_its_level(stem: faults.Samples) -> None:
    only = faults.with_hum(stem, RATE, 50.0, -40.0) - stem
    assert 20 * np.log10(np.sqrt(np.mean(only**2))) == pytest.approx(-40.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(only[:, 0]))
    assert np.argmax(spectrum) == 50
    assert set(np.flatnonzero(spectrum > spectrum.max() / 50)) == set(range(50, 451, 50))


def test_noise_has_its_level_and_does_not_repeat(
    stem: faults.Samples, rng: np.random.Generator
) -> None:
    first, second = (faults.with_noise(stem, -50.0, rng) - stem for _ in range(2))
    assert 20 * np.log10(np.std(first)) == pytest.approx(-50.0, abs=0.1)
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.02


def test_clicks_are_where_they_are_said_to_be(
    stem: faults.Samples, rng: np.random.Generator
) -> None:
    times = faults.places(4, 10.0, rng)
    long = np.tile(stem, (10, 1))
    changed = np.flatnonzero(np.any(faults.with_clicks(long, RATE, times, rng) != long, axis=1))
    for time in times:
        assert np.any((changed >= int(time * RATE)) & (changed < int(time * RATE) + 8))
    assert len(changed) <= 4 * 8


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_places_are_in_order_and_apart(count: int, seed: int) -> None:
    times = faults.places(count, 30.0, np.random.default_rng(seed))
    assert len(times) == count
    assert min(np.diff([-1.0, *times, 31.0])) >= 0.3 - 1e-9


def test_clipping_cuts_exactly_the_given_depth(stem: faults.Samples) -> None:
    cut = faults.clipped(stem, 6.0)
    assert np.abs(cut).max() == pytest.approx(np.abs(stem).max() * 10 ** (-6 / 20))
    assert np.array_equal(
        cut[np.abs(stem) < np.abs(cut).max()], stem[np.abs(stem) < np.abs(cut).max()]
    )


def test_a_bell_has_its_gain_at_its_frequency() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)[:, None]
    out = faults.with_bell(tone, RATE, 1000.0, 9.0, 2.0)
    assert np.abs(out[RATE // 2 :]).max() == pytest.approx(10 ** (9 / 20), rel=1e-3)


def test_a_span_leaves_the_rest_alone(stem: faults.Samples) -> None:
    out = faults.in_span(stem, -stem, RATE, 0.4, 0.6)
    assert np.array_equal(out[: int(0.38 * RATE)], stem[: int(0.38 * RATE)])
    assert np.array_equal(out[int(0.62 * RATE) :], stem[int(0.62 * RATE) :])
    assert np.array_equal(out[RATE // 2], -stem[RATE // 2])


@pytest.mark.parametrize("codec", ["mp3", "ogg"])
def test_lossy_keeps_the_length_and_loses_the_top(stem: faults.Samples, codec: str) -> None:
    out = faults.lossy(stem, RATE, codec, 0.9)
    assert out.shape == stem.shape
    power = np.abs(np.fft.rfft(out[:, 0])) ** 2
    assert power[19000:22000].mean() < power[2000:8000].mean() * 1e-3


def test_one_side_inverted_vanishes_in_mono(stem: faults.Samples) -> None:
    same = faults.one_sound_on_both_sides(stem)
    assert np.array_equal(same[:, 0], same[:, 1])
    assert np.allclose(faults.one_side_inverted(same).sum(axis=1), 0)
    assert np.allclose(faults.one_side_inverted(same[:, :1]).sum(axis=1), 0)
