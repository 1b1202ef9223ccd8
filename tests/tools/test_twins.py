"""Copies of a stem, however disguised, and stems that only sound alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench import plant
from studiohand.core.audio import Block, Material, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Outcome, Severity
from studiohand.dsp.effects.simple import Gain
from studiohand.io.audiofile import open_audio
from studiohand.tools.twins import TwinsSettings, twins
from tests.music import session, stems


def run(material: Material) -> Outcome:
    return twins.run(Job(), material, TwinsSettings())


def only(outcome: Outcome) -> Finding:
    assert [f.kind for f in outcome.findings] == ["duplicate"]
    return outcome.findings[0]


DISGUISES: dict[str, Callable[[Block], Block]] = {
    "none": lambda x: x,
    "quieter": lambda x: 0.2 * x,
    "inverted": lambda x: -x,
    "late": lambda x: plant.late(x, 3011),
    "early": lambda x: plant.late(x, -771),
    "mp3": lambda x: plant.lossy(x, 48000, "mp3"),
    "vorbis": lambda x: plant.lossy(x, 48000, "ogg"),
    "stereo": lambda x: np.repeat(x, 2, axis=1),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("name", ["Drums", "Lead Vox"])
def test_a_copy_is_found_in_every_disguise(
    rng: np.random.Generator, name: str, disguise: str
) -> None:
    parts = stems(rng, 5.0)
    parts[f"{name} copy"] = DISGUISES[disguise](parts[name])
    finding = only(run(session(parts)))
    assert set(finding.stems) == {name, f"{name} copy"}


def test_what_was_done_to_the_copy_is_told(rng: np.random.Generator) -> None:
    parts = stems(rng, 5.0)
    parts["Keys copy"] = -0.5 * plant.late(parts["Keys"], 960)
    finding = only(run(session(parts)))
    assert finding.stems == ("Keys", "Keys copy")
    assert finding.evidence["late_frames"] == 960
    assert finding.evidence["gain_db"] == pytest.approx(-6.02, abs=0.05)
    assert finding.evidence["inverted"] is True
    assert finding.severity is Severity.MUST


def test_the_copy_is_muted_not_the_original(rng: np.random.Generator) -> None:
    parts = stems(rng, 5.0)
    parts = {"Keys copy": parts["Keys"], **parts}
    outcome = run(session(parts))
    assert outcome.moves[0].targets == ("Keys copy",)
    assert outcome.moves[0].steps == (Gain(-120.0),)


def test_one_side_of_a_stereo_stem_is_found(rng: np.random.Generator) -> None:
    parts = stems(rng, 5.0)
    left, right = parts["Keys"], stems(np.random.default_rng(3), 5.0)["Keys"]
    wide: Block = np.concatenate([left, right], axis=1)
    assert set(only(run(session({"Keys": wide, "Keys L": left}))).stems) == {"Keys", "Keys L"}


def test_two_takes_of_one_part_are_not_copies(rng: np.random.Generator) -> None:
    take, double = (stems(np.random.default_rng(seed), 5.0)["Lead Vox"] for seed in (1, 2))
    assert run(session({"Lead Vox": take, "Lead Vox Dbl": double})).findings == ()


def test_a_close_and_a_distant_microphone_are_not_copies(rng: np.random.Generator) -> None:
    drums = stems(rng, 5.0)["Drums"]
    room = np.convolve(
        drums[:, 0], rng.standard_normal(9600) * np.exp(-np.arange(9600) / 2000.0), "same"
    )
    assert run(session({"Snare": drums, "Room": 0.05 * room[:, None]})).findings == ()


def test_two_silent_stems_are_not_copies() -> None:
    silence = np.zeros((96000, 1))
    assert run(session({"A": silence, "B": silence})).findings == ()


def test_clean_multitracks_hold_no_copies(corpus: Path) -> None:
    for song in sorted((corpus / "multitrack").iterdir()):
        files = [f for f in sorted(song.glob("*.flac")) if f.stem != "mix"]
        tracks = tuple(Track(f.stem, open_audio(f)) for f in files)
        assert run(Material(tracks[0].source.rate, stems=tracks)).findings == ()
