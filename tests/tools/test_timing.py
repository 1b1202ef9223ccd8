"""Stems moved and inverted on purpose, found to the frame; clean sessions stay unmentioned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import plant
from studiohand.core.audio import Material, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Outcome, Severity
from studiohand.dsp.effects.filesteps import DeclareRate, Resample
from studiohand.dsp.effects.simple import Offset, Polarity
from studiohand.io.audiofile import open_audio
from studiohand.tools.timing import TimingSettings, timing
from tests.music import session, stems, sum_of, track


def run(material: Material) -> Outcome:
    return timing.run(Job(), material, TimingSettings())


def found(outcome: Outcome, kind: str) -> list[Finding]:
    return [finding for finding in outcome.findings if finding.kind == kind]


@pytest.mark.parametrize(
    ("name", "frames"), [("Drums", 37), ("Bass", -480), ("Lead Vox", 5000), ("Keys", -20000)]
)
def test_a_moved_stem_is_found_to_the_frame(
    rng: np.random.Generator, name: str, frames: int
) -> None:
    parts = stems(rng)
    mix = sum_of(parts)
    parts[name] = plant.late(parts[name], frames)
    outcome = run(session(parts, mix))
    assert [(f.kind, f.stems, f.value) for f in outcome.findings] == [("late", (name,), frames)]
    assert [(m.targets, m.steps) for m in outcome.moves] == [((name,), (Offset(-frames),))]


def test_an_inverted_stem_is_found_and_turned_back(rng: np.random.Generator) -> None:
    parts = stems(rng)
    mix = sum_of(parts)
    parts["Keys"] = -parts["Keys"]
    outcome = run(session(parts, mix))
    assert [(f.kind, f.stems) for f in outcome.findings] == [("polarity", ("Keys",))]
    assert outcome.moves[0].steps == (Polarity(),)


def test_a_stem_both_late_and_inverted_gets_two_findings(rng: np.random.Generator) -> None:
    parts = stems(rng)
    mix = sum_of(parts)
    parts["Drums"] = -plant.late(parts["Drums"], 1234)
    kinds = {f.kind: f.value for f in run(session(parts, mix)).findings}
    assert kinds["late"] == 1234
    assert "polarity" in kinds


@pytest.mark.parametrize("kind", ["sum", "levels", "processed", "mastered"])
def test_a_clean_session_is_left_alone_however_it_was_mixed(
    rng: np.random.Generator, kind: str
) -> None:
    parts = stems(rng)
    mix = plant.mixed(parts, 48000, rng, kind)
    assert run(session(parts, mix)).findings == ()


def test_a_mix_that_is_late_as_a_whole_blames_no_stem(rng: np.random.Generator) -> None:
    parts = stems(rng)
    mix = plant.late(sum_of(parts), 1105)
    assert run(session(parts, mix)).findings == ()


def test_a_stem_that_is_not_in_the_mix_is_left_alone(rng: np.random.Generator) -> None:
    parts = stems(rng)
    mix = sum_of(parts)
    parts["Guide"] = stems(np.random.default_rng(7))["Lead Vox"]
    assert run(session(parts, mix)).findings == ()


def test_an_echo_return_is_not_called_late_though_the_dry_voice_is_louder(
    rng: np.random.Generator,
) -> None:
    parts = stems(rng)
    parts["Vox Echo"] = 0.3 * plant.late(parts["Lead Vox"], 12000)
    assert run(session(parts, sum_of(parts))).findings == ()


def test_a_mix_at_another_rate_is_compared_all_the_same(rng: np.random.Generator) -> None:
    import soxr

    parts = stems(rng)
    mix = soxr.resample(sum_of(parts), 48000, 44100, "VHQ")
    parts["Keys"] = plant.late(parts["Keys"], 700)
    material = session(parts)
    material = Material(48000, stems=material.stems, mix=track("mix", mix, rate=44100))
    assert [(f.stems, f.value) for f in run(material).findings] == [(("Keys",), 700)]


def test_a_stem_at_a_hidden_wrong_rate_is_found_though_its_length_was_mended(
    rng: np.random.Generator,
) -> None:
    parts = stems(rng)
    mix = sum_of(parts)
    short = plant.at_wrong_rate(parts["Lead Vox"], 44100, 48000)
    parts["Lead Vox"] = np.pad(short, ((0, len(mix) - len(short)), (0, 0)))
    outcome = run(session(parts, mix))
    assert [(f.kind, f.stems, f.value) for f in outcome.findings] == [
        ("rate", ("Lead Vox",), 44100.0)
    ]
    assert outcome.moves[0].steps == (DeclareRate(44100), Resample(48000))


@pytest.mark.parametrize("frames", [24, -1200, 9000])
def test_without_a_mix_an_amplifier_is_held_against_its_di(
    rng: np.random.Generator, frames: int
) -> None:
    parts = stems(rng, 6.0)
    driven = np.tanh(20.0 * parts["Lead Vox"])
    amp = 0.1 * (driven + np.roll(driven, 1, axis=0) + np.roll(driven, -1, axis=0))
    parts["Amp"] = plant.late(amp, frames)
    outcome = run(session(parts))
    (finding,) = found(outcome, "late")
    assert abs(finding.value or 0.0) == abs(frames)
    assert finding.stems == (("Amp",) if frames > 0 else ("Lead Vox",))
    assert finding.severity is not Severity.MUST


def test_without_a_mix_and_without_a_shared_source_the_onsets_speak_and_no_more(
    rng: np.random.Generator,
) -> None:
    parts = stems(rng)
    assert run(session(parts)).findings == ()
    parts["Bass"] = -plant.late(parts["Bass"], 5000)
    outcome = run(session(parts))
    assert [(f.kind, f.stems, f.severity) for f in outcome.findings] == [
        ("late", ("Bass",), Severity.COULD)
    ]
    assert outcome.findings[0].value == pytest.approx(5000, abs=480)
    assert outcome.moves[0].steps == (Offset(-round(outcome.findings[0].value or 0)),)


def test_without_a_mix_a_distant_microphone_is_not_blamed(rng: np.random.Generator) -> None:
    parts = stems(rng, 6.0)
    parts["OH"] = 0.5 * plant.late(parts["Drums"], 200) + 0.05 * parts["Keys"]
    assert run(session(parts)).findings == ()


def test_an_inverted_copy_is_left_to_those_who_look_for_copies(rng: np.random.Generator) -> None:
    parts = stems(rng)
    mix = sum_of(parts)
    parts["Print 2"] = -0.6 * parts["Keys"]
    assert run(session(parts, mix)).findings == ()


def test_silence_one_sample_and_no_mix_say_nothing(rng: np.random.Generator) -> None:
    parts = stems(rng, 2.0)
    mix = sum_of(parts)
    assert run(session(parts)).findings == ()
    odd = {"Silent": np.zeros((96000, 2)), "Click": np.ones((1, 1)), **parts}
    assert run(session(odd, mix)).findings == ()


@pytest.mark.parametrize("song", ["evr_lithium", "lmms_final_step"])
def test_a_real_multitrack_is_clean_and_a_planted_shift_is_found(corpus: Path, song: str) -> None:
    files = sorted((corpus / "multitrack" / song).glob("*.flac"))
    tracks = {f.stem: Track(f.stem, open_audio(f)) for f in files}
    mix = tracks.pop("mix")
    material = Material(mix.source.rate, stems=tuple(tracks.values()), mix=mix)
    assert run(material).findings == ()
    name = material.stems[1].name
    import soundfile

    samples, rate = soundfile.read(corpus / "multitrack" / song / f"{name}.flac", always_2d=True)
    moved = track(name, -plant.late(samples, -371), rate=rate)
    swapped = tuple(moved if t.name == name else t for t in material.stems)
    outcome = run(Material(rate, stems=swapped, mix=mix))
    assert {(f.kind, f.stems) for f in outcome.findings} == {
        ("late", (name,)), ("polarity", (name,)),
    }  # fmt: skip
    assert [f.value for f in found(outcome, "late")] == [-371]
