"""What a producer does to a stem: filters, rooms, drive, compression, ducking, width, codecs.

Every function takes and returns float32 arrays of shape (frames, 2) at `RATE` Hz.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 44100
Audio = NDArray[np.float32]


def band(x: Audio, low_hz: float, high_hz: float, order: int = 2) -> Audio:
    """Butterworth high-pass at `low_hz` and low-pass at `high_hz` (either skipped at its end)."""
    if low_hz > 15.0:
        x = _filtered(butter(order, low_hz, "high", fs=RATE, output="sos"), x)
    if high_hz < 0.45 * RATE:
        x = _filtered(butter(order, high_hz, "low", fs=RATE, output="sos"), x)
    return x


def _filtered(sections: NDArray[np.float64], x: Audio) -> Audio:
    return np.asarray(sosfilt(sections, x, axis=0), np.float32)


def peak_eq(x: Audio, hz: float, db: float, q: float) -> Audio:
    """Peaking equaliser (RBJ Audio EQ Cookbook)."""
    a, w = 10 ** (db / 40), 2 * np.pi * hz / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    den = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return np.asarray(lfilter(b / den[0], den / den[0], x, axis=0), np.float32)


def room(x: Audio, rng: np.random.Generator, rt60_s: float, wet: float) -> Audio:
    """Add a synthetic room: decaying stereo noise, darker with time, after a short gap."""
    n = int(RATE * min(rt60_s, 3.0))
    t = np.arange(n) / RATE
    noise = np.asarray(rng.standard_normal((n, 2)), np.float32)
    dark = band(noise, 150.0, float(rng.uniform(1500, 5000)))
    mixed = (
        noise * np.exp(-12.0 * t / rt60_s)[:, None]
        + 2.0 * dark * np.exp(-6.9 * t / rt60_s)[:, None]
    )
    gap = int(RATE * rng.uniform(0.0, 0.04))
    impulse = np.vstack([np.zeros((gap, 2)), mixed]).astype(np.float32)
    impulse /= np.sqrt((impulse**2).sum() / 2)
    tail = np.stack([fftconvolve(x[:, c], impulse[:, c])[: len(x)] for c in range(2)], axis=1)
    return np.asarray(x + wet * tail, np.float32)


def echo(x: Audio, delay_s: float, feedback: float, wet: float) -> Audio:
    """Ping-pong echo with a darkening feedback path."""
    out = x.copy()
    tap, n = x, int(delay_s * RATE)
    for _ in range(4):
        tap = band(
            np.asarray(np.vstack([np.zeros((n, 2)), tap])[: len(x), ::-1] * feedback, np.float32),
            200.0,
            6000.0,
        )
        out += wet * tap
    return out


def drive(x: Audio, amount: float, bias: float = 0.0) -> Audio:
    """Soft clipping at `amount` times full scale, level kept."""
    level = np.sqrt(np.mean(x**2)) + 1e-9
    y = np.tanh(amount * x / (3 * level) + bias) - np.tanh(bias)
    return np.asarray(y * level / (np.sqrt(np.mean(y**2)) + 1e-9), np.float32)


def level_curve(x: Audio, attack_ms: float, release_ms: float) -> NDArray[np.float64]:
    """Linked level in dB every 64 samples, smoothed with separate attack and release."""
    hop = 64
    n = len(x) // hop
    power = (x[: n * hop] ** 2).max(axis=1).reshape(n, hop).max(axis=1)
    db = 10 * np.log10(power + 1e-10)
    fast, slow = (np.exp(-hop / (RATE * ms / 1000)) for ms in (attack_ms, release_ms))
    rise = lfilter([1 - fast], [1, -fast], db)
    fall = lfilter([1 - slow], [1, -slow], db)
    return np.asarray(np.maximum(rise, fall))


def compressor_gain(
    x: Audio, threshold_db: float, ratio: float, attack_ms: float, release_ms: float
) -> Audio:
    """Gain (frames, 1) of a compressor fed with `x`; multiply any stem of the bus by it."""
    over = np.maximum(0.0, level_curve(x, attack_ms, release_ms) - threshold_db)
    gain = 10 ** (-over * (1 - 1 / ratio) / 20)
    points = np.arange(len(gain)) * 64 + 32
    return np.asarray(np.interp(np.arange(len(x)), points, gain)[:, None], np.float32)


def duck(x: Audio, starts_s: list[float], depth: float, length_s: float) -> Audio:
    """Side-chain pumping: dip at every start and swell back."""
    n = int(length_s * RATE)
    shape = 1 - depth * (1 - np.linspace(0, 1, n) ** 1.5)
    gain = np.ones(len(x) + n)
    for start in starts_s:
        i = int(start * RATE)
        if i < len(x):
            gain[i : i + n] = np.minimum(gain[i : i + n], shape)
    return np.asarray(x * gain[: len(x), None], np.float32)


def width(x: Audio, amount: float) -> Audio:
    """Scale the side signal: 0 is mono, 1 unchanged."""
    mid, side = x.mean(axis=1, keepdims=True), (x[:, :1] - x[:, 1:]) / 2
    return np.asarray(np.hstack([mid + amount * side, mid - amount * side]), np.float32)


def pan(x: Audio, position: float) -> Audio:
    """Constant-power balance, -1 left to 1 right."""
    angle = (position + 1) * np.pi / 4
    return np.asarray(x * np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2), np.float32)


def chorus(x: Audio, rng: np.random.Generator) -> Audio:
    """Two modulated copies, one a side: doubles and widens."""
    t = np.arange(len(x))
    out = x.copy()
    for c in range(2):
        delay = 0.012 * RATE + 0.004 * RATE * np.sin(
            2 * np.pi * (rng.uniform(0.1, 1.2) * t / RATE + rng.random())
        )
        out[:, c] += 0.7 * np.interp(t - delay, t, x[:, c]).astype(np.float32)
    return out


def through_codec(x: Audio, codec: str, kbps: int) -> Audio:
    """Encode and decode with ffmpeg (`libmp3lame`, `aac`, `libvorbis`, `libopus`); same length."""
    import soundfile

    suffix = {"libmp3lame": "mp3", "aac": "m4a", "libvorbis": "ogg", "libopus": "opus"}[codec]
    with tempfile.TemporaryDirectory() as folder:
        source, coded, back = (Path(folder) / n for n in ("a.wav", f"b.{suffix}", "c.wav"))
        soundfile.write(source, x, RATE, subtype="FLOAT")
        quiet = ["ffmpeg", "-v", "error", "-y", "-threads", "1", "-i"]
        subprocess.run(
            [*quiet, str(source), "-c:a", codec, "-b:a", f"{kbps}k", str(coded)], check=True
        )
        subprocess.run(
            [*quiet, str(coded), "-ar", str(RATE), "-c:a", "pcm_f32le", str(back)], check=True
        )
        y = soundfile.read(back, dtype="float32", always_2d=True)[0]
    out = np.zeros_like(x)
    out[: min(len(x), len(y))] = y[: len(x)]
    return out


def random_chain(x: Audio, rng: np.random.Generator, roughness: float) -> Audio:
    """A plausible insert chain; `roughness` 0..1 sets how often drive and codec come in."""
    for _ in range(int(rng.integers(0, 4))):
        x = peak_eq(
            x,
            float(np.exp(rng.uniform(np.log(80), np.log(12000)))),
            float(rng.normal(0, 5)),
            float(rng.uniform(0.4, 3)),
        )
    if rng.random() < roughness:
        x = drive(
            x, float(np.exp(rng.uniform(np.log(0.7), np.log(12)))), float(rng.uniform(0, 0.3))
        )
    if rng.random() < 0.4:
        level = 20 * np.log10(np.abs(x).max() + 1e-9)
        x = x * compressor_gain(
            x,
            level - rng.uniform(8, 24),
            float(rng.uniform(2, 8)),
            float(rng.uniform(1, 30)),
            float(rng.uniform(40, 400)),
        )
    return x
