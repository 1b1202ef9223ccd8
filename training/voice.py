"""Synthetic singing: a formant singer made here, and free speech voices re-pitched through WORLD.

The speech comes from flite's voices slt, rms, awb and kal (CMU free licence); WORLD (Morise 2016)
gives pitch, envelope and aperiodicity, which are stretched to notes and sung back.
"""

from __future__ import annotations

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from training.effects import RATE, Audio
from training.oscillators import TABLE, read
from training.score import Note

# First four formants in Hz of vowels, rounded from Peterson and Barney (1952).
VOWELS = {
    "a": (730, 1090, 2440, 3400),
    "e": (530, 1840, 2480, 3500),
    "i": (270, 2290, 3010, 3700),
    "o": (570, 840, 2410, 3300),
    "u": (300, 870, 2240, 3300),
    "ae": (660, 1720, 2410, 3500),
    "er": (490, 1350, 1690, 3300),
}
WORDS = [
    "love",
    "night",
    "light",
    "fire",
    "river",
    "morning",
    "never",
    "falling",
    "over",
    "water",
    "shadow",
    "heart",
    "stone",
    "golden",
    "running",
    "higher",
    "silence",
    "dreaming",
    "tonight",
    "forever",
    "the",
    "a",
    "you",
    "and",
    "me",
    "we",
    "are",
    "in",
    "to",
    "all",
    "of",
    "it",
    "on",
    "my",
    "your",
    "is",
    "was",
    "will",
    "again",
    "away",
    "down",
    "street",
    "city",
    "sky",
    "ocean",
    "summer",
    "winter",
    "broken",
    "open",
    "hold",
    "take",
    "give",
    "tell",
    "feel",
    "know",
    "want",
    "need",
    "stay",
    "leave",
    "believe",
    "remember",
    "everything",
    "nothing",
    "somebody",
    "another",
    "world",
    "time",
]
Array = NDArray[np.float64]


def tract(hz: Array, vowel: str, scale: float) -> Array:
    """Gain of a vocal tract at `hz`: four resonances (times `scale`), falling source."""
    gain = np.zeros_like(hz)
    for i, formant in enumerate(VOWELS[vowel]):
        f, bandwidth = formant * scale, 60.0 + 50.0 * i
        gain += (0.9**i) / (1 + ((hz - f) / bandwidth) ** 2) ** 0.75
    return np.asarray((gain + 0.01) * (1 + hz / 400.0) ** -0.7)


def formant_singer(notes: list[Note], frames: int, rng: np.random.Generator) -> Audio:
    """Sing notes on changing vowels with vibrato, glides, breath and consonants."""
    out = np.zeros(frames)
    scale, breath = float(rng.uniform(0.9, 1.25)), float(rng.uniform(0.02, 0.2))
    depth, rate = float(rng.uniform(0.0, 0.5)), float(rng.uniform(4.5, 6.5))
    last = notes[0].pitch if notes else 60.0
    for note in notes:
        start, n = int(note.start_s * RATE), max(2000, int(note.length_s * RATE))
        n = min(n, frames - start)
        if n < 2000:
            continue
        t = np.arange(n) / RATE
        vibrato = depth * np.minimum(1, t / 0.4) * np.sin(2 * np.pi * rate * t)
        pitch = note.pitch + (last - note.pitch) * np.exp(-t / rng.uniform(0.01, 0.06)) + vibrato
        last = note.pitch
        out[start : start + n] += note.velocity * _syllable(pitch, scale, breath, rng)
        _consonant(out, start, rng)
    return np.repeat(out[:, None], 2, axis=1).astype(np.float32)


