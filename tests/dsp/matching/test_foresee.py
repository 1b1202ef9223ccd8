from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.width import Width
from studiohand.dsp.matching.foresee import foreseen
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


@pytest.mark.parametrize("step", [Eq(BANDS), Eq(BANDS, channel="side"), Width(0.5)])
def test_what_is_foreseen_is_what_is_heard(step: Eq | Width) -> None:
    source = MemorySource(song(), RATE)
    told = foreseen(profile_of(source), step)
    heard = profile_of(ProcessedSource(source, (step,)))
    for part in ("mid", "side"):
        error = (level_db(told, part) - level_db(heard, part))[HEARD]
        assert np.abs(error).mean() < 0.3
    assert np.abs(level_db(told, "bands") - level_db(heard, "bands")).max() < 0.6
