from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from studiohand.dsp.filters.recursive import ROW_FRAMES, RecursiveFilter
from studiohand.dsp.meters.loudness import k_weighting


@pytest.mark.parametrize("rate", [8000, 48000, 384000])
def test_a_filter_as_matrix_products_equals_the_loop_over_samples(
    rng: np.random.Generator, rate: int
) -> None:
    planes = rng.standard_normal((3, ROW_FRAMES * 300))
    sections = np.concatenate([k_weighting(rate), butter(4, 0.2, output="sos")])
    running = RecursiveFilter(sections, 3)
    cuts = [ROW_FRAMES * 7, ROW_FRAMES * 8]
    parts = [running.process(part) for part in np.split(planes, cuts, axis=1)]
    theirs = sosfilt(sections, planes, axis=1)
    assert np.abs(np.concatenate(parts, axis=1) - theirs).max() < 1e-9 * np.abs(theirs).max()


def test_peeking_does_not_move_the_filter(rng: np.random.Generator) -> None:
    planes = rng.standard_normal((1, ROW_FRAMES * 4))
    running = RecursiveFilter(k_weighting(48000), 1)
    seen = running.peek(planes)
    assert np.array_equal(seen, running.process(planes))
    assert not np.array_equal(seen, running.process(planes))
