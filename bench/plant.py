"""Faults to plant in clean stems, and rough mixes to hold them against; all seeded, all exact.

Samples here are float64, shape (frames, channels), full scale 1.0.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]


def late(samples: Samples, frames: int) -> Samples:
    """Moved later by whole frames (negative: earlier), the length kept."""
    moved = np.zeros_like(samples)
    if abs(frames) >= len(samples):
        return moved
    if frames >= 0:
        moved[frames:] = samples[: len(samples) - frames]
    else:
        moved[:frames] = samples[-frames:]
    return moved


def inverted(samples: Samples) -> Samples:
    """Every sample with the other sign."""
    return -samples


def one_sound_on_both_sides(samples: Samples) -> Samples:
    """A stereo file that carries the same mono sound twice."""
    return np.repeat(samples.mean(axis=1, keepdims=True), 2, axis=1)


def at_wrong_rate(samples: Samples, recorded_hz: int, labelled_hz: int) -> Samples:
    """What a file recorded at one rate holds when its header claims the other.

    The samples given are right at `labelled_hz`; played at it, the result is too fast or slow.
    """
    import soxr

    return np.asarray(soxr.resample(samples, labelled_hz, recorded_hz, "VHQ"))


def cut_short(samples: Samples, frames: int) -> Samples:
    """Without its last frames."""
    return samples[:-frames]


def dropped_out(samples: Samples, start: int, frames: int) -> Samples:
    """With a hole of digital silence."""
    holed = samples.copy()
    holed[start : start + frames] = 0.0
    return holed


def lossy(samples: Samples, rate: int, codec: str = "mp3", quality: float = 0.6) -> Samples:
    """Through a lossy codec and back, at the length of the input, its delay left in.

    Parameters
    ----------
    codec : str
        ``"mp3"`` or ``"ogg"`` (Vorbis).
    quality : float
        0 (best) to 1 (smallest file).
    """
    import soundfile

    held = io.BytesIO()
    format_, subtype = {"mp3": ("MP3", "MPEG_LAYER_III"), "ogg": ("OGG", "VORBIS")}[codec]
    with soundfile.SoundFile(
        held, "w", rate, samples.shape[1], format=format_, subtype=subtype,
        compression_level=quality,
    ) as file:  # fmt: skip
        for at in range(0, len(samples), 4096):
            file.write(np.ascontiguousarray(samples[at : at + 4096]))
    held.seek(0)
    decoded, _ = soundfile.read(held, dtype="float64", always_2d=True)
    result = np.zeros_like(samples)
    result[: len(decoded)] = decoded[: len(samples)]
    return result


def mixed(
    stems: Mapping[str, Samples], rate: int, rng: np.random.Generator, kind: str = "sum"
) -> Samples:
    """A rough mix of clean stems, stereo.

    Parameters
    ----------
    kind : str
        ``"sum"``: as they are. ``"levels"``: each at a level of its own within 8 dB.
        ``"processed"``: levels, an EQ on each stem, a bus compressor. ``"mastered"``: processed,
        then louder into a soft clipper. ``"mp3"``: mastered, through a codec with its delay.
    """
    longest = max(len(s) for s in stems.values())
    total = np.zeros((longest, 2))
    for samples in stems.values():
        part = samples if samples.shape[1] == 2 else np.repeat(samples, 2, axis=1)
        if kind != "sum":
            part = part * 10 ** (rng.uniform(-8.0, 3.0) / 20.0)
        if kind in ("processed", "mastered", "mp3"):
            part = _equalised(part, rate, rng)
        total[: len(part)] += part
    if kind in ("processed", "mastered", "mp3"):
        total = _compressed(total, rate)
    if kind in ("mastered", "mp3"):
        total = np.tanh(total / np.percentile(np.abs(total), 99.0) * 0.7)
    peak = np.abs(total).max()
    total = total if kind == "sum" else total / max(peak, 1e-9) * 0.97
    return lossy(total, rate, "mp3") if kind == "mp3" else total


def _equalised(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Three bells and a low cut, minimum phase, as a mixer would set them."""
    from scipy import signal

    b, a = signal.butter(2, rng.uniform(20.0, 60.0), "highpass", fs=rate)
    shaped = signal.lfilter(b, a, samples, axis=0)
    for _ in range(3):
        hz, db, q = np.exp(rng.uniform(4.5, 9.2)), rng.uniform(-6.0, 6.0), rng.uniform(0.5, 2.0)
        shaped = _bell(shaped, rate, hz, db, q)
    return shaped


def _bell(samples: Samples, rate: int, hz: float, db: float, q: float) -> Samples:
    """Peaking equaliser of the Audio EQ Cookbook."""
    from scipy import signal

    gain, omega = 10 ** (db / 40.0), 2 * np.pi * hz / rate
    alpha, cos = np.sin(omega) / (2 * q), np.cos(omega)
    b = [1 + alpha * gain, -2 * cos, 1 - alpha * gain]
    a = [1 + alpha / gain, -2 * cos, 1 - alpha / gain]
    return np.asarray(signal.lfilter(b, a, samples, axis=0))


def _compressed(samples: Samples, rate: int) -> Samples:
    """A 2:1 bus compressor with 10 ms attack-and-release smoothing, about 4 dB at work."""
    from scipy import signal

    pole = np.exp(-1.0 / (0.05 * rate))
    level = np.sqrt(signal.lfilter([1 - pole], [1, -pole], (samples**2).mean(axis=1)) + 1e-12)
    threshold = np.percentile(level, 60.0) * 0.6
    return np.asarray(samples * np.minimum(1.0, (threshold / level) ** 0.5)[:, None])
