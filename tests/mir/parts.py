"""Parts of a song made of shaped noise: seeded, short, with known bands."""

from __future__ import annotations

import numpy as np

from studiohand.core.audio import Block, MemorySource, Role, Track

RATE = 44100


def part(
    rng: np.random.Generator, low_hz: float, high_hz: float, seconds: float = 12.0, db: float = -20
) -> Block:
    """Noise between two frequencies in bursts of random level, stereo, mean level `db` dBFS."""
    frames = round(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal((frames, 2)), axis=0)
    hz = np.fft.rfftfreq(frames, 1.0 / RATE)
    spectrum *= ((hz > low_hz) & (hz < high_hz))[:, None] / np.sqrt(np.maximum(hz, 20.0))[:, None]
    noise = np.fft.irfft(spectrum, frames, axis=0)
    steps = rng.uniform(0.3, 1.0, frames // 5000 + 2)
    noise *= np.interp(np.arange(frames) / 5000.0, np.arange(len(steps)), steps)[:, None]
    return np.asarray(noise * 10.0 ** (db / 20.0) / np.sqrt(np.mean(noise**2)))


def bell(samples: Block, hz: float, db: float, q: float) -> Block:
    """A peaking equaliser by its exact response on the spectrum."""
    at = np.fft.rfftfreq(len(samples), 1.0 / RATE) / hz
    a = 10.0 ** (db / 40.0)
    response = (1.0 - at**2 + 1j * a * at / q) / (1.0 - at**2 + 1j * at / (a * q))
    return np.asarray(
        np.fft.irfft(np.fft.rfft(samples, axis=0) * response[:, None], len(samples), axis=0)
    )


def track(name: str, samples: Block, role: Role = Role.OTHER) -> Track:
    return Track(name, MemorySource(samples, RATE), role)


def band(rng: np.random.Generator, seconds: float = 12.0) -> dict[str, Block]:
    """A small balanced band: voice, guitar, bass and drums."""
    return {
        "vocals": part(rng, 200, 6000, seconds, -18),
        "guitar": part(rng, 150, 5000, seconds, -24),
        "bass": part(rng, 40, 300, seconds, -20),
        "drums": part(rng, 60, 12000, seconds, -26),
    }


ROLES = {
    "vocals": Role.VOCALS,
    "guitar": Role.GUITAR,
    "bass": Role.BASS,
    "drums": Role.DRUMS,
}


def total(parts: dict[str, Block]) -> Block:
    """The sum of the parts."""
    return np.asarray(np.sum(list(parts.values()), axis=0))


def tracks(parts: dict[str, Block]) -> list[Track]:
    return [track(name, samples, ROLES.get(name, Role.OTHER)) for name, samples in parts.items()]
