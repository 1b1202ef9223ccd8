"""The limiter's gain: never late, still under steady sound, gone when not needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.dsp.effects.gainrider import TIP_DB, GainRider, TipRoom
from tests.signals import noise, sine

RATE = 44100
HOP = 4096


def reductions_db(over_db: Block, rider: GainRider | None = None) -> Block:
    """Reduction in dB beside the overshoots it answers."""
    rider = rider or GainRider(RATE, 4.0, 4.0)
    whole = -(-(len(over_db) + rider.latency) // HOP) * HOP
    padded = np.pad(over_db, (0, whole - len(over_db)))
    tips = np.full(HOP, TIP_DB)
    gains = [rider.process(padded[at : at + HOP], tips) for at in range(0, whole, HOP)]
    reduction = -20.0 * np.log10(np.concatenate(gains))
    return reduction[rider.latency : rider.latency + len(over_db)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), density=st.sampled_from([1e-4, 1e-2, 0.5]))
def test_no_overshoot_is_left(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    over = rng.exponential(3.0, 3 * HOP) * (rng.random(3 * HOP) < density)
    for fine in (False, True):
        assert (reductions_db(over, GainRider(RATE, 4.0, 4.0, fine=fine)) - over).min() > -1e-9


def test_steady_sound_gets_a_constant_gain() -> None:
    tone = 2.0 * np.abs(np.sin(2 * np.pi * 50.0 * np.arange(RATE) / RATE))
    over = np.maximum(20.0 * np.log10(np.maximum(tone, 1e-9)), 0.0)
    still = reductions_db(over)[RATE // 3 : 2 * RATE // 3]
    assert np.ptp(still) < 1e-3
    assert still.mean() == pytest.approx(20.0 * np.log10(2.0), abs=0.01)


def test_a_lone_peak_is_over_in_milliseconds() -> None:
    over = np.zeros(RATE)
    over[RATE // 2] = 6.0
    reduction = reductions_db(over)
    assert reduction[RATE // 2] >= 6.0
    moved = np.flatnonzero(reduction > 0.1)
    assert np.ptp(moved) < 0.04 * RATE
    assert reduction[: RATE // 3].max() == reduction[2 * RATE // 3 :].max() == 0.0


def test_a_small_tip_is_rounded_off_faster_than_a_hit() -> None:
    spans = []
    for height in (0.5, 6.0):
        over = np.zeros(RATE)
        over[RATE // 2] = height
        spans.append(np.ptp(np.flatnonzero(reductions_db(over) > 0.1 * height)))
    assert spans[0] < 0.15 * spans[1]


def test_tips_are_rounded_off_where_the_sound_is_bright_enough_to_hide_it(
    rng: np.random.Generator,
) -> None:
    def room(sound: Block) -> float:
        return float(np.median(TipRoom(RATE, 2).process(sound[: 2 * HOP])[64:]))

    assert room(sine(60.0, 1.0, RATE).repeat(2, axis=1)) == 0.0
    assert room(noise(rng, 1.0, RATE, db=-20.0)) == TIP_DB


def test_a_sketch_with_coarse_steps_asks_for_about_the_same() -> None:
    rng = np.random.default_rng(5)
    over = np.zeros(16 * 8192)
    for at in rng.integers(0, len(over) - 400, 60):
        over[at : at + 200] = rng.exponential(4.0)
    fine = reductions_db(over)
    coarse = reductions_db(over.reshape(-1, 16).max(axis=1), GainRider(RATE / 16, 4.0, 4.0))
    assert coarse.mean() == pytest.approx(fine.mean(), rel=0.08)
