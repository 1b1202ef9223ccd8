"""Sample-rate conversion: length, place, pass band, aliases, cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block, MemorySource, read_all
from studiohand.dsp.filters.resample import ResampledSource

RATES = [8_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000, 384_000]


def tone(hz: float, rate: int, seconds: float = 0.5) -> Block:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)[:, None]


def level_db(wave: Block, hz: float, rate: int) -> float:
    """Level of a sine of known frequency beside 0.5, from the steady middle."""
    middle = wave[len(wave) // 4 : -len(wave) // 4, 0]
    t = np.arange(len(middle)) / rate
    basis = np.stack([np.sin(2 * np.pi * hz * t), np.cos(2 * np.pi * hz * t)], 1)
    found = np.linalg.lstsq(basis, middle, rcond=None)[0]
    return float(20 * np.log10(np.hypot(*found) / 0.5))


@pytest.mark.parametrize(
    ("source", "target"), [(44_100, 48_000), (96_000, 44_100), (48_000, 192_000)]
)
def test_the_pass_band_is_flat_within_a_hundredth_of_a_decibel(source: int, target: int) -> None:
    top = 0.9 * min(source, target) / 2
    for hz in (31.0, 997.0, 10_007.0, top):
        wave = read_all(ResampledSource(MemorySource(tone(hz, source), source), target))
        assert abs(level_db(wave, hz, target)) <= 0.01


@pytest.mark.parametrize(
    ("source", "target"), [(96_000, 44_100), (48_000, 44_100), (192_000, 48_000)]
)
def test_what_cannot_be_held_folds_back_below_120_db(source: int, target: int) -> None:
    for hz in (target / 2 * 1.02, target / 2 * 1.3):
        if hz > 0.49 * source:
            continue
        wave = read_all(ResampledSource(MemorySource(tone(hz, source), source), target))
        middle = wave[len(wave) // 4 : -len(wave) // 4]
        assert 20 * np.log10(np.abs(middle).max() / 0.5) <= -120.0


@pytest.mark.parametrize("target", RATES)
def test_an_impulse_stays_at_its_time(target: int) -> None:
    click = np.zeros((48_000, 1))
    click[24_000] = 1.0
    out = read_all(ResampledSource(MemorySource(click, 48_000), target))
    assert abs(int(np.argmax(np.abs(out))) / target - 0.5) <= 0.5 / target + 1e-9


@given(
    frames=st.integers(1, 9_000), source=st.sampled_from(RATES), target=st.sampled_from(RATES),
    size=st.integers(1, 5_000), start=st.integers(0, 9_000),
)  # fmt: skip
def test_length_and_cuts_obey_their_law(
    frames: int, source: int, target: int, size: int, start: int
) -> None:
    samples = np.random.default_rng(frames).standard_normal((frames, 2))
    out = ResampledSource(MemorySource(samples, source), target)
    whole = read_all(out)
    assert len(whole) == out.frames == max(1, round(frames * target / source))
    pieces = list(out.blocks(size, start, start + 700))
    joined = np.concatenate(pieces) if pieces else np.zeros((0, 2))
    np.testing.assert_array_equal(joined, whole[start : start + 700])
    assert all(len(piece) <= size for piece in pieces)


@pytest.mark.parametrize(
    ("source", "target", "frames"),
    [(192_000, 32_000, 51), (88_200, 44_100, 2_065), (8_000, 88_200, 2_100),
     (192_000, 88_200, 2_080), (96_000, 48_000, 1)],
)  # fmt: skip
def test_half_a_frame_is_rounded_as_the_law_says(source: int, target: int, frames: int) -> None:
    """Lengths at which libsoxr itself gives a frame more or less."""
    out = ResampledSource(MemorySource(np.ones((frames, 1)), source), target)
    assert len(read_all(out)) == out.frames == max(1, round(frames * target / source))


def test_the_same_rate_changes_nothing(rng: np.random.Generator) -> None:
    samples = rng.standard_normal((5_000, 2))
    same = ResampledSource(MemorySource(samples, 48_000), 48_000)
    np.testing.assert_array_equal(read_all(same), samples)
