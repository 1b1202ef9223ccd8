from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.io.audiofile import open_audio
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.tempo import Tempo, estimate_tempo
from tests.cutting import feed
from tests.signals import noise

RATE = 22050


def tempo_of(samples: Block, rate: int = RATE) -> Tempo:
    features = feed(MusicListener(rate, samples.shape[1]), samples).finish()
    return estimate_tempo(features.onsets, features.hop_s)


def drums(rng: np.random.Generator, bpm: float, seconds: float, bar: int = 4) -> Block:
    """Kick on the first beat, snare on the others but the third, hats on eighths."""
    wave = np.zeros(round(seconds * RATE))
    beat = 60.0 / bpm
    t = np.arange(round(0.12 * RATE)) / RATE
    kick = np.sin(2 * np.pi * 60 * t) * np.exp(-t * 30)
    snare = rng.standard_normal(len(t)) * np.exp(-t * 40) * 0.5
    hat = rng.standard_normal(len(t)) * np.exp(-t * 200) * 0.2
    for index in range(int(seconds / beat * 2)):
        at = round(index * beat / 2 * RATE)
        place = (index / 2) % bar
        sound = hat + (kick if place in (0, 2) else snare if place in (1, 3) else 0.0)
        if place == 0:
            sound = sound + kick
        part = wave[at : at + len(t)]
        part += sound[: len(part)]
    return wave[:, None]


@pytest.mark.parametrize("bpm", [84.2, 97.0, 119.37, 128.0, 151.9])
def test_a_drummer_is_followed_to_a_thousandth(rng: np.random.Generator, bpm: float) -> None:
    tempo = tempo_of(drums(rng, bpm, 30.0))
    assert tempo.bpm == pytest.approx(bpm, rel=0.001)
    assert tempo.confidence > 0.35
    beats = np.array(tempo.beats_s)
    error = (beats / (60 / bpm) + 0.5) % 1 - 0.5
    assert np.abs(error * 60 / bpm).max() < 0.03


def test_the_first_of_the_bar_is_where_the_kick_is_strongest(rng: np.random.Generator) -> None:
    tempo = tempo_of(drums(rng, 120.0, 30.0))
    assert tempo.beats_per_bar == 4
    bars = np.array(tempo.downbeats_s) / 2.0
    assert np.abs(bars - np.round(bars)).max() < 0.03


def test_half_and_double_are_offered(rng: np.random.Generator) -> None:
    tempo = tempo_of(drums(rng, 100.0, 20.0))
    assert any(other == pytest.approx(50.0, rel=0.01) for other in tempo.alternatives_bpm)
    assert any(other == pytest.approx(200.0, rel=0.01) for other in tempo.alternatives_bpm)


def test_silence_and_too_short_have_no_tempo(rng: np.random.Generator) -> None:
    assert tempo_of(np.zeros((RATE * 10, 1))).bpm is None
    assert tempo_of(drums(rng, 120.0, 2.0)).bpm is None


def test_noise_gets_no_confidence(rng: np.random.Generator) -> None:
    assert tempo_of(noise(rng, 30.0, RATE, 1)).confidence < 0.2


def test_annotated_songs_are_read_at_their_tempo(corpus: Path) -> None:
    annotations = json.loads((corpus / "annotations.json").read_text())
    for song in ("evr_lithium", "fof_metal_madness", "lmms_final_step"):
        source = open_audio(corpus / "multitrack" / song / "mix.flac")
        listener = MusicListener(source.rate, source.channels)
        for block in source.blocks():
            listener.update(block)
        features = listener.finish()
        tempo = estimate_tempo(features.onsets, features.hop_s)
        assert tempo.bpm == pytest.approx(annotations[song]["bpm"], rel=0.002), song
