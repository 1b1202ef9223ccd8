from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.dsp.filters.decimate import Mono, MonoDecimator
from tests.signals import noise, sine


def test_a_low_tone_passes_and_a_high_one_does_not() -> None:
    for hz, expected in ((1000.0, 1.0), (3800.0, 1.0), (8000.0, 0.0), (20000.0, 0.0)):
        decimator = MonoDecimator(4, 2)
        samples = sine(hz, 1.0, 44100, db=0, channels=2)
        out = np.concatenate([decimator.process(samples), decimator.flush()])
        level = np.sqrt(2 * np.mean(out[200:-200] ** 2))
        assert level == pytest.approx(expected, abs=0.01), hz


@pytest.mark.parametrize("factor", [1, 3, 4, 34])
def test_output_zero_lies_at_input_zero(factor: int) -> None:
    click = np.zeros((factor * 400, 1))
    click[factor * 100] = 1.0
    decimator = MonoDecimator(factor, 1)
    out = np.concatenate([decimator.process(click), decimator.flush()])
    assert len(out) == 400
    assert int(np.abs(out).argmax()) == 100


@given(lengths=st.lists(st.integers(1, 40000), min_size=1, max_size=5))
def test_any_cutting_gives_the_same_bits(lengths: list[int]) -> None:
    samples = noise(np.random.default_rng(5), 2.0, 44100)
    results = []
    for cuts in ([10**6], lengths):
        decimator, at = MonoDecimator(4, 2), 0
        parts: list[Mono] = []
        while at < len(samples):
            length = cuts[len(parts) % len(cuts)]
            parts.append(decimator.process(samples[at : at + length]))
            at += length
        results.append(np.concatenate([*parts, decimator.flush()]))
    assert np.array_equal(results[0], results[1])
