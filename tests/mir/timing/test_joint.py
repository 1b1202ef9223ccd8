"""A stem fitted to the mix together with the others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from studiohand.compose.faults import late
from studiohand.core.audio import Block, MemorySource
from studiohand.mir.timing.joint import Question, fitted_together
from studiohand.mir.timing.mix_match import Placed, Search

RATE = 48000


def _question(rng: np.random.Generator, wrong: Block, *delays: int) -> Question:
    """A direct box and its amplifier, which holds much the same sound, in one mix."""
    noise = rng.standard_normal(12 * RATE)
    direct = signal.lfilter(*signal.butter(2, 800, fs=RATE), noise)[:, None]
    amp = signal.lfilter(*signal.butter(3, 500, fs=RATE), np.tanh(6 * direct), axis=0)
    mix = direct + 0.4 * amp
    search = Search(
        MemorySource(wrong * late(amp, 411), RATE),
        MemorySource(mix, RATE),
        RATE,
        (4 * RATE, 7 * RATE),
        others=(Placed(MemorySource(direct, RATE), 0),),
    )
    return Question(search, delays)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_a_neighbour_shares_does_not_move_the_delay(
    rng: np.random.Generator, sign: int
) -> None:
    question = _question(rng, np.array([[float(sign)]]), 425, 0)
    answer = fitted_together(question)
    assert (answer.late_frames, answer.sign) == (411, sign)
    assert answer.explained > 0.9
    assert answer.elsewhere < 0.1 * answer.explained


def test_a_stem_that_is_not_in_the_mix_explains_nothing(rng: np.random.Generator) -> None:
    question = _question(rng, rng.standard_normal((12 * RATE, 1)), 0, 900)
    assert fitted_together(question).explained < 0.01
