"""Streamed short-time Fourier transform: it gives back what went in, however it is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.dsp.blocks.stft import Analysis, Synthesis, analyse, check_overlap, hann
from tests.signals import noise, sine


def through(samples: np.ndarray, cuts: list[int], window: int, hop: int) -> np.ndarray:
    analysis = Analysis(window, hop, samples.shape[1])
    synthesis = Synthesis(window, hop, samples.shape[1])
    edges = [0, *sorted(cuts), len(samples)]
    parts = [
        synthesis.process(analysis.process(samples[a:b]))
        for a, b in itertools.pairwise(edges)
        if b > a
    ]
    parts.append(synthesis.process(analysis.flush()))
    return np.concatenate(parts)[: len(samples)]


@given(cuts=st.lists(st.integers(1, 2999), max_size=6), frames=st.integers(1, 3000))
def test_any_cutting_gives_the_input_back(cuts: list[int], frames: int) -> None:
    samples = np.random.default_rng(3).standard_normal((frames, 2))
    out = through(samples, [c for c in cuts if c < frames], 256, 64)
    assert out.shape == samples.shape
    assert np.abs(out - samples).max() < 1e-12


def test_a_sine_stands_in_its_own_bin() -> None:
    spectra = analyse(sine(1500.0, seconds=0.5, rate=48000), 1024, 256)
    assert int(np.argmax(np.abs(spectra[3, 0]))) == round(1500.0 * 1024 / 48000)


def test_single_precision_stays_single_precision(rng: np.random.Generator) -> None:
    assert analyse(noise(rng, 0.1).astype(np.float32), 512, 128).dtype == np.complex64


def test_hann_is_periodic() -> None:
    window = hann(8)
    assert window[0] == 0.0
    assert window[4] == 1.0
    assert window[1] == pytest.approx(window[7])


@pytest.mark.parametrize(("window", "hop"), [(1024, 300), (1024, 512)])
def test_windows_that_would_not_add_up_are_refused(window: int, hop: int) -> None:
    with pytest.raises(ValueError, match="multiple of the hop"):
        check_overlap(window, hop)
