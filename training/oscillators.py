"""Pitched sounds made from nothing: wavetables, stacked saws, FM, plucked strings, sweeps.

Notes come in as `score.Note`, stems go out as float32 (frames, 2) at `RATE`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from training.effects import RATE, Audio, band
from training.score import Note

TABLE = 2048
Wave = NDArray[np.float64]


@dataclass(frozen=True)
class Patch:
    """How a synthesiser sounds; drawn at random once for a part."""

    kind: str
    attack_s: float
    decay_s: float
    sustain: float
    release_s: float
    bright: float
    dark: float
    sweep_s: float
    voices: int
    detune: float
    vibrato: float
    spread: float
    odd: float
    ratio: float
    index: float


def random_patch(rng: np.random.Generator, role: str) -> Patch:
    """A patch for `role` bass, pad, pluck or lead."""
    soft = role == "pad"
    kinds = {
        "bass": ["table", "table", "fm", "sub"],
        "pad": ["table"],
        "pluck": ["table", "fm", "string"],
        "lead": ["table", "table", "fm"],
    }
    stacked = rng.random() < (0.3 if role == "bass" else 0.6)
    return Patch(
        kind=str(rng.choice(kinds[role])),
        attack_s=float(rng.uniform(0.05, 0.4) if soft else rng.uniform(0.001, 0.02)),
        decay_s=float(rng.uniform(0.08, 0.8)),
        sustain=float(rng.uniform(0.6, 1.0) if soft or role == "lead" else rng.uniform(0.0, 0.9)),
        release_s=float(rng.uniform(0.1, 0.8) if soft else rng.uniform(0.01, 0.2)),
        bright=float(rng.uniform(0.6, 2.2)),
        dark=float(rng.uniform(1.2, 4.0)),
        sweep_s=float(np.exp(rng.uniform(np.log(0.05), np.log(2.0)))),
        voices=int(rng.choice([2, 3, 5, 7])) if stacked else 1,
        detune=float(rng.uniform(0.03, 0.3)),
        vibrato=float(rng.choice([0.0, rng.uniform(0.0, 0.3)])),
        spread=float(rng.uniform(0.0, 0.3) if role == "bass" else rng.uniform(0.2, 1.0)),
        odd=float(rng.choice([0.0, 1.0, rng.random()])),
        ratio=float(rng.choice([0.5, 1, 1, 2, 3, 1.41, 3.5, 7])),
        index=float(rng.uniform(0.3, 6.0)),
    )


def wavetable(f0_hz: float, slope: float, odd: float) -> Wave:
    """One cycle with harmonics k^-slope (even ones scaled by 1-odd), none above 16 kHz."""
    k = np.arange(1, max(2, min(TABLE // 2, int(16000 / f0_hz) + 1)))
    weight = k ** (-slope) * np.where(k % 2 == 0, 1 - odd, 1.0)
    spectrum = np.zeros(TABLE // 2 + 1, complex)
    spectrum[k] = -1j * weight
    cycle = np.fft.irfft(spectrum)
    return np.asarray(cycle / (np.sqrt(np.mean(cycle**2)) + 1e-12))


def read(table: Wave, phase: Wave) -> Wave:
    """Look up a cycle at `phase` (in cycles), linear interpolation."""
    position = (phase % 1.0) * TABLE
    i = position.astype(np.int64)
    f = position - i
    wrapped = np.append(table, table[0])
    return np.asarray(wrapped[i] * (1 - f) + wrapped[i + 1] * f)


def envelope(n: int, patch: Patch, held: int) -> Wave:
    """Attack, exponential decay to sustain, exponential release after `held` frames."""
    t = np.arange(n) / RATE
    rise = np.minimum(1.0, t / patch.attack_s)
    body = patch.sustain + (1 - patch.sustain) * np.exp(
        -np.maximum(0, t - patch.attack_s) / patch.decay_s
    )
    after = np.exp(-np.maximum(0, np.arange(n) - held) / (RATE * patch.release_s / 3))
    return np.asarray(rise * body * after)


def play(notes: list[Note], patch: Patch, frames: int, rng: np.random.Generator) -> Audio:
    """Render a part; a note costs what its own length costs."""
    out = np.zeros((frames, 2), np.float32)
    for note in notes:
        start, held = int(note.start_s * RATE), max(64, int(note.length_s * RATE))
        n = min(held + int(patch.release_s * RATE), frames - start)
        if n < 64:
            continue
        shape = (envelope(n, patch, held) * note.velocity)[:, None]
        out[start : start + n] += (voices(note, patch, n, rng) * shape).astype(np.float32)
    return out


def voices(note: Note, patch: Patch, n: int, rng: np.random.Generator) -> Wave:
    """The raw sound (n, 2) of one note."""
    f0 = 440.0 * 2 ** ((note.pitch - 69) / 12)
    t = np.arange(n) / RATE
    if patch.kind == "string":
        return np.repeat(string(f0, n, patch.bright, rng)[:, None], 2, axis=1)
    bend = patch.vibrato * np.sin(2 * np.pi * 5.3 * t) if patch.vibrato else 0.0
    if patch.kind == "fm":
        phase = 2 * np.pi * f0 * (t + 0.006 * bend / 5.3)
        fade = patch.index * np.exp(-t / patch.sweep_s)
        return np.repeat(np.sin(phase + fade * np.sin(patch.ratio * phase))[:, None], 2, axis=1)
    slopes = (4.0, 4.0) if patch.kind == "sub" else (patch.bright, patch.bright + patch.dark)
    bright, dark = (wavetable(f0, s, patch.odd) for s in slopes)
    fade = np.exp(-t / patch.sweep_s)
    out = np.zeros((n, 2))
    for v in range(patch.voices):
        offset = (v / max(1, patch.voices - 1) * 2 - 1) if patch.voices > 1 else 0.0
        hz = f0 * 2 ** ((offset * patch.detune + bend) / 12)
        phase = (np.cumsum(hz) / RATE if patch.vibrato else hz * t) + rng.random()
        wave = fade * read(bright, phase) + (1 - fade) * read(dark, phase)
        side = patch.spread * (offset if v % 2 else -offset)
        out += wave[:, None] * np.array([1 - side, 1 + side]) / np.sqrt(patch.voices)
    return out


def string(f0_hz: float, n: int, bright: float, rng: np.random.Generator) -> Wave:
    """Plucked string (Karplus and Strong 1983)."""
    period = max(4, int(RATE / f0_hz))
    burst = np.zeros(n)
    burst[: min(n, period)] = rng.standard_normal(min(n, period))
    burst = lfilter([1.0], [1.0, -min(0.9, 0.4 * bright)], burst)
    loop = np.zeros(period + 2)
    loop[0], loop[period], loop[period + 1] = 1.0, -0.4985, -0.4985
    y = lfilter([1.0], loop, burst)
    return np.asarray(y / (np.abs(y).max() + 1e-9))


def sweep(frames: int, rng: np.random.Generator) -> Audio:
    """Risers, falls and washes of noise with a moving band, as used between sections."""
    out = np.zeros((frames, 2), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        n = int(RATE * rng.uniform(1.0, 6.0))
        start = int(rng.integers(0, max(1, frames - n)))
        n = min(n, frames - start)
        noise = rng.standard_normal((n, 2)).astype(np.float32)
        x = np.linspace(0, 1, n)[:, None]
        x = x if rng.random() < 0.6 else 1 - x
        low, high = band(noise, 200, 1500), band(noise, 2500, 12000)
        out[start : start + n] += (x**1.5 * ((1 - x) * low * 2 + x * high)).astype(np.float32)
    return out
