"""The equaliser against its analogue model, and its parts against their laws."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.dsp.effects.eq import Band, BandType, Eq, analogue_db, response_db
from studiohand.dsp.filters.biquad import Analogue, cookbook, high_shelf, matched, response
from tests.signals import noise, sine

HEARD_HZ = np.geomspace(20.0, 20_000.0, 300)
WORST_DB = 0.5
"""What the design asks of bells and shelves at 44.1 kHz."""


def off_db(band: Band, rate: int) -> float:
    difference = response_db([band], HEARD_HZ, rate) - analogue_db([band], HEARD_HZ)
    return float(np.abs(difference).max())


@pytest.mark.parametrize("kind", ["bell", "low_shelf", "high_shelf"])
def test_bells_and_shelves_lie_on_the_analogue_curve_up_to_20_khz(kind: BandType) -> None:
    qs = (0.4, 0.7, 1.4) if kind != "bell" else (0.3, 0.7, 2.0, 8.0)
    bands = [
        Band(kind, float(hz), db, q)
        for hz, db, q in itertools.product(np.geomspace(25, 19000, 9), (-12.0, -3.0, 4.0, 12.0), qs)
    ]
    worst = max(off_db(band, 44100) for band in bands)
    sys.stdout.write(f"{kind}: at most {worst:.2f} dB off up to 20 kHz at 44.1 kHz\n")
    assert worst <= WORST_DB


def test_the_cookbook_shape_alone_would_miss_that() -> None:
    shape = high_shelf(12_000.0, 6.0, 0.7)
    gain = np.abs(response([cookbook(shape, 44100)], HEARD_HZ, 44100))
    assert np.abs(20 * np.log10(gain / np.abs(shape.response(HEARD_HZ)))).max() > 2.0 * WORST_DB


@pytest.mark.parametrize("slope", [6, 12, 18, 24, 48])
def test_passes_fall_by_their_slope(slope: int) -> None:
    octaves = np.array([250.0, 500.0])
    low, high = response_db([Band("high_pass", 4000.0, slope=slope)], octaves, 48000)
    assert high - low == pytest.approx(slope, rel=0.03)
    corner = response_db([Band("high_pass", 4000.0, slope=slope)], np.array([4000.0]), 48000)
    assert corner[0] == pytest.approx(-3.01, abs=0.1)


def test_boost_and_cut_undo_each_other() -> None:
    up, down = Band("bell", 12_000.0, 9.0, 0.8), Band("bell", 12_000.0, -9.0, 0.8)
    assert np.abs(response_db([up, down], HEARD_HZ, 44100)).max() < 0.1


def test_a_notch_silences_its_frequency_and_scales_in_depth() -> None:
    at = np.array([50.0])
    full = Band("notch", 50.0, q=10.0)
    half = full.scaled(0.5)
    assert half is not None
    assert response_db([full], at, 48000)[0] < -80.0
    assert response_db([half], at, 48000)[0] == pytest.approx(-6.02, abs=0.05)


def test_the_running_filter_has_the_stated_response(rng: np.random.Generator) -> None:
    eq = Eq((Band("bell", 3000.0, 8.0, 2.0), Band("high_shelf", 9000.0, -6.0)))
    impulse = np.zeros((48000, 1))
    impulse[0] = 1.0
    heard = np.abs(np.fft.rfft(eq.start(48000, 1).process(impulse)[:, 0]))
    hz = np.arange(20.0, 20000.0)
    assert np.allclose(20 * np.log10(heard[20:20000]), response_db(eq.bands, hz, 48000), atol=1e-6)


def mid_side(sound: Block) -> tuple[Block, Block]:
    return sound[:, 0] + sound[:, 1], sound[:, 0] - sound[:, 1]


def test_a_mid_equaliser_leaves_the_side_alone(rng: np.random.Generator) -> None:
    sound = noise(rng)
    mid, side = mid_side(sound)
    out = Eq((Band("bell", 1000.0, 9.0),), "mid").start(48000, 2).process(sound)
    new_mid, new_side = mid_side(out)
    assert np.allclose(new_side, side, atol=1e-12)
    assert np.abs(new_mid - mid).max() > 0.01


def test_coefficients_are_stable_at_every_corner() -> None:
    for hz, q, rate in itertools.product(
        (1.0, 20.0, 20_000.0, 40_000.0), (0.1, 30.0), (8000, 44100)
    ):
        for shape in Band("bell", hz, 12.0, q).sections():
            assert np.abs(np.roots([1.0, *matched(shape, rate)[3:]])).max() < 1.0


def test_a_first_order_section_is_matched_too() -> None:
    shape = Analogue((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), 9000.0)
    gain = np.abs(response([matched(shape, 44100)], HEARD_HZ, 44100))
    assert np.abs(20 * np.log10(gain / np.abs(shape.response(HEARD_HZ)))).max() < WORST_DB


def test_a_sine_comes_out_with_the_gain_of_its_band() -> None:
    out = Eq((Band("bell", 1000.0, 6.0),)).start(48000, 1).process(sine(1000.0))
    assert np.abs(out[24000:]).max() == pytest.approx(10 ** (-14 / 20), rel=1e-3)
