"""The tone of a master: towards references within the budget; without them only what is far out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.dsp.effects.eq import Band, Eq, response_db
from studiohand.dsp.matching.profile import Profile, Profiler
from studiohand.mir.recording.mastertone import RANGE_DB, against_range, against_references
from tests.signals import pink

RATE = 44100


def profile(sound: Block) -> Profile:
    profiler = Profiler(RATE, sound.shape[1])
    profiler.update(np.asfortranarray(sound))
    return profiler.finish()


def equalised(sound: Block, *bands: Band) -> Block:
    return Eq(bands).start(RATE, sound.shape[1]).process(sound)


@pytest.fixture
def record(rng: np.random.Generator) -> Block:
    """Pink noise bent to the spectrum records have, in bursts."""
    sound = pink(rng, 12.0, RATE)
    sound *= (0.2 + np.abs(np.sin(np.arange(len(sound)) / RATE * 4.0)))[:, None]
    return equalised(sound, Band("high_shelf", 2500.0, -12.0, 0.4), Band("high_pass", 35.0))


def test_an_ordinary_record_is_left_alone(record: Block) -> None:
    assert against_range(profile(record), 3.0) is None


def test_a_reference_that_is_the_record_itself_asks_for_nothing(record: Block) -> None:
    assert against_references(profile(record), [profile(record)], 3.0) is None


@pytest.mark.parametrize("db", [-18.0, 18.0])
def test_what_is_far_out_is_brought_back_within_the_budget(db: float, record: Block) -> None:
    tone = against_range(profile(equalised(record, Band("bell", 3000.0, db, 1.4))), 3.0)
    assert tone is not None
    assert abs(tone.value_db) > RANGE_DB
    assert np.sign(tone.value_db) == np.sign(db)
    change = response_db(tone.bands, np.array([3000.0]), RATE)[0]
    assert -np.sign(db) * change >= 1.0
    assert all(abs(band.db) <= 3.0 for band in tone.bands)


def test_a_missing_bass_is_an_arrangement(record: Block) -> None:
    thin = equalised(record, Band("high_pass", 200.0, slope=24))
    assert against_range(profile(thin), 3.0) is None


def test_a_planted_equaliser_is_undone_towards_the_record(record: Block) -> None:
    spoilt = equalised(record, Band("high_shelf", 6000.0, -2.5))
    tone = against_references(profile(spoilt), [profile(record)], 3.0)
    assert tone is not None
    hz = np.geomspace(80.0, 12_000.0, 40)
    planted = response_db([Band("high_shelf", 6000.0, -2.5)], hz, RATE)
    left = planted + response_db(tone.bands, hz, RATE)
    assert np.abs(left - np.median(left)).mean() < 0.3


def test_finished_records_are_mostly_left_alone(corpus: Path) -> None:
    import soundfile

    moved = 0
    for file in ("metal_vocals_farewell.ogg", "jazz_vibe_ace.ogg", "hiphop_ripper.mp3"):
        sound, _ = soundfile.read(corpus / "mix" / file, frames=15 * RATE, always_2d=True)
        moved += against_range(profile(sound), 3.0) is not None
    assert moved <= 1
