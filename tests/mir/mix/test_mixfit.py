"""The gains of the stems in a mix."""

from __future__ import annotations

import tracemalloc
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import MemorySource, Track
from studiohand.core.job import Job
from studiohand.dsp.hearing.earbands import CENTRES_HZ
from studiohand.mir.mix.bells import bell_power
from studiohand.mir.mix.mixfit import MixFit, fit_mix
from studiohand.run.jobs.cache import FolderCache
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def fit(parts: dict[str, np.ndarray], mix: np.ndarray) -> MixFit:
    found = fit_mix(Job(), tracks(parts), track("mix", mix))
    assert found is not None
    return found


def sure(found: MixFit, stem: int) -> np.ndarray:
    return np.asarray(found.gain_db[stem][found.error_db[stem] < 0.3])


def limited(mix: np.ndarray) -> np.ndarray:
    """Down within a millisecond, up again over 80: a fast bus limiter."""
    fall, rise = np.exp(-1.0 / (0.001 * RATE)), np.exp(-1.0 / (0.08 * RATE))
    envelope, level = np.empty(len(mix)), 0.0
    for at, peak in enumerate(np.abs(mix).max(axis=1)):
        pole = fall if peak > level else rise
        level = pole * level + (1.0 - pole) * peak
        envelope[at] = level
    ceiling = np.percentile(envelope, 30.0)
    return np.asarray(mix * np.minimum(1.0, ceiling / np.maximum(envelope, 1e-9))[:, None])


def test_forty_stems_are_compared_without_holding_their_spectra(rng: np.random.Generator) -> None:
    sound = 0.01 * rng.standard_normal((4 * RATE, 1))
    parts = {f"stem {n}": sound for n in range(40)}
    mix = 40.0 * sound
    tracemalloc.start()
    fit(parts, mix)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80e6


def test_a_fit_that_was_kept_is_the_fit_that_was_made(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    parts = band(rng)
    stems = [replace(stem, sha256=stem.name) for stem in tracks(parts)]
    mix = replace(track("mix", total(parts)), sha256="mix")
    job = Job(cache=FolderCache(tmp_path))
    made, kept = fit_mix(job, stems, mix), fit_mix(job, stems, mix)
    assert made is not None
    assert kept is not None
    assert len(list(tmp_path.iterdir())) == 1
    for field in fields(MixFit):
        np.testing.assert_array_equal(getattr(kept, field.name), getattr(made, field.name))


def test_a_plain_bounce_has_every_stem_at_zero(rng: np.random.Generator) -> None:
    parts = band(rng)
    found = fit(parts, total(parts))
    assert found.explained == pytest.approx(1.0, abs=1e-4)
    assert found.delay_frames == 0
    for stem in range(4):
        assert np.abs(sure(found, stem)).max() < 0.05


@pytest.mark.parametrize("db", [-9.0, -4.0, 4.0, 9.0])
def test_a_stem_at_another_level_is_measured_to_a_tenth_of_a_db(
    rng: np.random.Generator, db: float
) -> None:
    parts = band(rng)
    mix = total(parts) + parts["guitar"] * (10 ** (db / 20) - 1)
    found = fit(parts, mix)
    assert np.median(sure(found, 1)) == pytest.approx(db, abs=0.1)
    assert np.median(sure(found, 0)) == pytest.approx(0.0, abs=0.1)


def test_a_late_and_compressed_mix_still_shows_the_level(rng: np.random.Generator) -> None:
    parts = band(rng)
    mix = np.tanh(2.0 * (total(parts) + parts["guitar"])) / 2.0
    mix = np.concatenate([np.zeros((1105, 2)), mix])
    found = fit(parts, mix)
    assert found.delay_frames == 1105
    difference = np.median(sure(found, 1)) - np.median(sure(found, 0))
    assert difference == pytest.approx(6.0, abs=0.5)


def test_a_limiter_that_acts_on_the_hits_leaves_their_level_as_it_is(
    rng: np.random.Generator,
) -> None:
    parts = band(rng, 8.0)
    since_hit = np.arange(len(parts["drums"])) % (RATE // 3)
    parts["drums"] *= 4.0 * np.exp(-since_hit / (0.03 * RATE))[:, None]
    found = fit(parts, limited(total(parts)))
    levels = [float(np.median(sure(found, stem))) for stem in range(4)]
    assert np.ptp(levels) < 0.5


def test_an_equaliser_on_one_stem_is_seen_band_by_band(rng: np.random.Generator) -> None:
    parts = band(rng)
    changed = dict(parts, guitar=bell(parts["guitar"], 1000.0, 8.0, 1.0))
    found = fit(parts, total(changed))
    expected = 10 * np.log10(bell_power(1000.0, 8.0, 1.0))
    good = (found.error_db[1] < 0.3) & (CENTRES_HZ > 200) & (CENTRES_HZ < 4500)
    np.testing.assert_allclose(found.gain_db[1][good], expected[good], atol=0.6)


def test_a_change_for_a_few_seconds_is_seen_where_it_is(rng: np.random.Generator) -> None:
    parts = band(rng)
    louder = parts["guitar"].copy()
    louder[4 * RATE : 8 * RATE] *= 2.0
    found = fit(parts, total(dict(parts, guitar=louder)))
    over_time = np.median(found.chunks_db[:, 1, 10:25], axis=1)
    np.testing.assert_allclose(over_time, [0, 0, 6, 6, 0, 0], atol=0.5)


def test_a_mix_of_something_else_explains_nothing(rng: np.random.Generator) -> None:
    parts = band(rng)
    found = fit(parts, part(rng, 30, 15000))
    assert found.explained < 0.2


def test_a_silent_stem_and_a_short_mix_are_no_reason_to_fail(rng: np.random.Generator) -> None:
    parts = dict(band(rng, 3.0), other=np.zeros((3 * RATE, 2)))
    found = fit(parts, total(parts)[: RATE // 10])
    assert np.isinf(found.error_db[4]).all()
    assert np.isfinite(found.gain_db).all()


def test_mono_stems_fit_a_stereo_mix(rng: np.random.Generator) -> None:
    one, two = part(rng, 100, 2000)[:, :1], part(rng, 1000, 8000)[:, :1]
    mix = np.repeat(one + 0.5 * two, 2, axis=1)
    found = fit({"one": one, "two": two}, mix)
    assert np.median(sure(found, 1)) == pytest.approx(-6.02, abs=0.1)


def test_a_stem_at_another_rate_is_measured_all_the_same(rng: np.random.Generator) -> None:
    import soxr

    parts = band(rng)
    mix = total(parts) + parts["guitar"]
    stems = tracks(parts)
    at = [t.name for t in stems].index("guitar")
    converted = np.asarray(soxr.resample(parts["guitar"], RATE, 48000, "VHQ"))
    stems[at] = Track("guitar", MemorySource(converted, 48000))
    found = fit_mix(Job(), stems, track("mix", mix))
    assert found is not None
    assert np.median(sure(found, at)) == pytest.approx(6.02, abs=0.1)
