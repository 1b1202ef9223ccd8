from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.dsp.meters.clipping import ClipMeter
from tests.cutting import feed
from tests.signals import noise, pink, sine


def counted(samples: Block, bits: int | None = None) -> int:
    return feed(ClipMeter(samples.shape[1], bits), samples).count()


@pytest.mark.parametrize("level", [1.0, 0.5, 0.1])
def test_a_tone_cut_off_at_any_level_has_two_runs_a_period(level: float) -> None:
    wave = np.clip(sine(100, 1.0, db=0) * 1.3, -1, 1) * level
    assert counted(wave) == 200


def test_a_run_has_its_place() -> None:
    wave = sine(400, 1.0, db=-12, channels=2)
    wave[1000:1005, 1] = -0.9
    (run,) = feed(ClipMeter(2), wave).runs()
    assert (run.channel, run.start_frame, run.frames, run.level) == (1, 1000, 5, -0.9)


def test_unclipped_sound_has_none(rng: np.random.Generator) -> None:
    for samples in (noise(rng), pink(rng, 5.0), sine(1000, db=0), sine(30, db=-0.1)):
        assert counted(samples) == 0


@pytest.mark.parametrize("hz", [20, 50, 200])
@pytest.mark.parametrize("bits", [8, 16, 24])
def test_the_rounded_top_of_a_low_tone_is_not_a_flat_one(hz: float, bits: int) -> None:
    steps = 2 ** (bits - 1)
    assert counted(np.round(sine(hz, db=-1.0) * steps) / steps, bits) == 0


def test_flat_spots_below_the_top_do_not_count() -> None:
    wave = sine(400, 1.0, db=-1)
    wave[1000:1010] = 0.5
    assert counted(wave) == 0


def test_silence_and_dc_have_none() -> None:
    assert counted(np.zeros((100000, 2))) == 0
    assert counted(np.full((100000, 1), 0.5)) == 0
    assert counted(np.zeros((1, 1))) == 0


def test_24_bit_dither_does_not_hide_it(rng: np.random.Generator) -> None:
    wave = np.clip(sine(100, 1.0, db=0) * 1.3, -1, 1) * 0.9
    dither = (rng.uniform(-1, 1, wave.shape) + rng.uniform(-1, 1, wave.shape)) * 2.0**-24
    assert counted(np.round((wave + dither) * 2**23) / 2**23) == pytest.approx(200, abs=2)


@given(lengths=st.lists(st.integers(1, 40000), min_size=1, max_size=5))
def test_any_cutting_gives_the_same_runs(lengths: list[int]) -> None:
    samples = np.clip(noise(np.random.default_rng(5), 2.0, 44100, db=-6), -0.7, 0.7)
    whole, cut = (feed(ClipMeter(2), samples, n) for n in ((10**6,), lengths))
    assert whole.runs() == cut.runs()
    assert whole.count() == cut.count() > 0
