"""Who hides whom: against the mix, against the song, by ear."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, Role
from studiohand.core.job import Job
from studiohand.dsp.hearing.earbands import CENTRES_HZ, FRAME_RATE, ear_bands
from studiohand.mir.mix.audibility import Scene, audibility_db, heard, scene
from studiohand.mir.mix.clashes import Clash, against_mix, stretches
from studiohand.mir.mix.contrast import placed
from studiohand.mir.mix.crowded import bulging
from studiohand.mir.mix.drowned import drowned_leads
from studiohand.mir.mix.mixbalance import mix_deviation
from studiohand.mir.mix.suspects import Suspect
from studiohand.mir.mix.unmixed import log_odds, without_mix
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def seen(parts: dict[str, Block]) -> Scene:
    given = tracks(parts)
    return scene(given, [ear_bands(t.source) for t in given])


def held_against(parts: dict[str, Block], mix: Block) -> list[Clash]:
    there = seen(parts)
    off = mix_deviation(Job(), tracks(parts), track("mix", mix), there)
    assert off is not None
    return against_mix(there, off)


def alone(parts: dict[str, Block]) -> list[Clash]:
    there = seen(parts)
    return without_mix(there, heard(there.power))


def drowned_in(parts: dict[str, Block]) -> list[Clash]:
    there = seen(parts)
    return drowned_leads(there, heard(there.power))


def pairs(clashes: list[Clash]) -> list[tuple[int, int]]:
    return [(c.hidden, c.hider) for c in clashes]


def middle_hz(clash: Clash) -> float:
    return float(CENTRES_HZ[(clash.bands[0] + clash.bands[1]) // 2])


def test_stems_that_are_the_mix_have_no_clash(rng: np.random.Generator) -> None:
    parts = band(rng)
    assert held_against(parts, total(parts)) == []


def test_a_band_that_the_mix_has_not_is_a_clash_of_the_right_pair_and_place(
    rng: np.random.Generator,
) -> None:
    parts = band(rng)
    mix = total(parts)
    found = held_against(dict(parts, guitar=bell(parts["guitar"], 1500.0, 10.0, 1.0)), mix)
    assert pairs(found) == [(0, 1)]
    assert middle_hz(found[0]) == pytest.approx(1500.0, rel=0.2)
    assert found[0].loss_db > 3.0
    assert found[0].cause_db == pytest.approx(10.0, abs=2.0)


def test_a_clash_of_a_few_seconds_is_placed_in_time(rng: np.random.Generator) -> None:
    parts = band(rng)
    mix = total(parts)
    loud = bell(parts["guitar"], 1500.0, 12.0, 1.0)
    guitar = parts["guitar"].copy()
    inside = slice(round(4.7 * RATE), round(8.9 * RATE))
    guitar[inside] = loud[inside]
    stems = dict(parts, guitar=guitar)
    found = held_against(stems, mix)
    assert pairs(found)[0] == (0, 1)
    clash = placed(seen(stems), found[0])
    assert clash.start / FRAME_RATE == pytest.approx(4.7, abs=0.15)
    assert clash.stop / FRAME_RATE == pytest.approx(8.9, abs=0.15)


def test_a_lead_that_is_far_softer_than_in_the_mix_is_hidden(rng: np.random.Generator) -> None:
    parts = band(rng)
    mix = total(parts)
    found = held_against(dict(parts, vocals=0.3 * parts["vocals"]), mix)
    assert [c.hidden for c in found] == [0]
    assert found[0].cause_db == pytest.approx(-10.5, abs=0.3)


def test_a_louder_mix_is_no_clash(rng: np.random.Generator) -> None:
    parts = band(rng)
    assert held_against(parts, 2.0 * total(parts)) == []


def test_a_bump_in_one_stretch_of_the_song_is_found_without_a_mix(
    rng: np.random.Generator,
) -> None:
    parts = band(rng, 30.0)
    del parts["drums"]
    loud = bell(parts["guitar"], 1500.0, 12.0, 1.0)
    guitar = parts["guitar"].copy()
    guitar[10 * RATE : 18 * RATE] = loud[10 * RATE : 18 * RATE]
    found = alone(dict(parts, guitar=guitar))
    assert pairs(found)[:1] == [(0, 1)]
    assert found[0].start / FRAME_RATE == pytest.approx(10.0, abs=0.3)
    assert found[0].stop / FRAME_RATE == pytest.approx(18.0, abs=0.3)
    assert (0, 1) not in pairs(alone(parts))


def test_a_drowned_lead_is_found_by_ear_and_a_clear_one_is_not(rng: np.random.Generator) -> None:
    parts = band(rng)
    drowned = drowned_in(parts)
    assert drowned == []
    drowned = drowned_in(dict(parts, vocals=0.1 * parts["vocals"]))
    assert [c.hidden for c in drowned] == [0]


def test_a_bulge_over_the_voice_is_the_likeliest_clash_and_likelier_than_without_it(
    rng: np.random.Generator,
) -> None:
    parts = band(rng)

    def likeliest(guitar: Block) -> Suspect:
        there = seen(dict(parts, guitar=guitar))
        return max(bulging(there, heard(there.power)), key=log_odds)

    flat = likeliest(2.0 * parts["guitar"])
    raised = likeliest(2.0 * bell(parts["guitar"], 1500.0, 18.0, 1.2))
    assert log_odds(raised) > log_odds(flat) + 1.0
    assert (raised.victim.stem, raised.hider) == (0, 1)
    assert 1000.0 < CENTRES_HZ[raised.band] < 2200.0


def test_what_a_bass_loses_above_1_khz_is_no_clash(rng: np.random.Generator) -> None:
    parts = dict(band(rng), bass=part(rng, 40, 5000, db=-20))
    there = seen(dict(parts, guitar=bell(parts["guitar"], 2500.0, 12.0, 1.0)))
    found = bulging(there, heard(there.power))
    above = {b.victim.stem for b in found if CENTRES_HZ[b.band] > 1000.0}
    assert 0 in above
    assert 2 not in above


def test_a_drowned_pad_is_nothing(rng: np.random.Generator) -> None:
    parts = band(rng)
    given = [*tracks(parts), track("pad", part(rng, 200, 4000, db=-45), Role.PAD)]
    there = scene(given, [ear_bands(t.source) for t in given])
    assert drowned_leads(there, heard(there.power)) == []


def test_the_sum_plays_at_80_db_spl_whatever_the_level_of_the_files(
    rng: np.random.Generator,
) -> None:
    parts = band(rng, 4.0)
    loud, soft = seen(parts), seen({n: 0.1 * x for n, x in parts.items()})
    level = 10 * np.log10(loud.power.sum(axis=(0, 2)).mean())
    assert level == pytest.approx(80.0, abs=1.0)
    one, other = heard(loud.power).among.sum(), heard(soft.power).among.sum()
    assert one == pytest.approx(other, rel=0.1)


def test_nothing_is_hidden_when_one_stem_plays_alone(rng: np.random.Generator) -> None:
    there = seen({"vocals": part(rng, 200, 6000), "guitar": np.zeros((12 * RATE, 2))})
    loudness = heard(there.power)
    np.testing.assert_allclose(loudness.among[0], loudness.alone[0], rtol=1e-9)
    assert without_mix(there, loudness) == []


def test_twice_the_loudness_is_ten_decibels() -> None:
    assert audibility_db(2.0, 1.0) == pytest.approx(10.0)
    assert audibility_db(0.0, 0.0) == 0.0


def test_stretches_join_what_is_near() -> None:
    where = np.zeros(100, dtype=bool)
    where[[3, 4, 9, 50, 51]] = True
    assert stretches(where) == ((3, 10), (50, 52))
    assert stretches(np.zeros(5, dtype=bool)) == ()
