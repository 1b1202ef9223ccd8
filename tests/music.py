"""A small seeded song of stems that differ in sound and rhythm, for tests of the intake."""

from __future__ import annotations

import numpy as np

from studiohand.core.audio import Block, Material, MemorySource, Role, Track

RATE = 48000


def stems(rng: np.random.Generator, seconds: float = 8.0) -> dict[str, Block]:
    """Drums, bass, keys and a voice-like melody, each (frames, 1), full scale 1.0."""
    frames = round(seconds * RATE)
    return {
        "Drums": _hits(rng, frames, 0.25, 0.04),
        "Bass": _notes(rng, frames, 0.5, (41.2, 55.0, 61.7), 12),
        "Keys": _notes(rng, frames, 1.0, (261.6, 329.6, 392.0), 6),
        "Lead Vox": _notes(rng, frames, 0.7, (220.0, 246.9, 277.2, 293.7), 20, vibrato=0.006),
    }


def track(name: str, samples: Block, role: Role = Role.OTHER, rate: int = RATE) -> Track:
    """Samples as a stem."""
    return Track(name, MemorySource(samples, rate), role)


def session(parts: dict[str, Block], mix: Block | None = None) -> Material:
    """Stems, and a mix if there is one, as a tool meets them."""
    tracks = tuple(track(name, samples) for name, samples in parts.items())
    return Material(RATE, stems=tracks, mix=None if mix is None else track("mix", mix))


def sum_of(parts: dict[str, Block]) -> Block:
    """The plain mix."""
    return np.asarray(sum(parts.values()), np.float64)


def _hits(rng: np.random.Generator, frames: int, every_s: float, decay_s: float) -> Block:
    wave = np.zeros(frames + RATE)
    for number in range(int(frames / RATE / every_s)):
        at = round((number * every_s + rng.uniform(0.0, 0.006)) * RATE)
        t = np.arange(RATE // 3) / RATE
        wave[at : at + len(t)] += (
            rng.uniform(0.1, 0.3) * rng.standard_normal(len(t)) * np.exp(-t / decay_s)
        )
    return wave[:frames, None]


def _notes(
    rng: np.random.Generator, frames: int, every_s: float, pitches: tuple[float, ...],
    partials: int, vibrato: float = 0.0,
) -> Block:  # fmt: skip
    wave = np.zeros(frames + 3 * RATE)
    length = round(every_s * RATE * 0.95)
    t = np.arange(length) / RATE
    for number in range(int(frames / RATE / every_s)):
        at = round((number * every_s + rng.uniform(0.0, 0.01)) * RATE)
        hz = rng.choice(pitches) * (1.0 + vibrato * np.sin(2 * np.pi * 5.5 * t))
        phase = 2 * np.pi * np.cumsum(hz) / RATE
        note = sum(
            rng.uniform(0.3, 1.0) / k * np.sin(k * phase + rng.uniform(0, 6.3))
            for k in range(1, partials + 1)
        )
        ends = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.01)
        wave[at : at + length] += 0.1 * note * ends * np.exp(-1.5 * t)
    return wave[:frames, None]
