from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studiohand.core.audio import Block, Material, MemorySource, Source, Track, read_all
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq, analogue_db
from studiohand.dsp.effects.width import Width
from studiohand.dsp.matching.profile import GRID_HZ
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.run.files.single import processed_file
from studiohand.tools.match import MatchSettings, match
from tests.cutting import feed
from tests.signals import pink

RATE = 44100
HEARD = (GRID_HZ >= 63) & (GRID_HZ <= 12500)
PLANTED = (Band("bell", 180.0, 4.0, 1.0), Band("bell", 2500.0, -3.0, 1.4),
           Band("high_shelf", 8000.0, 3.0))  # fmt: skip


def song(seed: int, seconds: float = 7.0) -> Block:
    """Two sides with a common middle, in bursts of many levels."""
    rng = np.random.default_rng(seed)
    middle, sides = pink(rng, seconds, RATE, 1, -26), pink(rng, seconds, RATE, 2, -36)
    level = np.full(len(middle), 0.2)
    t = np.arange(round(0.5 * RATE)) / RATE
    for start in np.arange(0.0, seconds - 0.6, 0.37):
        at = round(start * RATE)
        level[at : at + len(t)] += rng.uniform(0.1, 2.0) * np.exp(-t * rng.uniform(4, 15))
    played: Block = (middle + sides) * level[:, None]
    return played


def track(samples: Block, name: str = "song", rate: int = RATE) -> Track:
    return Track(name, MemorySource(samples, rate))


def material(ours: Block, *references: Block, rate: int = RATE) -> Material:
    others = tuple(track(samples, f"reference {i}") for i, samples in enumerate(references))
    return Material(rate, file=track(ours, rate=rate), references=others)


def matched(ours: Block, *references: Block, **settings: Any) -> Outcome:
    return match.run(Job(), material(ours, *references), MatchSettings(**settings))


def step(outcome: Outcome, kind: type[Any]) -> Any:
    return next(s for move in outcome.moves for s in move.steps if isinstance(s, kind))


def loudness(source: Source) -> float:
    value = feed(LoudnessMeter(RATE, 2), read_all(source)).integrated_lufs()
    assert value is not None
    return value


def test_the_file_itself_as_reference_gives_no_move() -> None:
    ours = song(1)
    outcome = matched(ours, ours)
    assert (outcome.findings, outcome.moves) == ((), ())


def test_a_record_over_the_ceiling_is_left_alone_when_it_is_its_own_reference() -> None:
    ours = song(1)
    ours *= 1.05 / np.abs(ours).max()
    assert matched(ours, ours).moves == ()


def test_a_planted_equaliser_is_taken_back_to_a_quarter_of_a_db() -> None:
    reference = song(1)
    ours = Eq(PLANTED).start(RATE, 2).process(reference)
    outcome = matched(ours, reference)
    bands = step(outcome, Eq).bands
    error = analogue_db(bands, GRID_HZ) + analogue_db(PLANTED, GRID_HZ)
    assert np.abs(error[HEARD]).mean() < 0.25
    assert {finding.kind for finding in outcome.findings} == {"tone"}


def test_a_planted_compressor_is_named() -> None:
    ours = song(2)
    reference = Compressor(-34.0, 3.0, 10.0, 120.0, 6.0).start(RATE, 2).process(ours)
    found = step(matched(ours, reference), Compressor)
    assert found.threshold_db == pytest.approx(-34.0, abs=3.0)
    assert found.ratio == pytest.approx(3.0, rel=0.3)


def test_planted_width_is_found_within_two_percent() -> None:
    ours = song(3)
    reference = Width(1.4).start(RATE, 2).process(ours)
    outcome = matched(ours, reference)
    assert step(outcome, Width).width == pytest.approx(1.4, rel=0.02)
    assert not [f for f in outcome.findings if f.kind == "dynamics"]


