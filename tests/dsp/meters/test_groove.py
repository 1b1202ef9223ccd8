"""What a groove would have to follow."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.dsp.meters.groove import groove, riaa_db
from tests.signals import sine

RATE = 48000


@pytest.mark.parametrize(
    ("hz", "db"),
    [(20.0, -19.274), (50.0, -16.946), (100.0, -13.088), (500.0, -2.648), (1000.0, 0.0),
     (2122.0, 2.866), (10000.0, 13.734), (20000.0, 19.620)],
)  # fmt: skip
def test_the_recording_curve_is_that_of_iec_60098(hz: float, db: float) -> None:
    """The published table of the playback curve, turned round."""
    assert riaa_db(np.array([hz]))[0] == pytest.approx(db, abs=0.002)


def test_bass_in_phase_moves_sideways_and_bass_against_it_vertically() -> None:
    tone = sine(60.0, 2.0, RATE, -6.0)
    together = groove(MemorySource(np.hstack([tone, tone]), RATE))
    against = groove(MemorySource(np.hstack([tone, -tone]), RATE))
    middle = slice(5, -5)
    expected = 0.5 * 10 ** (-6 / 10)
    assert together["sideways"][middle] == pytest.approx(expected, rel=0.02)
    assert together["vertical"].max() < 1e-12
    assert against["vertical"][middle] == pytest.approx(expected, rel=0.02)
    assert against["sideways"].max() < 1e-12


def test_treble_is_lifted_as_it_is_cut() -> None:
    seen = groove(MemorySource(sine(10000.0, 1.0, RATE, -20.0), RATE))
    treble, whole = (np.asarray(seen[name], dtype=float)[10:-10] for name in ("treble", "whole"))
    lift = 10 * np.log10(treble / whole)
    assert lift == pytest.approx(13.73, abs=0.1)


def test_the_cutting_of_the_input_does_not_matter(rng: np.random.Generator) -> None:
    sound = rng.standard_normal((100_001, 2))

    class Ragged(MemorySource):
        def blocks(self, size=0, start_frame=0, stop_frame=None):  # type: ignore[no-untyped-def]
            for a, b in itertools.pairwise([0, 1, 17, 40_000, 40_003, 100_001]):
                yield self.samples[a:b]

    plain, ragged = groove(MemorySource(sound, RATE)), groove(Ragged(sound, RATE))
    assert all(np.array_equal(plain[name], ragged[name]) for name in plain)
