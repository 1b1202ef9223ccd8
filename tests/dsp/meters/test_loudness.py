"""EBU Tech 3341 (v4) and Tech 3342 (v3): every case that can be synthesised, named by its number.

Cases 7, 8 of Tech 3341 and 5, 6 of Tech 3342 are recorded programmes that may not be passed on.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.dsp.meters.loudness import LoudnessMeter, channel_weights, k_weighting
from tests.cutting import feed
from tests.signals import noise

RATES = [44100, 48000, 96000]
TOLERANCE_LU = 0.1
RANGE_TOLERANCE_LU = 1.0


def steps(rate: int, *parts: tuple[float, float], channels: int = 2) -> Block:
    """A 1 kHz tone in steps of (peak dBFS, seconds), without a break in its phase."""
    gain = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts])
    wave = gain * np.sin(2 * np.pi * 1000 * np.arange(len(gain)) / rate)
    return np.repeat(wave[:, None], channels, axis=1)


def measured(samples: Block, rate: int) -> LoudnessMeter:
    return feed(LoudnessMeter(rate, samples.shape[1]), samples)


def near(value: float | None, expected: float) -> bool:
    return value is not None and abs(value - expected) <= TOLERANCE_LU


def test_the_filter_is_the_table_of_the_standard_at_48_khz() -> None:
    shelf, high_pass = k_weighting(48000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241,
         0.73248077421585], abs=1e-13,
    )  # fmt: skip
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-13)


def test_997_hz_at_full_scale_in_one_channel_reads_minus_3_01() -> None:
    wave = np.sin(2 * np.pi * 997 * np.arange(48000 * 5) / 48000)[:, None]
    assert measured(wave, 48000).integrated_lufs() == pytest.approx(-3.01, abs=0.005)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("case", "db"), [(1, -23.0), (2, -33.0)])
def test_3341_cases_1_and_2_a_steady_tone(rate: int, case: int, db: float) -> None:
    meter = measured(steps(rate, (db, 20)), rate)
    assert near(meter.integrated_lufs(), db), case
    assert near(meter.max_momentary_lufs(), db)
    assert near(meter.max_short_term_lufs(), db)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("case", "parts"),
    [
        (3, [(-36, 10), (-23, 60), (-36, 10)]),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)]),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)]),
    ],
)
def test_3341_cases_3_to_5_gating(rate: int, case: int, parts: list[tuple[float, float]]) -> None:
    assert near(measured(steps(rate, *parts), rate).integrated_lufs(), -23.0), case


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [5, 6])
def test_3341_case_6_five_channels(rate: int, channels: int) -> None:
    db = [-28.0, -28.0, -24.0, -30.0, -30.0] if channels == 5 else [-28, -28, -24, 0, -30, -30]
    samples = steps(rate, (0.0, 20), channels=channels) * 10 ** (np.array(db) / 20)
    assert near(measured(samples, rate).integrated_lufs(), -23.0)


@pytest.mark.parametrize("rate", RATES)
def test_3341_case_9_short_term_is_constant_after_3_s(rate: int) -> None:
    curve = measured(steps(rate, *[(-20, 1.34), (-30, 1.66)] * 5), rate).short_term_lufs()
    assert np.abs(curve + 23.0).max() <= TOLERANCE_LU


@pytest.mark.parametrize("rate", RATES)
def test_3341_case_10_highest_short_term_wherever_the_tone_starts(rate: int) -> None:
    for delay in np.arange(20) * 0.15:
        meter = measured(steps(rate, (-200, delay), (-23, 3), (-200, 1)), rate)
        assert near(meter.max_short_term_lufs(), -23.0), delay


@pytest.mark.parametrize("rate", RATES)
def test_3341_case_11_short_term_maxima_in_steps(rate: int) -> None:
    meter = LoudnessMeter(rate, 2)
    for db in range(-38, -18):
        feed(meter, steps(rate, (db, 3), (-200, 3)))
        assert near(meter.max_short_term_lufs(), db)


@pytest.mark.parametrize("rate", RATES)
def test_3341_case_12_momentary_is_constant_after_1_s(rate: int) -> None:
    curve = measured(steps(rate, *[(-20, 0.18), (-30, 0.22)] * 25), rate).momentary_lufs()
    assert np.abs(curve[60:] + 23.0).max() <= TOLERANCE_LU


@pytest.mark.parametrize("rate", RATES)
def test_3341_case_13_highest_momentary_wherever_the_tone_starts(rate: int) -> None:
    for delay in np.arange(20) * 0.02 + 0.003:
        meter = measured(steps(rate, (-200, delay), (-23, 0.4), (-200, 1)), rate)
        assert near(meter.max_momentary_lufs(), -23.0), delay


@pytest.mark.parametrize("rate", RATES)
def test_3341_case_14_momentary_maxima_in_steps(rate: int) -> None:
    meter = LoudnessMeter(rate, 2)
    for db in range(-38, -18):
        feed(meter, steps(rate, (db, 0.4), (-200, 0.4)))
        assert near(meter.max_momentary_lufs(), db)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("case", "levels", "expected"),
    [
        (1, [-20, -30], 10.0),
        (2, [-20, -15], 5.0),
        (3, [-40, -20], 20.0),
        (4, [-50, -35, -20, -35, -50], 15.0),
    ],
)
def test_3342_cases_1_to_4_range(
    rate: int, case: int, levels: list[float], expected: float
) -> None:
    lra = measured(steps(rate, *[(db, 20.0) for db in levels]), rate).lra_lu()
    assert lra is not None, case
    assert abs(lra - expected) <= RANGE_TOLERANCE_LU


def test_silence_and_too_short_have_no_loudness() -> None:
    silent = measured(np.zeros((48000 * 4, 2)), 48000)
    short = measured(steps(48000, (-20, 0.399)), 48000)
    for meter in (silent, short, LoudnessMeter(48000, 2)):
        assert meter.integrated_lufs() is None
        assert meter.max_momentary_lufs() is None
        assert meter.max_short_term_lufs() is None
        assert meter.lra_lu() is None


def test_silence_after_a_loud_passage_is_silence() -> None:
    curve = measured(steps(48000, (0, 5), (-1000, 2)), 48000).momentary_lufs()
    assert curve[-1] < -200


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 192000, 384000])
def test_any_rate_reads_the_same_tone_alike(rate: int) -> None:
    integrated = measured(steps(rate, (-23, 4)), rate).integrated_lufs()
    assert integrated == pytest.approx(-23.0, abs=0.2)


def test_weights_follow_the_layout_of_the_file() -> None:
    assert channel_weights(6) == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    assert channel_weights(8)[4:] == (1.0, 1.0, 1.41, 1.41)
    assert channel_weights(32) == (1.0,) * 32


@given(
    lengths=st.lists(st.integers(1, 30000), min_size=1, max_size=5),
    channels=st.sampled_from([1, 2, 6]),
)
def test_any_cutting_gives_the_same_bits(lengths: list[int], channels: int) -> None:
    samples = noise(np.random.default_rng(3), 4.0, 22050, channels)
    whole, cut = (feed(LoudnessMeter(22050, channels), samples, n) for n in ((10**6,), lengths))
    assert np.array_equal(whole.momentary_lufs(), cut.momentary_lufs())
    assert whole.lra_lu() == cut.lra_lu()
    assert whole.integrated_lufs() == cut.integrated_lufs()


def test_results_may_be_asked_for_while_it_runs(rng: np.random.Generator) -> None:
    samples = noise(rng, 3.0, 48000)
    asked = LoudnessMeter(48000, 2)
    for at in range(0, len(samples), 7001):
        asked.update(samples[at : at + 7001])
        asked.integrated_lufs()
    assert asked.integrated_lufs() == measured(samples, 48000).integrated_lufs()


def test_it_agrees_with_libebur128_on_noise(rng: np.random.Generator) -> None:
    pyebur128 = pytest.importorskip("pyebur128")
    samples = noise(rng, 6.0, 44100) * np.linspace(0.05, 1, 44100 * 6)[:, None]
    state = pyebur128.R128State(2, 44100, pyebur128.MeasurementMode.MODE_I)
    state.add_frames(samples.ravel(), len(samples))
    theirs = pyebur128.get_loudness_global(state)
    ours = measured(samples, 44100).integrated_lufs()
    assert ours is not None
    assert math.isclose(ours, theirs, abs_tol=0.01)
