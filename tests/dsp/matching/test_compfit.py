from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.matching.compfit import CompressorFit, fit_gain, fit_spread
from studiohand.dsp.matching.profile import ENVELOPE_HOP_S, Profile, Profiler
from tests.cutting import feed
from tests.signals import pink

RATE = 22050


def hits(rng: np.random.Generator, seconds: float = 12.0) -> Block:
    """Noise bursts of many levels that decay."""
    out = pink(rng, seconds, RATE, 1, db=-30)
    t = np.arange(round(0.4 * RATE)) / RATE
    for start in np.arange(0.1, seconds - 0.5, 0.31):
        at = round(start * RATE)
        burst = rng.standard_normal(len(t)) * np.exp(-t * rng.uniform(4, 20))
        out[at : at + len(t), 0] += burst * 10 ** (rng.uniform(-26, -8) / 20)
    return out


def profile_of(samples: Block) -> Profile:
    return feed(Profiler(RATE, 1), samples).finish()


def seen(samples: Block, effect: Compressor) -> CompressorFit | None:
    ours, theirs = profile_of(samples), profile_of(effect.start(RATE, 1).process(samples))
    power, other = (np.asarray(p.power, dtype=np.float64) for p in (ours, theirs))
    gain = 10 * np.log10(np.maximum(other, 1e-12) / np.maximum(power, 1e-12))
    return fit_gain(power, np.asarray(ours.instants, dtype=np.float64), gain, ENVELOPE_HOP_S)


@pytest.mark.parametrize(("threshold", "ratio"), [(-32.0, 2.0), (-36.0, 4.0)])
def test_a_planted_compressor_is_found_again(
    rng: np.random.Generator, threshold: float, ratio: float
) -> None:
    effect = Compressor(threshold, ratio, 10.0, 120.0, 6.0, 2.0)
    fit = seen(hits(rng), effect)
    assert fit is not None
    assert fit.threshold_db == pytest.approx(threshold, abs=3.0)
    assert fit.ratio == pytest.approx(ratio, rel=0.35)
    assert fit.detector == "rms"
    assert fit.explained > 0.9


def test_no_change_of_gain_is_no_compressor(rng: np.random.Generator) -> None:
    power = np.asarray(profile_of(hits(rng)).power, dtype=np.float64)
    fit = fit_gain(power, None, np.full(len(power), 1.5), ENVELOPE_HOP_S)
    assert fit is not None
    assert fit.ratio == pytest.approx(1.0)


def test_silence_has_nothing_to_fit() -> None:
    silent = np.full(4000, 1e-14)
    assert fit_gain(silent[:50], None, np.zeros(50), ENVELOPE_HOP_S) is None


def test_a_wider_spread_is_brought_nearer(rng: np.random.Generator) -> None:
    samples = hits(rng)
    narrow = Compressor(-30.0, 4.0, 10.0, 120.0).start(RATE, 1).process(samples)
    quantiles = np.linspace(0.4, 0.99, 8)
    power, goal = (np.asarray(profile_of(s).power, dtype=np.float64) for s in (samples, narrow))
    levels = np.quantile(10 * np.log10(goal[goal > 1e-7]), quantiles)
    fit = fit_spread(power, ENVELOPE_HOP_S, levels, quantiles, (10.0, 120.0))
    assert fit is not None
    assert fit.explained > 0.5
    assert fit.ratio > 1.5
