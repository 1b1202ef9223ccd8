"""Broken files heard, repairs accepted, a take rendered: it is nearer to the clean stems."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from studiohand.compose import faults
from studiohand.compose.faults import Samples
from studiohand.core.job import Job
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.listening import listen
from studiohand.run.songs.rendering import render
from studiohand.song.decisions import moves_with_state

RATE, SECONDS = 44100, 14
STEMS = {
    "Lead Vox": ("hum", "dry/voice_vocadito_10.flac"),
    "Piano": ("clicks", "dry/piano_leaving_millie.mp3"),
    "Gtr": ("clipped", "multitrack/fof_armygeddon/guitar.flac"),
    "Drums": ("dc", "multitrack/trk_pekka_song01/drums.flac"),
    "Bass": ("noise", "multitrack/trk_pekka_song01/bass.flac"),
}
LEAST_GAIN_DB = {"hum": 10.0, "clicks": 8.0, "clipped": 6.0, "dc": 15.0, "noise": 3.0}
STEP_OF = {
    "hum": "dehum", "clicks": "declick", "clipped": "declip", "dc": "centre", "noise": "denoise",
}  # fmt: skip


def spoiled(kind: str, clean: Samples, rng: np.random.Generator) -> Samples:
    """One fault, as `studiohand.compose.faults` plants it."""
    level_db = 10.0 * np.log10(np.mean(np.square(clean)))
    if kind == "hum":
        return faults.with_hum(clean, RATE, 50.04, level_db - 15.0)
    if kind == "clicks":
        places = faults.places(12, len(clean) / RATE - 1.0, rng)
        return faults.with_clicks(clean, RATE, places, rng, 0.5)
    if kind == "clipped":
        return faults.clipped(clean, 7.0)
    if kind == "noise":
        return faults.with_noise(clean, level_db - 25.0, rng)
    return faults.with_dc(clean, 0.04)


def distance_db(clean: Samples, other: Samples) -> float:
    """Power of the difference, dB under the clean sound."""
    difference = np.sum(np.square(other[: len(clean)] - clean))
    return float(10.0 * np.log10(np.sum(np.square(clean)) / difference))


def test_accepted_repairs_bring_the_render_nearer_to_the_clean_stems(
    corpus: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    clean: dict[str, Samples] = {}
    for name, (kind, file) in STEMS.items():
        sound, _ = soundfile.read(corpus / file, always_2d=True)
        clean[name] = 0.7 * sound[: SECONDS * RATE]
        dirty = spoiled(kind, clean[name], rng)
        soundfile.write(tmp_path / f"{name}.wav", dirty, RATE, subtype="FLOAT")
    song = new_song(tmp_path / "song", [tmp_path / f"{name}.wav" for name in STEMS])
    kinds = {finding.id: finding.kind for finding in listen(song, Job()).findings}
    for name, (kind, _) in STEMS.items():
        mending = [
            move
            for move in moves_with_state(song.ledger.entries())
            if move["targets"] == [name] and kind in {kinds[why] for why in move["because"]}
        ]
        assert [step["do"] for move in mending for step in move["steps"]] == [STEP_OF[kind]], name
        deciding.accept(song, [move["id"] for move in mending])
    take, _ = render(song, Job(), tmp_path / "take")
    for name, (kind, _) in STEMS.items():
        before, _ = soundfile.read(tmp_path / f"{name}.wav", always_2d=True)
        after, _ = soundfile.read(take / "stems" / f"{name}.wav", always_2d=True)
        gain_db = distance_db(clean[name], after) - distance_db(clean[name], before)
        assert gain_db > LEAST_GAIN_DB[kind], (kind, gain_db)
