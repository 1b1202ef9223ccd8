"""Features of excitation: exact against the model, the same for every cutting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiohand.core.audio import MemorySource
from studiohand.dsp.hearing.earbands import (
    BANDS,
    CENTRES_HZ,
    FULL_SCALE_DB_SPL,
    EarBands,
    band_ear,
    band_edges_hz,
    ear_bands,
)
from studiohand.dsp.hearing.partial_loudness import loudness_sone, specific_loudness


def sine(hz: float, db_spl: float, rate: int = 44100, seconds: float = 1.0) -> MemorySource:
    at = np.arange(round(rate * seconds)) / rate
    peak = np.sqrt(2.0) * 10 ** ((db_spl - FULL_SCALE_DB_SPL) / 20)
    return MemorySource(peak * np.sin(2 * np.pi * hz * at)[:, None], rate)


def sone(source: MemorySource) -> float:
    bands = ear_bands(source)["bands"][2:-2].astype(np.float64)
    scaled = bands * 10 ** (FULL_SCALE_DB_SPL / 10)
    return float(specific_loudness(scaled, 0.0, band_ear()).sum(axis=-1).mean(axis=0).sum())


@pytest.mark.parametrize("rate", [32000, 44100, 48000, 96000])
@pytest.mark.parametrize(("hz", "db"), [(100, 70), (440, 60), (1000, 40), (1234, 80), (5000, 60)])
def test_loudness_from_features_is_that_of_the_exact_model(rate: int, hz: float, db: float) -> None:
    exact = loudness_sone(np.array([float(hz)]), np.array([float(db)]))
    assert sone(sine(hz, db, rate)) == pytest.approx(exact, rel=0.12)


def test_noise_over_the_whole_range_is_as_loud_as_the_exact_model_says(
    rng: np.random.Generator,
) -> None:
    rate = 44100
    noise = MemorySource(0.05 * rng.standard_normal((rate * 4, 1)), rate)
    hz = np.arange(20.0, rate / 2, 10.0)
    level = FULL_SCALE_DB_SPL + 20 * np.log10(0.05) - 10 * np.log10(len(hz))
    exact = loudness_sone(hz, np.full(len(hz), level))
    assert sone(noise) == pytest.approx(exact, rel=0.05)


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, 30000), min_size=1, max_size=6))
def test_any_cutting_gives_the_same_frames(cuts: list[int]) -> None:
    samples = 0.1 * np.random.default_rng(1).standard_normal((40000, 2))
    whole, cut = EarBands(44100), EarBands(44100)
    whole.update(samples)
    bounds = sorted({0, *(c for c in np.cumsum(cuts) if c < len(samples)), len(samples)})
    for start, stop in itertools.pairwise(bounds):
        cut.update(samples[start:stop])
    np.testing.assert_allclose(
        cut.arrays()["bands"].astype(np.float64),
        whole.arrays()["bands"].astype(np.float64),
        rtol=1e-4,
        atol=1e-12,
    )


@pytest.mark.parametrize("frames", [1, 100, 4410, 4411, 44100])
def test_the_last_tenth_of_a_second_counts_even_when_it_is_cut_short(frames: int) -> None:
    bands = ear_bands(MemorySource(np.ones((frames, 1)), 44100))["bands"]
    assert bands.shape == (-(-frames // 4410), 2, BANDS)
    assert np.isfinite(bands).all()


def test_a_tone_is_strongest_in_its_own_band_and_ear() -> None:
    left = np.concatenate([sine(1000, 70).samples, np.zeros((44100, 1))], axis=1)
    bands = ear_bands(MemorySource(left, 44100))["bands"].mean(axis=0)
    assert abs(CENTRES_HZ[int(bands[0].argmax())] / 1000.0 - 1.0) < 0.1
    assert bands[1].max() == 0.0


def test_power_is_the_mean_square_of_the_samples() -> None:
    power = ear_bands(sine(1000, 80, seconds=2.0))["power"][2:-2]
    assert 10 * np.log10(power.mean()) == pytest.approx(80 - FULL_SCALE_DB_SPL, abs=0.1)


def test_silence_gives_no_excitation() -> None:
    assert ear_bands(MemorySource(np.zeros((5000, 1)), 48000))["bands"].max() == 0.0


def test_band_edges_touch_and_enclose_their_centres() -> None:
    low, high = band_edges_hz(10, 12)
    assert low < CENTRES_HZ[10] < CENTRES_HZ[12] < high
    assert band_edges_hz(13, 14)[0] == pytest.approx(high)
