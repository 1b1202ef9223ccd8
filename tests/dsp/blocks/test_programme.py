"""Sounds on one axis: exact joins, silence between, overlaps added, fades at the ends."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import MemorySource, read_all
from studiohand.dsp.blocks.programme import Placed, Programme

RATE = 1000
SOUND = np.random.default_rng(440).standard_normal((300, 2))


def _source(frames: int = 300) -> MemorySource:
    return MemorySource(SOUND[:frames], RATE)


def test_songs_without_a_pause_join_sample_for_sample() -> None:
    halves = Programme(
        (Placed(_source(130), 0), Placed(MemorySource(SOUND[130:], RATE), 130)), RATE
    )
    assert np.array_equal(read_all(halves), SOUND)


def test_between_the_parts_is_silence_and_overlaps_add_up() -> None:
    programme = Programme(
        (Placed(_source(100), 0), Placed(_source(100), 150), Placed(_source(100), 200)), RATE, 7
    )
    heard = read_all(programme)
    assert len(heard) == 307
    assert not heard[100:150].any()
    assert not heard[300:].any()
    assert np.array_equal(heard[200:250], SOUND[50:100] + SOUND[:50])


def test_fades_begin_and_end_in_silence_and_leave_the_middle_alone() -> None:
    ones = MemorySource(np.ones((300, 1)), RATE)
    heard = read_all(Programme((Placed(ones, 0, 50, 80),), RATE))[:, 0]
    assert heard[0] < 0.001
    assert heard[-1] < 0.001
    assert np.all(np.diff(heard[:50]) > 0.0)
    assert np.all(np.diff(heard[220:]) < 0.0)
    assert np.all(heard[50:220] == 1.0)


@given(size=st.integers(1, 400), start=st.integers(0, 350), length=st.integers(0, 400))
def test_any_part_read_in_any_pieces_is_the_same(size: int, start: int, length: int) -> None:
    programme = Programme((Placed(_source(), 20, 30, 40), Placed(_source(60), 290, 5, 5)), RATE, 9)
    whole = read_all(programme)
    pieces = [np.zeros((0, 2)), *programme.blocks(size, start, start + length)]
    assert np.array_equal(np.concatenate(pieces), whole[start : start + length])
