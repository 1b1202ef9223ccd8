"""The demo song's notes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from studiohand.compose import score

PARTS = [
    score.drums, score.percussion, score.bass, score.guitar, score.keys, score.pad,
    score.arpeggio, score.lead, score.strings,
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_note_lies_within_the_song(part: object) -> None:
    for note in part():  # type: ignore[operator]
        assert note.beat >= 0
        assert score.seconds(note.beat + note.beats) < score.LENGTH_S
        assert 0 < note.velocity <= 1


def test_sections_follow_one_another_without_a_gap() -> None:
    for this, following in pairwise(score.FORM):
        assert this.bars.stop == following.first_bar


def test_eighths_are_straight_and_sixteenths_swing() -> None:
    eighth = 30.0 / score.BPM
    assert score.seconds(7.5) == pytest.approx(15 * eighth)
    assert score.seconds(7.75) == pytest.approx((15 + score.SWING) * eighth)


def test_time_never_runs_backwards() -> None:
    times = [score.seconds(beat) for beat in np.linspace(0, 8, 500)]
    assert all(a < b for a, b in pairwise(times))


def test_the_singer_sings_one_note_at_a_time() -> None:
    for this, following in pairwise(score.lead()):
        assert this.beat + this.beats <= following.beat + 1e-9, this


def test_playing_is_loose_but_the_same_every_time() -> None:
    notes = sorted(score.bass(), key=lambda note: (note.beat, note.pitch))
    once = score.played(notes, np.random.default_rng(1))
    again = score.played(notes, np.random.default_rng(1))
    assert once == again
    offsets = [p.start_s - score.seconds(n.beat) for p, n in zip(once, notes, strict=True)]
    assert 0.001 < np.std(offsets) < 0.01
