"""The master lands where it was asked to, under its ceiling, and does nothing it cannot justify."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

from studiohand.core.audio import Block, Material, MemorySource, Track, read_all
from studiohand.core.errors import CannotRead
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome
from studiohand.dsp.effects.eq import Band, Eq, response_db
from studiohand.dsp.meters.levels import levels_of
from studiohand.tools.master import Character, MasterSettings, master, through
from tests.signals import pink, sine

CEILING = -1.0


def song(rng: np.random.Generator, seconds: float = 4.0, rate: int = 44100) -> Block:
    """Something like a record: a beat, a bass, a pad; quiet, then loud."""
    t = np.arange(round(seconds * rate)) / rate
    beat = (t * 2.0) % 1.0
    kick = np.sin(2 * np.pi * 55 * t) * np.exp(-9 * beat)
    hat = rng.standard_normal(len(t)) * np.exp(-40 * ((t * 4.0) % 1.0)) * 0.15
    bass = 0.4 * np.sin(2 * np.pi * 110 * t)
    pad = 0.1 * pink(rng, seconds, rate, db=0.0)[: len(t)]
    mono = (kick + hat + bass)[:, None] * np.where(t < seconds / 2, 0.3, 1.0)[:, None]
    sound = 0.35 * (mono + pad[: len(t)])
    return np.asarray(sound - sound.mean(axis=0))


def run(sound: Block, rate: int = 44100, **settings: object) -> tuple[Outcome, Block]:
    """The outcome, and the sound through its moves."""
    source = MemorySource(sound, rate)
    material = Material(rate, Track("mix", source))
    outcome = master.run(Job(), material, MasterSettings(**settings))  # type: ignore[arg-type]
    return outcome, read_all(through(source, outcome.moves))


def lufs(sound: Block, rate: int = 44100) -> float:
    level = levels_of([sound], rate, sound.shape[1]).integrated_lufs
    assert level is not None
    return level


def true_peak_db(sound: Block) -> float:
    padded = np.pad(sound, ((500, 500), (0, 0)))
    return float(20 * np.log10(np.abs(resample_poly(padded, 16, 1, axis=0)).max()))


def dynamic(rng: np.random.Generator) -> Block:
    """Very dynamic: lone hits 40 dB above what is between them."""
    sound = pink(rng, 4.0, 44100, db=-50.0)
    hits = np.exp(-np.arange(44100) / 800.0) * rng.standard_normal(44100)
    for start in (0.5, 1.5, 2.5):
        sound[round(start * 44100) :][:44100] += 0.25 * hits[:, None]
    return sound


MATERIAL: dict[str, tuple[Callable[[np.random.Generator], Block], int]] = {
    "song": (song, 44100),
    "very dynamic": (dynamic, 44100),
    "very loud": (lambda rng: np.clip(8.0 * song(rng), -1.0, 1.0), 44100),
    "mono": (lambda rng: song(rng)[:, :1], 44100),
    "two seconds": (lambda rng: song(rng, 2.0), 44100),
    "96 kHz": (lambda rng: song(rng, 2.0, 96000), 96000),
    "six channels": (lambda rng: np.tile(song(rng, 2.0), 3), 44100),
}


@pytest.mark.parametrize("loudness", [-16.0, -9.0])
@pytest.mark.parametrize("name", MATERIAL)
def test_it_lands_on_the_loudness_and_under_the_ceiling(
    name: str, loudness: float, rng: np.random.Generator
) -> None:
    make, rate = MATERIAL[name]
    _, out = run(make(rng), rate, loudness=loudness, ceiling=CEILING)
    assert lufs(out, rate) == pytest.approx(loudness, abs=0.1)
    assert true_peak_db(out) <= CEILING


def test_records_land_and_stay_under_the_ceiling(corpus: Path) -> None:
    import soundfile

    for file in ("lossless_cd_a.flac",):
        sound, rate = soundfile.read(corpus / "mix" / file, frames=300000, always_2d=True)
        _, out = run(sound, rate, loudness=-10.0, ceiling=-1.0)
        assert lufs(out, rate) == pytest.approx(-10.0, abs=0.1)
        assert true_peak_db(out) <= -1.0


def test_without_a_loudness_it_stays_clean(rng: np.random.Generator) -> None:
    outcome, out = run(song(rng))
    assert outcome.facts["reduction_p95_db"] <= 2.5
    assert lufs(out) > lufs(song(np.random.default_rng(440)))


def test_a_finished_master_is_left_alone(rng: np.random.Generator) -> None:
    _, once = run(song(rng), loudness=-14.0)
    outcome, twice = run(once, loudness=-14.0)
    assert np.abs(20 * np.log10(np.std(twice) / np.std(once))) < 0.1
    assert all(f.severity.value == "could" for f in outcome.findings)
    quiet = 0.5 * once
    assert run(quiet, loudness=round(lufs(quiet), 2))[0].moves == ()


def test_removing_every_move_gives_back_the_original(rng: np.random.Generator) -> None:
    sound = song(rng)
    outcome, _ = run(sound, loudness=-9.0, character=Character.WARM)
    assert len(outcome.moves) >= 2
    assert np.array_equal(read_all(through(MemorySource(sound, 44100), ())), sound)
    for step in (step.scaled(0.0) for move in outcome.moves for step in move.steps):
        silent = step.start(44100, 2)  # type: ignore[attr-defined]
        assert np.array_equal(np.concatenate([silent.process(sound), silent.flush()]), sound)


def test_every_move_answers_a_finding(rng: np.random.Generator) -> None:
    outcome, _ = run(song(rng) + 0.05, loudness=-9.0, character=Character.PUNCH)
    known = {finding.id for finding in outcome.findings}
    assert outcome.moves
    assert all(move.because and set(move.because) <= known for move in outcome.moves)


def test_the_cost_of_too_much_loudness_is_said(rng: np.random.Generator) -> None:
    outcome, _ = run(song(rng), loudness=-6.0)
    loudness = next(f for f in outcome.findings if f.kind == "loudness")
    assert loudness.severity.value in ("should", "must")
    assert "costs" in loudness.text or "out of reach" in loudness.text
    assert loudness.evidence["limiter_alone_p95_db"] > 3.0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda sound: sound + 0.02, "dc"),
        (lambda sound: 8.0 * sound, "true_peak"),
        (lambda sound: np.where(np.arange(len(sound))[:, None] // 2205 == 45, 0.0, sound), "gap"),
        (lambda sound: np.concatenate([np.zeros((3 * 44100, 2)), sound]), "gap"),
        (lambda sound: sound + sine(60.0, 4.0, 44100, -17.0) * np.array([1.0, -1.0]), "mono_loss"),
    ],
    ids=["dc", "true_peak", "hole", "silence first", "low sides"],
)
def test_planted_faults_are_found_and_only_they(
    fault: Callable[[Block], Block], kind: str, rng: np.random.Generator
) -> None:
    sound = 0.5 * song(rng)
    clean, _ = run(sound, loudness=-16.0, leave_out=("tone",))
    spoilt, _ = run(fault(sound), loudness=-16.0, leave_out=("tone",))
    assert {f.kind for f in clean.findings} == {"loudness"}
    assert {f.kind for f in spoilt.findings} == {"loudness", kind}


def test_a_reference_pulls_the_tone_within_the_budget(rng: np.random.Generator) -> None:
    sound = song(rng)
    dull = Eq((Band("high_shelf", 4000.0, -6.0),)).start(44100, 2).process(sound)
    mix, bright = (Track(n, MemorySource(x, 44100)) for n, x in (("dull", dull), ("ref", sound)))
    material = Material(44100, mix, references=(bright,))
    outcome = master.run(Job(), material, MasterSettings(loudness=-16.0, budget_db=2.0))
    (tone,) = (f for f in outcome.findings if f.kind == "tone")
    (move,) = (m for m in outcome.moves if tone.id in m.because)
    (eq,) = move.steps
    assert isinstance(eq, Eq)
    lift = response_db(eq.bands, np.array([100.0, 12_000.0]), 44100)
    assert 1.0 < lift[1] - lift[0] <= 4.0
    assert np.abs(lift).max() <= 2.05


def test_an_offset_is_taken_out(rng: np.random.Generator) -> None:
    _, out = run(song(rng) + 0.02, loudness=-16.0)
    assert abs(out[44100:].mean()) < 0.002


def test_moves_can_be_left_out(rng: np.random.Generator) -> None:
    sound = 3.0 * song(rng) + 0.02
    outcome, out = run(sound, loudness=-9.0, leave_out=("dc", "dynamics", "limiter", "tone"))
    assert [step.do for move in outcome.moves for step in move.steps] == ["gain"]
    assert CEILING - 0.4 < true_peak_db(out) <= CEILING
    assert next(f for f in outcome.findings if f.kind == "loudness").severity.value == "must"


def test_the_same_input_gives_the_same_moves(rng: np.random.Generator) -> None:
    sound = song(rng, 3.0)
    assert run(sound, loudness=-11.0)[0].moves == run(sound, loudness=-11.0)[0].moves


@pytest.mark.parametrize("frames", [1, 400, 44100 // 5])
def test_short_sounds_are_kept_under_the_ceiling(frames: int) -> None:
    sound = np.full((frames, 1), 0.99)
    outcome, out = run(sound, loudness=-14.0)
    assert out.shape == sound.shape
    assert np.abs(out).max() <= 10 ** (CEILING / 20)
    assert "too short" in outcome.findings[0].text


def test_silence_is_said_and_not_touched() -> None:
    outcome, out = run(np.zeros((44100, 2)), loudness=-14.0)
    assert not outcome.moves
    assert not out.any()
    assert "silent" in outcome.findings[0].text


def test_values_that_are_not_numbers_are_refused() -> None:
    sound = np.full((44100, 2), 0.1)
    sound[500, 0] = np.nan
    with pytest.raises(CannotRead, match="not numbers"):
        run(sound, loudness=-14.0)