def test_a_late_copy_is_laid_over_its_original() -> None:
    reference = song(4)
    ours = Eq(PLANTED).start(RATE, 2).process(reference)[12345:]
    bands = step(matched(ours, reference), Eq).bands
    error = analogue_db(bands, GRID_HZ) + analogue_db(PLANTED, GRID_HZ)
    assert np.abs(error[HEARD]).mean() < 0.5


def test_the_result_lands_on_the_loudness_under_the_ceiling() -> None:
    ours, reference = song(5), song(6) * 3.0
    outcome = matched(ours, reference)
    result = processed_file(material(ours, reference), outcome.moves, 100.0)
    assert loudness(result) == pytest.approx(loudness(MemorySource(reference, RATE)), abs=0.3)
    assert np.abs(read_all(result)).max() <= 10 ** (-1.0 / 20)


def test_at_zero_percent_the_file_is_untouched() -> None:
    ours, reference = song(5, 6.0), song(6, 6.0) * 2.0
    outcome = matched(ours, reference)
    assert outcome.moves
    result = processed_file(material(ours, reference), outcome.moves, 0.0)
    assert np.array_equal(read_all(result), ours)


def test_a_dimension_at_zero_percent_has_no_move_and_amounts_reach_the_moves() -> None:
    reference = song(7) * 0.5
    ours = Eq(PLANTED).start(RATE, 2).process(song(7))
    outcome = matched(ours, reference, tone=40, loudness=0)
    assert [move.amount_percent for move in outcome.moves] == [40.0]
    assert isinstance(outcome.moves[0].steps[0], Eq)


def test_references_serve_what_they_are_asked_for() -> None:
    ours = song(8)
    tonal = Eq(PLANTED).start(RATE, 2).process(ours)
    wide = Width(1.5).start(RATE, 2).process(ours)
    outcome = matched(ours, tonal, wide, serves=("tone", "width"))
    assert step(outcome, Width).width == pytest.approx(1.5, rel=0.02)
    error = analogue_db(step(outcome, Eq).bands, GRID_HZ) - analogue_db(PLANTED, GRID_HZ)
    assert np.abs(error[HEARD]).mean() < 0.25


def test_weights_decide_between_references() -> None:
    ours = song(9)
    bright = Eq((Band("high_shelf", 4000.0, 6.0),)).start(RATE, 2).process(ours)
    half = step(matched(ours, bright, ours, serves=("tone", "tone"), weights=(1, 1)), Eq)
    assert analogue_db(half.bands, np.array([12000.0]))[0] == pytest.approx(3.0, abs=0.4)


def test_what_is_not_played_is_said_and_not_equalised() -> None:
    ours, reference = song(10), song(11)
    ours = Eq((Band("high_pass", 150.0, slope=48),)).start(RATE, 2).process(ours)
    outcome = matched(ours, reference)
    said = [f for f in outcome.findings if f.evidence.get("arrangement")]
    assert said
    assert said[0].band_hz is not None
    assert said[0].band_hz[1] < 200
    bands = [b for m in outcome.moves for s in m.steps if isinstance(s, Eq) for b in s.bands]
    assert analogue_db(bands, np.array([40.0]))[0] < 4.0


def test_wrong_lists_are_refused_with_a_sentence() -> None:
    ours = song(1, 3.0)
    for wrong in ({"serves": ("tone",)}, {"weights": (1.0, 2.0, 3.0)}, {"serves": ("mood", "all")}):
        with pytest.raises(BadSetting):
            matched(ours, ours, ours, **wrong)
    with pytest.raises(BadSetting):
        matched(ours)


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_and_short_files_get_no_move_and_no_fault(channels: int) -> None:
    reference = song(1, 6.0)[:, :channels]
    for frames in (1, 1000, 44100):
        assert matched(np.zeros((frames, channels)), reference).moves == ()
    matched(reference[:20000], reference)


def test_the_same_input_gives_the_same_moves() -> None:
    first, second = (matched(song(5, 6.0), song(6, 6.0)) for _ in range(2))
    assert [m.to_json() for m in first.moves] == [m.to_json() for m in second.moves]
