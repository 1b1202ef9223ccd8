"""Sections: the equaliser between two halves of one song, and none between songs."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.dsp.effects.eq import Band, Eq, analogue_db
from studiohand.dsp.matching.profile import GRID_HZ, Profile, Profiler
from studiohand.dsp.matching.sections import loud_db, shift_db
from tests.signals import noise

RATE = 44100
HEARD = (GRID_HZ >= 63.0) & (GRID_HZ <= 12500.0)
SOUNDS = [
    tuple(
        Band("bell", float(hz), float(db), 3.0)
        for hz, db in zip(
            70.0 * 2.0 ** np.arange(0.0, 7.5, 0.75),
            np.random.default_rng(which).uniform(-15.0, 15.0, 10),
            strict=True,
        )
    )
    for which in range(4)
]


def played(rng: np.random.Generator, order: list[int]) -> Block:
    """Each number is a sound of its own, a second and a half long, as a band would repeat them."""
    parts = [Eq(SOUNDS[which]).start(RATE, 2).process(noise(rng, 1.5, RATE, db=-30.0))
             for which in order]  # fmt: skip
    return np.concatenate(parts)


def profile(sound: Block) -> Profile:
    profiler = Profiler(RATE, 2)
    profiler.update(sound)
    return profiler.finish()


def test_the_equaliser_between_sections_is_found_though_the_arrangement_differs(
    rng: np.random.Generator,
) -> None:
    planted = (Band("bell", 500.0, 5.0, 1.0), Band("high_shelf", 5000.0, -4.0))
    verse = played(rng, [0, 1, 0, 2, 0, 1] * 3)
    more = 4.0 * played(rng, [3] * 5)
    chorus = np.concatenate([played(rng, [0, 1, 0, 2, 0, 1] * 3), more])
    spoiled = Eq(planted).start(RATE, 2).process(verse)
    found = shift_db(profile(spoiled), profile(chorus))
    assert found is not None
    error = found[HEARD] + analogue_db(planted, GRID_HZ)[HEARD]
    missed = np.abs(error - np.median(error)).mean()
    assert missed < 0.5
    plain = loud_db(profile(chorus)) - loud_db(profile(spoiled))
    worse = plain[HEARD] + analogue_db(planted, GRID_HZ)[HEARD]
    assert np.abs(worse - np.median(worse)).mean() > 2.0 * missed


def test_another_song_has_no_equaliser_in_common(rng: np.random.Generator) -> None:
    song = profile(played(rng, [0, 1] * 8))
    t = np.arange(20 * RATE) / RATE
    tune = np.stack([np.sin(2 * np.pi * (440.0 + 200.0 * np.sin(t)) * t)] * 2, axis=1)
    assert shift_db(song, profile(0.1 * tune + noise(rng, 20.0, RATE, db=-70.0))) is None


def test_too_short_a_section_says_nothing(rng: np.random.Generator) -> None:
    short = profile(played(rng, [0, 1]))
    assert shift_db(short, short) is None


def test_the_loud_half_counts(rng: np.random.Generator) -> None:
    loud, quiet = noise(rng, 5.0, RATE, db=-20.0), 1e-3 * played(rng, [3] * 3)
    both = loud_db(profile(np.concatenate([loud, quiet])))
    assert both == pytest.approx(loud_db(profile(loud)), abs=1.0)
