"""Stems that play the others' rhythm a little late or early, told by their onsets alone."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.mir.timing.onsets import UNSURE_S, out_of_step
from studiohand.mir.timing.stem_profile import BANDS, Levels

SIXTEENTH, BARS = 13, 24


def played(
    rng: np.random.Generator, pattern: list[int], late: int = 0, swell: int = 0, decay: float = 1.5
) -> Levels:
    """Levels of strokes at sixteenths of each bar, one in five left out, one step loose."""
    power = np.full(BARS * 16 * SIXTEENTH + 200, 1e-9)
    for bar in range(BARS):
        for place in pattern:
            if rng.random() < 0.8:
                at = (bar * 16 + place) * SIXTEENTH + 30 + late + int(rng.integers(-1, 2))
                attack = np.linspace(-60.0, 0.0, swell + 1)[:-1] if swell else np.zeros(0)
                shape = np.concatenate([attack, -decay * np.arange(60)])
                power[at : at + len(shape)] += 10 ** (shape / 10 + rng.uniform(-2, 0))
    tilt = np.linspace(0.0, -20.0, BANDS)
    return np.asarray(10 * np.log10(power)[:, None] + tilt - 20.0, np.float16)


def song(rng: np.random.Generator, **lead: float) -> list[Levels]:
    """Drums, bass, keys, guitar and, last, a lead that can be played otherwise."""
    return [
        played(rng, [0, 4, 6, 8, 12, 14]),
        played(rng, [0, 3, 6, 8, 11, 14]),
        played(rng, [0, 2, 6, 10, 13]),
        played(rng, [2, 4, 6, 10, 12, 15]),
        played(rng, [0, 3, 4, 6, 10, 12, 13], **lead),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("late", [-6, -5, 5, 6])
def test_a_moved_stem_is_told_by_its_onsets_and_no_other(
    rng: np.random.Generator, late: int
) -> None:
    found = out_of_step(song(rng, late=late))
    assert [seat.stem for seat in found] == [4]
    assert found[0].late_s == pytest.approx(late / 100, abs=UNSURE_S)


@pytest.mark.parametrize("seed", range(8))
def test_a_band_that_plays_together_is_left_alone(seed: int) -> None:
    assert out_of_step(song(np.random.default_rng(seed))) == []


def test_a_bass_that_lies_back_is_left_alone(rng: np.random.Generator) -> None:
    assert out_of_step(song(rng, late=3)) == []


def test_playing_between_the_beats_is_no_delay(rng: np.random.Generator) -> None:
    between = played(rng, [1, 5, 9, 13])
    assert out_of_step([*song(rng)[:4], between]) == []


def test_a_sound_that_swells_has_no_onset_to_judge(rng: np.random.Generator) -> None:
    assert out_of_step(song(rng, late=-5, swell=30, decay=0.3)) == []


def test_of_two_stems_nobody_knows_which_moved(rng: np.random.Generator) -> None:
    assert out_of_step([played(rng, [0, 6, 10]), played(rng, [0, 6, 10], late=5)]) == []


def test_silence_and_a_single_stroke_say_nothing(rng: np.random.Generator) -> None:
    silent = np.full((4000, BANDS), -120.0, np.float16)
    stroke = silent.copy()
    stroke[50:60] = -20.0
    assert out_of_step([silent, stroke, np.zeros((0, BANDS), np.float16), silent]) == []
