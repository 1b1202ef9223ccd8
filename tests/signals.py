"""Signals for tests, all of them float64, shape (frames, channels)."""

from __future__ import annotations

import numpy as np

from studiohand.core.audio import Block


def sine(
    hz: float, seconds: float = 1.0, rate: int = 48000, db: float = -20.0, channels: int = 1
) -> Block:
    """A sine with its peak at `db` dBFS."""
    t = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (db / 20) * np.sin(2 * np.pi * hz * t)
    return np.repeat(wave[:, None], channels, axis=1)


def noise(
    rng: np.random.Generator, seconds: float = 1.0, rate: int = 48000, channels: int = 2,
    db: float = -20.0,
) -> Block:  # fmt: skip
    """White noise with its RMS at `db` dBFS."""
    return 10 ** (db / 20) * rng.standard_normal((round(seconds * rate), channels))


def pink(
    rng: np.random.Generator, seconds: float = 1.0, rate: int = 48000, channels: int = 2,
    db: float = -20.0,
) -> Block:  # fmt: skip
    """Pink noise with its RMS at `db` dBFS."""
    frames = round(seconds * rate)
    spectrum = np.fft.rfft(rng.standard_normal((frames, channels)), axis=0)
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0))[:, None]
    wave = np.fft.irfft(spectrum, frames, axis=0)
    shaped: Block = wave / np.sqrt(np.mean(wave**2)) * 10 ** (db / 20)
    return shaped


def clicks(frames: int, every: int, height: float = 0.5) -> Block:
    """A mono click track."""
    wave = np.zeros((frames, 1))
    wave[::every] = height
    return wave
