"""Sections begin where bars begin to sound unlike those before."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.mir.music.front import MusicFeatures
from studiohand.mir.music.sections import find_sections
from studiohand.mir.music.tempo import NO_TEMPO, Tempo

BAR_S = 2.0


def _song(rng: np.random.Generator, plan: str, bars: int = 8) -> tuple[MusicFeatures, Tempo]:
    """A song whose letters stand for a chord palette and a density of onsets."""
    length = len(plan) * bars * BAR_S
    hop_s, chords = 0.01, {}
    onsets = np.zeros((3, round(length / hop_s)))
    classes = np.zeros((round(length / 0.37), 120))
    for number, letter in enumerate(plan):
        if letter not in chords:
            chords[letter] = rng.random(12) ** 4, rng.random(3) + 0.1
        pitches, density = chords[letter]
        part = slice(number * bars * BAR_S, (number + 1) * bars * BAR_S)
        for rows, scale in ((classes, 0.37), (onsets.T, hop_s)):
            a, b = round(part.start / scale), round(part.stop / scale)
            value = np.repeat(pitches, 10) if rows is classes else density
            rows[a:b] = value * (0.8 + 0.4 * rng.random((b - a, 1)))
    downbeats = tuple((np.arange(len(plan) * bars) * BAR_S).tolist())
    return MusicFeatures(onsets, hop_s, classes), Tempo(120.0, 0.9, downbeats, downbeats)


def test_sections_are_found_at_their_bars_and_named_alike(rng: np.random.Generator) -> None:
    found = find_sections(*_song(rng, "ABAC"))
    assert [s.start_s for s in found] == pytest.approx([0.0, 16.0, 32.0, 48.0], abs=0.01)
    assert [s.letter for s in found] == ["A", "B", "A", "C"]
    assert found[-1].end_s == pytest.approx(64.0, abs=0.01)


def test_a_song_that_never_changes_is_one_section(rng: np.random.Generator) -> None:
    found = find_sections(*_song(rng, "AAA"))
    assert [s.letter for s in found] == ["A"]


def test_nothing_has_no_sections() -> None:
    nothing = MusicFeatures(np.zeros((3, 0)), 0.01, np.zeros((0, 120)))
    assert find_sections(nothing, NO_TEMPO) == ()


def test_without_a_pulse_there_are_sections_still(rng: np.random.Generator) -> None:
    features, _ = _song(rng, "AB", bars=12)
    found = find_sections(features, NO_TEMPO)
    assert [s.start_s for s in found] == pytest.approx([0.0, 24.0], abs=2.1)
