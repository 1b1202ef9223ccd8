"""Amending a move."""

from __future__ import annotations

import pytest

from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Move
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.simple import Gain, Offset, Pan
from studiohand.song.amend import amended

MOVE = Move("test", (), ("bass",), (Gain(-3.0), Pan(0.5), Offset(-10)), "turn it down")


def test_a_setting_is_set_in_every_step_that_has_it() -> None:
    assert amended(MOVE, None, {"db": "-1.5"}).steps == (Gain(-1.5), Pan(0.5), Offset(-10))


def test_a_step_number_chooses_one_step() -> None:
    assert amended(MOVE, 50.0, {"2.frames": "4"}).steps[2] == Offset(4)


@pytest.mark.parametrize("amount", [-1.0, 151.0])
def test_an_amount_out_of_range_is_refused(amount: float) -> None:
    with pytest.raises(BadSetting, match="0 to 150"):
        amended(MOVE, amount, {})


def test_an_unknown_setting_is_named_with_the_known_ones() -> None:
    with pytest.raises(BadSetting, match="It has: db, frames, position"):
        amended(MOVE, None, {"ratio": "4"})


def test_text_where_a_number_stands_is_refused() -> None:
    with pytest.raises(BadSetting, match="does not fit"):
        amended(MOVE, None, {"db": "loud"})


def test_settings_inside_a_list_are_named_by_their_path() -> None:
    move = Move("test", (), ("bass",), (Eq((Band("bell", 300.0, -2.0, 1.0),)),), "less mud")
    with pytest.raises(BadSetting, match=r"It has: bands\.0\.db, bands\.0\.hz"):
        amended(move, None, {"db": "-1"})
    assert amended(move, None, {"bands.0.db": "-1"}).text == "less mud Amended: bands.0.db = -1."
