"""EBU Tech 3341 true-peak cases 15 to 19; 20 to 23 are files that may not be passed on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from studiohand.core.audio import Block
from studiohand.dsp.meters import peak
from studiohand.dsp.meters.peak import PeakMeter, oversampling
from tests.cutting import feed
from tests.signals import noise

ITU_PHASES = np.array(
    [
        [0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
         0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
         0.0148925781250, -0.0083007812500],
        [-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
         0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
         0.0330810546875, -0.0189208984375],
    ]
)  # fmt: skip
"""First two of the four phases of BS.1770-5 Annex 2; the others are these reversed."""


def itu_true_peak_db(samples: Block) -> float:
    phases = [*ITU_PHASES, *ITU_PHASES[:, ::-1]]
    peaks = [np.abs(np.convolve(c, h)).max() for c in samples.T for h in phases]
    return float(20 * np.log10(max(peaks)))


def fine_true_peak_db(samples: Block) -> float:
    fine = resample_poly(samples, 32, 1, axis=0, window=("kaiser", 10.0))
    return float(20 * np.log10(np.abs(fine).max()))


def tone(rate: int, divisor: float, phase_deg: float, amplitude: float) -> Block:
    """One second at rate / divisor with fades of 10 ms."""
    n = np.arange(rate)
    fade = np.minimum(1.0, np.minimum(n, n[::-1]) / (0.01 * rate))
    wave = amplitude * fade * np.sin(2 * np.pi * n / divisor + np.deg2rad(phase_deg))
    return np.repeat(wave[:, None], 2, axis=1)


def true_peak(samples: Block, rate: int = 48000) -> float:
    level = feed(PeakMeter(rate, samples.shape[1]), samples).true_peak_dbtp()
    assert level is not None
    return level


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize(
    ("case", "divisor", "phase_deg", "amplitude", "expected"),
    [
        (15, 4, 0.0, 0.5, -6.0),
        (16, 4, 45.0, 0.5, -6.0),
        (17, 6, 60.0, 0.5, -6.0),
        (18, 8, 67.5, 0.5, -6.0),
        (19, 4, 45.0, 1.41, 3.0),
    ],
)
def test_3341_cases_15_to_19_true_peak(
    rate: int, case: int, divisor: float, phase_deg: float, amplitude: float, expected: float
) -> None:
    samples = tone(rate, divisor, phase_deg, amplitude)
    assert -0.4 <= true_peak(samples, rate) - expected <= 0.2, case
    assert -0.4 <= itu_true_peak_db(samples) - expected <= 0.2, case


def test_music_like_noise_agrees_with_a_32_fold_interpolation(rng: np.random.Generator) -> None:
    for _ in range(5):
        shaped = np.cumsum(noise(rng, 0.5), axis=0) * 0.05 + noise(rng, 0.5) * 0.3
        assert true_peak(shaped) == pytest.approx(fine_true_peak_db(shaped), abs=0.1)


def test_leaving_rows_out_changes_nothing(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = [noise(rng, 0.3) * rng.uniform(0, 1, (14400, 1)) ** p for p in (0, 1, 4, 16)]
    samples += [np.round(s * 8) / 8 for s in samples]
    pruned = [true_peak(piece) for piece in samples]
    monkeypatch.setattr(
        peak, "_row_peaks", lambda sizes: (np.full((2, (sizes.shape[1] - 48) // 64), 9e9),) * 2
    )
    full = [true_peak(piece) for piece in samples]
    assert pruned == pytest.approx(full, abs=1e-9)


def test_a_peak_at_the_very_first_and_last_frame_is_found() -> None:
    for at in (0, 999):
        samples = np.zeros((1000, 1))
        samples[at] = 0.5
        assert true_peak(samples) == pytest.approx(-6.02, abs=0.01)


def test_an_over_between_full_scale_samples_is_above_zero() -> None:
    samples = tone(48000, 4, 45.0, 1.41)
    meter = feed(PeakMeter(48000, 2), samples)
    sample_peak = meter.sample_peak_dbfs()
    assert sample_peak is not None
    assert sample_peak < 0.0 < true_peak(samples)


def test_silence_has_no_peak_level() -> None:
    for samples in (np.zeros((70000, 2)), np.zeros((1, 2))):
        meter = feed(PeakMeter(48000, 2), samples)
        assert meter.true_peak_dbtp() is None
        assert meter.sample_peak_dbfs() is None


@pytest.mark.parametrize(("rate", "factor"), [(8000, 8), (88200, 8), (96000, 4), (384000, 2)])
def test_high_rates_need_less_oversampling(rate: int, factor: int) -> None:
    assert oversampling(rate) == factor
    samples = tone(rate, max(5.0, rate / 19200), 36.0, 0.5)
    assert true_peak(samples, rate) == pytest.approx(-6.02, abs=0.25)


@given(
    lengths=st.lists(st.integers(1, 50000), min_size=1, max_size=5),
    channels=st.sampled_from([1, 2, 6]),
)
def test_any_cutting_gives_the_same_bits(lengths: list[int], channels: int) -> None:
    samples = noise(np.random.default_rng(5), 2.0, 44100, channels)
    whole, cut = (feed(PeakMeter(44100, channels), samples, n) for n in ((10**6,), lengths))
    assert whole.true_peak_dbtp() == cut.true_peak_dbtp()
    assert whole.sample_peak_dbfs() == cut.sample_peak_dbfs()
