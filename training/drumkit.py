"""Drums made from nothing: swept sines, filtered noise and metal; one random kit for each song."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from training.effects import RATE, Audio, pan
from training.score import Hit


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * RATE)) / RATE


def _noise(rng: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
    sos = butter(2, [low, min(high, 20000.0)], "band", fs=RATE, output="sos")
    return np.asarray(sosfilt(sos, rng.standard_normal(n)))


def kick(rng: np.random.Generator) -> np.ndarray:
    """Sine falling from a click to a body tone; length from tight to 808-like."""
    t = _time(float(rng.uniform(0.2, 0.7)))
    body, top = rng.uniform(40, 65), rng.uniform(120, 900)
    fall = rng.uniform(0.008, 0.05)
    phase = 2 * np.pi * (body * t + (top - body) * fall * (1 - np.exp(-t / fall)))
    y = np.sin(phase) * np.exp(-t / rng.uniform(0.06, 0.25))
    click = _noise(rng, len(t), 1000, 9000) * np.exp(-t / 0.003) * rng.uniform(0, 0.5)
    y = y + click
    return np.asarray(np.tanh(y * rng.uniform(0.8, 4.0)))


def snare(rng: np.random.Generator) -> np.ndarray:
    """Two drum-head modes under noise."""
    t = _time(0.4)
    f = rng.uniform(140, 260)
    tone = np.sin(2 * np.pi * f * t) + 0.6 * np.sin(2 * np.pi * f * 1.59 * t)
    tone *= np.exp(-t / rng.uniform(0.03, 0.12)) * rng.uniform(0.2, 1.0)
    wires = _noise(rng, len(t), rng.uniform(200, 1500), rng.uniform(6000, 16000))
    return np.asarray(tone + wires * np.exp(-t / rng.uniform(0.04, 0.18)) * rng.uniform(0.6, 1.6))


def clap(rng: np.random.Generator) -> np.ndarray:
    """Three bursts and a tail."""
    t = _time(0.35)
    gate = sum(np.exp(-np.maximum(0, t - d) / 0.006) * (t >= d) for d in (0, 0.011, 0.023))
    tail = np.exp(-np.maximum(0, t - 0.03) / rng.uniform(0.04, 0.15)) * (t >= 0.03)
    return np.asarray(
        _noise(rng, len(t), rng.uniform(600, 1200), rng.uniform(3000, 9000)) * (gate + tail) * 1.5
    )


def metal(rng: np.random.Generator, length_s: float, low: float) -> np.ndarray:
    """Hats and cymbals: noise and beating square partials, high-passed."""
    t = _time(min(4 * length_s, 2.0))
    base = rng.uniform(250, 600)
    ring = sum(
        np.sign(np.sin(2 * np.pi * base * r * t + rng.uniform(0, 6)))
        for r in (1.0, 1.34, 1.5, 1.98, 2.55, 2.67)
    )
    mixed = rng.uniform(0.0, 0.4) * ring + rng.uniform(0.5, 1.0) * rng.standard_normal(len(t))
    sos = butter(4, rng.uniform(low, low * 1.8), "high", fs=RATE, output="sos")
    return np.asarray(sosfilt(sos, mixed) * np.exp(-t / length_s))


def tom(rng: np.random.Generator, hz: float) -> np.ndarray:
    """A pitched drum or conga."""
    t = _time(0.6)
    phase = 2 * np.pi * (hz * t + hz * 0.4 * 0.05 * (1 - np.exp(-t / 0.05)))
    y = np.sin(phase) * np.exp(-t / rng.uniform(0.05, 0.25))
    return np.asarray(y + _noise(rng, len(t), 300, 5000) * np.exp(-t / 0.01) * 0.3)


def kit(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Every piece a drum part may name, as mono float arrays."""
    return {
        "kick": kick(rng),
        "snare": snare(rng),
        "clap": clap(rng),
        "rim": tom(rng, rng.uniform(400, 900)) * 0.6,
        "hat": metal(rng, float(rng.uniform(0.015, 0.06)), 5000) * 0.6,
        "open": metal(rng, float(rng.uniform(0.1, 0.3)), 4500) * 0.5,
        "crash": metal(rng, float(rng.uniform(0.3, 0.6)), 2500) * 0.6,
        "ride": metal(rng, float(rng.uniform(0.15, 0.4)), 3500) * 0.4,
        "tom0": tom(rng, 80),
        "tom1": tom(rng, 120),
        "tom2": tom(rng, 170),
        "perc0": metal(rng, 0.05, 4000) * 0.4,
        "perc1": tom(rng, rng.uniform(180, 420)) * 0.7,
        "perc2": tom(rng, rng.uniform(500, 1200)) * 0.4,
    }


def play(hits: list[Hit], frames: int, rng: np.random.Generator) -> Audio:
    """Render a drum part with a fresh random kit, pieces panned."""
    pieces = kit(rng)
    places = {
        name: (0.0 if name in ("kick", "snare") else float(rng.uniform(-0.6, 0.6)))
        for name in pieces
    }
    out = np.zeros((frames, 2), np.float32)
    stereo = {
        k: pan(np.repeat(v[:, None], 2, axis=1).astype(np.float32), places[k])
        for k, v in pieces.items()
    }
    for hit in hits:
        start = int(hit.start_s * RATE)
        sound = stereo[hit.piece][: max(0, frames - start)]
        out[start : start + len(sound)] += sound * hit.velocity
    return out
