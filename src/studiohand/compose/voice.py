"""A singing voice without words: pulses of the vocal folds through moving formants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studiohand.compose.score import Played
from studiohand.compose.sound import (
    RATE,
    Sound,
    add_at,
    band,
    decay,
    dice,
    frames,
    look_up,
    low_cut,
    phase_of,
    shape_spectrum,
    swell,
    wave_table,
)
from studiohand.core.units import db_to_gain, midi_to_hz

_MOMENT = 240  # frames between two settings of the mouth: 5 ms
_BINS_HZ = np.arange(513) * RATE / 1024

_FORMANTS: dict[str, tuple[tuple[float, float, float], ...]] = {
    # frequency Hz, bandwidth Hz, level dB; an alto; levels above a folds' slope
    "a": ((800, 80, 0), (1250, 95, -4), (2800, 120, -10), (3500, 130, -13), (4950, 160, -22)),
    "e": ((420, 70, 0), (1950, 95, -9), (2700, 120, -12), (3400, 130, -16), (4950, 160, -24)),
    "i": ((350, 60, 0), (2150, 95, -11), (2900, 120, -13), (3600, 140, -16), (4950, 160, -25)),
    "o": ((480, 70, 0), (860, 85, -6), (2750, 120, -17), (3400, 140, -20), (4950, 180, -30)),
    "u": ((340, 60, 0), (700, 75, -10), (2650, 120, -21), (3300, 140, -24), (4950, 180, -34)),
    "m": ((260, 60, -4), (1150, 200, -22), (2400, 200, -28), (3200, 200, -32), (4950, 250, -44)),
}
_NOISES = {"s": (5600.0, 11500.0, 0.11, 0.6), "h": (900.0, 4200.0, 0.09, 0.22),
           "t": (3000.0, 9000.0, 0.03, 0.7), "w": (500.0, 1500.0, 0.04, 0.03)}  # fmt: skip
_ONSETS = {"l": "i", "n": "m", "r": "o", "w": "u", "m": "m"}


def _mouth(vowel: str) -> Sound:
    """Gain of each bin with the mouth held at a vowel: formants in parallel."""
    shape = np.full(len(_BINS_HZ), 2e-3)
    for hz, width_hz, level_db in _FORMANTS[vowel]:
        shape += db_to_gain(level_db) / np.sqrt(1.0 + ((_BINS_HZ - hz) / (width_hz * 0.7)) ** 2)
    return shape


_MOUTHS = {vowel: _mouth(vowel) for vowel in _FORMANTS}


def _vowel(word: str) -> str:
    return next((letter for letter in word if letter in "aeiou"), "a")


def _mouths(notes: Sequence[Played], moments: int, rng: np.random.Generator) -> Sound:
    """The shape of the mouth over time, gliding from sound to sound; (moments, bins)."""
    letters = sorted(_MOUTHS)
    weights = np.zeros((moments, len(letters)))
    current = 0
    weights[:, letters.index(_vowel(notes[0].word))] = 1.0
    for note in notes:
        current = int(note.start_s * RATE / _MOMENT)
        onset = _ONSETS.get(note.word[0], _vowel(note.word))
        closed = current + int(rng.uniform(9, 14))
        weights[max(current - 6, 0) :] = 0.0
        weights[max(current - 6, 0) : closed, letters.index(onset)] = 1.0
        weights[closed:, letters.index(_vowel(note.word))] = 1.0
    smooth = np.hanning(17)
    for column in range(len(letters)):
        weights[:, column] = np.convolve(weights[:, column], smooth / smooth.sum(), "same")
    # levels glide in dB, which moves the formants' skirts the way a mouth does
    return np.exp(weights @ np.log(np.stack([_MOUTHS[letter] for letter in letters])))


def _melody(notes: Sequence[Played], count: int, rng: np.random.Generator) -> Sound:
    """Pitch over time in Hz: scoops into notes, late vibrato, falls, drift."""
    moments = count // _MOMENT + 1
    at_s = np.arange(moments) * _MOMENT / RATE
    pitch = np.full(moments, notes[0].pitch)
    vibrato = np.zeros(moments)
    for note in notes:
        after = at_s - note.start_s
        inside = (after >= 0) & (after < note.seconds)
        place = note.pitch + rng.normal(0.0, 0.1)  # nobody lands on the middle of a note
        scoop = rng.uniform(0.2, 1.4) * np.exp(-np.maximum(after, 0.0) / rng.uniform(0.04, 0.09))
        pitch = np.where(after >= -0.03, place - np.where(inside, scoop, 0.0), pitch)
        falling = rng.uniform(0.0, 0.8) * np.clip((after - note.seconds + 0.12) / 0.12, 0.0, 1.0)
        pitch -= np.where(inside, falling, 0.0)
        depth = np.clip((after - 0.25) / 0.4, 0.0, 1.0) * rng.uniform(0.3, 0.55)
        vibrato = np.where(inside, depth, vibrato)
    smooth = np.hanning(19) / np.hanning(19).sum()
    pitch = np.convolve(np.pad(pitch, 9, "edge"), smooth, "valid")
    speed = 5.4 + np.convolve(rng.normal(0, 2.0, moments), np.ones(80) / 80, "same")
    drift = np.convolve(rng.normal(0, 1.0, moments), np.hanning(60), "same") * 0.03
    pitch += drift + vibrato * np.sin(2 * np.pi * np.cumsum(speed) * _MOMENT / RATE)
    fine = np.interp(np.arange(count), np.arange(moments) * _MOMENT, pitch)
    result: Sound = midi_to_hz(0.0) * np.exp2(fine / 12.0)
    return result


def _loudness(notes: Sequence[Played], count: int) -> Sound:
    """Envelope of the voice: notes that touch are sung in one breath."""
    out = np.zeros(count)
    for note, following in zip(notes, [*notes[1:], None], strict=True):
        joined = following is not None and following.start_s - note.start_s < note.seconds + 0.09
        held = following.start_s - note.start_s if joined and following else note.seconds + 0.06
        length = max(held, 0.08)
        shape = swell(frames(length), 0.045, 0.06 if joined else 0.16)
        shape *= note.velocity * (0.86 + 0.14 * np.sin(np.linspace(0, np.pi, len(shape))))
        start = frames(note.start_s)
        part = out[start : start + len(shape)]
        np.maximum(part, shape[: len(part)], out=part)
    return out


def sing(notes: Sequence[Played], count: int, name: str, breath: float = 0.05) -> Sound:
    """A voice that sings the notes; mono, dry.

    Parameters
    ----------
    notes : sequence of Played
        In order, not overlapping; `word` is a syllable: consonant and vowel.
    count : int
        Frames of the result.
    name : str
        Who sings: seeds all that a person does differently each time.
    breath : float
        Air in the tone, 0 to 0.3.
    """
    first = frames(notes[0].start_s) - RATE // 4
    if first > 0:
        later = [replace(n, start_s=n.start_s - first / RATE) for n in notes]
        return np.concatenate([np.zeros(first), sing(later, count - first, name, breath)])
    rng = dice(name)
    hz = _melody(notes, count, rng)
    each = np.arange(0, count, 480)
    jitter = np.interp(np.arange(count), each, rng.normal(0, 0.0016, len(each)))
    partials = np.arange(1.0, int(17000.0 / hz.max()) + 1)
    phase = phase_of(hz * (1.0 + jitter))
    soft = look_up(wave_table(partials**-1.25), phase)
    hard = look_up(wave_table(partials**-0.75), phase)
    loud = _loudness(notes, count)
    effort = np.clip(loud, 0.0, 1.0)
    folds = loud * (soft * (1.0 - effort) + 0.8 * hard * effort)
    air = band(rng.standard_normal(count), 700, 9000) * (0.6 + 0.4 * np.cos(2 * np.pi * phase))
    tone = folds + breath * loud * air
    voiced = shape_spectrum(tone, _mouths(notes, count // _MOMENT + 1, rng))
    return low_cut(voiced, 90.0) + _consonants(notes, count, rng)


def _consonants(notes: Sequence[Played], count: int, rng: np.random.Generator) -> Sound:
    """Breath and teeth in front of the vowels."""
    out = np.zeros(count)
    for note in notes:
        if note.word[0] not in _NOISES:
            continue
        low, high, length, level = _NOISES[note.word[0]]
        noise = band(rng.standard_normal(frames(length)), low, high, 2)
        shape = swell(len(noise), length * 0.4, length * 0.5) * (0.6 + 0.4 * decay(len(noise), 0.2))
        add_at(out, noise * shape, frames(note.start_s - length * 0.75), level * note.velocity)
    return out
