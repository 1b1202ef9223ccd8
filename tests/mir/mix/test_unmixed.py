"""The choice between suspects and nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS
from studiohand.mir.mix.audibility import Scene
from studiohand.mir.mix.bells import bell_shape
from studiohand.mir.mix.bulges import bulge_heights_db
from studiohand.mir.mix.suspects import Suspect
from studiohand.mir.mix.unmixed import AGREED, LIKELY, chances_of, confidence, likeliest, log_odds
from studiohand.mir.mix.victims import Victim

FRAMES = 100
NAMES = ("voice", "guitar", "keys", "organ")


def here() -> Scene:
    power = np.ones((len(NAMES), FRAMES, BANDS), dtype=np.float32)
    return Scene(
        names=NAMES,
        roles=(Role.VOCALS, Role.GUITAR, Role.KEYS, Role.KEYS),
        power=power,
        total=power.sum(axis=0, dtype=np.float64),
        playing=np.ones((len(NAMES), FRAMES), dtype=np.bool_),
        full_scale=1.0,
        one_source=np.zeros((len(NAMES), len(NAMES)), dtype=np.bool_),
    )


def suspect(hider: int, hidden: int, odds: float) -> Suspect:
    """A bulge whose log odds are as given: the height of the sum's bulge makes up for the rest."""
    victim = Victim(hidden, 6.0, 0.3, 1.0, 1.0, 0, 2.0, 1.0, 0.2, 10.0)
    flat = (0.0, 0.2, 0.0, 0.0, 0.0)
    bare = Suspect(hider, victim, 8.0 * bell_shape(18), (0, FRAMES), "ear", ())
    with_sum = [replace(bare, measured=(*flat, x, *victim.measured())) for x in (0.0, 1.0)]
    start, step = log_odds(with_sum[0]), log_odds(with_sum[1]) - log_odds(with_sum[0])
    height = (odds - start) / step
    return replace(bare, measured=(*flat, height, *victim.measured()))


def rated(bare: Suspect, odds: float) -> Suspect:
    """A step whose log odds are as given, by its clearness."""
    rest = (0.0,) * 10 + bare.victim.measured()
    with_clear = [replace(bare, measured=(x, *rest)) for x in (0.0, 1.0)]
    start, step = log_odds(with_clear[0]), log_odds(with_clear[1]) - log_odds(with_clear[0])
    return replace(bare, measured=((odds - start) / step, *rest))


def named(suspects: Sequence[Suspect]) -> list[tuple[int, int]]:
    return [(c.hider, c.hidden) for c in likeliest(here(), suspects)]


def test_chances_are_shared_between_all_suspects_and_none() -> None:
    chances = chances_of([suspect(1, 0, 0.0), suspect(2, 0, 0.0)])
    np.testing.assert_allclose(chances, 1.0 / 3.0)
    assert len(chances_of([])) == 0


def test_unlikely_suspects_are_not_named_and_a_likely_one_is() -> None:
    assert named([suspect(1, 0, -2.0), suspect(2, 0, -3.0)]) == []
    assert named([suspect(1, 0, 3.0), suspect(2, 0, 0.0)]) == [(1, 0)]


def test_what_speaks_for_one_hider_adds_up() -> None:
    each = [suspect(1, 0, 0.0), suspect(1, 0, 0.1)]
    assert named(each) == [(1, 0)]
    assert likeliest(here(), each)[0].confidence > confidence(float(chances_of(each)[0]))


def test_a_second_stem_is_named_where_it_is_about_as_likely() -> None:
    assert named([suspect(1, 0, 4.0), suspect(1, 2, 3.8)]) == [(1, 0), (1, 2)]
    assert named([suspect(1, 0, 4.0), suspect(1, 2, 1.0)]) == [(1, 0)]


def test_a_remark_is_about_one_hider_only() -> None:
    equal = [suspect(1, 0, 0.3), suspect(2, 0, 0.29), suspect(3, 0, -3.0)]
    found = likeliest(here(), equal)
    assert [c.hider for c in found] == [1]
    assert found[0].confidence < confidence(LIKELY)


def test_a_mix_that_has_it_so_speaks_for_no_clash() -> None:
    odds = [suspect(1, 0, 0.0)]
    assert chances_of(odds, AGREED)[0] == pytest.approx(1.0 / (1.0 + AGREED))
    assert len(likeliest(here(), odds)) == 1
    assert likeliest(here(), odds, AGREED) == []


def test_of_one_pair_what_has_a_place_in_time_is_named_unless_it_is_far_less_likely() -> None:
    lasting = suspect(1, 0, 2.0)
    placed = replace(lasting, evidence="song", span=(20, 60))
    assert [(c.start, c.stop) for c in likeliest(here(), [lasting, rated(placed, 1.0)])] == [
        (20, 60)
    ]
    assert [(c.start, c.stop) for c in likeliest(here(), [lasting, rated(placed, 0.0)])] == [
        (0, FRAMES)
    ]


def test_a_bell_on_a_smooth_spectrum_is_a_bulge_of_its_gain() -> None:
    smooth = np.asarray(60.0 - 0.5 * np.arange(BANDS), dtype=np.float64)
    heights = bulge_heights_db(smooth + 10.0 * bell_shape(18))
    assert int(heights.argmax()) == 18
    assert heights[18] == pytest.approx(10.0, abs=0.5)
    np.testing.assert_allclose(bulge_heights_db(smooth), 0.0, atol=0.5)
