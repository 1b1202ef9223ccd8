"""The profile: what it measures, and that no cutting of the stream changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.mir.roles.sound_features import NAMES, sound_features
from studiohand.mir.timing.stem_profile import BAND_EDGES_HZ, profile_of, stem_profile
from tests import signals
from tests.music import stems


@dataclass(frozen=True)
class Uneven(MemorySource):
    """Gives at most a prime number of frames at once."""

    def blocks(
        self, size: int = 65536, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        return MemorySource.blocks(self, min(size, 7919), start_frame, stop_frame)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_a_full_scale_sine_reads_minus_three_decibels_in_its_band(rate: int) -> None:
    profile = profile_of(stem_profile(MemorySource(signals.sine(1200.0, 2.0, rate, 0.0), rate)))
    band = next(i for i, hz in enumerate(BAND_EDGES_HZ) if hz > 1200.0) - 1
    assert profile.levels[50:150, band] == pytest.approx(-3.0, abs=0.1)
    assert profile.levels[50:150, band + 3].max() < -80.0


def test_pitch_and_tuning_of_a_tone_are_found() -> None:
    t = np.arange(3 * 48000) / 48000
    tone = sum(np.sin(2 * np.pi * 222.0 * k * t) / k for k in range(1, 8)) * 0.1
    profile = profile_of(stem_profile(MemorySource(np.asarray(tone)[:, None], 48000)))
    assert np.median(profile.pitch[:, 0]) == pytest.approx(222.0, rel=2e-3)
    assert int(profile.tuning.argmax()) == pytest.approx(1200 * np.log2(222 / 220), abs=2)


def test_spans_without_sound_are_found_across_blocks(rng: np.random.Generator) -> None:
    samples = signals.noise(rng, 4.0)
    samples[10:1500] = 0.0
    samples[40000:52000] = 0.0
    samples[60000:60100] = 0.0
    samples[-900:] = 0.0
    profile = profile_of(stem_profile(MemorySource(samples, 48000)))
    assert profile.gaps.tolist() == [[10, 1500], [40000, 52000]]


def test_levels_and_gaps_do_not_depend_on_how_the_stream_is_cut(rng: np.random.Generator) -> None:
    samples = signals.noise(rng, 3.0)
    samples[30000:60000] = 0.0
    whole, cut = (stem_profile(cls(samples, 48000)) for cls in (MemorySource, Uneven))
    for name in ("levels", "gaps", "products", "size", "peak"):
        assert whole[name] == pytest.approx(cut[name], abs=1e-2), name


def test_features_do_not_depend_on_level(rng: np.random.Generator) -> None:
    drums = stems(rng, 5.0)["Drums"]
    loud, quiet = (
        sound_features(profile_of(stem_profile(MemorySource(drums * gain, 48000))))
        for gain in (1.0, 0.1)
    )
    assert loud is not None
    assert quiet is not None
    assert len(loud) == len(NAMES)
    assert loud == pytest.approx(quiet, abs=0.5, rel=0.05)


@pytest.mark.parametrize("frames", [1, 100, 5000])
def test_short_stems_have_a_profile_and_no_features(frames: int) -> None:
    profile = profile_of(stem_profile(MemorySource(np.ones((frames, 1)), 48000)))
    assert (profile.frames, profile.peak) == (frames, 1.0)
    assert sound_features(profile) is None
