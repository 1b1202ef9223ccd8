"""Chords and range for a player's brief."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.core.units import midi_to_hz
from studiohand.io.audiofile import open_audio
from studiohand.mir.music.chords import estimate_chords
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.key import estimate_key
from studiohand.mir.music.pitch_range import note_name, note_range

RATE = 22050


def _notes(midis: list[int], seconds: float) -> Block:
    t = np.arange(round(seconds * RATE)) / RATE
    wave = np.zeros(len(t))
    for midi in midis:
        for harmonic in (1, 2, 3):
            wave += np.sin(2 * np.pi * midi_to_hz(midi) * harmonic * t) / harmonic / len(midis)
    return 0.2 * wave[:, None]


def test_plain_triads_are_named() -> None:
    spans = {"C": [48, 60, 64, 67], "Am": [45, 57, 60, 64], "F": [41, 57, 60, 65]}
    listener = MusicListener(RATE, 1)
    for midis in spans.values():
        listener.update(_notes(midis, 3.0))
    heard = listener.finish()
    hop_s = 9.0 / len(heard.classes)
    found = estimate_chords(heard.classes, hop_s, [0.0, 3.0, 6.0, 9.0])
    assert [chord.name for chord in found] == list(spans)


def test_silence_has_no_chord() -> None:
    found = estimate_chords(np.zeros((20, 120)), 0.35, [0.0, 2.0, 4.0])
    assert [chord.name for chord in found] == ["N.C.", "N.C."]


@pytest.mark.parametrize(("name", "least"), [("bwv269", 0.5), ("bwv153_1", 0.6)])
def test_chorales_are_mostly_right_though_they_change_every_beat(
    corpus: Path, name: str, least: float
) -> None:
    source = open_audio(corpus / "chords" / f"chorale_{name}_piano.flac")
    listener = MusicListener(source.rate, source.channels)
    for block in source.blocks():
        listener.update(block)
    heard = listener.finish()
    with (corpus / "chords" / f"chorale_{name}.chords.csv").open() as file:
        rows = list(csv.DictReader(file))
    edges = [float(row["start_s"]) for row in rows] + [float(rows[-1]["end_s"])]
    hop_s = source.frames / source.rate / len(heard.classes)
    tuning = estimate_key(heard.classes).tuning_cents or 0.0
    found = estimate_chords(heard.classes, hop_s, edges, tuning)
    right = [c.name == _triad(row["chord"]) for c, row in zip(found, rows, strict=True)]
    assert np.mean(right) >= least


def _triad(label: str) -> str:
    match = re.match(r"([A-G][#b-]?)(.*)", label)
    assert match
    root = match[1].replace("-", "b")
    root = {"Db": "C#", "D#": "Eb", "Gb": "F#", "G#": "Ab", "A#": "Bb"}.get(root, root)
    minor = match[2].startswith("m") and not match[2].startswith("maj")
    return root + ("m" if minor or "dim" in match[2] else "")


def test_the_range_of_a_melody_is_its_lowest_and_highest_note() -> None:
    tune = np.concatenate([_notes([midi], 0.4) for midi in (50, 53, 57, 62, 65, 69)])
    assert note_range(MemorySource(tune, RATE)) == (note_name(50), note_name(69))


def test_noise_has_no_range(rng: np.random.Generator) -> None:
    assert note_range(MemorySource(0.1 * rng.standard_normal((RATE, 1)), RATE)) is None
