"""The clash tool: findings, severity, blends, moves that keep their promise."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, Intent, Material, Role, Track, read_all
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome, Severity
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.simple import Pan
from studiohand.dsp.hearing.earbands import CENTRES_HZ, ear_bands
from studiohand.mir.mix.audibility import audibility_db, heard, scene
from studiohand.tools.clash import TOOL
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def run(
    parts: dict[str, Block], mix: Block | None = None, intents: tuple[Intent, ...] = ()
) -> Outcome:
    given = track("mix", mix) if mix is not None else None
    material = Material(RATE, stems=tuple(tracks(parts)), mix=given, intents=intents)
    return TOOL.run(Job(), material, TOOL.settings())


@pytest.fixture
def planted(rng: np.random.Generator) -> tuple[dict[str, Block], Block]:
    """A band whose guitar is 10 dB too loud where the voice lives, and the mix without that."""
    parts = band(rng)
    mix = total(parts)
    return dict(parts, guitar=bell(parts["guitar"], 1500.0, 10.0, 1.0)), mix


def accepted(parts: dict[str, Block], move: Move) -> dict[str, Block]:
    """The stems after a move."""
    out = {}
    by_name = {t.name: t for t in tracks(parts)}
    for name, item in by_name.items():
        steps = tuple(move.steps) if name in move.targets else ()
        keys = {n: t.source for n, t in by_name.items()}
        out[name] = read_all(ProcessedSource(item.source, steps, keys))  # type: ignore[arg-type]
    return out


def audible(parts: dict[str, Block], stem: int, first: int, last: int) -> float:
    given = tracks(parts)
    there = scene(given, [ear_bands(t.source) for t in given])
    return float(heard(there.power).among[stem][:, first : last + 1].sum())


def test_a_planted_clash_is_one_finding_with_its_pair_band_and_place(
    planted: tuple[dict[str, Block], Block],
) -> None:
    found = run(*planted).findings
    assert [f.kind for f in found] == ["clash"]
    assert found[0].stems == ("vocals", "guitar")
    low, high = found[0].band_hz or (0.0, 0.0)
    assert low < 1500.0 < high
    assert found[0].severity is Severity.MUST
    assert found[0].end_s - found[0].start_s > 10.0
    assert "1" in found[0].text
    assert "mix" in found[0].text


def test_untouched_stems_have_nothing_to_fix(rng: np.random.Generator) -> None:
    parts = band(rng)
    assert run(parts, total(parts)) == Outcome()
    assert all(f.severity is Severity.COULD for f in run(parts).findings)


def test_stems_in_bands_of_their_own_hide_nothing(rng: np.random.Generator) -> None:
    apart = {
        "bass": part(rng, 40, 200),
        "vocals": part(rng, 400, 2000),
        "drums": part(rng, 4000, 12000),
    }
    assert run(apart) == Outcome()


def test_the_first_move_gives_three_decibels_and_leaves_the_others(
    planted: tuple[dict[str, Block], Block],
) -> None:
    parts, mix = planted
    outcome = run(parts, mix)
    move = outcome.moves[0]
    assert move.because == (outcome.findings[0].id,)
    after = accepted(parts, move)
    low, high = outcome.findings[0].band_hz or (0.0, 0.0)
    inside = np.flatnonzero((low < CENTRES_HZ) & (high > CENTRES_HZ))
    first, last = int(inside[0]) - 1, int(inside[-1]) + 1
    gain = audibility_db(audible(after, 0, first, last), audible(parts, 0, first, last))
    assert gain >= 3.0
    assert gain == pytest.approx(move.predicted["hidden_audibility_gain_db"], abs=1.5)
    for stem in (2, 3):
        change = audibility_db(audible(after, stem, 0, 38), audible(parts, stem, 0, 38))
        assert change >= -0.5


def test_every_move_of_the_ladder_can_be_rendered(
    planted: tuple[dict[str, Block], Block],
) -> None:
    parts, mix = planted
    outcome = run(parts, mix)
    assert len(outcome.moves) == 5
    for move in outcome.moves:
        after = accepted(parts, move)
        assert all(np.isfinite(x).all() for x in after.values())
        gain = audibility_db(audible(after, 0, 14, 20), audible(parts, 0, 14, 20))
        assert gain > 3.0 or isinstance(move.steps[0], Pan)


def test_the_ladder_goes_from_the_least_intrusive_to_the_most_with_gain_and_side_effect(
    planted: tuple[dict[str, Block], Block],
) -> None:
    outcome = run(*planted)
    rungs = outcome.findings[0].evidence["ladder"]
    kinds = [rung["do"] for rung in rungs]
    order = ["leave", "octave", "pan", "cut", "lower", "level", "cut", "lift", "dynamic", "duck"]
    assert kinds == order
    assert all(np.isfinite(rung["hidden_audibility_gain_db"]) for rung in rungs)
    assert rungs[0]["hidden_audibility_gain_db"] == max(
        rung["hidden_audibility_gain_db"] for rung in rungs if rung["do"] not in ("level", "lift")
    )
    moves = {move.id for move in outcome.moves}
    assert moves == {rung["move"] for rung in rungs if rung["move"]}
    assert all(rung["move"] is None for rung in rungs[:2])


def test_the_auditions_are_the_hidden_the_pair_and_the_pair_after_the_first_move(
    planted: tuple[dict[str, Block], Block],
) -> None:
    outcome = run(*planted)
    first, pair, after = outcome.findings[0].evidence["auditions"]
    assert first["solo"] == ["vocals"]
    assert pair["solo"] == after["solo"] == ["vocals", "guitar"]
    assert after["move"] == outcome.moves[0].id


def test_a_declared_blend_gets_one_informative_line(
    planted: tuple[dict[str, Block], Block],
) -> None:
    found = run(*planted, intents=(Intent("wall of sound", blend=True),)).findings
    assert [f.kind for f in found] == ["masked_by_design"]
    assert found[0].severity is Severity.COULD
    assert "wall of sound" in found[0].text


def test_a_blend_of_other_stems_or_times_changes_nothing(
    planted: tuple[dict[str, Block], Block],
) -> None:
    others = Intent("drums and bass", stems=("drums", "bass"), blend=True)
    later = Intent("outro", start_s=100.0, blend=True)
    found = run(*planted, intents=(others, later)).findings
    assert [f.kind for f in found] == ["clash"]


def test_a_blend_of_a_part_of_the_song_leaves_the_rest(
    planted: tuple[dict[str, Block], Block],
) -> None:
    found = run(*planted, intents=(Intent("intro", end_s=6.0, blend=True),)).findings
    assert {f.kind for f in found} == {"clash", "masked_by_design"}
    clash = next(f for f in found if f.kind == "clash")
    assert clash.start_s >= 6.0


def test_locked_stems_are_not_moved(planted: tuple[dict[str, Block], Block]) -> None:
    outcome = run(*planted, intents=(Intent("leave it", stems=("guitar",), locked=True),))
    assert outcome.findings
    assert all("guitar" not in m.targets for m in outcome.moves)


def test_a_hidden_pad_is_never_a_must(planted: tuple[dict[str, Block], Block]) -> None:
    parts, mix = planted
    stems = tuple(
        Track("pad", t.source, Role.PAD) if t.name == "vocals" else t for t in tracks(parts)
    )
    found = TOOL.run(
        Job(), Material(RATE, stems=stems, mix=track("mix", mix)), TOOL.settings()
    ).findings
    assert found
    assert all(f.severity is Severity.COULD for f in found if f.stems[0] == "pad")


@pytest.mark.parametrize("frames", [1, 500, 4410])
def test_one_stem_silence_and_very_short_stems_are_no_clash(frames: int) -> None:
    some = np.full((frames, 1), 0.1)
    assert run({"vocals": some}) == Outcome()
    assert run({"vocals": some, "guitar": 0.0 * some}, some) == Outcome()
    assert run({"vocals": some, "guitar": some}, 2.0 * some).findings == ()
    assert run({}) == Outcome()
