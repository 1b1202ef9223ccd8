"""What a chain does to the tone is heard on parts of a record."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.core.effect import Effect
from studiohand.core.job import Job
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.matching.profile import GRID_HZ, profile_of
from studiohand.dsp.matching.rehearse import Rehearsal, rehearse
from tests.signals import pink

RATE = 44100
EQ = Eq((Band("bell", 200.0, 6.0, 1.0),))
LOWS, HIGHS = GRID_HZ < 400.0, GRID_HZ > 4000.0


def hits(seconds: float) -> Block:
    """Steady lows, and highs that come in hits."""
    rng = np.random.default_rng(5)
    at = np.arange(round(seconds * RATE))
    low = np.sin(2 * np.pi * 110.0 * at / RATE) + np.sin(2 * np.pi * 220.0 * at / RATE)
    high = np.diff(rng.standard_normal(len(at) + 1)) * np.exp(-(at % 11025) / 400.0)
    played: Block = (0.05 * low + 0.1 * high)[:, None] * np.ones(2) + pink(
        rng, seconds, RATE, 2, -50
    )
    return played


def rehearsed(sound: Block, *others: Effect, louder_lu: float | None = None) -> Rehearsal:
    source = MemorySource(sound, RATE)
    return rehearse(Job(), source, profile_of(source), (EQ, *others), louder_lu, -1.0)


def lean(sound: Block, *others: Effect, louder_lu: float | None = None) -> Block:
    return rehearsed(sound, *others, louder_lu=louder_lu).lean_db(EQ, ())


def test_a_gain_leans_nowhere() -> None:
    assert np.abs(lean(hits(6.0), Gain(-3.0))[LOWS | HIGHS] + 3.0).mean() < 0.3


def test_a_compressor_of_the_hits_darkens() -> None:
    squeezed = Compressor(-40.0, 4.0, 1.0, 50.0, band_hz=(3000.0, 20000.0))
    leant = lean(hits(6.0), squeezed)
    assert leant[HIGHS].mean() < leant[LOWS].mean() - 3.0


def test_a_limiter_at_the_end_darkens_hits() -> None:
    leant = lean(hits(6.0), louder_lu=12.0)
    assert leant[HIGHS].mean() < leant[LOWS].mean() - 1.0


def test_parts_tell_what_the_whole_tells() -> None:
    squeezed = Compressor(-40.0, 4.0, 1.0, 50.0, band_hz=(3000.0, 20000.0))
    assert lean(hits(70.0), squeezed)[HIGHS].mean() == pytest.approx(
        lean(hits(25.0), squeezed)[HIGHS].mean(), abs=0.3
    )


def test_quiet_and_wide_parts_come_up_under_a_limiter() -> None:
    """Loud and narrow, quiet and wide in turn: held back when loud, the record gets wider."""
    rng = np.random.default_rng(8)
    middle, sides = pink(rng, 8.0, RATE, 1, -18), pink(rng, 8.0, RATE, 2, -30)
    loud = np.repeat([1.0, 0.1] * 4, RATE)[: len(middle), None]
    sound = middle * loud * np.ones(2) + sides * (1.0 - 0.9 * loud)
    heard = rehearsed(sound, louder_lu=14.0)
    wide = [np.sum(part.side) / np.sum(part.mid) for part in (heard.before, heard.after)]
    assert wide[1] > 2.0 * wide[0]


def test_what_follows_is_reckoned_in() -> None:
    leant = rehearsed(hits(6.0)).lean_db(EQ, (Eq((Band("high_shelf", 2000.0, 6.0),)),))
    assert leant[HIGHS].mean() == pytest.approx(6.0, abs=0.5)
