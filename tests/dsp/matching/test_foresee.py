from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.core.effect import Effect
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.width import Width
from studiohand.dsp.matching.foresee import foresee
from studiohand.dsp.matching.profile import HEARD, Profile, profile_of
from tests.signals import pink

RATE = 44100
BANDS = (Band("bell", 200.0, 6.0, 1.0), Band("high_shelf", 5000.0, -4.0))


def song() -> Block:
    """Bursts with sides of their own."""
    rng = np.random.default_rng(3)
    middle, sides = pink(rng, 8.0, RATE, 1, -24), pink(rng, 8.0, RATE, 2, -32)
    beat = np.exp(-(np.arange(len(middle)) % 16000) / 5000.0)
    played: Block = (middle + sides) * (0.1 + beat)[:, None]
    return played


def level_db(profile: Profile, part: str) -> Block:
    power = np.asarray(getattr(profile, part), dtype=np.float64)[2:-2].mean(axis=0)
    return np.asarray(10.0 * np.log10(power))


@pytest.mark.parametrize(
    ("steps", "within_db"),
    [
        ((Eq(BANDS),), 0.3),
        ((Eq(BANDS, channel="side"), Width(0.5)), 0.3),
        ((Compressor(-30.0, 4.0, 10.0, 100.0),), 0.7),
        ((Eq(BANDS), Compressor(-35.0, 3.0, 15.0, 120.0, band_hz=(600.0, 3000.0))), 0.7),
    ],
)
def test_what_is_foreseen_is_what_is_heard(steps: tuple[Effect, ...], within_db: float) -> None:
    source = MemorySource(song(), RATE)
    told = foresee(profile_of(source), steps)
    heard = profile_of(ProcessedSource(source, steps))
    for part in ("mid", "side"):
        error = (level_db(told, part) - level_db(heard, part))[HEARD]
        assert np.abs(error).mean() < within_db
    assert np.abs(level_db(told, "bands") - level_db(heard, "bands")).max() < 2.0 * within_db


def test_without_steps_the_profile_is_the_same() -> None:
    profile = profile_of(MemorySource(song(), RATE))
    assert foresee(profile, ()) is profile
