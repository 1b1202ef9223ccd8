"""Dither: noise instead of distortion, exact where nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.errors import BadSetting
from studiohand.dsp.dither import Quantiser, fits
from tests.signals import sine


def test_samples_that_fit_come_out_exactly(rng: np.random.Generator) -> None:
    whole = rng.integers(-(2**23), 2**23, (5_000, 2))
    out = Quantiser(24, dither=False).process(whole / 2.0**23)
    np.testing.assert_array_equal(out, whole)


def test_the_noise_of_16_bit_tpdf_is_at_its_textbook_level() -> None:
    silence = np.zeros((200_000, 2))
    out = Quantiser(16, dither=True, seed=1).process(silence) / 2.0**15
    # a quarter of a step squared (dither: 1/6, rounding: 1/12), beside a full-scale sine
    expected = 10 * np.log10(0.25 * 2.0**-30 / 0.5)
    assert 10 * np.log10(np.mean(out**2) / 0.5) == pytest.approx(expected, abs=0.05)
    assert expected == pytest.approx(-93.3, abs=0.05)


def test_dither_turns_distortion_into_noise() -> None:
    wave = sine(1000.0, 4.0, 48_000, -90.0)

    def third_harmonic_db(dither: bool) -> float:
        out = Quantiser(16, dither=dither).process(wave)[:, 0] / 2.0**15
        lines = np.abs(np.fft.rfft(out * np.hanning(len(out)))) / len(out) * 4
        return float(20 * np.log10(lines[3 * 4000] + 1e-12))

    assert third_harmonic_db(dither=False) > -115.0
    assert third_harmonic_db(dither=True) < -125.0


def test_the_error_has_no_mean_at_any_level() -> None:
    for level in np.linspace(0.0, 1.0, 9) / 2.0**15:
        out = Quantiser(16, dither=True, seed=3).process(np.full((400_000, 1), level)) / 2.0**15
        assert abs(out.mean() - level) < 0.01 / 2.0**15


def test_any_cut_gives_the_same_numbers(rng: np.random.Generator) -> None:
    block = 0.1 * rng.standard_normal((3_001, 3))
    whole = Quantiser(16, dither=True, seed=5).process(block)
    cutter = Quantiser(16, dither=True, seed=5)
    pieces = [cutter.process(piece) for piece in np.split(block, [1, 2, 700, 2_999])]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_shaped_noise_is_quieter_where_hearing_is_keen() -> None:
    silence = np.zeros((48_000, 1))

    def band_db(shape_at: int | None, low: float, high: float) -> float:
        out = Quantiser(16, dither=True, seed=2, shape_at=shape_at).process(silence)[:, 0] / 2.0**15
        power = np.abs(np.fft.rfft(out)) ** 2
        hz = np.fft.rfftfreq(len(out), 1 / 48_000)
        return float(10 * np.log10(np.mean(power[(hz > low) & (hz < high)])))

    assert band_db(48_000, 2_000, 5_000) < band_db(None, 2_000, 5_000) - 15.0
    assert band_db(48_000, 18_000, 23_000) > band_db(None, 18_000, 23_000) + 10.0


def test_any_cut_gives_the_same_shaped_numbers(rng: np.random.Generator) -> None:
    block = 0.1 * rng.standard_normal((3_001, 2))
    whole = Quantiser(16, dither=True, seed=5, shape_at=44_100).process(block)
    cutter = Quantiser(16, dither=True, seed=5, shape_at=44_100)
    pieces = [cutter.process(piece) for piece in np.split(block, [1, 2, 700, 2_999])]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_shaping_is_refused_at_rates_it_is_not_made_for() -> None:
    with pytest.raises(BadSetting, match="96000"):
        Quantiser(16, dither=True, shape_at=96_000)


def test_what_is_over_full_scale_is_clipped_and_counted() -> None:
    quantiser = Quantiser(16, dither=False)
    out = quantiser.process(np.array([[1.0, -1.0], [1.5, -1.5], [0.5, 0.0]]))
    assert out.tolist() == [[32767, -32768], [32767, -32768], [16384, 0]]
    assert quantiser.clipped == 3


def test_whether_a_word_length_holds_the_samples_is_known() -> None:
    assert fits(np.array([[0.5], [-1.0]]), 16)
    assert not fits(np.array([[1.0]]), 16)
    assert not fits(np.array([[0.5 + 2.0**-16]]), 16)
    assert fits(np.array([[0.5 + 2.0**-16]]), 24)
