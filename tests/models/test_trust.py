"""The trust map: seconds in which a stem shares its place with others are trusted less."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studiohand.models.store import DEFAULT, card
from studiohand.models.trust import HIGHEST_DB, LOWEST_DB, Second, TrustMeter, expected_sdr_db
from tests.signals import noise, sine

RATE = 22050


def test_a_stem_alone_in_its_place_is_trusted_more(rng: np.random.Generator) -> None:
    low, high = sine(200.0, 2.0, RATE, channels=2), sine(5000.0, 2.0, RATE, channels=2)
    half = noise(rng, 2.0, RATE)
    alone, shared = TrustMeter(RATE, ["a"]), TrustMeter(RATE, ["a"])
    alone.update(low + high, low[:, None])
    shared.update(half * 2.0, half[:, None])
    for first, second in zip(alone.finish()["a"], shared.finish()["a"], strict=True):
        assert first.separable_db > second.separable_db + 10.0


@given(cut=st.integers(1, 50000))
def test_any_cutting_gives_the_same_map(cut: int) -> None:
    rng = np.random.default_rng(2)
    mix, stem = noise(rng, 2.4, RATE), noise(rng, 2.4, RATE)[:, None]
    cut = min(cut, len(mix) - 1)
    whole, parts = TrustMeter(RATE, ["a"]), TrustMeter(RATE, ["a"])
    whole.update(mix, stem)
    parts.update(mix[:cut], stem[:cut])
    parts.update(mix[cut:], stem[cut:])
    assert whole.finish() == parts.finish()


def test_seconds_follow_one_another_to_the_end(rng: np.random.Generator) -> None:
    meter = TrustMeter(RATE, ["a"])
    mix = noise(rng, 2.5, RATE)
    meter.update(mix, mix[:, None])
    spans = [(s.start_s, s.end_s) for s in meter.finish()["a"]]
    assert spans == [(0.0, 1.0), (1.0, 2.0), (2.0, 2.5)]


def test_a_silent_stem_gets_no_figure() -> None:
    meter = TrustMeter(RATE, ["a"])
    mix = sine(300.0, 1.0, RATE)
    meter.update(mix, np.zeros_like(mix)[:, None])
    assert expected_sdr_db(meter.finish()["a"][0], (0.0, 1.0, 0.0)) is None


def test_a_mask_of_one_half_is_undecided_and_a_whole_one_is_not(rng: np.random.Generator) -> None:
    mix = noise(rng, 1.0, RATE)
    half, whole = TrustMeter(RATE, ["a"]), TrustMeter(RATE, ["a"])
    half.update(mix, mix[:, None] * 0.5)
    whole.update(mix, mix[:, None])
    assert half.finish()["a"][0].undecided > 0.999
    assert whole.finish()["a"][0].undecided < 0.001


def test_figures_stay_in_range() -> None:
    loud = Second(0.0, 1.0, separable_db=40.0, undecided=0.0, level_db=0.0)
    assert expected_sdr_db(loud, (0.0, 9.0, 0.0)) == HIGHEST_DB
    assert expected_sdr_db(loud, (0.0, -9.0, 0.0)) == LOWEST_DB


def test_the_shipped_line_trusts_the_separable_and_the_decided() -> None:
    constant, by_separable, by_undecided = card(DEFAULT).trust
    assert by_separable > 0.0 > by_undecided
    assert constant > 0.0
