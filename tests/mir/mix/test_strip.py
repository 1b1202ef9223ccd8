"""What a channel strip does by a stem's own sound."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import CENTRES_HZ
from studiohand.mir.mix.strip import low_cut_hz, pans, squeeze


def spectrum(lowest_hz: float, rumble_db: float = -40.0) -> np.ndarray:
    """A stem that lives above a frequency, with a little rumble below."""
    return np.where(lowest_hz <= CENTRES_HZ, 1.0, 10 ** (rumble_db / 10))


def test_a_voice_with_rumble_is_cut_below_its_notes() -> None:
    assert low_cut_hz(Role.VOCALS, spectrum(200.0)) == 90.0


def test_the_cut_stays_under_a_low_voice() -> None:
    cut = low_cut_hz(Role.VOCALS, spectrum(100.0))
    assert cut is not None
    assert cut <= 0.75 * 105.0


@pytest.mark.parametrize("role", [Role.BASS, Role.KICK, Role.DRUMS, Role.SYNTH, Role.OTHER])
def test_what_may_carry_the_low_end_is_never_cut(role: Role) -> None:
    assert low_cut_hz(role, spectrum(200.0)) is None


def test_where_nothing_lies_below_nothing_is_cut() -> None:
    assert low_cut_hz(Role.VOCALS, spectrum(200.0, rumble_db=-90.0)) is None


def phrases(rng: np.random.Generator, range_db: float, seconds: int = 40) -> np.ndarray:
    return -20.0 - rng.uniform(0.0, range_db, 10 * seconds)


def test_a_wild_voice_asks_for_a_compressor_that_keeps_its_level(rng: np.random.Generator) -> None:
    level = phrases(rng, 24.0)
    found = squeeze(Role.VOCALS, level)
    assert found is not None
    assert 1.5 <= found.compressor.ratio <= 3.0
    assert found.after_db < found.range_db - 2.0
    over = np.maximum(level - found.compressor.threshold_db, 0.0)
    after = level - over * found.compressor.slope + found.compressor.makeup_db
    loudness = [10 * np.log10(np.mean(10 ** (x / 10))) for x in (level, after)]
    assert loudness[1] == pytest.approx(loudness[0], abs=0.3)


def test_a_steady_voice_is_left_alone(rng: np.random.Generator) -> None:
    assert squeeze(Role.VOCALS, phrases(rng, 8.0)) is None


def test_a_loud_chorus_after_a_soft_verse_is_arrangement(rng: np.random.Generator) -> None:
    verse, chorus = phrases(rng, 6.0) - 15.0, phrases(rng, 6.0)
    assert squeeze(Role.VOCALS, np.concatenate([verse, chorus])) is None


def test_drums_are_never_compressed_here(rng: np.random.Generator) -> None:
    assert squeeze(Role.DRUMS, phrases(rng, 40.0)) is None


def test_the_lead_the_bass_and_the_kick_stay_in_the_centre() -> None:
    roles = [Role.VOCALS, Role.BASS, Role.KICK, Role.SNARE, Role.GUITAR, Role.GUITAR, Role.HATS]
    weights = np.array([5.0, 5.0, 5.0, 5.0, 2.0, 1.9, 1.0])
    places = pans([[]] * 7, roles, weights, 1.0)
    assert places[:4] == [0.0] * 4
    assert places[4] * places[5] < 0.0
    assert abs(np.dot(places, weights)) < 0.7


def test_a_name_that_says_its_side_is_believed() -> None:
    roles = [Role.GUITAR, Role.GUITAR, Role.DRUMS, Role.DRUMS]
    places = pans([["gtr", "r"], ["gtr", "l"], ["oh", "l"], ["oh", "r"]], roles, np.ones(4), 1.0)
    assert places == [0.8, -0.8, -1.0, 1.0]


def test_wider_is_wider_and_never_beyond_the_sides() -> None:
    roles = [Role.VOCALS, Role.GUITAR, Role.KEYS]
    near, far = (pans([[]] * 3, roles, np.ones(3), wider) for wider in (1.0, 9.0))
    assert [abs(p) for p in far] == [0.0, 1.0, 1.0]
    assert abs(near[1]) < 1.0
