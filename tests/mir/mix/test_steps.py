"""Steps in tone: the gain of a bell read out of a spectrum that moves by itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from studiohand.dsp.hearing.earbands import BANDS
from studiohand.mir.mix.bells import bell_shape
from studiohand.mir.mix.contrast import changed
from studiohand.mir.mix.steps import bell_gain_db, sharpened, steps

Grid = npt.NDArray[np.float64]
FRAMES, BAND = 300, 18


def moving(rng: np.random.Generator) -> Grid:
    """A level that moves in three wide shapes, some of them slowly, and a little in each band."""
    along = np.linspace(-1.0, 1.0, BANDS)
    shapes = np.stack([np.ones(BANDS), along, np.cos(3.0 * along)])
    slow = np.repeat(rng.normal(size=(FRAMES // 20, 3)), 20, axis=0)
    course = 4.0 * rng.normal(size=(FRAMES, 3)) + 3.0 * slow
    return np.asarray(50.0 + course @ shapes + rng.normal(size=(FRAMES, BANDS)))


def everywhere() -> npt.NDArray[np.bool_]:
    return np.ones(FRAMES, dtype=np.bool_)


def test_a_bell_that_comes_and_goes_is_the_clearest_step_at_its_band_and_time(
    rng: np.random.Generator,
) -> None:
    level = moving(rng)
    level[100:180] += 8.0 * bell_shape(BAND, 0.7)
    found = max(steps(level, everywhere()), key=lambda step: step.clear)
    assert abs(found.band - BAND) <= 1
    assert found.start == pytest.approx(100, abs=3)
    assert found.stop == pytest.approx(180, abs=3)


def test_a_step_is_looked_for_near_a_band_only_if_so_asked(rng: np.random.Generator) -> None:
    level = moving(rng)
    level[100:180] += 8.0 * bell_shape(BAND, 0.7)
    near = steps(level, everywhere(), near=BAND + 1)
    assert abs(near[0].band - BAND) <= 1
    far = steps(level, everywhere(), near=BAND + 12)
    assert all(abs(step.band - BAND - 12) <= 2 and step.clear < near[0].clear for step in far)


def test_what_a_stem_does_by_itself_is_seen_far_less_in_the_gain_of_a_bell(
    rng: np.random.Generator,
) -> None:
    level = moving(rng)
    seen = bell_gain_db(level, everywhere())[:, BAND]
    plain = level[:, BAND] - level[:, BAND].mean()
    assert seen.std() < 0.6 * plain.std()


def test_most_of_the_gain_of_a_bell_is_read(rng: np.random.Generator) -> None:
    level = moving(rng)
    bell = np.zeros(FRAMES)
    bell[100:180] = 6.0
    raised = level + bell[:, None] * bell_shape(BAND, 0.7)
    seen = bell_gain_db(raised, everywhere())[:, BAND]
    step = seen[100:180].mean() - seen[np.r_[:100, 180:FRAMES]].mean()
    assert 5.0 < step < 7.0


def test_a_change_in_a_bells_shape_is_told_from_one_in_the_stems_own(
    rng: np.random.Generator,
) -> None:
    inside = np.zeros(FRAMES, dtype=np.bool_)
    inside[100:180] = True
    level = moving(rng)
    planted = changed(
        level + 8.0 * inside[:, None] * bell_shape(BAND, 1.0), everywhere(), inside, 17
    )
    tilted = changed(
        level + 8.0 * inside[:, None] * np.linspace(-1.0, 1.0, BANDS), everywhere(), inside, 17
    )
    assert planted is not None
    assert tilted is not None
    assert int(planted.curve_db.argmax()) == BAND
    assert planted.gain_db == pytest.approx(8.0, abs=1.5)
    assert planted.share > 0.8
    assert tilted.share < planted.share - 0.2


def test_a_stretch_that_hardly_sounds_says_nothing(rng: np.random.Generator) -> None:
    inside = np.zeros(FRAMES, dtype=np.bool_)
    inside[100:180] = True
    assert changed(moving(rng), inside, inside, BAND) is None


@pytest.mark.parametrize("span", [(0, 5), (0, 9), (291, 299), (294, 300)])
def test_less_than_a_second_at_an_end_of_the_song_keeps_its_ends(
    rng: np.random.Generator, span: tuple[int, int]
) -> None:
    level = moving(rng)[:300]
    start, stop = sharpened(level, np.ones(300, dtype=np.bool_), 20, span)
    assert 0 <= start < stop <= 300
