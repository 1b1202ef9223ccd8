"""Empty stems, holes, lengths, rates and mono in stereo files."""

from __future__ import annotations

import numpy as np
import pytest

from bench import plant
from studiohand.core.audio import Block, Material
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Outcome, Severity
from studiohand.dsp.effects.filesteps import DeclareRate, Resample
from studiohand.mir.timing.lengths import common_length
from studiohand.tools.fileform import FileFormSettings, fileform
from tests.music import RATE, session, stems, track


def run(material: Material) -> Outcome:
    return fileform.run(Job(), material, FileFormSettings())


def only(outcome: Outcome, kind: str) -> Finding:
    assert [f.kind for f in outcome.findings] == [kind]
    return outcome.findings[0]


def test_a_clean_session_has_nothing_to_fix(rng: np.random.Generator) -> None:
    assert run(session(stems(rng, 4.0))).findings == ()


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_an_empty_stem_is_found(rng: np.random.Generator, level: float) -> None:
    parts = stems(rng, 4.0)
    parts["Gtr Solo"] = level * rng.uniform(-1, 1, parts["Bass"].shape)
    assert only(run(session(parts)), "silent").stems == ("Gtr Solo",)


def test_a_hole_is_found_where_it_is(rng: np.random.Generator) -> None:
    parts = stems(rng, 4.0)
    parts["Keys"] = parts["Keys"] + 0.05 * np.sin(np.arange(4 * RATE) / 20)[:, None]
    parts["Keys"] = plant.dropped_out(parts["Keys"], 100000, 7200)
    finding = only(run(session(parts)), "silent")
    assert finding.start_s == pytest.approx(100000 / RATE, abs=1e-3)
    assert finding.value == pytest.approx(0.15, abs=1e-3)


def test_rests_between_notes_are_not_holes(rng: np.random.Generator) -> None:
    t = np.arange(RATE) / RATE
    note = np.where(t < 0.6, np.sin(2 * np.pi * 220 * t) * np.exp(-8 * t), 0.0)
    parts = stems(rng, 4.0)
    parts["Keys"] = np.tile(note, 4)[:, None]
    assert run(session(parts)).findings == ()


def test_one_sound_on_both_sides_is_found_and_true_stereo_is_not(rng: np.random.Generator) -> None:
    wide: Block = rng.uniform(-0.3, 0.3, (4 * RATE, 2))
    assert run(session({"Room": wide, **stems(rng, 4.0)})).findings == ()
    same = plant.one_sound_on_both_sides(wide)
    finding = only(run(session({"Room": same, **stems(rng, 4.0)})), "dual_mono")
    assert (finding.stems, finding.severity) == (("Room",), Severity.COULD)


def test_an_empty_side_and_opposite_sides_are_told_apart(rng: np.random.Generator) -> None:
    mono = rng.uniform(-0.3, 0.3, (4 * RATE, 1))
    left_only = np.concatenate([mono, 0.0 * mono], axis=1)
    opposite = np.concatenate([mono, -0.9 * mono], axis=1)
    rest = stems(rng, 4.0)
    assert "right side" in only(run(session({"Room": left_only, **rest})), "silent").text
    assert only(run(session({"Room": opposite, **rest})), "polarity").stems == ("Room",)


def test_a_short_stem_is_found_and_a_cut_one_is_worse(rng: np.random.Generator) -> None:
    parts = stems(rng, 4.0)
    parts["Drums"] = plant.cut_short(parts["Drums"], 24010)
    finding = only(run(session(parts)), "length")
    assert (finding.stems, finding.value) == (("Drums",), -24010.0)
    noise = rng.uniform(-0.3, 0.3, (4 * RATE, 1))
    parts = {**stems(rng, 4.0), "Noise": plant.cut_short(noise, 24000)}
    assert only(run(session(parts)), "length").severity is Severity.SHOULD


def test_lengths_that_differ_anyway_are_left_alone() -> None:
    assert common_length([1.0, 2.0, 3.0, 4.0]) is None
    assert common_length([2.0, 2.01, 2.0, 4.0]) == pytest.approx(2.0, abs=0.02)


def test_a_file_at_another_rate_is_resampled(rng: np.random.Generator) -> None:
    import soxr

    parts = stems(rng, 4.0)
    keys = track("Keys", soxr.resample(parts.pop("Keys"), RATE, 44100), rate=44100)
    material = Material(RATE, stems=(*session(parts).stems, keys))
    outcome = run(material)
    assert only(outcome, "rate").value == 44100.0
    assert outcome.moves[0].steps == (Resample(RATE),)


def test_a_wrong_header_is_corrected_not_resampled(rng: np.random.Generator) -> None:
    parts = stems(rng, 4.0)
    keys = track("Keys", parts.pop("Keys"), rate=44100)
    outcome = run(Material(RATE, stems=(*session(parts).stems, keys)))
    assert only(outcome, "rate").value == float(RATE)
    assert outcome.moves[0].steps == (DeclareRate(RATE),)


def test_a_recording_at_another_rate_under_the_songs_label_is_found_by_its_length(
    rng: np.random.Generator,
) -> None:
    parts = stems(rng, 4.0)
    parts["Keys"] = plant.at_wrong_rate(parts["Keys"], 44100, RATE)
    outcome = run(session(parts))
    assert only(outcome, "rate").value == 44100.0
    assert outcome.moves[0].steps == (DeclareRate(44100), Resample(RATE))


def test_one_sample_and_nothing_at_all_are_survived(rng: np.random.Generator) -> None:
    assert run(Material(RATE)).findings == ()
    assert run(session({"Dot": np.ones((1, 1)), "Dots": np.ones((1, 2))})).findings is not None
