from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.io.audiofile import open_audio
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.key import NAMES, Key, estimate_key
from tests.cutting import feed
from tests.signals import noise

RATE = 22050
MAJOR = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR = ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7))


def chords(tonic: int, steps: tuple[tuple[int, ...], ...], cents: float = 0.0) -> Block:
    """Each chord for two seconds, notes with six harmonics."""
    t = np.arange(2 * RATE) / RATE
    parts = []
    for chord in steps:
        wave = np.zeros_like(t)
        for note in chord:
            hz = 261.626 * 2 ** ((tonic + note) / 12 + cents / 1200) / 2
            wave += sum(np.sin(2 * np.pi * hz * h * t) / h for h in range(1, 7))
        parts.append(wave * np.exp(-t))
    return 0.1 * np.concatenate(parts)[:, None]


def key_of(samples: Block) -> Key:
    return estimate_key(feed(MusicListener(RATE, samples.shape[1]), samples).finish().classes)


@pytest.mark.parametrize("tonic", range(12))
def test_a_cadence_is_in_its_key(tonic: int) -> None:
    assert key_of(chords(tonic, MAJOR)).name == f"{NAMES[tonic]} major"
    assert key_of(chords(tonic, MINOR)).name == f"{NAMES[tonic]} minor"


@pytest.mark.parametrize("cents", [-38.0, -12.0, 0.0, 25.0])
def test_tuning_is_found_and_does_not_change_the_key(cents: float) -> None:
    key = key_of(chords(2, MAJOR, cents))
    assert key.name == "D major"
    assert key.tuning_cents == pytest.approx(cents, abs=3.0)


def test_silence_has_no_key() -> None:
    assert key_of(np.zeros((RATE * 5, 1))) == Key(None, 0.0, None)


def test_noise_gets_no_confidence_and_no_tuning(rng: np.random.Generator) -> None:
    key = key_of(noise(rng, 20.0, RATE, 1))
    assert key.confidence < 0.15
    assert key.tuning_cents is None


def test_a_chorale_is_in_its_key(corpus: Path) -> None:
    source = open_audio(corpus / "chords" / "chorale_bwv269_piano.flac")
    listener = MusicListener(source.rate, source.channels)
    for block in source.blocks():
        listener.update(block)
    assert estimate_key(listener.finish().classes).name == "G major"
