"""Names against sounds: only plain contradictions are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Material, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome, Severity
from studiohand.dsp.effects.filesteps import SetRole
from studiohand.io.audiofile import open_audio
from studiohand.tools.roles import RolesSettings, roles
from tests.music import session, stems


def run(material: Material) -> Outcome:
    return roles.run(Job(), material, RolesSettings())


def named(outcome: Outcome) -> set[str]:
    return {finding.stems[0] for finding in outcome.findings}


def test_names_that_fit_are_left_alone(rng: np.random.Generator) -> None:
    assert run(session(stems(rng))).findings == ()


@pytest.mark.parametrize("wrong", ["Lead Vox", "Bass", "Piano"])
def test_drums_under_another_name_are_found(rng: np.random.Generator, wrong: str) -> None:
    parts = {wrong: stems(rng)["Drums"]}
    outcome = run(session(parts))
    assert named(outcome) == {wrong}
    assert outcome.moves[0].steps == (SetRole("drums"),)


@pytest.mark.parametrize("wrong", ["Shaker", "Lead Vocal", "Snare Top"])
def test_a_bass_under_another_name_is_found(rng: np.random.Generator, wrong: str) -> None:
    low = stems(rng)["Bass"]
    smooth = np.convolve(low[:, 0], np.hanning(600) / 300.0, "same")[:, None]
    assert named(run(session({wrong: smooth}))) == {wrong}


def test_a_name_that_tells_nothing_is_told_what_the_stem_sounds_like(
    rng: np.random.Generator,
) -> None:
    outcome = run(session({"Audio 3": stems(rng)["Drums"]}))
    assert [finding.severity for finding in outcome.findings] == [Severity.COULD]
    assert outcome.findings[0].evidence["sound_says"] == "drums"
    assert outcome.moves[0].steps == (SetRole("drums"),)


@pytest.mark.parametrize("wrong", ["Piano", "Gtr L", "Kick In", "Sub Bass"])
def test_a_voice_under_another_name_is_found(corpus: Path, wrong: str) -> None:
    voice = open_audio(corpus / "dry" / "voice_vocadito_10.flac")
    outcome = run(Material(voice.rate, stems=(Track(wrong, voice),)))
    assert named(outcome) == {wrong}
    assert outcome.findings[0].evidence["sound_says"] == "vocals"


def test_silence_has_no_role() -> None:
    assert run(session({"Lead Vox": np.zeros((96000, 1)), "Bass": np.ones((1, 1))})).findings == ()


def _tracks(corpus: Path, song: str) -> dict[str, Track]:
    files = sorted((corpus / "multitrack" / song).glob("*.flac"))
    return {f.stem: Track(f.stem, open_audio(f)) for f in files if f.stem != "mix"}


@pytest.mark.parametrize("song", ["evr_lithium", "lmms_final_step", "trk_pekka_song01"])
def test_real_stems_under_their_own_names_are_left_alone(corpus: Path, song: str) -> None:
    tracks = _tracks(corpus, song)
    rate = next(iter(tracks.values())).source.rate
    assert run(Material(rate, stems=tuple(tracks.values()))).findings == ()


def test_real_stems_with_swapped_names_are_found(corpus: Path) -> None:
    tracks = _tracks(corpus, "trk_pekka_song01")
    bass, drums = tracks["bass"].source, tracks["drums"].source
    swapped = (Track("Bass", drums), Track("Drums", bass), tracks["other"])
    assert named(run(Material(bass.rate, stems=swapped))) == {"Bass", "Drums"}