def _syllable(pitch: Array, scale: float, breath: float, rng: np.random.Generator) -> Array:
    n = len(pitch)
    f0 = 440.0 * 2 ** ((pitch - 69) / 12)
    phase = np.cumsum(f0) / RATE
    first, last = rng.choice(list(VOWELS), 2)
    tables = []
    for vowel in (first, last):
        k = np.arange(1, min(TABLE // 2, int(14000 / f0[-1])))
        spectrum = np.zeros(TABLE // 2 + 1, complex)
        spectrum[k] = tract(k * f0[-1], str(vowel), scale) * np.exp(
            2j * np.pi * rng.random(len(k)) * 0.15
        )
        tables.append(np.fft.irfft(spectrum) * TABLE)
    x = np.linspace(0, 1, n)
    voiced = (1 - x) * read(tables[0], phase) + x * read(tables[1], phase)
    noise = sosfilt(butter(1, [1500, 9000], "band", fs=RATE, output="sos"), rng.standard_normal(n))
    level = np.sqrt(np.mean(voiced**2)) + 1e-9
    shape = np.minimum(1, np.arange(n) / (0.02 * RATE)) * np.minimum(
        1, np.arange(n)[::-1] / (0.04 * RATE)
    )
    return np.asarray(
        (voiced / level + breath * noise * (1 + np.sin(2 * np.pi * phase))) * shape * 0.2
    )


def _consonant(out: Array, start: int, rng: np.random.Generator) -> None:
    if rng.random() < 0.4:
        return
    low, high, length = [
        (4500, 12000, 0.09),
        (2000, 6500, 0.08),
        (1500, 5000, 0.015),
        (300, 1500, 0.02),
    ][int(rng.integers(4))]
    n = int(length * rng.uniform(0.6, 1.4) * RATE)
    begin = max(0, start - n)
    n = min(n, len(out) - begin)
    noise = sosfilt(butter(2, [low, high], "band", fs=RATE, output="sos"), rng.standard_normal(n))
    out[begin : begin + n] += noise * np.hanning(n) * float(rng.uniform(0.1, 0.5))


def speech_available() -> bool:
    """Whether flite and pyworld are installed."""
    from shutil import which

    try:
        import pyworld  # noqa: F401
    except ImportError:
        return False
    return which("flite") is not None


@lru_cache(maxsize=32)
def _spoken(voice: str, seed: int) -> tuple[Array, Array, Array, int]:
    """WORLD analysis (pitch, envelope, aperiodicity, rate) of ten seconds of words."""
    import pyworld
    import soundfile

    rng = np.random.default_rng(seed)
    text = " ".join(rng.choice(WORDS, 30))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "speech.wav"
        subprocess.run(
            ["flite", "-voice", voice, "-t", text, "-o", str(place)],
            check=True,
            capture_output=True,
        )
        x, rate = soundfile.read(place)
    f0, times = pyworld.dio(x, rate)
    f0 = pyworld.stonemask(x, f0, times, rate)
    envelope = pyworld.cheaptrick(x, f0, times, rate)
    rough = pyworld.d4c(x, f0, times, rate)
    return f0, envelope, rough, rate


def speech_singer(notes: list[Note], frames: int, rng: np.random.Generator) -> Audio:
    """Sing notes with a re-pitched speaking voice; the words follow the notes' lengths."""
    import pyworld
    import soxr

    voice = str(rng.choice(["slt", "rms", "awb", "kal16"]))
    f0, envelope, rough, rate = _spoken(voice, int(rng.integers(0, 8)))
    seconds = frames / RATE
    hop = 0.005
    count = int(seconds / hop)
    pitch, source = np.zeros(count), np.full(count, -1.0)
    cursor = float(rng.uniform(0, len(f0) * 0.5))
    for note in notes:
        a, b = int(note.start_s / hop), min(count, int((note.start_s + note.length_s) / hop))
        if b <= a:
            continue
        pitch[a:b] = note.pitch
        step = float(rng.uniform(0.5, 1.2)) * min(1.0, 40.0 / (b - a))
        source[a:b] = (cursor + step * np.arange(b - a)) % (len(f0) - 2)
        cursor = float(source[b - 1])
    sung = _glide(pitch, rng)
    index = np.maximum(source, 0).astype(int)
    stretch = float(rng.uniform(0.85, 1.2))
    shifted = _warp(envelope[index], stretch)
    hz = np.where((f0[index] > 0) & (source >= 0), sung, 0.0)
    y = pyworld.synthesize(hz, shifted, rough[index].copy(), rate, hop * 1000)
    active = np.repeat((source >= 0).astype(float), int(rate * hop))[: len(y)]
    smooth = np.convolve(active, np.hanning(400) / np.hanning(400).sum(), "same")[: len(y)]
    y = soxr.resample(y[: len(smooth)] * smooth, rate, RATE)
    y = y + _air(y, rng)
    out = np.zeros((frames, 2), np.float32)
    out[: min(frames, len(y))] = y[:frames, None]
    return out


def _glide(pitch: Array, rng: np.random.Generator) -> Array:
    """Smooth MIDI pitches into a sung pitch curve in Hz with vibrato."""
    known = np.flatnonzero(pitch)
    if not len(known):
        return np.zeros_like(pitch)
    full = np.interp(np.arange(len(pitch)), known, pitch[known])
    kernel = np.hanning(int(rng.integers(7, 21)))
    full = np.convolve(np.pad(full, 30, "edge"), kernel / kernel.sum(), "same")[30:-30]
    full += float(rng.uniform(0, 0.5)) * np.sin(
        2 * np.pi * rng.uniform(4.5, 6.5) * np.arange(len(full)) * 0.005
    )
    return np.asarray(440.0 * 2 ** ((full - 69) / 12))


def _warp(envelope: Array, stretch: float) -> Array:
    bins = envelope.shape[1]
    at = np.clip(np.arange(bins) / stretch, 0, bins - 1)
    low = at.astype(int)
    high = np.minimum(low + 1, bins - 1)
    f = at - low
    return np.ascontiguousarray(envelope[:, low] * (1 - f) + envelope[:, high] * f)


def _air(y: Array, rng: np.random.Generator) -> Array:
    """Noise above 6 kHz that follows the 3-7 kHz level: speech voices stop at 8 kHz."""
    upper = sosfilt(butter(2, [3000, 7000], "band", fs=RATE, output="sos"), y)
    level = np.sqrt(np.maximum(0, sosfilt(butter(1, 40, fs=RATE, output="sos"), upper**2)))
    noise = sosfilt(
        butter(2, [6500, 15000], "band", fs=RATE, output="sos"), rng.standard_normal(len(y))
    )
    return np.asarray(noise * level * float(rng.uniform(0.3, 0.9)))
