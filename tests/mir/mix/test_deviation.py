"""Deviations of stems from a mix that was compressed, brought up, or made of few stems."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from studiohand.core.audio import Block
from studiohand.core.job import Job
from studiohand.dsp.hearing.earbands import ear_bands
from studiohand.mir.mix.audibility import scene
from studiohand.mir.mix.deviation import SURE_LEVEL_DB, Deviation
from studiohand.mir.mix.mixbalance import mix_deviation
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def deviations(parts: dict[str, Block], mix: Block) -> Deviation:
    stems = tracks(parts)
    heard = scene(stems, Job().analyse(ear_bands, stems, ""))
    found = mix_deviation(Job(), stems, track("mix", mix), heard)
    assert found is not None
    return found


def compressed(mix: Block) -> Block:
    """A hard bus compressor, 4:1 above half of its mean level."""
    pole = np.exp(-1.0 / (0.05 * RATE))
    power = (mix**2).mean(axis=1)
    level = np.sqrt(signal.lfilter([1 - pole], [1, -pole], power) + 1e-12)
    return np.asarray(mix * np.minimum(1.0, (0.5 * level.mean() / level) ** 0.75)[:, None])


def test_a_stem_of_the_loud_part_only_is_not_blamed_for_the_bus_compressor(
    rng: np.random.Generator,
) -> None:
    parts = band(rng, 16.0)
    for samples in parts.values():
        samples[: 8 * RATE] *= 0.2
    parts["lead"] = part(rng, 500, 4000, 16.0, -22)
    parts["lead"][: 8 * RATE] = 0.0
    found = deviations(parts, compressed(total(parts)))
    assert np.abs(found.level_db).max() < 1.0
    assert (found.level_error_db < SURE_LEVEL_DB).all()


@pytest.mark.parametrize(("moved", "db"), [("vocals", 6.0), ("bass", -7.0)])
def test_of_two_stems_in_a_louder_mix_the_one_far_from_unity_is_the_moved_one(
    rng: np.random.Generator, moved: str, db: float
) -> None:
    whole = band(rng, 8.0)
    parts = {name: whole[name] for name in ("vocals", "bass")}
    mix = 1.2 * total(parts)
    found = deviations(dict(parts, **{moved: parts[moved] * 10 ** (db / 20)}), mix)
    assert found.level_db[list(parts).index(moved)] == pytest.approx(db, abs=0.2)
    assert np.count_nonzero(found.level_db) == 1


@pytest.mark.parametrize("db", [-9.0, 10.0])
def test_a_broad_bell_on_one_stem_is_no_level(rng: np.random.Generator, db: float) -> None:
    parts = band(rng, 8.0)
    found = deviations(dict(parts, guitar=bell(parts["guitar"], 1500.0, db, 1.0)), total(parts))
    assert np.abs(found.level_db).max() == 0.0
    assert np.ptp(found.band_db[list(parts).index("guitar")]) > 6.0


def test_two_stems_that_differ_by_little_may_both_have_moved(rng: np.random.Generator) -> None:
    whole = band(rng, 8.0)
    parts = {name: whole[name] for name in ("vocals", "bass")}
    mix = 1.8 * total(parts)
    near = deviations(dict(parts, vocals=1.6 * parts["vocals"]), mix)
    far = deviations(dict(parts, vocals=4.0 * parts["vocals"]), mix)
    assert near.certainty < 0.8 < far.certainty
    assert far.level_db == pytest.approx([12.04, 0.0], abs=0.2)


def test_a_bus_equaliser_moves_no_stem_even_where_there_are_three(rng: np.random.Generator) -> None:
    whole = band(rng, 8.0)
    parts = {name: whole[name] for name in ("vocals", "bass", "drums")}
    mix = bell(bell(1.5 * total(parts), 90.0, 6.0, 0.7), 3000.0, -5.0, 0.7)
    found = deviations(dict(parts, bass=2.0 * parts["bass"]), mix)
    np.testing.assert_allclose(found.level_db, [0.0, 6.02, 0.0], atol=0.5)


def test_a_stem_that_meets_the_mix_at_unity_by_chance_is_outvoted_by_two(
    rng: np.random.Generator,
) -> None:
    whole = band(rng, 8.0)
    parts = {name: whole[name] for name in ("vocals", "bass", "drums")}
    mix = np.tanh(2.0 * total(parts))
    found = deviations(dict(parts, bass=10 ** (5.2 / 20) * parts["bass"]), mix)
    np.testing.assert_allclose(found.level_db, [0.0, 5.2, 0.0], atol=0.5)


def test_two_stems_that_agree_outvote_the_third(rng: np.random.Generator) -> None:
    whole = band(rng, 8.0)
    parts = {name: whole[name] for name in ("vocals", "bass", "drums")}
    mix = 2.0 * total(parts)
    found = deviations(dict(parts, drums=0.5 * parts["drums"]), mix)
    np.testing.assert_allclose(found.level_db, [0.0, 0.0, -6.02], atol=0.2)


def test_many_unsure_bands_make_one_sure_level(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    mix = total(parts) + 0.7 * part(rng, 30, 15000, 8.0, -20)
    found = deviations(dict(parts, guitar=2.0 * parts["guitar"]), mix)
    assert found.level_db[1] == pytest.approx(6.02, abs=0.5)
    assert found.known[1].sum() < 8
